"""Lanes: what is done beside one another in threads of one process, and how much all of them may take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Condition, Lock


def together(tasks: Sequence[Callable[[], None]]) -> None:
    """Do all of these at once, each in a thread of its own where there are several; the first error is raised."""
    if len(tasks) == 1:
        tasks[0]()
    elif tasks:
        with ThreadPoolExecutor(len(tasks), thread_name_prefix="lane") as pool:
            for each in [pool.submit(task) for task in tasks]:
                each.result()


class Crew:
    """Several who work off the same thing: who finds nothing to do waits for what others leave undone."""

    def __init__(self, size: int) -> None:
        self._busy = size
        self._left = 0
        self._changed = Condition()

    @property
    def left(self) -> int:
        """How often something was left undone."""
        return self._left

    def leave(self) -> None:
        """Something is there for others to do."""
        with self._changed:
            self._left += 1
            self._changed.notify_all()

    def drop_out(self) -> None:
        """One of them ends in an error: the others do not wait for it."""
        with self._changed:
            self._busy -= 1
            self._changed.notify_all()

    def has_more(self, seen: int) -> bool:
        """Whether to look again, after a look before which ``left`` was ``seen``; waits until that is certain."""
        with self._changed:
            self._busy -= 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._left != seen or self._busy == 0)
            if self._left == seen:
                return False
            self._busy += 1
            return True


@dataclass(slots=True)
class Room:
    """How many runs may still be taken, by all who take them at once; None: as many as there are."""

    left: int | None = None
    _lock: Lock = field(default_factory=Lock)

    def take(self, wanted: int) -> int:
        """As much of what is wanted as there is."""
        with self._lock:
            granted = wanted if self.left is None else min(wanted, self.left)
            if self.left is not None:
                self.left -= granted
            return granted

    def most(self, wanted: int) -> int:
        """As much as `take` would grant now."""
        with self._lock:
            return wanted if self.left is None else min(wanted, self.left)

    def give_back(self, unused: int) -> None:
        """Leave to others what was not needed."""
        with self._lock:
            if self.left is not None:
                self.left += unused
