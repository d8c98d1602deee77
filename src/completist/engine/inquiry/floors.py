"""Floors: one batch at a time is asked about at a provider, so that the others are asked about elsewhere meanwhile.

Were all batches to wait for the slowest provider together, every other one would stand idle, and then the next slowest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock, get_ident
from time import sleep

#: Seconds between two looks at whether it is time to stop waiting.
GLANCE = 0.1


class Floors:
    """Who has the floor at each provider, within a process."""

    def __init__(self) -> None:
        self._floors: dict[str, Lock] = {}
        self._bound: dict[str, set[int]] = {}  # the threads that are on their way to a floor
        self._seeking = Lock()

    @contextmanager
    def taken(self, provider: str, give_up: Callable[[], bool]) -> Iterator[bool]:
        """Have the floor while the block runs; False when it was not to be had before it was time to ``give_up``."""
        floor = self._floors.setdefault(provider, Lock())
        had = floor.acquire(blocking=False)
        while not had and not give_up():
            had = floor.acquire(timeout=GLANCE)
        self._arrived(provider)
        try:
            yield had
        finally:
            if had:
                floor.release()

    @contextmanager
    def sought(self, providers: Sequence[str], give_up: Callable[[], bool]) -> Iterator[str]:
        """The first of these providers whose floor is free and that nobody else is bound for.

        When it was time to ``give_up`` before there was any, it is the first of them.
        """
        name = self._bind(providers)
        while name is None and not give_up():
            sleep(GLANCE)
            name = self._bind(providers)
        try:
            yield name or providers[0]
        finally:
            self._arrived(name or providers[0])

    def are_free(self, providers: Sequence[str]) -> bool:
        """Whether nobody has the floor at any of these providers, nor is bound for it."""
        with self._seeking:
            return all(self._is_free(name) for name in providers)

    def _bind(self, providers: Sequence[str]) -> str | None:
        with self._seeking:
            name = next((each for each in providers if self._is_free(each)), None)
            if name is not None:
                self._bound.setdefault(name, set()).add(get_ident())
            return name

    def _is_free(self, provider: str) -> bool:
        floor = self._floors.get(provider)
        return not self._bound.get(provider) and (floor is None or not floor.locked())

    def _arrived(self, provider: str) -> None:
        with self._seeking:
            self._bound.get(provider, set()).discard(get_ident())
