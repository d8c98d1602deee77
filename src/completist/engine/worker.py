"""The worker: works off all that is due, in every library and pipeline, until it is told to stop."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from threading import Event, Timer
from uuid import UUID

import structlog

from completist.domain.errors import ActionRequired, Busy, Unavailable
from completist.engine import scanning
from completist.engine.appraising import appraise
from completist.engine.chores import Chores
from completist.engine.duties import Duties, all_libraries
from completist.engine.enriching import FillReport, Makes, Worker
from completist.engine.enrichment.queue import EnrichmentQueue
from completist.engine.filling import finders
from completist.engine.inquiry.inquiring import Inquirer
from completist.engine.turns import in_turn
from completist.engine.voices import DECLARED, Voices
from completist.sdk import registry
from completist.sdk.catalogue import Catalogue, NoCatalogue
from completist.sdk.finder import Finder
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
    handed to the finders, and the duties are seen to all the same. ``inquirer`` asks live providers, ``voices`` says
    whom to believe; ``enrichment`` is the queue that is worked off beside the runs, ``chores`` what else schedules
    start. ``makes`` makes cards.
    """

    database: Database
    catalogue: Callable[[], Catalogue]
    clock: Callable[[], int]
    fresh_id: Callable[[], UUID]
    name: str
    bell: Bell
    chance: Random = field(default_factory=Random)
    inquirer: Inquirer | None = None
    voices: Voices = DECLARED
    enrichment: EnrichmentQueue | None = None
    chores: Chores | None = None
    own: Callable[[int], Mapping[str, Finder]] = (
        lambda _library: {}
    )  #: finders that the app has made for a library
    makes: Makes | None = None
    report: FillReport = field(default_factory=FillReport)
    _workers: dict[int, Worker] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)

    def run(self, stop: Event) -> None:
        """Work until ``stop`` is set. A database that goes away for a while is waited for."""
        duties = Duties(
            self.database, self.clock, self.fresh_id, self.name, self.enrichment, chores=self.chores
        )
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
        if self.chores is not None:
            self.chores.end(GRACE / 4)
        if self.enrichment is not None:
            self.enrichment.end(GRACE / 4)

    def drain(self, stop: Event, progress: Callable[[FillReport], None] = lambda _report: None) -> FillReport:
        """Work off what is due at this moment, and end."""
        duties = Duties(self.database, self.clock, self.fresh_id, self.name, chores=self.chores)
        self.scan(stop)
        duties.see_to(stop.is_set)
        if self.chores is not None:
            self.chores.finish(stop)  # what they find out of date is worked off then, too
        while not stop.is_set() and self.round(stop, progress):
            duties.see_to(stop.is_set)
        duties.finish_jobs()
        if self.enrichment is not None:
            self.enrichment.drain(stop.is_set)
        return self.report

    def scan(self, stop: Event) -> bool:
        """Make runs for what is new or out of date, and tell scores by the rules of now; whether that is finished."""
        for library_id in all_libraries(self.database):
            appraise(self.database, library_id, self.voices, stop.is_set)
            for _, pipeline in registry.pipelines().values():
                scanning.scan(self.database, library_id, pipeline, self.clock, stop.is_set)
        return not stop.is_set()

    def round(self, stop: Event, progress: Callable[[FillReport], None] = lambda _report: None) -> bool:
        """One turn for each pipeline of each library; whether there was anything to do."""
        before = self.report.batches
        for library_id in all_libraries(self.database):
            # Without a catalogue there is still what is not looked up in it: tracks, cards.
            worker = self._worker(library_id) or self._made_by(library_id, NoCatalogue())
            found = finders(None, worker.asks, worker.own, catalogue=worker.has_catalogue)
            drain = partial(worker.drain, report=self.report, limit=TURN, stop=stop.is_set, progress=progress)
            in_turn(found, worker.asks, drain, stop.is_set)
        return self.report.batches > before

    def give_back(self) -> int:
        """Close what is being worked on; how many runs went back."""
        if self.enrichment is not None:
            self.enrichment.give_back()
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
            self._workers[library_id] = self._made_by(library_id, catalogue)
        return self._workers[library_id]

    def _made_by(self, library_id: int, catalogue: Catalogue) -> Worker:
        return Worker(
            self.database,
            library_id,
            catalogue,
            self.clock,
            self.fresh_id,
            self.name,
            inquirer=self.inquirer,
            voices=self.voices,
            orderly=True,
            own=self.own(library_id),
            makes=self.makes,
        )


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
