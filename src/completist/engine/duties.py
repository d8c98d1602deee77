"""Duties: what any worker sees to beside its runs, each at its own interval. Done twice, it does no harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from cronsim import CronSim, CronSimError

from completist.domain.errors import ActionRequired, BadInput, Conflict, NotFound
from completist.engine import requesting
from completist.engine.cards.reprocessing import check_redoing
from completist.engine.choosing import Selection
from completist.engine.chores import Chores
from completist.engine.enrichment.queue import EnrichmentQueue
from completist.engine.recovering import recover
from completist.store import access, claims, enrichment_log, events, jobs, libraries, requests, schedules
from completist.store.database import Database
from completist.store.schedules import Schedule

#: Milliseconds.
SECOND, HOUR, DAY = 1000, 3_600_000, 86_400_000

#: How long events and closed claims are remembered.
MEMORY = 30 * DAY

_log = structlog.get_logger()


@dataclass(slots=True)
class Duties:
    """What a worker called ``who`` sees to."""

    database: Database
    clock: Callable[[], int]
    fresh_id: Callable[[], UUID]
    who: str
    enrichment: EnrichmentQueue | None = None
    chores: Chores | None = None
    _done: dict[str, int] = field(default_factory=dict)

    def see_to(self, stop: Callable[[], bool] = lambda: False) -> None:
        """Do each duty whose interval is over."""
        duties = (
            ("take_back", SECOND, self.take_back),
            ("start_scheduled", 5 * SECOND, self.start_scheduled),
            ("plan_jobs", SECOND // 2, lambda: self.plan_jobs(stop)),
            ("finish_jobs", SECOND, self.finish_jobs),
            ("enrich", 2 * SECOND, self.enrich),
            ("forget", HOUR, self.forget),
        )
        for name, every, duty in duties:
            now = self.clock()
            if not stop() and not 0 <= now - self._done.get(name, -every) < every:
                duty()
                self._done[name] = now

    def take_back(self) -> None:
        """Make ready what workers held that are gone, and what has waited long enough."""
        with self.database.write() as connection:
            now = self.database.moment(connection, self.clock)
            recover(connection, now, self.who)
            claims.free_unheld(connection)
            claims.stage(connection, now)

    def plan_jobs(self, stop: Callable[[], bool]) -> None:
        """Go on with the planning of jobs that were requested, or whose planning was interrupted."""
        with self.database.read() as connection:
            waiting = jobs.unplanned(connection)
        for library_id, job_id in waiting:
            try:
                requesting.plan(self.database, library_id, job_id, self.clock, stop=stop)
            except NotFound as error:  # its pipeline may be installed again; until then others get their turn
                _log.warning("job_not_planned", job=job_id, code=error.code)

    def finish_jobs(self) -> None:
        """End the jobs of which nothing is pending any more."""
        with self.database.read() as connection:
            open_in = jobs.libraries_with_open(connection)
        for library_id in open_in:
            with self.database.write() as connection:
                requesting.finish(connection, library_id, self.database.moment(connection, self.clock))

    def start_scheduled(self) -> None:
        """Start the jobs whose time has come: each tick once, whoever gets to it first."""
        with self.database.read() as connection:
            due = schedules.due_schedules(connection, self.database.moment(connection, self.clock))
        for schedule in due:
            if schedule.chore:
                self._start_chore(schedule)
            else:
                self._start(schedule)

    def _start_chore(self, schedule: Schedule) -> None:
        """Begin a chore beside everything else; where nobody here does chores, it is left to who does."""
        if self.chores is None:
            return
        with self.database.write() as connection:
            now = self.database.moment(connection, self.clock)
            mine = schedules.move_on(connection, schedule, next_tick(schedule.cron, schedule.zone, now))
        if mine:
            self.chores.begin(schedule.chore)

    def _start(self, schedule: Schedule) -> None:
        """Move a schedule on and make its job, both or neither; a job that cannot be made has missed its turn."""
        make = self._job_of(schedule)
        with self.database.write() as connection:
            now = self.database.moment(connection, self.clock)
            mine = schedules.move_on(connection, schedule, next_tick(schedule.cron, schedule.zone, now))
            if mine and make is not None:
                try:
                    make(connection, now)
                except (
                    Conflict
                ) as error:  # the job of the last tick goes on, and asks for what was asked then
                    _log.warning("schedule_failed", library=schedule.library_id, code=error.code)

    def _job_of(self, schedule: Schedule) -> requesting.Make | None:
        options = schedule.options
        try:
            chosen = Selection.read(schedule.selection)
            with self.database.read() as connection:
                check_redoing(
                    connection, schedule.library_id, schedule.pipeline, chosen, force=options["force"]
                )
            return requesting.prepare(
                self.database,
                schedule.library_id,
                schedule.pipeline,
                chosen,
                fresh_id=self.fresh_id,
                priority=options["priority"],
                force=options["force"],
                key=f"schedule:{schedule.name}",
            )
        except (NotFound, BadInput, ActionRequired) as error:  # by the next tick that may be as it was again
            _log.warning("schedule_failed", library=schedule.library_id, code=error.code)
            return None

    def enrich(self) -> None:
        """See that the queue of the enrichment API is worked off, beside everything else: providers take their time."""
        if self.enrichment is not None:
            self.enrichment.begin()

    def forget(self) -> None:
        """Forget events, closed claims and sessions that nobody needs any more, a chunk at a time."""
        with self.database.read() as connection:
            now = self.database.moment(connection, self.clock)
        for prune, before in (
            (events.prune_events, now - MEMORY),
            (claims.prune_claims, now - MEMORY),
            (access.prune_access, now),
            (enrichment_log.prune_log, now - MEMORY),
            (requests.prune_requests, now - MEMORY),
        ):
            gone = 1
            while gone:
                with self.database.write() as connection:
                    gone = prune(connection, before)


def next_tick(cron: str, zone: str, now: int) -> int:
    """The first time behind ``now`` at which five fields of cron are met in a time zone, in ms since the epoch.

    Raises ValueError when they are none; daylight saving as in Debian's cron: https://github.com/cuu508/cronsim
    """
    try:
        from_ = datetime.fromtimestamp(now / 1000, UTC).astimezone(ZoneInfo(zone))
        return int(next(CronSim(cron, from_)).timestamp() * 1000)
    except (CronSimError, StopIteration, ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"{cron!r} in {zone!r} is no time that comes") from error


def all_libraries(database: Database) -> list[int]:
    """Every library of the database."""
    with database.read() as connection:
        return libraries.all_ids(connection)
