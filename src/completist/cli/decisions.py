"""Decisions: what was decided elsewhere, in a file or by a threshold, carried out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from completist.cli.numbers import LARGEST
from completist.domain.errors import BadInput, Conflict, NotFound

if TYPE_CHECKING:
    from completist.app import App

_DECISIONS = ("accept", "reject", "skip")


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with one proposal; ``record`` names the candidate, the first unless given."""

    row: int
    proposal: int
    decision: str
    record: str | None = None


@dataclass(slots=True)
class Tally:
    """What carrying decisions out came to. ``failed`` holds (row, reason) of those that could not be."""

    accepted: int = 0
    rejected: int = 0
    skipped: int = 0
    values: int = 0
    failed: list[tuple[int, str]] = field(default_factory=list)
    waiting: int = 0

    def document(self) -> dict[str, Any]:
        """As scripts read it."""
        return {
            "schema": 1,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "skipped": self.skipped,
            "values": self.values,
            "failed": [{"row": row, "reason": reason} for row, reason in self.failed],
            "waiting": self.waiting,
        }


def read_decisions(place: str) -> list[Decision]:
    """The decisions in a file, or on standard input for ``-``: one JSON object a line, or one array of them.

    Raises:
        BadInput: The file cannot be read, or a decision is malformed; its row is named and nothing was done.
    """
    name = "standard input" if place == "-" else place
    try:
        text = sys.stdin.read() if place == "-" else Path(place).read_text("utf-8-sig")
    except FileNotFoundError:
        raise BadInput(f"{name}: there is no such file.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{name} cannot be read: {error}.") from error
    return [_decision(name, row, held) for row, held in _objects(name, text)]


def _objects(name: str, text: str) -> Iterator[tuple[int, Any]]:
    if text.lstrip().startswith("["):
        try:
            yield from enumerate(json.loads(text), 1)
        except json.JSONDecodeError as error:
            raise BadInput(f"{name}, line {error.lineno}: {error.msg}.") from None
        return
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except json.JSONDecodeError as error:
                raise BadInput(f"{name}, line {number}: {error.msg}.") from None


def _decision(name: str, row: int, held: Any) -> Decision:
    where = f"{name}, decision {row}"
    if not isinstance(held, dict):
        raise BadInput(f"{where}: not a JSON object.")
    proposal, decision, record = held.get("proposal"), held.get("decision"), held.get("record")
    if not isinstance(proposal, int) or isinstance(proposal, bool) or not 0 < proposal <= LARGEST:
        raise BadInput(f'{where}: "proposal" has to be the number of a proposal.')
    if decision not in _DECISIONS:
        raise BadInput(f'{where}: "decision" has to be one of {", ".join(_DECISIONS)}.')
    if record is not None and not isinstance(record, str):
        raise BadInput(f'{where}: "record" has to be the id of a candidate.')
    return Decision(row, proposal, decision, record)


def apply_all(app: App, decisions: Sequence[Decision]) -> Tally:
    """Carry decisions out, each by itself: one that cannot be done does not hold up the others."""
    tally = Tally()
    for each in decisions:
        try:
            _apply(app, each, tally)
        except (NotFound, Conflict) as error:
            tally.failed.append((each.row, error.message))
    tally.waiting = app.waiting()
    return tally


def _apply(app: App, each: Decision, tally: Tally) -> None:
    if each.decision == "accept":
        tally.values += app.accept(each.proposal, each.record)
        tally.accepted += 1
    elif each.decision == "reject":
        app.reject(each.proposal)
        tally.rejected += 1
    else:
        app.proposal(each.proposal)  # a proposal that does not exist is a mistake even when skipped
        tally.skipped += 1


def auto_accept(app: App, at_least: float) -> Tally:
    """Accept every proposal whose first candidate is at least so sure."""
    tally = Tally()
    for proposal in app.proposals(at_least):
        if proposal.candidates and proposal.candidates[0].confidence >= at_least:
            try:
                tally.values += app.accept(proposal.id)
                tally.accepted += 1
            except Conflict:  # somebody decided it a moment ago
                tally.skipped += 1
    tally.waiting = app.waiting()
    return tally
