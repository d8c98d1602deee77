"""Handing over: a fill beside a completist serve becomes jobs, which the server works off."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from completist.cli import job_view
from completist.cli.failures import OK, PARTLY
from completist.cli.fill_view import counted, document, tell_library
from completist.cli.interrupts import Interrupts
from completist.cli.jobs import select
from completist.cli.progress import progress
from completist.cli.session import Session
from completist.cli.watching import LOOK
from completist.domain.errors import Busy

if TYPE_CHECKING:
    from completist.app import App, FillReport, Wish
    from completist.store.owning import Owner

#: How often what one pipeline brings in for another is handed over, too.
_ROUNDS = 3


def hand_over(session: Session, app: App, wish: Wish, owner: Owner) -> int:
    """Let the process that owns the library fill what is wished for, and follow it; the exit code.

    Raises:
        Busy: It is none that would, or the wish is none that a job can express.
    """
    who = f"completist {owner.what} (process {owner.pid}){f' at {owner.url}' if owner.url else ''}"
    if owner.what != "serve":
        raise Busy(f"{who} works on this library.", hint="Wait for it to end, then try again.")
    if wish.again or wish.limit is not None or (wish.ids and wish.when.said()):
        watch = session.command("jobs", "list")
        raise Busy(
            f"{who} works on this library, and what is due it fills by itself.",
            hint=f"{watch} shows how far it is. --again, --limit and conditions on items by id need the library for "
            "themselves.",
        )
    session.paper.say(f"{who} works on this library; it is asked to fill.")
    before, had = app.gaps()[1], app.status().items
    made: list[int] = []
    begun = time.monotonic()
    with Interrupts(tell=False) as stop, progress(session, "Filling") as told:
        for _ in range(_ROUNDS):
            new = [] if stop() else _make_jobs(app, wish)
            made += new
            while not stop() and new:
                views = [app.ledger.job(job_id) for job_id in made]
                told(sum(map(job_view.done, views)), sum(view.job.total for view in views))
                if not any(map(job_view.is_open, views)):
                    break
                time.sleep(LOOK)
            if not new:
                break
    report = _report(app, made, time.monotonic() - begun)
    if session.json:
        session.paper.document({**document(report), "values": None, "jobs": made})
    elif report.runs:
        session.paper.line(*counted(report))
        tell_library(session, app, before, had)
    else:
        session.paper.line("Nothing else is due: what there was is done, or being looked up.")
    stop.settle()
    return PARTLY if report.failed else OK


def _make_jobs(app: App, wish: Wish) -> list[int]:
    """A job for each pipeline in which something of the wish is due; their ids."""
    due = app.due(wish)
    made = []
    for view in app.ledger.pipelines():
        name = view.pipeline.name
        if view.paused or not due.get(name):
            continue
        job, _ = app.ledger.create_job(name, _selection(app, wish, view.pipeline.kind))
        made.append(job.job.id)
    return made


def _selection(app: App, wish: Wish, kind: str) -> dict[str, Any]:
    mine = [item_id for item_id in wish.ids or () if app.show(item_id).kind.name == kind]
    return select(mine, {} if mine else wish.when.said(), stale=False)


def _report(app: App, made: list[int], seconds: float) -> FillReport:
    from completist.app import FillReport

    report = FillReport(seconds=round(seconds, 3))
    for job_id in made:
        view = app.ledger.job(job_id)
        report.runs += job_view.done(view)
        for state in ("filled", "empty", "review", "failed", "waiting"):
            setattr(report, state, getattr(report, state) + view.progress.get(state, 0))
    return report
