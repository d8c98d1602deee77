"""Remembering: answers of a library that take long to find, kept for as long as nothing has happened."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from threading import Lock, Thread
from time import monotonic
from typing import TypeVar, cast

T = TypeVar("T")

#: Answers that are kept; the oldest gives way.
KEPT = 64

#: An answer may be so many times as old as finding it took, whatever has happened since.
WORTH = 10

#: Seconds after which what changes without a mark is found anew, and those that are taken for it while somebody waits.
SOON, AT_ONCE = 1.0, 0.03


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
    being_found: set[Hashable] = field(default_factory=set)  #: behind those who ask

    def read(self, asked: Hashable, marks: Sequence[int], find: Callable[[], T]) -> T:
        """The answer as it was found, or found anew where something has happened since."""
        held = self.answers.get(asked)
        now = monotonic()
        if held is not None and (held.marks == marks or now - held.at < held.cost * WORTH):
            return cast("T", held.found)
        return self._find(asked, marks, find)

    def read_soon(self, asked: Hashable, marks: Sequence[int], find: Callable[[], T]) -> T:
        """The same for what changes without a mark, too: found anew after a second.

        What takes long to find is found behind the one who asks, who is told what was found before.
        """
        held = self.answers.get(asked)
        now = monotonic()
        if held is not None and held.marks == marks and now - held.at < SOON:
            return cast("T", held.found)
        if held is None or held.cost <= AT_ONCE:
            return self._find(asked, marks, find)
        if now - held.at >= held.cost * WORTH and asked not in self.being_found:
            self.being_found.add(asked)
            Thread(target=self._find_behind, args=(asked, marks, find), daemon=True).start()
        return cast("T", held.found)

    def _find_behind(self, asked: Hashable, marks: Sequence[int], find: Callable[[], object]) -> None:
        try:
            self._find(asked, marks, find)
        finally:
            self.being_found.discard(asked)

    def _find(self, asked: Hashable, marks: Sequence[int], find: Callable[[], T]) -> T:
        now = monotonic()
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
