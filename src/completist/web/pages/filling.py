"""Filling: what is asked before many items are changed, with the very number that is changed then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import Response

from completist.app.browsing import Look
from completist.domain.errors import BadInput, Conflict
from completist.domain.pipeline import Freshness, Pipeline
from completist.web.access import Visit
from completist.web.failures import Forbidden
from completist.web.pages import frame, library, wording
from completist.web.pages.routing import Actor, Form, PageRoute, Reader, Sent, came_from, where
from completist.web.pages.telling import Told, go, tell

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody means to do, with which items."""

    do: str  #: fill, again, rerun, force, lock
    look: Look
    ids: tuple[int, ...] | None

    def selection(self, visit: Visit) -> dict[str, Any]:
        """The items as jobs take them."""
        if self.ids is not None:
            return {"ids": list(self.ids)}
        chosen = dict(visit.app.browsing.selection(self.look))
        if self.do in ("fill", "again") and "filter" in chosen and not self.look.missing:
            wanted = [field.name for field in visit.app.kinds()[self.look.kind].wanted]
            return {"filter": {"missing": wanted}}
        return chosen

    def pipelines(self, visit: Visit) -> list[Pipeline]:
        """Those that can do anything about it, and that something here or a source can fill."""
        missing = set(self.look.missing)
        working = visit.app.browsing.working()
        return [
            view.pipeline
            for view in visit.app.browsing.pipelines()
            if view.pipeline.kind == self.look.kind
            and view.pipeline.name in working
            and (view.pipeline.picture is None or visit.app.door is not None)
            and (not missing or self.ids is not None or missing & set(view.pipeline.fills))
        ]

    @property
    def forced(self) -> bool:
        """Whether what is done is done again."""
        return self.do in ("again", "force")


@router.get("/fill")
def ask_fill(request: Request, visit: Reader) -> Response:
    """Before gaps of a kind are filled, or of all."""
    at = where(request)
    kinds = (
        [at.one("kind")] if at.one("kind") else [name for name, n in visit.app.browsing.totals().items() if n]
    )
    query = {name: said for name, said in at.query.items() if name != "kind"}
    asks = [Ask("fill", library.meant(visit, {**query, "kind": [kind]}), None) for kind in kinds]
    return _sheet(request, visit, "fill", asks)


@router.post("/library/ask")
def ask(request: Request, visit: Actor, form: Sent) -> Response:
    """Before something is done with what is chosen in the library."""
    return _sheet(request, visit, form.one("do"), [_asked(visit, form)])


def _asked(visit: Visit, form: Form) -> Ask:
    at = urlsplit(form.one("look"))
    chosen = library.meant(visit, parse_qs(at.query))
    ids = None if form.one("all") == "yes" else tuple(form.ids("id"))
    if ids == ():
        raise BadInput("Nothing is chosen.", hint="Choose items first.")
    return Ask(form.one("do"), chosen, ids)


def _sheet(request: Request, visit: Visit, do: str, asks: list[Ask]) -> Response:
    rows = [row for each in asks for row in _rows(visit, each)]
    told = {
        "do": do,
        "forceable": _forceable(visit, asks) if do == "rerun" and visit.app.cards.preferences.dev_mode else 0,
        "rows": rows,
        "total": sum(row["count"] for row in rows),
        "items": sum(_items(visit, each) for each in asks),
        "asks": asks,
        "again": sum(row["again"] for row in rows),
        "back": came_from(request),
    }
    return frame.plain(request, "sheet.html", told)


def _items(visit: Visit, ask: Ask) -> int:
    return len(ask.ids) if ask.ids is not None else visit.app.browsing.count(ask.look)


def _rows(visit: Visit, ask: Ask) -> list[dict[str, Any]]:
    """What each pipeline would do, counted as it will be done."""
    if ask.do == "lock":
        count = visit.app.browsing.lockable(_ids(visit, ask))
        return [{"ask": ask, "pipeline": None, "count": count, "again": 0}]
    ledger = visit.app.ledger
    found = []
    for pipeline in ask.pipelines(visit):
        if ask.do in ("rerun", "force"):
            count, again = _count_rerun(visit, ask, pipeline), 0
        else:
            selection = ask.selection(visit)
            count = ledger.foresee_job(pipeline.name, selection, force=ask.forced)
            again = 0 if ask.forced else ledger.count_selected(pipeline.name, selection) - count
        found.append({"ask": ask, "pipeline": pipeline, "count": count, "again": again})
    return found


def _forceable(visit: Visit, asks: list[Ask]) -> int:
    """How many runs would be done again if all of it was, whether or not it is out of date."""
    ledger = visit.app.ledger
    return sum(
        ledger.count_rerun(pipeline.name, "force", ask.selection(visit))
        for ask in asks
        for pipeline in ask.pipelines(visit)
    )


def _rerun(visit: Visit, ask: Ask, pipeline: Pipeline) -> tuple[str, Mapping[str, Any]] | None:
    """What is done again: what is out of date of what is chosen; all of it only in dev mode. None if nothing is."""
    chosen = ask.selection(visit)
    if ask.do == "force":
        if not visit.app.cards.preferences.dev_mode:
            raise Forbidden("What is up to date is done again in dev mode alone: Settings, Developer.")
        return "force", chosen
    if "filter" in chosen:
        return "stale", chosen
    ids = chosen["ids"]
    found, _ = visit.app.ledger.freshness(pipeline.name, ids=ids, only=Freshness.STALE, limit=len(ids) or 1)
    stale = [each.item_id for each in found]
    return ("force", {"ids": stale}) if stale else None


def _count_rerun(visit: Visit, ask: Ask, pipeline: Pipeline) -> int:
    meant = _rerun(visit, ask, pipeline)
    return 0 if meant is None else visit.app.ledger.count_rerun(pipeline.name, *meant)


def _ids(visit: Visit, ask: Ask) -> list[int]:
    return list(ask.ids) if ask.ids is not None else list(visit.app.browsing.each(ask.look))


@router.post("/library/do")
def do(request: Request, visit: Actor, form: Sent) -> Response:
    """Do what was asked about."""
    looks = form.all("look")
    asks = [_one(visit, form, each) for each in looks]
    back = form.one("back") or came_from(request)
    if form.one("do") == "lock":
        count = sum(visit.app.browsing.lock_all(_ids(visit, each)) for each in asks)
        visit.app.browsing.forget_counts()
        return go(
            back, tell("Fields locked: %(count)s. No source and no file changes them now.", count=count)
        )
    made = [_begin(visit, each, pipeline) for each in asks for pipeline in each.pipelines(visit)]
    return go(back, _told([each for each in made if each is not None]))


def _one(visit: Visit, form: Form, look: str) -> Ask:
    at = urlsplit(look)
    ids = tuple(form.ids("id")) or None
    return Ask(form.one("do"), library.meant(visit, parse_qs(at.query)), ids)


def _begin(visit: Visit, ask: Ask, pipeline: Pipeline) -> tuple[Any, bool] | None:
    ledger = visit.app.ledger
    if ask.do in ("rerun", "force"):
        meant = _rerun(visit, ask, pipeline)
        if meant is None or not ledger.count_rerun(pipeline.name, *meant):
            return None
        return ledger.rerun(pipeline.name, *meant, chunks=2), True
    selection = ask.selection(visit)
    if not ledger.foresee_job(pipeline.name, selection, force=ask.forced):
        return None
    try:
        return ledger.create_job(pipeline.name, selection, force=ask.forced, chunks=2)
    except Conflict:
        return None


def _told(made: list[tuple[Any, bool]]) -> Told:
    if not made:
        return tell("There was nothing left to do.")
    view, new = made[0]
    names = ", ".join(wording.job_name(each.job) for each, _ in made)
    link, label = f"/jobs/{view.job.id}", f"#{view.job.id}"
    if view.job.finished_at:
        return tell("Done: %(names)s.", link=link, label=label, names=names)
    if new:
        return tell("Queued: %(names)s.", link=link, label=label, names=names)
    return tell("Already running: %(names)s.", link=link, label=label, names=names)
