"""Remembering: answers of a library that take long to find, kept for as long as nothing has happened."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import TypeVar, cast

T = TypeVar("T")

#: Answers that are kept; the oldest gives way.
KEPT = 64

#: An answer may be so many times as old as finding it took, whatever has happened since.
WORTH = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found, when something had last happened, and what finding it took."""

    found: object
    marks: Sequence[int]
    at: float
    cost: float


@dataclass
class Memory:
    """Answers of one library by what was asked."""

    answers: dict[Hashable, Answer] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def read(self, asked: Hashable, marks: Sequence[int], find: Callable[[], T]) -> T:
        """The answer as it was found, or found anew where something has happened since."""
        held = self.answers.get(asked)
        now = monotonic()
        if held is not None and (held.marks == marks or now - held.at < held.cost * WORTH):
            return cast("T", held.found)
        found = find()
        with self.lock:
            self.answers.pop(asked, None)
            while len(self.answers) >= KEPT:
                del self.answers[next(iter(self.answers))]
            self.answers[asked] = Answer(found, marks, now, monotonic() - now)
        return found

    def forget(self) -> None:
        """Find everything anew: somebody has just done something that they will want to see."""
        with self.lock:
            self.answers.clear()
