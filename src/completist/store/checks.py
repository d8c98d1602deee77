"""Checks: what a look at the database tells about its health. Nothing here writes."""

from __future__ import annotations

import sqlite3

from sqlalchemy import Connection, func, select, text

from completist.domain.run import RunState
from completist.store.ledger import READY, claims, pauses, runs

#: The oldest SQLite with all that our statements use (``RETURNING``, JSON on by default).
OLDEST_SQLITE = (3, 38, 0)

#: Damages named at most.
_NAMED = 5


def damages(connection: Connection) -> list[str]:
    """What SQLite's ``quick_check`` finds wrong with the file, at most a few; empty on a sound database.

    PostgreSQL watches over its own files: there the answer is always empty.
    """
    if connection.dialect.name != "sqlite":
        return []
    found = connection.execute(text(f"PRAGMA quick_check({_NAMED})")).scalars().all()
    return [str(each) for each in found if each != "ok"]


def engine_version(connection: Connection) -> tuple[str, bool]:
    """The database engine by name and version, and whether it is new enough."""
    if connection.dialect.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}", sqlite3.sqlite_version_info >= OLDEST_SQLITE
    version = connection.execute(text("SHOW server_version")).scalar_one()
    return f"PostgreSQL {version}", True


def count_expired_claims(connection: Connection, now: int) -> int:
    """How many claims are open beyond their lease: their worker has gone."""
    statement = select(func.count()).select_from(claims)
    return connection.execute(
        statement.where(claims.c.closed_at.is_(None), claims.c.lease_until <= now)
    ).scalar_one()


def count_stuck_runs(connection: Connection) -> int:
    """How many runs are held by a claim that is closed or gone; there should be none, ever."""
    held = select(claims.c.id).where(claims.c.id == runs.c.claim_id, claims.c.closed_at.is_(None))
    statement = select(func.count()).select_from(runs)
    return connection.execute(
        statement.where(runs.c.state == RunState.CLAIMED.value, ~held.exists())
    ).scalar_one()


def count_ready(connection: Connection) -> dict[str, int]:
    """How many runs of each pipeline are ready, in all libraries."""
    ready = select(runs.c.pipeline, func.count()).where(READY).group_by(runs.c.pipeline)
    return {row[0]: row[1] for row in connection.execute(ready.order_by(runs.c.pipeline))}


def paused_since(connection: Connection) -> dict[str, int]:
    """When each pipeline was paused, in any library; the empty name stands for all of a library's."""
    since = select(pauses.c.pipeline, func.min(pauses.c.at)).group_by(pauses.c.pipeline)
    return {row[0]: row[1] for row in connection.execute(since.order_by(pauses.c.pipeline))}
