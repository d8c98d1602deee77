"""Undoing: all that one look-up or one job wrote, with what changes and what stays before it is done."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from completist.domain.errors import NotFound
from completist.engine.outlook import Outlook
from completist.engine.undoing import Undone
from completist.web.access import Visit
from completist.web.pages import frame
from completist.web.pages.routing import Actor, PageRoute, Reader, came_from
from completist.web.pages.telling import Told, go, tell

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/runs/{run}/undo")
def ask_run(request: Request, visit: Reader, run: int) -> Response:
    """Before a look-up is undone."""
    return _sheet(request, visit, run=run)


@router.get("/jobs/{job}/undo")
def ask_job(request: Request, visit: Reader, job: int) -> Response:
    """Before a job is undone."""
    return _sheet(request, visit, job=job)


def _sheet(request: Request, visit: Visit, *, run: int | None = None, job: int | None = None) -> Response:
    try:
        seen = visit.app.foresee_undo(run=run, job=job)
    except NotFound:
        seen = Outlook()
    cards = visit.app.browsing.cards(list(seen.named))
    told = {
        "seen": seen,
        "named": [(card.view, seen.named[card.view.id]) for card in cards],
        "job": job,
        "action": f"/runs/{run}/undo" if job is None else f"/jobs/{job}/undo",
    }
    return frame.plain(request, "undo_sheet.html", told)


@router.post("/runs/{run}/undo")
def undo_run(request: Request, visit: Actor, run: int) -> Response:
    """Take back all that a look-up wrote."""
    return _undone(request, visit, visit.app.undo(run=run))


@router.post("/jobs/{job}/undo")
def undo_job(request: Request, visit: Actor, job: int) -> Response:
    """Take back all that a job wrote."""
    return _undone(request, visit, visit.app.undo(job=job))


def _undone(request: Request, visit: Visit, undone: Undone) -> Response:
    visit.app.browsing.forget_counts()
    return go(came_from(request), told(undone))


def told(undone: Undone) -> Told:
    """What an undo came to."""
    if undone.removed:
        return tell(
            "Values taken back: %(values)s. Items removed that came with them: %(removed)s. "
            "Changed since, and left alone: %(kept)s.",
            values=undone.values,
            removed=undone.removed,
            kept=undone.kept,
        )
    return tell(
        "Values taken back: %(values)s. Changed since, and left alone: %(kept)s.",
        values=undone.values,
        kept=undone.kept,
    )
