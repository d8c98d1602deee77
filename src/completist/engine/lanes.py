"""Lanes: what is done beside one another in threads of one process, and how much all of them may take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock


def together(tasks: Sequence[Callable[[], None]]) -> None:
    """Do all of these at once, each in a thread of its own where there are several; the first error is raised."""
    if len(tasks) == 1:
        tasks[0]()
    elif tasks:
        with ThreadPoolExecutor(len(tasks), thread_name_prefix="lane") as pool:
            for each in [pool.submit(task) for task in tasks]:
                each.result()


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
