"""Asking: a job, or one that comes round, under conditions, with the very number of look-ups that it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import APIRouter, Request
from fastapi.responses import Response

from completist.domain.errors import BadInput, CompletistError
from completist.domain.kind import Kind
from completist.engine.requesting import PRIORITY
from completist.web.access import Visit
from completist.web.pages import frame, library, schedules, wording
from completist.web.pages.frame import Sight, Where
from completist.web.pages.routing import Actor, PageRoute, Reader, Sent, where
from completist.web.pages.telling import go, tell
from completist.web.pages.wording import mark

router = APIRouter(include_in_schema=False, route_class=PageRoute)

#: Units in which a time is chosen, as durations are written.
UNITS = (("d", mark("days")), ("w", mark("weeks")), ("h", mark("hours")))

#: Priorities: the first goes first.
PRIORITIES = range(1, 11)


class Said(Protocol):
    """Where fields of a form are read from: an address, or what was sent."""

    def one(self, name: str, usual: str = "") -> str:
        """The last value of a field."""

    def all(self, name: str) -> tuple[str, ...]:
        """All values of a field."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks for: a pipeline, conditions as they were typed, and how it is done."""

    pipeline: str
    missing: tuple[str, ...] = ()
    score_below: str = ""
    older: str = ""
    unit: str = UNITS[0][0]
    never_asked: bool = False
    stale: bool = False
    force: bool = False
    priority: int = PRIORITY

    @classmethod
    def read(cls, said: Said, pipeline: str = "") -> Wanted:
        """What a form says; ``pipeline`` is meant where it names none."""
        units = [unit for unit, _ in UNITS]
        order = said.one("priority")
        return cls(
            said.one("pipeline") or pipeline,
            tuple(name for name in said.all("missing") if name),
            said.one("score_below").strip()[:6],
            said.one("older").strip()[:9],
            said.one("unit") if said.one("unit") in units else units[0],
            said.one("never_asked") == "yes",
            said.one("stale") == "yes",
            said.one("force") == "yes",
            int(order) if order.isdecimal() and len(order) < 3 else PRIORITY,  # noqa: PLR2004 - two digits
        )

    def selection(self) -> dict[str, Any]:
        """The items as jobs take them. Raises BadInput."""
        chosen: dict[str, Any] = {}
        if self.missing:
            chosen["missing"] = list(self.missing)
        if self.score_below:
            chosen["score_below"] = _whole(self.score_below)
        if self.never_asked:
            chosen["never_asked"] = True
        if self.older:
            chosen["older_than"] = f"{self.older}{self.unit}"
        if self.stale:
            chosen["freshness"] = "stale"
        return {"filter": chosen}

    def fields(self) -> list[tuple[str, str]]:
        """The same as fields of a form, for the buttons that do what was counted."""
        said = [("pipeline", self.pipeline), *(("missing", each) for each in self.missing)]
        said += [("score_below", self.score_below)] if self.score_below else []
        said += [("older", self.older), ("unit", self.unit)] if self.older else []
        said += [(name, "yes") for name in ("never_asked", "stale", "force") if getattr(self, name)]
        return [*said, ("priority", str(self.priority))]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many items pass, and how many look-ups that comes to; or what is wrong about the conditions."""

    items: int = 0
    runs: int = 0
    error: CompletistError | None = None


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise BadInput("A share is a whole number from 1 to 100.")
    return int(text)


@router.get("/jobs/new")
def asking(request: Request, visit: Reader) -> Response:
    """Before a job is made."""
    return frame.show(request, visit, look, where(request))


def around(visit: Visit, at: Where) -> Sight:
    """The page as far as it changes by itself: only what stands around it. Nothing is counted again."""
    del visit, at
    return Sight("asking.html", {"title": "New job"})


def look(visit: Visit, at: Where) -> Sight:
    """The page. Raises NotFound."""
    app = visit.app
    held = {name for name, count in app.browsing.totals().items() if count}
    offered = [each.pipeline for each in app.browsing.pipelines() if each.pipeline.kind in held]
    first = [each.name for each in offered if each.kind == library.first_kind(visit)] if offered else []
    wanted = Wanted.read(at, first[0] if first else "")
    kind = app.ledger.pipeline(wanted.pipeline)[0] if wanted.pipeline else None
    told = {
        "title": "New job",
        "offered": offered,
        "wanted": wanted,
        "kind": kind,
        "gaps": _gaps(visit, kind),
        "units": UNITS,
        "priorities": PRIORITIES,
        "times": schedules.TIMES,
        "counted": _counted(visit, wanted) if kind is not None and at.one("count") == "yes" else None,
    }
    return Sight("asking.html", told)


def _gaps(visit: Visit, kind: Kind | None) -> dict[str, int]:
    """How many items lack each field of a kind."""
    return next((each.gaps for each in visit.app.browsing.standings() if each.kind == kind), {})


def _counted(visit: Visit, wanted: Wanted) -> Counted:
    try:
        found = visit.app.ledger.weigh_job(wanted.pipeline, wanted.selection(), force=wanted.force)
    except CompletistError as error:
        return Counted(error=error)
    return Counted(found.items, found.runs)


# --- what a person does -----------------------------------------------------------------------------------------


@router.post("/jobs/new")
def make(visit: Actor, form: Sent) -> Response:
    """Make the job."""
    wanted = Wanted.read(form)
    ledger, selection = visit.app.ledger, wanted.selection()
    if not ledger.foresee_job(wanted.pipeline, selection, force=wanted.force):
        return go("/jobs/new", tell("There was nothing left to do."))
    view, new = ledger.create_job(
        wanted.pipeline, selection, force=wanted.force, priority=wanted.priority, chunks=2
    )
    name = wording.job_name(view.job)
    told = tell("Queued: %(names)s.", names=name) if new else tell("Already running: %(names)s.", names=name)
    return go(f"/jobs/{view.job.id}", told)


@router.post("/settings/schedules")
def come_round(visit: Actor, form: Sent) -> Response:
    """Let it come round by itself."""
    wanted = Wanted.read(form)
    name = schedules.named(form, wanted.pipeline)
    visit.app.ledger.schedule(
        name,
        form.one("cron").strip(),
        wanted.pipeline,
        wanted.selection(),
        zone=form.one("zone").strip() or "UTC",
        priority=wanted.priority,
        force=wanted.force,
    )
    return go(schedules.HERE, tell("%(name)s comes round by itself now.", name=name))
