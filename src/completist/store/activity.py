"""Activity: what was settled and written lately, and why what failed did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from completist.store.changes import Change, change_of
from completist.store.encoding import from_json
from completist.store.ledger import OPEN, attempts, budgets, events, job_runs, jobs, pauses, runs
from completist.store.schema import changes, items

#: How many changes are looked through for the latest that filled something.
LOOKED_AT = 400


@dataclass(frozen=True, slots=True)
class Settled:
    """What a batch of runs came to."""

    at: int
    counts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Failed:
    """Runs that failed for one reason, with the first of their items."""

    pipeline: str
    code: str
    count: int
    items: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """A run of an item and the tries of it, the latest first."""

    id: int
    pipeline: str
    version: str
    state: str
    error_code: str | None
    run_at: int
    settled_at: int | None
    attempts: tuple[
        tuple[str, str, str | None, int, float], ...
    ]  #: provider, outcome, code, at, milliseconds


def settled_since(connection: Connection, library_id: int, since: int) -> list[Settled]:
    """What batches came to since a moment, as far as it is remembered, in order."""
    rows = connection.execute(
        select(events.c.at, events.c.data)
        .where(events.c.library_id == library_id, events.c.type == "runs.settled", events.c.at >= since)
        .order_by(events.c.seq)
    )
    return [Settled(row.at, from_json(row.data)) for row in rows]


def latest_filled(connection: Connection, library_id: int, limit: int) -> list[Change]:
    """The latest changes by which a provider wrote something, the newest first."""
    highest = connection.execute(select(func.max(changes.c.id))).scalar_one() or 0
    rows = connection.execute(
        select(changes)
        .where(
            changes.c.id > highest - LOOKED_AT,
            changes.c.library_id == library_id,
            changes.c.origin == "provider",
            changes.c.after.is_not(None),
            changes.c.undone_by.is_(None),
            changes.c.action != "undo",
            select(items.c.id).where(items.c.id == changes.c.item_id).exists(),
        )
        .order_by(changes.c.id.desc())
        .limit(limit)
    )
    return [change_of(row) for row in rows]


def failures(connection: Connection, library_id: int, named: int = 20) -> list[Failed]:
    """Why runs failed, the most frequent reason first."""
    code = func.coalesce(runs.c.error_code, "unknown")
    mine = (runs.c.library_id == library_id, runs.c.state == "failed")
    grouped = (
        select(runs.c.pipeline, code.label("code"), func.count().label("n"))
        .where(*mine)
        .group_by(runs.c.pipeline, code)
        .order_by(func.count().desc(), runs.c.pipeline, code)
    )
    found = []
    for pipeline, why, count in connection.execute(grouped).all():
        first = select(runs.c.item_id).where(*mine, runs.c.pipeline == pipeline, code == why)
        ids = tuple(connection.execute(first.order_by(runs.c.item_id).limit(named)).scalars())
        found.append(Failed(pipeline, why, count, ids))
    return found


def failed_runs(connection: Connection, library_id: int, pipeline: str, code: str, limit: int) -> list[int]:
    """The runs of a pipeline that failed for a reason."""
    mine = select(runs.c.id).where(
        runs.c.library_id == library_id,
        runs.c.state == "failed",
        runs.c.pipeline == pipeline,
        func.coalesce(runs.c.error_code, "unknown") == code,
    )
    return list(connection.execute(mine.order_by(runs.c.id).limit(limit)).scalars())


def tries_of(connection: Connection, item_id: int, limit: int = 12) -> list[Tried]:
    """The runs of an item with their tries, the latest first."""
    found = connection.execute(
        select(runs).where(runs.c.item_id == item_id).order_by(runs.c.id.desc()).limit(limit)
    ).all()
    tried: dict[int, list[tuple[str, str, str | None, int, float]]] = {}
    rows = connection.execute(
        select(attempts)
        .where(attempts.c.run_id.in_([row.id for row in found]))
        .order_by(attempts.c.id.desc())
    )
    for row in rows:
        said = (row.provider, row.outcome, row.error_code, row.started_at, row.duration_ms)
        tried.setdefault(row.run_id, []).append(said)
    return [
        Tried(
            r.id,
            r.pipeline,
            r.version,
            r.state,
            r.error_code,
            r.run_at,
            r.settled_at,
            tuple(tried.get(r.id, ())),
        )
        for r in found
    ]


@dataclass(frozen=True, slots=True)
class Heard:
    """How a provider has answered lately: the share of look-ups that it knew something about, and how long it took."""

    asked: int
    rate: float
    p95: float  #: milliseconds


def heard_lately(connection: Connection, limit: int = 3000) -> dict[str, Heard]:
    """How each provider has answered in the latest tries of all libraries."""
    highest = connection.execute(select(func.max(attempts.c.id))).scalar_one() or 0
    rows = connection.execute(
        select(attempts.c.provider, attempts.c.outcome, attempts.c.duration_ms).where(
            attempts.c.id > highest - limit
        )
    )
    said: dict[str, list[tuple[str, float]]] = {}
    for provider, outcome, took in rows:
        said.setdefault(provider, []).append((outcome, took))
    found = {}
    for provider, each in said.items():
        known = sum(outcome in ("found", "ambiguous") for outcome, _ in each)
        took = sorted(time for _, time in each)
        found[provider] = Heard(len(each), known / len(each), took[int(0.95 * (len(took) - 1))])
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """One try as a line of a job's log: ids and codes alone."""

    item: int
    provider: str
    outcome: str
    code: str | None
    at: int
    took: float


def log_of(connection: Connection, job_id: int, limit: int = 40) -> list[Line]:
    """The latest tries of a job's runs, the latest last."""
    rows = connection.execute(
        select(runs.c.item_id, attempts)
        .join(attempts, attempts.c.run_id == runs.c.id)
        .join(job_runs, job_runs.c.run_id == runs.c.id)
        .where(job_runs.c.job_id == job_id)
        .order_by(attempts.c.id.desc())
        .limit(limit)
    ).all()
    return [
        Line(r.item_id, r.provider, r.outcome, r.error_code, r.started_at, r.duration_ms)
        for r in reversed(rows)
    ]


def count_jobs(connection: Connection, library_id: int) -> dict[str, int]:
    """How many jobs there are in each state."""
    rows = connection.execute(
        select(jobs.c.state, func.count()).where(jobs.c.library_id == library_id).group_by(jobs.c.state)
    )
    return {row[0]: row[1] for row in rows}


def count_open(connection: Connection, library_id: int) -> int:
    """How many jobs are open."""
    mine = select(func.count()).select_from(jobs).where(jobs.c.library_id == library_id, OPEN)
    return connection.execute(mine).scalar_one()


def marks(connection: Connection, library_id: int) -> Sequence[int]:
    """Numbers that change whenever anything happens in a library, a pause too: cheap to read, and to compare."""
    held, gates = pauses.c.library_id == library_id, budgets.c
    told = (
        select(func.max(events.c.seq)).where(events.c.library_id == library_id),
        select(func.max(changes.c.id)),
        select(func.max(items.c.id)),
        select(func.count()).select_from(pauses).where(held),
        select(func.max(pauses.c.at)).where(held),
        select(func.count(gates.paused_at)),
        select(func.max(gates.paused_at)),
        select(func.max(gates.rests_until)),
        select(func.max(gates.opened)),
    )
    row = connection.execute(select(*(each.scalar_subquery() for each in told))).one()
    return tuple(each or 0 for each in row)
