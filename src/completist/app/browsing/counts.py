"""Counts of a library that take long to take, and may be some seconds old."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock, Thread
from time import monotonic

from completist.app.remembering import Memory
from completist.domain.kind import Kind

#: While much happens, counts are taken so often in so many seconds.
OFTEN, SOON = 2, 4.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How the wanted fields of the items of a kind stand, counted over all of them."""

    kind: Kind
    items: int
    missing: dict[str, dict[str, int]]  #: by field and by `shelves.REVIEW`, `DUE`, `ASKED`
    typed: int

    @property
    def gaps(self) -> dict[str, int]:
        """How many items lack each wanted field."""
        return {name: sum(states.values()) for name, states in self.missing.items()}

    @property
    def total(self) -> int:
        """How many wanted fields there are."""
        return self.items * len(self.missing)

    def lacking(self, *states: str) -> int:
        """How many are missing, of items in any of these states."""
        return sum(counts.get(state, 0) for counts in self.missing.values() for state in states)


@dataclass
class Counts:
    """Counts of one library that take long to take: kept, and taken again in the background once they are old."""

    taken: list[Standing] = field(default_factory=list)
    marks: Sequence[int] = ()
    at: float = float("-inf")
    cost: float = 0.0
    lock: Lock = field(default_factory=Lock)
    lately: deque[float] = field(default_factory=lambda: deque(maxlen=OFTEN))  #: when they were taken
    memory: Memory = field(default_factory=Memory)  #: of other answers

    #: Counts that took so many seconds are taken while a person waits.
    AT_ONCE = 0.15

    #: They may be so many times as old as taking them took.
    WORTH = 10

    def read(self, marks: Sequence[int], take: Callable[[], list[Standing]]) -> list[Standing]:
        """The counts, taken anew when something has happened since and they are old enough to be worth it."""
        if self.taken and marks == self.marks and monotonic() - self.at < 60:  # noqa: PLR2004 - locks leave no mark
            return self.taken
        often = len(self.lately) == OFTEN and monotonic() - self.lately[0] < SOON
        if self.taken and self.marks and often:
            return self.taken
        if not self.taken or self.cost <= self.AT_ONCE:
            asked = monotonic()
            with self.lock:
                if self.at < asked:  # unless somebody else has done so meanwhile
                    self._take(marks, take)
        elif monotonic() - self.at > self.cost * self.WORTH and self.lock.acquire(blocking=False):
            Thread(target=self._behind, args=(marks, take), daemon=True).start()
        return self.taken

    def forget(self) -> None:
        """Take them anew next time."""
        self.marks = ()
        self.memory.forget()

    def _behind(self, marks: Sequence[int], take: Callable[[], list[Standing]]) -> None:
        try:
            self._take(marks, take)
        finally:
            self.lock.release()

    def _take(self, marks: Sequence[int], take: Callable[[], list[Standing]]) -> None:
        begun = monotonic()
        self.taken, self.marks = take(), marks
        self.at = monotonic()
        self.lately.append(self.at)
        self.cost = self.at - begun
