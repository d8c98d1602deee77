"""Item: what is known of one thing, who said it, how surely; what a person changes about it, and takes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from completist.app.covers import Offered
from completist.domain.errors import Conflict
from completist.domain.fields import Data, Origin, Value
from completist.domain.kind import Field, FieldType
from completist.domain.pipeline import Freshness, StaleCause
from completist.engine.viewing import ItemView
from completist.store.changes import Change
from completist.store.freshness import Standing
from completist.web.access import Visit
from completist.web.pages import frame, pictures, undoing, wording
from completist.web.pages.frame import Sight, Where
from completist.web.pages.routing import Actor, PageRoute, Reader, Sent, where
from completist.web.pages.telling import go, tell
from completist.web.pages.wording import mark

router = APIRouter(include_in_schema=False, route_class=PageRoute)

#: Other voices about a field that are shown beside it.
VOICES = 3

#: Pictures that are offered beside the one that counts.
OFFERS = 3

#: Why a run came to nothing that nobody wants to read of.
_OVER = ("superseded", "not_needed")

#: Of each way to stand in a pipeline: the colour of its chip, and its words.
STANDS: Mapping[Freshness | StaleCause, tuple[str, str]] = {
    Freshness.FRESH: ("ok", mark("Up to date")),
    Freshness.MISSING: ("gap", mark("Never looked up")),
    StaleCause.CODE: ("rev", mark("By an older version")),
    StaleCause.DATA: ("rev", mark("Changed or asked for since")),
}

_LONG = (FieldType.LONG_TEXT, FieldType.TEXTS)


@router.get("/items/{item}")
def item(request: Request, visit: Reader, item: int) -> Response:
    """One item."""
    return frame.show(request, visit, look, where(request, item))


def look(visit: Visit, at: Where) -> Sight:
    """The page. Raises NotFound."""
    app, (item_id,) = visit.app, at.ids
    view = app.show(item_id)
    (card,) = app.browsing.cards([item_id])
    tries = [each for each in app.browsing.tries(item_id) if each.error_code not in _OVER]
    asked = {provider for each in tries for provider, outcome, *_ in each.attempts if outcome == "not_found"}
    shown, own, more = rows(view)
    history = app.history(item_id)
    told = {
        "title": wording.title(view.kind, view.data),
        "view": view,
        "card": card,
        "thumb": pictures.thumbs(visit, [item_id]).get(item_id),
        "picks": view.kind.name in app.covers.kinds(),
        "alike": view.kind.name in app.finding.kinds(),
        "offers": offers(visit, view),
        "shown": shown,
        "own": own,
        "more": more,
        "edit": at.one("edit"),
        "typing": _typing(view, at.one("edit")),
        "asked": sorted(wording.source(each) for each in asked),
        "history": [told_change(each, view) for each in reversed(history)][:40],
        "written": {
            each.run_id
            for each in history
            if each.before and each.undone_by is None and each.action != "undo"
        },
        "tries": tries,
        "stands": [(name, *stands(each)) for name, each in app.ledger.standings_of(item_id, view.kind.name)],
        "related": app.related(item_id),
        "running": card.pending,
        "levels": {name: match.level for name, match in view.matches.items()},
    }
    return Sight("item.html", told, ("live_head", "live_fields", "live_history"))


def stands(standing: Standing) -> tuple[str, str]:
    """How an item stands in a pipeline: the colour of its chip, and its words."""
    return STANDS[standing.cause or standing.freshness]


def offers(visit: Visit, view: ItemView) -> list[Offered]:
    """The first pictures that are known to be offered for an item; nobody is asked."""
    covers = visit.app.covers
    if view.kind.name not in covers.kinds():
        return []
    return [each for each in covers.offered(view.id, look=False) if each.picture is not None][:OFFERS]


def rows(view: ItemView) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[Field]]:
    """The fields that are shown, those that are the owner's own, and those of which there is nothing to show."""
    shown, own, more = [], [], []
    for field in view.kind.fields:
        value = view.values.get(field.name)
        if field.personal:
            (own.append(_row(view, field, value)) if value is not None else more.append(field))
        elif value is not None or field.wanted:
            shown.append(_row(view, field, value))
        else:
            more.append(field)
    return shown, own, more


def _row(view: ItemView, field: Field, value: Value | None) -> dict[str, Any]:
    voices = [each for each in view.said if each.field == field.name and each.origin is not Origin.USER]
    distinct: dict[str, Value] = {}
    for each in sorted(voices, key=lambda v: (v is not value, -v.confidence)):
        distinct.setdefault(wording.text(each.data).casefold(), each)
    others = list(distinct.values())
    mine = value is not None and value.origin is Origin.USER
    return {
        "field": field,
        "value": value,
        "gap": field.name in view.gaps,
        "mine": mine,
        "locked": field.name in view.locked,
        "voices": others[:VOICES] if len(others) > 1 and field.type is not FieldType.IDENTIFIER else [],
        "said": voices,
    }


def _typing(view: ItemView, name: str) -> str:
    value = view.values.get(name)
    return "" if value is None else wording.typed(value.data)


def told_change(change: Change, view: ItemView) -> dict[str, Any]:
    """A change in words: its dot, what happened, to what, and whether it may be taken back."""
    names = list(dict.fromkeys(field for field, _, _ in (*change.after, *change.before)))
    labels = [view.kind.by_name[name].label for name in names if name in view.kind.by_name]
    dot = {Origin.USER: "you", Origin.IMPORT: "you"}.get(change.origin, "")
    if change.action in ("accept", "reject"):
        dot = "rev"
    return {
        "id": change.id,
        "dot": dot,
        "action": change.action,
        "origin": change.origin,
        "labels": labels,
        "source": wording.source(change.source) if change.source else "",
        "at": change.at,
        "before": _was(change.before) if change.action == "type" else "",
        "undone": change.undone_by is not None,
        "undoable": change.undone_by is None
        and change.action != "undo"
        and bool(change.after or change.before),
    }


def _was(layers: Mapping[Any, Value | None]) -> str:
    held = [value.data for value in layers.values() if value is not None]
    return wording.text(held[0])[:80] if held else ""


# --- what a person does -----------------------------------------------------------------------------------------


@router.post("/items/{item}/set")
def write(visit: Actor, item: int, form: Sent) -> Response:
    """Write what was typed; typing is the lock."""
    name = form.one("field")
    data: Data = visit.app.parse(item, name, form.one("value"))
    recorded = visit.app.set(item, {name: data})
    visit.app.browsing.forget_counts()
    label = visit.app.show(item).kind.by_name[name].label
    if not recorded.changes:
        return go(f"/items/{item}", tell("%(field)s said so already.", field=label))
    return go(f"/items/{item}", tell("%(field)s is yours now: nothing changes it.", field=label))


@router.post("/items/{item}/use")
def use(visit: Actor, item: int, form: Sent) -> Response:
    """Take what one voice says, as if it had been typed."""
    name, origin, source = form.one("field"), form.one("origin"), form.one("source")
    view = visit.app.show(item)
    for each in view.said:
        if (each.field, each.origin.value, each.source) == (name, origin, source):
            visit.app.set(item, {name: each.data})
            label = view.kind.by_name[name].label
            return go(
                f"/items/{item}",
                tell(
                    "%(field)s: taken from %(source)s, and yours now.",
                    field=label,
                    source=wording.source(source),
                ),
            )
    return go(f"/items/{item}", tell("That is not said any more.", bad=True))


@router.post("/items/{item}/lock")
def lock(visit: Actor, item: int, form: Sent) -> Response:
    """Lock a field, or let others speak again."""
    name = form.one("field")
    app = visit.app
    view = app.show(item)
    label = view.kind.by_name[name].label if name in view.kind.by_name else name
    value = view.values.get(name)
    if form.one("on") == "yes":
        app.lock(item, name)
        said = tell("%(field)s is locked.", field=label)
    elif value is not None and value.origin is Origin.USER:
        app.give_up(item, [name])
        said = tell("%(field)s: what you typed is taken back, and others speak again.", field=label)
    else:
        app.unlock(item, name)
        said = tell("%(field)s is not locked any more.", field=label)
    app.browsing.forget_counts()
    return go(f"/items/{item}", said)


@router.post("/items/{item}/undo")
def undo(visit: Actor, item: int, form: Sent) -> Response:
    """Take a change back."""
    (change,) = form.ids("change")[:1] or (0,)
    undone = visit.app.undo(change=change)
    visit.app.browsing.forget_counts()
    return go(f"/items/{item}", undoing.told(undone))


@router.post("/items/{item}/fill")
def fill(visit: Actor, item: int, form: Sent) -> Response:
    """Ask about an item at once, whatever was known of it."""
    del form
    app = visit.app
    kind = app.show(item).kind.name
    made = []
    working = app.browsing.working()
    for view in app.browsing.pipelines():
        if view.pipeline.kind == kind and view.pipeline.name in working:
            try:
                made.append(
                    app.ledger.create_job(view.pipeline.name, {"ids": [item]}, force=True, priority=1)[0]
                )
            except Conflict:
                continue
    if not made:
        return go(f"/items/{item}", tell("Nothing here can look that up.", bad=True))
    job = made[0].job
    link, label = f"/jobs/{job.id}", f"#{job.id}"
    return go(f"/items/{item}", tell("Being looked up.", link=link, label=label))


def used(rows_: Sequence[Mapping[str, Any]]) -> int:
    """How many rows hold something."""
    return sum(row["value"] is not None for row in rows_)
