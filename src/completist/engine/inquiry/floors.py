"""Floors: one batch at a time is asked about at a provider, so that the others are asked about elsewhere meanwhile.

Were all batches to wait for the slowest provider together, every other one would stand idle, and then the next slowest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

#: Seconds between two looks at whether it is time to stop waiting.
GLANCE = 0.1


class Floors:
    """Who has the floor at each provider, within a process."""

    def __init__(self) -> None:
        self._floors: dict[str, Lock] = {}
        self._seekers: Counter[str] = Counter()
        self._seeking = Lock()

    @contextmanager
    def taken(self, provider: str, give_up: Callable[[], bool]) -> Iterator[bool]:
        """Have the floor while the block runs; False when it was not to be had before it was time to ``give_up``."""
        floor = self._floors.setdefault(provider, Lock())
        had = floor.acquire(blocking=False)
        while not had and not give_up():
            had = floor.acquire(timeout=GLANCE)
        try:
            yield had
        finally:
            if had:
                floor.release()

    @contextmanager
    def sought(self, providers: Sequence[str]) -> Iterator[str]:
        """The one of these providers that the fewest others are bound for, the first of them in doubt."""
        with self._seeking:
            name = min(providers, key=lambda each: self._seekers[each])
            self._seekers[name] += 1
        try:
            yield name
        finally:
            with self._seeking:
                self._seekers[name] -= 1
