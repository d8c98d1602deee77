"""The worker: works off all that is due, in every library and pipeline, until it is told to stop."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from threading import Event, Timer
from uuid import UUID

import structlog

from completist.domain.errors import ActionRequired, Busy, Unavailable
from completist.engine import scanning
from completist.engine.duties import Duties, all_libraries
from completist.engine.enriching import FillReport, Worker
from completist.engine.filling import finders
from completist.sdk import registry
from completist.sdk.catalogue import Catalogue
from completist.store.bell import Bell
from completist.store.database import Database

#: How many runs of one pipeline are worked off before the next pipeline's turn.
TURN = 2000

#: How long an idle worker sleeps at most, in seconds, give or take a half; the bell wakes it before.
SLEEP = 1.5

#: How long the database may be away between two tries, in seconds.
AWAY = 1.0

#: How long a worker that was told to stop may take over the batch under way, in seconds.
GRACE = 8.0

_log = structlog.get_logger()


@dataclass(slots=True)
class Service:
    """A worker that goes on until it is told to stop.

    ``catalogue`` opens the offline catalogue, or raises ActionRequired while none is loaded: then nothing is
    handed to the finders, and the duties are seen to all the same.
    """

    database: Database
    catalogue: Callable[[], Catalogue]
    clock: Callable[[], int]
    fresh_id: Callable[[], UUID]
    name: str
    bell: Bell
    chance: Random = field(default_factory=Random)
    report: FillReport = field(default_factory=FillReport)
    _workers: dict[int, Worker] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    def run(self, stop: Event) -> None:
        """Work until ``stop`` is set. A database that goes away for a while is waited for."""
        duties = Duties(self.database, self.clock, self.fresh_id, self.name)
        scanned, away = False, False
        while not stop.is_set():
            try:
                if away:
                    self.give_back()  # or nobody gets it before the lease is over, for this process lives
                    away = False
                scanned = scanned or self.scan(stop)
                duties.see_to(stop.is_set)
                if not self.round(stop):
                    self.bell.wait(SLEEP * self.chance.uniform(0.5, 1.5), stop)
            except (Busy, Unavailable) as error:
                away = True
                _log.warning("database_away", code=error.code)
                stop.wait(AWAY * self.chance.uniform(0.5, 1.5))

    def drain(self, stop: Event, progress: Callable[[FillReport], None] = lambda _report: None) -> FillReport:
        """Work off what is due at this moment, and end."""
        duties = Duties(self.database, self.clock, self.fresh_id, self.name)
        self.scan(stop)
        duties.see_to(stop.is_set)
        while not stop.is_set() and self.round(stop, progress):
            duties.see_to(stop.is_set)
        duties.finish_jobs()
        return self.report

    def scan(self, stop: Event) -> bool:
        """Make runs for what is new or out of date under the pipelines as they are now; whether that is finished."""
        for library_id in all_libraries(self.database):
            for _, pipeline in registry.pipelines().values():
                scanning.scan(self.database, library_id, pipeline, self.clock, stop.is_set)
        return not stop.is_set()

    def round(self, stop: Event, progress: Callable[[FillReport], None] = lambda _report: None) -> bool:
        """One turn for each pipeline of each library; whether there was anything to do."""
        before = self.report.runs
        for library_id in all_libraries(self.database):
            worker = self._worker(library_id)
            if worker is None:
                return False
            for plugin, finder in finders():
                worker.drain(plugin, finder, self.report, limit=TURN, stop=stop.is_set, progress=progress)
        return self.report.runs > before

    def give_back(self) -> int:
        """Close what is being worked on; how many runs went back."""
        return sum(worker.give_back() for worker in self._workers.values())

    def _worker(self, library_id: int) -> Worker | None:
        if library_id not in self._workers:
            try:
                catalogue = self.catalogue()
            except ActionRequired as error:
                if error.code not in self._told:
                    _log.warning("no_catalogue", hint=error.hint)
                    self._told.add(error.code)
                return None
            self._workers[library_id] = Worker(
                self.database, library_id, catalogue, self.clock, self.fresh_id, self.name
            )
        return self._workers[library_id]


def hurry(service: Service, seconds: float = GRACE) -> Timer:
    """From now on there are ``seconds`` left: after them what is held goes back, and the process ends.

    Whatever a look-up that hangs may still find is refused by the fence. Cancel the timer when the worker has ended
    by itself.
    """

    def end() -> None:
        _log.warning("gave_back", runs=service.give_back())
        os._exit(0)

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    return timer
