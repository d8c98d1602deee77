"""Watching: follows a job to its end, as a bar, as lines, or as JSON lines."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from completist.cli import job_view
from completist.cli.failures import OK, PARTLY
from completist.cli.interrupts import Interrupts
from completist.cli.progress import progress
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.app import App
    from completist.engine.requesting import JobView

#: Seconds between two looks.
LOOK = 0.5


def watch_job(session: Session, app: App, job_id: int) -> int:
    """Follow a job until nothing of it is to come any more; the exit code. Raises NotFound, Interrupted.

    Ctrl-C ends the watching and not the job.
    """
    view = app.ledger.job(job_id)
    session.resume = session.command("jobs", "watch", str(job_id))
    said = False
    with Interrupts(tell=False) as stop, progress(session, f"Job {job_id}") as told:
        seen: JobView | None = None
        while True:
            if session.json and view != seen:
                session.paper.document({"schema": 1, "job": job_view.document(view)})
            seen = view
            total = 0 if view.job.state == "planning" else view.job.total
            told(job_view.done(view), total, job_view.note(view))
            if stop() or not job_view.is_open(view):
                break
            said = said or tell_who_works(session, app, view)
            time.sleep(LOOK)
            view = app.ledger.job(job_id)
    job_view.tell_end(session, view)
    stop.settle()
    return exit_code(view)


def exit_code(view: JobView) -> int:
    """What a job came to: done, or done but for what failed or was called off."""
    return PARTLY if view.progress.get("failed") or view.job.state == "cancelled" else OK


def tell_who_works(session: Session, app: App, view: JobView) -> bool:
    """Say it when a job does not go on by itself, and how it would; whether there was anything to say."""
    why = _why_not(session, app, view.job.pipeline)
    if why:
        session.paper.say(why)
    return bool(why)


def _why_not(session: Session, app: App, name: str) -> str:
    pipeline = next((each for each in app.ledger.pipelines() if each.pipeline.name == name), None)
    if pipeline is None:
        return f"No plug-in that is installed brings {name}."
    if pipeline.paused:
        return f"{name} is paused; {session.command('resume')} lets it go on."
    if pipeline.outside:
        return f"Workers outside fill {name}; {session.command('pull', name, '--server', 'URL')} is one."
    if app.database.path is not None and app.owner() is None:
        return f"Nobody works on this library now; {session.command('work')} does, once."
    return ""
