"""``completist jobs``: requests to run a pipeline over a selection, and how far they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from completist.cli import job_view, words
from completist.cli.commands import VerbGroup
from completist.cli.conditions import conditions, conditions_of
from completist.cli.failures import OK
from completist.cli.interrupts import Interrupts
from completist.cli.numbers import Whole
from completist.cli.paper import Ink, Tone
from completist.cli.progress import progress
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.app import App
    from completist.engine.requesting import JobView

_ID = click.argument("job_id", type=Whole(), metavar="ID")
STATES = ("planning", "running", "done", "cancelled")


@click.group(cls=VerbGroup, invoke_without_command=True)
@click.pass_context
def jobs(ctx: click.Context) -> int | None:
    """Requests to run a pipeline over a selection: list, show, watch, cancel, retry, hold, release, create."""
    code: int | None = ctx.invoke(list_) if ctx.invoked_subcommand is None else None
    return code


@jobs.command(name="list")
@click.option("--state", type=click.Choice(STATES), help="Only jobs in this state.")
@click.option("--limit", type=Whole(), default=20, show_default=True, metavar="N", help="At most so many.")
@click.option("--before", type=Whole(), metavar="ID", help="Only jobs older than this one.")
@click.pass_obj
def list_(session: Session, state: str | None = None, limit: int = 20, before: int | None = None) -> int:
    """The latest jobs with their progress."""
    with session.open() as app:
        found = app.ledger.jobs(state=state, before=before, limit=limit)
    if session.json:
        session.paper.document({"schema": 1, "jobs": [job_view.document(each) for each in found]})
    elif found:
        job_view.tell_jobs(session, found)
    else:
        session.paper.line("There are no jobs." if state is None else f"No job is {state}.")
    return OK


@jobs.command()
@_ID
@click.pass_obj
def show(session: Session, job_id: int) -> int:
    """One job: its progress, and what failed or waits, by cause."""
    with session.open() as app:
        _answer(session, app.ledger.job(job_id))
    return OK


@jobs.command()
@_ID
@click.pass_obj
def watch(session: Session, job_id: int) -> int:
    """Follow a job to its end. Ctrl-C ends the watching, not the job. With --json, one document a line."""
    from completist.cli.watching import watch_job

    with session.open() as app:
        return watch_job(session, app, job_id)


@jobs.command()
@_ID
@click.pass_obj
def cancel(session: Session, job_id: int) -> int:
    """Call a job off. What is done stays done; the next fill takes up what was called off."""
    with session.open() as app:
        view = app.ledger.cancel_job(job_id)
        _answer(session, view)
        if off := view.progress.get("cancelled", 0):
            name = view.job.pipeline
            again = ("jobs", "create", "--pipeline", name) if is_outside(app, name) else ("fill",)
            session.paper.next((session.command(*again), f"look the {off:,} up after all"))
    return OK


@jobs.command()
@_ID
@click.pass_obj
def hold(session: Session, job_id: int) -> int:
    """Hold back what no worker has begun of a job, until jobs release."""
    with session.open() as app:
        view, count = app.ledger.hold_job(job_id)
        _tell_moved(session, "held", count, view, f"{words.counted(count, 'run')} of job {job_id} held back.")
        if not session.json:
            session.paper.next((session.command("jobs", "release", str(job_id)), "let them go"))
    return OK


@jobs.command()
@_ID
@click.pass_obj
def release(session: Session, job_id: int) -> int:
    """Let go what is held back of a job."""
    with session.open() as app:
        view, count = app.ledger.let_job_go(job_id)
        _tell_moved(
            session, "released", count, view, f"{words.counted(count, 'run')} of job {job_id} ready again."
        )
        if not session.json:
            _tell_next(session, app, view)
    return OK


def _tell_moved(session: Session, what: str, count: int, view: JobView, line: str) -> None:
    if session.json:
        session.paper.document({"schema": 1, what: count, "job": job_view.document(view)})
    else:
        session.paper.line(line)


@jobs.command()
@_ID
@click.pass_obj
def retry(session: Session, job_id: int) -> int:
    """Make what failed of a job ready again."""
    with session.open() as app:
        view, count = app.ledger.retry_job(job_id)
        if session.json:
            session.paper.document({"schema": 1, "retried": count, "job": job_view.document(view)})
            return OK
        session.paper.line(f"{words.counted(count, 'run')} of job {job_id} ready again.")
        _tell_next(session, app, view)
    return OK


@jobs.command(
    epilog="\b\nExamples:\n"
    "  completist jobs create --pipeline book-metadata --field cover\n"
    "  completist jobs create --pipeline book-metadata --force 12 15"
)
@click.option("--pipeline", required=True, metavar="P", help="The pipeline to run.")
@click.argument("item_ids", nargs=-1, type=Whole(), metavar="[ITEM_ID...]")
@conditions
@click.option("--stale", is_flag=True, help="Only items whose result is out of date.")
@click.option("--force", is_flag=True, help="Also do again what is done.")
@click.option(
    "--priority", type=click.IntRange(1, 10), metavar="N", help="1 (first) to 10; 4 unless you say otherwise."
)
@click.option("--key", metavar="K", help="The same key again finds the open job instead of making another.")
@click.option("--dry-run", is_flag=True, help="Count what would be queued, and write nothing.")
@click.pass_obj
def create(session: Session, /, pipeline: str, item_ids: Sequence[int], **asked: Any) -> int:
    """Make a job: all items, some by id, those for which conditions hold, or those out of date.

    A worker works it off: completist serve, worker or work. The same request again finds the open job.
    """
    selection = select(item_ids, conditions_of(asked), stale=asked["stale"])
    with session.open() as app:
        if asked["dry_run"]:
            counted = app.ledger.foresee_job(pipeline, selection, force=asked["force"])
            return tell_foreseen(session, pipeline, counted)
        more = {} if asked["priority"] is None else {"priority": asked["priority"]}
        view, new = app.ledger.create_job(
            pipeline, selection, force=asked["force"], key=asked["key"], chunks=0, **more
        )
        view = plan(session, app, view)
        if session.json:
            session.paper.document({"schema": 1, "new": new, "job": job_view.document(view)})
            return OK
        tell_made(session, view, new=new)
        _tell_next(session, app, view)
    return OK


def select(item_ids: Sequence[int], conditions: Mapping[str, Any], *, stale: bool) -> dict[str, Any]:
    """What a person selected. Raises UsageError when it is two things at once."""
    if item_ids:
        if conditions or stale:
            raise click.UsageError("Name items by id, or choose them by conditions and --stale; not both.")
        return {"ids": list(dict.fromkeys(item_ids))}
    return {"filter": {**conditions, **({"freshness": "stale"} if stale else {})}}


def plan(session: Session, app: App, view: JobView) -> JobView:
    """Find or make all runs of a job. Raises Interrupted, with the job left to be planned by a worker."""
    session.resume = session.command("jobs", "watch", str(view.job.id))
    with Interrupts(tell=False) as stop, progress(session, "Queueing") as told:
        view = app.ledger.plan_job(
            view.job.id, stop=stop, progress=lambda v: told(v.job.total + v.job.skipped, 0, "items looked at")
        )
        stop.settle()
    return view


def is_outside(app: App, pipeline: str) -> bool:
    """Whether only workers outside fill a pipeline."""
    return any(each.outside for each in app.ledger.pipelines() if each.pipeline.name == pipeline)


def tell_foreseen(session: Session, pipeline: str, counted: int) -> int:
    """What a job would queue; the exit code."""
    if session.json:
        session.paper.document({"schema": 1, "dry_run": True, "pipeline": pipeline, "runs": counted})
    else:
        told = words.counted(counted, "run")
        session.paper.line(f"{told} of {pipeline} would be queued; nothing was written.")
    return OK


def tell_made(session: Session, view: JobView, *, new: bool) -> None:
    """A job that was just made, or found."""
    job = view.job
    head = f"Job {job.id}" if new else f"Job {job.id} asks for the same and is open"
    queued = words.counted(job.total, "run") if job.total else "nothing to queue"
    about = f"{queued} of {job.pipeline}, {job_view.selected(job.selection)}."
    left = f" {words.counted(job.skipped, 'item')} left out: done already, or nothing to do." * bool(
        job.skipped
    )
    session.paper.line(Ink(head, Tone.STRONG), f": {about}{left}")


def _answer(session: Session, view: JobView) -> None:
    if session.json:
        session.paper.document({"schema": 1, "job": job_view.document(view)})
    else:
        job_view.tell_job(session, view)


def _tell_next(session: Session, app: App, view: JobView) -> None:
    from completist.cli.watching import tell_who_works

    if job_view.is_open(view):
        tell_who_works(session, app, view)
        session.paper.next((session.command("jobs", "watch", str(view.job.id)), "follow it"))
