"""Figures: what is due and who works on it, counted from the partial indexes, however much was done before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from completist.store.requests import count_requests, oldest_due
from completist.store.tallies import Tally, read_tallies

#: How far ahead waiting runs are counted, in milliseconds. Those that wait for longer are held back by a person;
#: runs to ask again in a season stand in the same index, and are not to be counted through each time.
AHEAD = 8 * 86_400_000

#: Milliseconds after the end of its lease at which a claim counts as stuck: workers take back within seconds.
STUCK = 60_000

_READY = (
    "SELECT library_id, pipeline, count(*), min(run_at) FROM runs WHERE state = 'ready' "
    "GROUP BY library_id, pipeline"
)
_WAITING = (
    "SELECT pipeline, count(*) FROM runs WHERE state IN ('waiting', 'empty') AND run_at <= :until "
    "AND state = 'waiting' GROUP BY pipeline"
)
_CLAIMED = "SELECT pipeline, count(*) FROM runs WHERE state = 'claimed' GROUP BY pipeline"
_CLAIMS = "SELECT pipeline, count(*) FROM claims WHERE closed_at IS NULL GROUP BY pipeline"
_STUCK = (
    "SELECT id, library_id, pipeline, claimer, lease_until FROM claims "
    "WHERE closed_at IS NULL AND lease_until < :before ORDER BY lease_until, id"
)
_JOBS = "SELECT pipeline, count(*) FROM jobs WHERE state IN ('planning', 'running') GROUP BY pipeline"
_PAUSED = "SELECT library_id, pipeline FROM pauses"
_CLAIMED_AT = "SELECT max(created_at) FROM claims WHERE library_id = :library AND pipeline = :pipeline"


@dataclass(frozen=True, slots=True)
class Figures:
    """A database at one moment, over all its libraries: counts by pipeline, and what was counted ever since."""

    ready: Mapping[str, int]
    waiting: Mapping[str, int]
    claimed: Mapping[str, int]
    oldest: Mapping[str, int]  #: when the run became due that has been due for longest, ms since the epoch
    claims: Mapping[str, int]
    stuck: int  #: claims that nobody took back
    jobs: Mapping[str, int]
    tallies: Mapping[Tally, int]
    at: int
    requests: Mapping[str, int]  #: of the enrichment API's queue, by status
    oldest_request: int | None  #: when the one of them became due that has been due for longest


@dataclass(frozen=True, slots=True)
class StuckLease:
    """An open claim whose lease is long over, and that nobody took back: no worker is running at all."""

    claim: str
    library_id: int
    pipeline: str
    claimer: str
    lease_until: int


@dataclass(frozen=True, slots=True)
class SilentQueue:
    """A pipeline with runs that have long been due, and that nobody has claimed anything of since."""

    library_id: int
    pipeline: str
    ready: int
    since: int  #: when the oldest became due, ms since the epoch
    claimed_at: int | None  #: when something of it was last claimed, as far as is remembered


def read_figures(connection: Connection, now: int) -> Figures:
    """The figures of all libraries together."""
    ready: dict[str, int] = {}
    oldest: dict[str, int] = {}
    for _, pipeline, count, since in connection.execute(text(_READY)):
        ready[pipeline] = ready.get(pipeline, 0) + count
        oldest[pipeline] = min(oldest.get(pipeline, since), since)
    return Figures(
        ready,
        _counted(connection, _WAITING, until=now + AHEAD),
        _counted(connection, _CLAIMED),
        oldest,
        _counted(connection, _CLAIMS),
        len(stuck_leases(connection, now)),
        _counted(connection, _JOBS),
        read_tallies(connection),
        now,
        count_requests(connection),
        oldest_due(connection, now),
    )


def _counted(connection: Connection, statement: str, **bound: int) -> dict[str, int]:
    return {row[0]: row[1] for row in connection.execute(text(statement), bound)}


def stuck_leases(connection: Connection, now: int) -> list[StuckLease]:
    """The claims that nobody took back, those first that have been over for longest."""
    return [StuckLease(*row) for row in connection.execute(text(_STUCK), {"before": now - STUCK})]


def silent_queues(connection: Connection, now: int, after: int) -> list[SilentQueue]:
    """The pipelines that have had runs due for ``after`` milliseconds while nothing of them was claimed.

    What is paused is silent on purpose and left out.
    """
    paused = {(row[0], row[1]) for row in connection.execute(text(_PAUSED))}
    found = []
    for library, pipeline, count, since in connection.execute(text(_READY)).all():
        if since > now - after or {(library, pipeline), (library, "")} & paused:
            continue
        bound = {"library": library, "pipeline": pipeline}
        last = connection.execute(text(_CLAIMED_AT), bound).scalar_one()
        if last is None or last < now - after:
            found.append(SilentQueue(library, pipeline, count, since, last))
    return found
