"""Jobs: requests to run a pipeline over a selection. Their progress is that of their runs, never counted beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select, text, update

from completist.domain.run import RunState
from completist.store.bulk import Fetched, among
from completist.store.encoding import from_json, to_json
from completist.store.ledger import OPEN, job_runs, jobs, runs

#: Items named for each cause of failure.
NAMED = 20


@dataclass(frozen=True, slots=True)
class Job:
    """A request as it was made, and how far its planning is."""

    id: int
    pipeline: str
    version: str
    state: str  #: planning, running, done, cancelled
    selection: Mapping[str, Any]
    options: Mapping[str, Any]
    idempotency_key: str
    planned: int  #: items up to this id have been looked at
    total: int  #: runs, without what was skipped
    skipped: int  #: items that were done already
    result: Mapping[str, int] | None  #: the progress at its end
    created_at: int
    finished_at: int | None


@dataclass(frozen=True, slots=True)
class Failure:
    """Runs of a job that failed, or wait, for one reason."""

    code: str
    state: RunState
    count: int
    items: tuple[int, ...]  #: the first `NAMED`
    next_retry_at: int | None


def open_job(
    connection: Connection,
    library_id: int,
    pipeline: str,
    version: str,
    selection: Mapping[str, Any],
    options: Mapping[str, Any],
    key: str,
    now: int,
) -> int | None:
    """Make a job that is to be planned; None when one with this key is open."""
    made = (
        text(
            "INSERT INTO jobs (library_id, pipeline, version, selection, options, idempotency_key, state, "
            "planned, total, skipped, created_at) VALUES (:library, :pipeline, :version, :selection, :options, "
            ":key, 'planning', 0, 0, 0, :now) ON CONFLICT (library_id, idempotency_key) "
            "WHERE state IN ('planning', 'running') DO NOTHING RETURNING id"
        ),
        {
            "library": library_id,
            "pipeline": pipeline,
            "version": version,
            "selection": to_json(selection),
            "options": to_json(options),
            "key": key,
            "now": now,
        },
    )
    found: int | None = connection.execute(*made).scalar_one_or_none()
    return found


def open_by_key(connection: Connection, library_id: int, key: str) -> Job | None:
    """The open job with a key."""
    mine = select(jobs).where(jobs.c.library_id == library_id, jobs.c.idempotency_key == key, OPEN)
    row = connection.execute(mine).one_or_none()
    return None if row is None else _job(row)


def read_job(connection: Connection, library_id: int, job_id: int, *, hold: bool = False) -> Job | None:
    """A job of a library. With ``hold`` nobody else changes it until the transaction ends."""
    mine = select(jobs).where(jobs.c.library_id == library_id, jobs.c.id == job_id)
    row = connection.execute(mine.with_for_update() if hold else mine).one_or_none()
    return None if row is None else _job(row)


def page_jobs(
    connection: Connection, library_id: int, *, state: str | None, before: int | None, limit: int
) -> list[Job]:
    """The next ``limit`` jobs with ids below ``before``, the latest first."""
    statement = select(jobs).where(jobs.c.library_id == library_id)
    if state is not None:
        statement = statement.where(jobs.c.state == state)
    if before is not None:
        statement = statement.where(jobs.c.id < before)
    return [_job(row) for row in connection.execute(statement.order_by(jobs.c.id.desc()).limit(limit))]


def unplanned(connection: Connection) -> list[tuple[int, int]]:
    """The (library, job) pairs whose planning is not finished, oldest first."""
    rows = connection.execute(
        select(jobs.c.library_id, jobs.c.id).where(OPEN, jobs.c.state == "planning").order_by(jobs.c.id)
    )
    return [(row.library_id, row.id) for row in rows]


def join_runs(connection: Connection, job_id: int, run_ids: Sequence[int]) -> int:
    """Make runs part of a job; how many were not before."""
    if not run_ids:
        return 0
    chosen, ids = among(connection, "id", run_ids)
    joined = text(
        "INSERT INTO job_runs (job_id, run_id) "  # noqa: S608 - our own words
        f"SELECT CAST(:job AS BIGINT), id FROM runs WHERE {chosen} ON CONFLICT DO NOTHING"
    )
    return connection.execute(joined, {"job": job_id, "ids": ids}).rowcount


def note_planned(connection: Connection, job_id: int, planned: int, *, joined: int, skipped: int) -> None:
    """Note how far the planning of a job is."""
    connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(planned=planned, total=jobs.c.total + joined, skipped=jobs.c.skipped + skipped)
    )


def set_job_state(connection: Connection, job_id: int, state: str, now: int | None = None) -> None:
    """Bring a job into a state; one that ends keeps the progress it has at that moment."""
    values: dict[str, Any] = {"state": state, "finished_at": now, "result": None}
    if now is not None:
        values["result"] = to_json(count_progress(connection, job_id))
    connection.execute(update(jobs).where(jobs.c.id == job_id).values(values))


def count_progress(connection: Connection, job_id: int) -> dict[str, int]:
    """How many runs of a job stand in each state."""
    rows = connection.execute(
        select(runs.c.state, func.count())
        .join(job_runs, job_runs.c.run_id == runs.c.id)
        .where(job_runs.c.job_id == job_id)
        .group_by(runs.c.state)
    )
    return {row[0]: row[1] for row in rows}


def runs_in(
    connection: Connection, job_id: int, states: Sequence[str], *, version: str | None = None
) -> list[int]:
    """The runs of a job that stand in any of these states, of all versions of its pipeline or of one."""
    mine = (
        select(runs.c.id)
        .join(job_runs, job_runs.c.run_id == runs.c.id)
        .where(job_runs.c.job_id == job_id, runs.c.state.in_(states))
    )
    if version is not None:
        mine = mine.where(runs.c.version == version)
    return list(connection.execute(mine.order_by(runs.c.id)).scalars())


def page_runs(connection: Connection, job_id: int, *, below: int | None, limit: int = 500) -> list[int]:
    """The next runs of a job below an id, the newest first."""
    mine = select(job_runs.c.run_id).where(job_runs.c.job_id == job_id)
    if below is not None:
        mine = mine.where(job_runs.c.run_id < below)
    return list(connection.execute(mine.order_by(job_runs.c.run_id.desc()).limit(limit)).scalars())


def only_of(connection: Connection, job_id: int, run_ids: Sequence[int]) -> list[int]:
    """Those of ``run_ids`` that no other open job waits for."""
    chosen, ids = among(connection, "r.id", run_ids)
    mine = text(
        f"SELECT r.id FROM runs AS r WHERE {chosen} AND NOT EXISTS (SELECT 1 FROM job_runs "  # noqa: S608 - our own words
        "JOIN jobs ON jobs.id = job_runs.job_id WHERE job_runs.run_id = r.id AND job_runs.job_id <> :job "
        "AND jobs.state IN ('planning', 'running')) ORDER BY r.id"
    )
    return list(connection.execute(mine, {"ids": ids, "job": job_id}).scalars())


def items_in(
    connection: Connection, job_id: int, states: Sequence[str], *, after: int, limit: int
) -> list[int]:
    """The next items behind id ``after`` whose run of a job stands in any of these states."""
    rows = connection.execute(
        select(runs.c.item_id)
        .join(job_runs, job_runs.c.run_id == runs.c.id)
        .where(job_runs.c.job_id == job_id, runs.c.state.in_(states), runs.c.item_id > after)
        .distinct()
        .order_by(runs.c.item_id)
        .limit(limit)
    )
    return list(rows.scalars())


#: A look at the head of the queue, which tells most times that a job goes on without counting all its runs.
_GOES_ON = """
SELECT 1 FROM job_runs WHERE job_id = :job AND run_id IN (
    SELECT id FROM (SELECT id FROM runs WHERE state = 'ready' AND library_id = :library AND pipeline = :pipeline
        AND version = :version ORDER BY priority, run_at, id LIMIT 50) AS head) LIMIT 1
"""
_PENDING = """
SELECT 1 FROM job_runs JOIN runs ON runs.id = job_runs.run_id
WHERE job_runs.job_id = :job AND runs.state IN ('ready', 'waiting', 'claimed') LIMIT 1
"""


def finish_jobs(connection: Connection, library_id: int, now: int) -> list[int]:
    """End the jobs of a library of which nothing is pending any more; their ids."""
    running = (
        select(jobs.c.id, jobs.c.pipeline, jobs.c.version)
        .where(jobs.c.library_id == library_id, OPEN, jobs.c.state == "running")
        .order_by(jobs.c.id)
        .with_for_update(skip_locked=True)  # whoever cancels, retries or ends one now has it in hand
    )
    over = [
        row.id for row in connection.execute(running).all() if not _is_pending(connection, library_id, *row)
    ]
    for job_id in over:
        set_job_state(connection, job_id, "done", now)
    return over


def _is_pending(connection: Connection, library_id: int, job_id: int, pipeline: str, version: str) -> bool:
    bound = {"job": job_id, "library": library_id, "pipeline": pipeline, "version": version}
    if connection.execute(text(_GOES_ON), bound).first() is not None:
        return True
    return connection.execute(text(_PENDING), {"job": job_id}).first() is not None


def has_open(connection: Connection, library_id: int) -> bool:
    """Whether any job of a library is open."""
    any_open = select(jobs.c.id).where(jobs.c.library_id == library_id, OPEN).limit(1)
    return connection.execute(any_open).first() is not None


def libraries_with_open(connection: Connection) -> list[int]:
    """The libraries in which a job is open."""
    return list(connection.execute(select(jobs.c.library_id).where(OPEN).distinct()).scalars())


def count_failures(connection: Connection, job_id: int) -> list[Failure]:
    """Why runs of a job failed or wait, the most frequent reason first."""
    grouped = text(
        "SELECT coalesce(error_code, 'unknown') AS code, state, count(*) AS n, "
        "min(CASE state WHEN 'waiting' THEN run_at END) AS retry "
        "FROM job_runs JOIN runs ON runs.id = job_runs.run_id "
        "WHERE job_runs.job_id = :job AND state IN ('failed', 'waiting') GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
    )
    found = []
    for code, state, count, retry in connection.execute(grouped, {"job": job_id}).all():
        named = (
            select(runs.c.item_id)
            .join(job_runs, job_runs.c.run_id == runs.c.id)
            .where(
                job_runs.c.job_id == job_id,
                runs.c.state == state,
                func.coalesce(runs.c.error_code, "unknown") == code,
            )
            .order_by(runs.c.item_id)
            .limit(NAMED)
        )
        items = tuple(connection.execute(named).scalars())
        found.append(Failure(code, RunState(state), count, items, retry))
    return found


def open_with(connection: Connection, run_ids: Sequence[int]) -> list[int]:
    """The open jobs of which any of these runs is part, oldest first."""
    chosen, ids = among(connection, "run_id", run_ids)
    mine = text(
        f"SELECT DISTINCT job_id FROM job_runs JOIN jobs ON jobs.id = job_runs.job_id WHERE {chosen} "  # noqa: S608 - our own words
        "AND jobs.state IN ('planning', 'running') ORDER BY job_id"
    )
    return list(connection.execute(mine, {"ids": ids}).scalars())


def runs_with_state(
    connection: Connection, job_id: int, *, after: int = 0, limit: int = 500
) -> list[tuple[int, int, str, str | None, int | None]]:
    """The next runs of a job behind an item: (run, item, state, error code, settled at)."""
    rows = connection.execute(
        select(runs.c.id, runs.c.item_id, runs.c.state, runs.c.error_code, runs.c.settled_at)
        .join(job_runs, job_runs.c.run_id == runs.c.id)
        .where(job_runs.c.job_id == job_id, runs.c.item_id > after)
        .order_by(runs.c.item_id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def settled_in(
    connection: Connection, job_id: int, *, after: tuple[int, int] = (0, 0), limit: int = 500
) -> list[tuple[int, int, str, str | None, int]]:
    """The next settled runs of a job behind (settled at, run): (run, item, state, error code, settled at)."""
    at, run = after
    behind = or_(runs.c.settled_at > at, and_(runs.c.settled_at == at, runs.c.id > run))
    rows = connection.execute(
        select(runs.c.id, runs.c.item_id, runs.c.state, runs.c.error_code, runs.c.settled_at)
        .join(job_runs, job_runs.c.run_id == runs.c.id)
        .where(job_runs.c.job_id == job_id, behind)
        .order_by(runs.c.settled_at, runs.c.id)
        .limit(limit)
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in rows]


def _job(row: Fetched) -> Job:
    return Job(
        id=row.id,
        pipeline=row.pipeline,
        version=row.version,
        state=row.state,
        selection=from_json(row.selection),
        options=from_json(row.options),
        idempotency_key=row.idempotency_key,
        planned=row.planned,
        total=row.total,
        skipped=row.skipped,
        result=None if row.result is None else from_json(row.result),
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
