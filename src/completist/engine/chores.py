"""Chores: what schedules may start beside a pipeline's jobs. There are few, and each runs once at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import TypeAlias

import structlog

from completist.domain.errors import CompletistError

#: Does a chore until it is done, or somebody wants it to stop.
Do: TypeAlias = Callable[[Callable[[], bool]], None]

#: Seconds between two looks at whether a chore has ended.
GLANCE = 0.2

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Chore:
    """A chore, and when it is done unless somebody says otherwise."""

    name: str
    does: str
    cron: str


SYNC = Chore("sync-openlibrary", "follow the changes of Open Library", "0 3 * * *")
REFRESH = Chore("refresh-catalogue", "load newer dumps into the catalogue", "0 4 2 * *")
COVERS = Chore("refresh-covers", "find out which covers have gone from where they were", "30 2 * * *")

#: Every chore by its name.
CHORES: Mapping[str, Chore] = {chore.name: chore for chore in (SYNC, REFRESH, COVERS)}


@dataclass(slots=True)
class Chores:
    """Does chores beside everything else. What keeps one from being done is logged; its next turn tries again."""

    do: Mapping[str, Do]
    _stop: Event = field(default_factory=Event)
    _threads: dict[str, Thread] = field(default_factory=dict)

    def begin(self, name: str) -> bool:
        """Begin a chore; False when it is under way, or nobody here knows it."""
        under_way = self._threads.get(name)
        if name not in self.do or (under_way is not None and under_way.is_alive()):
            _log.warning("chore_not_begun", chore=name)
            return False
        self._threads[name] = Thread(target=self._run, args=(name,), name=name, daemon=True)
        self._threads[name].start()
        return True

    def under_way(self) -> frozenset[str]:
        """The chores that are being done here."""
        return frozenset(name for name, thread in self._threads.items() if thread.is_alive())

    def finish(self, stop: Event) -> None:
        """Wait until all that was begun is done, or ``stop`` is set."""
        for thread in self._threads.values():
            while thread.is_alive():
                if stop.is_set():
                    self._stop.set()
                thread.join(GLANCE)

    def end(self, seconds: float) -> None:
        """Stop what is under way; it has so long to come to an end."""
        self._stop.set()
        for thread in self._threads.values():
            thread.join(seconds)

    def _run(self, name: str) -> None:
        try:
            self.do[name](self._stop.is_set)
        except CompletistError as error:
            _log.warning("chore_failed", chore=name, code=error.code)
        except Exception as error:  # noqa: BLE001 - a thread that ends silently would leave nobody the wiser
            _log.error("chore_broke", chore=name, error=type(error).__name__)
        else:
            _log.info("chore_done", chore=name)
