"""``completist status``: the library at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from completist.cli import words
from completist.cli.commands import Verb
from completist.cli.failures import OK
from completist.cli.gap_table import show_gaps
from completist.cli.paper import Column, Ink, Tone
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.app import Status

_TONES = {
    "filled": Tone.FILLED,
    "review": Tone.UNCERTAIN,
    "empty": Tone.NONE,
    "failed": Tone.FAILED,
    "claimed": Tone.RUNNING,
}


@click.command(cls=Verb)
@click.pass_obj
def status(session: Session) -> int:
    """The library at a glance: what it holds, what is missing, what needs you."""
    with session.open() as app:
        found = app.status()
        if session.json:
            session.paper.document(_document(found))
            return OK
        if not found.total:
            session.paper.line(f"The library in {session.data or app.settings.data} is empty.")
            session.paper.next((session.command("import", "FILE"), "bring a list in"))
            return OK
        _tell_sentence(session, found)
        session.paper.line()
        show_gaps(session.paper, app.kinds(), found.items, found.gaps)
        _tell_runs(session, found)
        _tell_catalogue(session, found)
        _tell_next(session, found)
    return OK


def _document(found: Status) -> dict[str, Any]:
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
    }


def _tell_sentence(session: Session, found: Status) -> None:
    missing = sum(count for counts in found.gaps.values() for count in counts.values())
    parts: list[str | Ink] = [Ink(f"{words.counted(missing, 'gap')} left", Tone.GAP)]
    parts.append(f" in {words.counted(found.total, 'item')}.")
    if found.review:
        parts += [" ", Ink(f"{found.review:,} to review", Tone.UNCERTAIN), "."]
    session.paper.line(*parts)


def _tell_runs(session: Session, found: Status) -> None:
    rows = [
        (Ink(f"{count:,}", _TONES.get(state, Tone.QUIET)), state, pipeline)
        for (pipeline, state), count in sorted(found.runs.items())
    ]
    if rows:
        session.paper.line()
        session.paper.line(Ink("Look-ups", Tone.STRONG))
        session.paper.table((Column(right=True), Column(), Column(grows=True)), rows)


def _tell_catalogue(session: Session, found: Status) -> None:
    session.paper.line()
    if found.catalogue is None:
        session.paper.line("Catalogue: ", Ink("none loaded", Tone.GAP))
    else:
        told = f"{found.catalogue['editions']:,} editions of {found.catalogue['works']:,} works"
        session.paper.line(f"Catalogue: {told}")


def _tell_next(session: Session, found: Status) -> None:
    steps = []
    if found.catalogue is None:
        steps.append((session.command("catalog", "load", "FILE..."), "load the offline catalogue"))
    if any(state in ("ready", "waiting") for _, state in found.runs):
        steps.append((session.command("fill"), "close the gaps"))
    if found.review:
        steps.append((session.command("review"), "decide what is uncertain"))
    if steps:
        session.paper.next(*steps)
