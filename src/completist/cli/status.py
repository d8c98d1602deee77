"""``completist status``: the library at a glance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from completist.cli import words
from completist.cli.commands import Verb
from completist.cli.failures import OK
from completist.cli.gap_table import show_gaps
from completist.cli.paper import Column, Ink, Tone, bar
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.app import App, Status
    from completist.engine.rerunning import PipelineView

_TONES = {
    "filled": Tone.FILLED,
    "review": Tone.UNCERTAIN,
    "empty": Tone.NONE,
    "failed": Tone.FAILED,
    "claimed": Tone.RUNNING,
}
#: The states of what has no result yet and nobody holds.
_TO_COME = ("ready", "waiting")


@click.command(cls=Verb)
@click.pass_obj
def status(session: Session) -> int:
    """The library at a glance: what it holds, what is missing, what needs you."""
    with session.open() as app:
        found, pipelines = app.status(), app.ledger.pipelines()
        if session.json:
            session.paper.document(_document(found, pipelines))
            return OK
        if not found.total:
            session.paper.line(f"The library in {session.data or app.settings.data} is empty.")
            session.paper.next((session.command("import", "FILE"), "bring a list in"))
            return OK
        _tell_sentence(session, found)
        session.paper.line()
        show_gaps(session.paper, app.kinds(), found.items, found.gaps)
        _tell_scores(session, app, found)
        _tell_runs(session, found, pipelines)
        _tell_work(session, app, found, pipelines)
        _tell_catalogue(session, found)
        _tell_next(session, app, found, pipelines)
    return OK


def _document(found: Status, pipelines: Sequence[PipelineView]) -> dict[str, Any]:
    runs: dict[str, dict[str, int]] = {}
    for (pipeline, state), count in sorted(found.runs.items()):
        runs.setdefault(pipeline, {})[state] = count
    return {
        "schema": 1,
        "items": found.items,
        "total": found.total,
        "gaps": found.gaps,
        "runs": runs,
        "review": found.review,
        "imports": found.imports,
        "catalogue": found.catalogue,
        "scores": {kind: asdict(each) for kind, each in found.scores.items()},
        "outside": [each.pipeline.name for each in pipelines if each.outside],
        "paused": [each.pipeline.name for each in pipelines if each.paused],
    }


def _tell_sentence(session: Session, found: Status) -> None:
    missing = sum(count for counts in found.gaps.values() for count in counts.values())
    parts: list[str | Ink] = [Ink(f"{words.counted(missing, 'gap')} left", Tone.GAP)]
    parts.append(f" in {words.counted(found.total, 'item')}.")
    if found.review:
        parts += [" ", Ink(f"{found.review:,} to review", Tone.UNCERTAIN), "."]
    session.paper.line(*parts)


def _tell_scores(session: Session, app: App, found: Status) -> None:
    """How complete items are on average, and how many are how complete."""
    for name, kind in app.kinds().items():
        spread = found.scores.get(name)
        if spread is None or spread.average is None:
            continue
        left = f", {spread.unscored:,} not scored yet" if spread.unscored else ""
        session.paper.line()
        session.paper.line(
            Ink(f"{kind.plural}: {spread.average:.0f} % complete", Tone.STRONG), f" on average{left}"
        )
        total = sum(spread.bands.values())
        rows = [
            (f"{count:,}", words.band(start), bar(count, total))
            for start, count in spread.bands.items()
            if count
        ]
        session.paper.table((Column(right=True), Column(right=True), Column(spare=True)), rows)


def _tell_runs(session: Session, found: Status, pipelines: Sequence[PipelineView]) -> None:
    waiting = {(each.pipeline.name, state) for each in pipelines if each.outside for state in _TO_COME}
    rows = [
        (Ink(f"{count:,}", _TONES.get(state, Tone.QUIET)), state, pipeline)
        for (pipeline, state), count in sorted(found.runs.items())
        if (pipeline, state) not in waiting and state != "cancelled"
    ]
    if rows:
        session.paper.line()
        session.paper.line(Ink("Look-ups", Tone.STRONG))
        session.paper.table((Column(right=True), Column(), Column(grows=True)), rows)


def _tell_work(session: Session, app: App, found: Status, pipelines: Sequence[PipelineView]) -> None:
    """Who works on the library, and what waits for whom."""
    lines = [*_outside(app, found, pipelines), *_work(session, app, pipelines)]
    if lines:
        session.paper.line()
    for line in lines:
        session.paper.line(*line)


def _outside(app: App, found: Status, pipelines: Sequence[PipelineView]) -> Iterator[tuple[str | Ink, ...]]:
    """What nobody here can look up is no work that was forgotten."""
    kinds = app.kinds()
    for view in pipelines:
        name, kind = view.pipeline.name, kinds[view.pipeline.kind]
        ready, held = (found.runs.get((name, state), 0) for state in ("ready", "claimed"))
        if view.outside and ready:
            told = words.counted(ready, kind.name, kind.plural)
            yield (f"{told} {'waits' if ready == 1 else 'wait'} for a worker outside ({name}).",)
        if ready and _is_shut(app, view):
            told = words.counted(ready, kind.name, kind.plural)
            why = (
                "the settings say not to look for them" if app.settings.cover_backfill is False else "offline"
            )
            yield (f"{told} {'waits' if ready == 1 else 'wait'} for a picture ({name}): {why}.",)
        if view.outside and held:
            told = words.counted(held, kind.name, kind.plural)
            yield (Ink(f"{told} with a worker outside", Tone.RUNNING), f" ({name}).")


def _is_shut(app: App, view: PipelineView) -> bool:
    """Whether a pipeline is about pictures, and there is no way to them."""
    return view.pipeline.picture is not None and not app.inquirer(unasked=True).asks(view.pipeline.name)


def _work(session: Session, app: App, pipelines: Sequence[PipelineView]) -> Iterator[tuple[str | Ink, ...]]:
    """The process of the library, open jobs, and what is paused."""
    owner = app.owner()
    if owner is not None:
        where = f" at {owner.url}" if owner.url else ""
        told = f"completist {owner.what} (process {owner.pid}) works on this library{where}."
        yield (Ink(told, Tone.RUNNING),)
    open_jobs = [job.job.id for state in ("planning", "running") for job in app.ledger.jobs(state=state)]
    if open_jobs:
        told = words.counted(len(open_jobs), "job")
        yield (Ink(f"{told} open", Tone.RUNNING), f": {session.command('jobs')}")
    if paused := [each.pipeline.name for each in pipelines if each.paused]:
        told = f"{words.listed(paused)} {'is' if len(paused) == 1 else 'are'} paused"
        yield (Ink(told, Tone.GAP), f": {session.command('resume')} lets it go on.")


def _tell_catalogue(session: Session, found: Status) -> None:
    if found.catalogue is None and not found.lacks_catalogue:
        return
    session.paper.line()
    if found.catalogue is None:
        session.paper.line("Catalogue: ", Ink("none loaded", Tone.GAP))
    else:
        told = f"{found.catalogue['editions']:,} editions of {found.catalogue['works']:,} works"
        session.paper.line(f"Catalogue: {told}")


def _tell_next(session: Session, app: App, found: Status, pipelines: Sequence[PipelineView]) -> None:
    steps = []
    ours = {
        each.pipeline.name for each in pipelines if not (each.outside or each.paused or _is_shut(app, each))
    }
    due = any(name in ours and state in _TO_COME for name, state in found.runs)
    if found.lacks_catalogue:
        steps.append((session.command("catalog", "load", "FILE..."), "load the offline catalogue"))
    if due and app.owner() is None:
        steps.append((session.command("fill"), "close the gaps"))
    if found.review:
        steps.append((session.command("review"), "decide what is uncertain"))
    if steps:
        session.paper.next(*steps)
