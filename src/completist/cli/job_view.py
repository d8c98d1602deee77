"""Job view: a job as people and scripts see it, with the causes of what failed or waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from completist.cli import words
from completist.cli.conditions import told
from completist.cli.paper import Cell, Column, Ink, Tone, bar
from completist.cli.session import Session
from completist.domain.run import NEVER

if TYPE_CHECKING:
    from completist.engine.requesting import JobView
    from completist.store.jobs import Failure

#: The states of runs in the order in which people read them, with their tones.
_STATES = {
    "filled": ("filled", Tone.FILLED),
    "review": ("to review", Tone.UNCERTAIN),
    "empty": ("without an answer", Tone.NONE),
    "failed": ("failed", Tone.FAILED),
    "cancelled": ("cancelled", Tone.QUIET),
    "claimed": ("being looked up", Tone.RUNNING),
    "ready": ("ready", Tone.QUIET),
    "waiting": ("waiting", Tone.QUIET),
}
_PENDING = frozenset({"ready", "waiting", "claimed"})
_TONES = {
    "planning": Tone.RUNNING,
    "running": Tone.RUNNING,
    "done": Tone.FILLED,
    "cancelled": Tone.NONE,
}
#: Items named in a cause of failure.
_NAMED = 10


def is_open(view: JobView) -> bool:
    """Whether anything of a job is still to come."""
    return view.job.state in ("planning", "running")


def done(view: JobView) -> int:
    """How many runs of a job have their result."""
    return sum(n for state, n in view.progress.items() if state not in _PENDING)


def document(view: JobView) -> dict[str, Any]:
    """A job as scripts read it."""
    job = view.job
    return {
        "id": job.id,
        "pipeline": job.pipeline,
        "version": job.version,
        "state": job.state,
        "selection": dict(job.selection),
        "priority": job.options["priority"],
        "force": job.options["force"],
        "total": job.total,
        "done": done(view),
        "skipped": job.skipped,
        "progress": dict(view.progress),
        "failures": [
            {
                "code": each.code,
                "state": each.state.value,
                "count": each.count,
                "items": list(each.items),
                "next_retry_at": _retry(each),
            }
            for each in view.failures
        ],
        "created_at": job.created_at,
        "finished_at": job.finished_at,
    }


def tell_job(session: Session, view: JobView) -> None:
    """A job with its progress and, grouped by cause, what failed or waits."""
    job, paper = view.job, session.paper
    state = Ink(job.state, _TONES[job.state])
    paper.line(Ink(f"Job {job.id}", Tone.STRONG), f"  {job.pipeline}, {selected(job.selection)}: ", state)
    when = f"made {words.moment(job.created_at)}"
    if job.finished_at is not None:
        when += f", {'cancelled' if job.state == 'cancelled' else 'done'} {words.moment(job.finished_at)}"
    paper.line(when, indent=2)
    if job.skipped:
        paper.line(f"{words.counted(job.skipped, 'item')} left out: done already, or nothing to do", indent=2)
    if job.total:
        got = done(view)
        paper.line(*_parts(bar(got, job.total)), f"  {got:,} of {job.total:,}", indent=2)
        paper.line(*counts(view.progress), indent=2)
    elif job.state != "planning":
        paper.line("nothing to look up", indent=2)
    _tell_failures(session, view)


def tell_end(session: Session, view: JobView) -> None:
    """What a job has come to, in a line, and what failed or waits."""
    job = view.job
    parts: list[str | Ink] = [f"Job {job.id} is ", Ink(job.state, _TONES[job.state])]
    if view.progress:
        parts += [": ", *counts(view.progress)]
    session.paper.line(*parts, ".")
    _tell_failures(session, view)


def _tell_failures(session: Session, view: JobView) -> None:
    for failure in view.failures:
        _tell_failure(session, failure)


def _tell_failure(session: Session, failure: Failure) -> None:
    tone = Tone.FAILED if failure.state.value == "failed" else Tone.GAP
    again = _retry(failure)
    later = "" if again is None else f", again {words.moment(again)}"
    head = f"{failure.count:,} {failure.state.value}{later}"
    session.paper.line(Ink(head, tone), f": {words.cause(failure.code)}", indent=2)
    named = ", ".join(map(str, failure.items[:_NAMED]))
    more = ", …" if failure.count > min(_NAMED, len(failure.items)) else ""
    session.paper.line(f"{'item' if failure.count == 1 else 'items'} {named}{more}", indent=4)


def _retry(failure: Failure) -> int | None:
    """When runs are tried again; None for those that wait for a person."""
    at = failure.next_retry_at
    return None if at is None or at >= NEVER else at


def counts(progress: Mapping[str, int]) -> list[str | Ink]:
    """The runs by state as one line: ``12 filled, 3 to review``."""
    parts: list[str | Ink] = []
    for state, (word, tone) in _STATES.items():
        if number := progress.get(state, 0):
            parts += [", " if parts else "", Ink(f"{number:,} {word}", tone)]
    return parts


def note(view: JobView) -> str:
    """What is worth saying beside a bar."""
    told = [
        f"{view.progress[state]:,} {_STATES[state][0]}"
        for state in ("filled", "failed", "waiting")
        if view.progress.get(state)
    ]
    return ", ".join(told)


def selected(selection: Mapping[str, Any]) -> str:
    """What a job is about."""
    if "ids" in selection:
        ids = selection["ids"]
        return f"item {ids[0]}" if len(ids) == 1 else f"{len(ids):,} items"
    if "job" in selection:
        state = f" that are {selection['state']}" if "state" in selection else ""
        return f"the items of job {selection['job']}{state}"
    chosen = selection.get("filter", {})
    held = told(chosen)
    which = chosen.get("freshness", "all")
    return f"{which} items{' ' if held else ''}{held}"


def tell_jobs(session: Session, views: list[JobView]) -> None:
    """Jobs as a table."""
    columns = (
        Column("id", right=True),
        Column("state"),
        Column("pipeline"),
        Column("about", grows=True, spare=True),
        Column("done", right=True),
        Column("failed", right=True),
        Column("made", spare=True),
    )
    session.paper.table(columns, [_row(view) for view in views], indent=0)


def _row(view: JobView) -> tuple[Cell, ...]:
    job = view.job
    failed = view.progress.get("failed", 0)
    return (
        str(job.id),
        Ink(job.state, _TONES[job.state]),
        job.pipeline,
        selected(job.selection),
        f"{done(view):,}/{job.total:,}",
        Ink(f"{failed:,}", Tone.FAILED) if failed else "",
        words.moment(job.created_at),
    )


def _parts(cell: Cell) -> tuple[str | Ink, ...]:
    return cell if isinstance(cell, tuple) else (cell,)
