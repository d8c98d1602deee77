"""Locks: one worker at a time on a repository. PostgreSQL keeps them by advisory lock, SQLite by a leased row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, text

from completist.store.bulk import insert_rows
from completist.store.database import Database
from completist.store.flashcards.tables import repository_locks

#: How long a lease lasts, in milliseconds; whoever holds it works off a batch in much less.
LEASE = 120_000

#: The name space of our advisory locks: "card".
_SPACE = 0x63617264


@dataclass(frozen=True, slots=True)
class Holder:
    """Who works on a repository, and for which job if it was one."""

    repository_id: int
    holder: str
    job_id: int | None
    taken_at: int


@contextmanager
def repository_lock(
    database: Database, repository_id: int, holder: str, job_id: int | None, clock: Callable[[], int]
) -> Iterator[Callable[[], None] | None]:
    """Hold a repository for as long as the block lasts; None when somebody else does.

    What is handed out prolongs the lease, for work that takes long. On PostgreSQL the lock is that of a connection of
    its own: it ends with it, however the process ends.
    """
    if database.dialect == "postgresql":
        with _advisory(database, repository_id) as taken:
            if not taken:
                yield None
                return
            with _leased(database, repository_id, holder, job_id, clock, force=True) as prolong:
                yield prolong
        return
    with _leased(database, repository_id, holder, job_id, clock, force=False) as prolong:
        yield prolong


@contextmanager
def _advisory(database: Database, repository_id: int) -> Iterator[bool]:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        bound = {"space": _SPACE, "repository": repository_id % 2**31}
        taken = bool(
            connection.execute(text("SELECT pg_try_advisory_lock(:space, :repository)"), bound).scalar_one()
        )
        try:
            yield taken
        finally:
            if taken:
                connection.execute(text("SELECT pg_advisory_unlock(:space, :repository)"), bound)


@contextmanager
def _leased(
    database: Database,
    repository_id: int,
    holder: str,
    job_id: int | None,
    clock: Callable[[], int],
    *,
    force: bool,
) -> Iterator[Callable[[], None] | None]:
    def prolong() -> None:
        with database.write() as connection:
            now = clock()
            _write(connection, (repository_id, holder, job_id, now, now + LEASE))

    with database.write() as connection:
        now = clock()
        standing = connection.execute(
            select(repository_locks).where(repository_locks.c.repository_id == repository_id)
        ).one_or_none()
        if standing is not None and not force and standing.lease_until > now and standing.holder != holder:
            taken = False
        else:
            _write(connection, (repository_id, holder, job_id, now, now + LEASE))
            taken = True
    if not taken:
        yield None
        return
    try:
        yield prolong
    finally:
        with database.write() as connection:
            mine = (repository_locks.c.repository_id == repository_id) & (repository_locks.c.holder == holder)
            connection.execute(delete(repository_locks).where(mine))


def _write(connection: Connection, row: tuple[Any, ...]) -> None:
    insert_rows(connection, repository_locks, [row], replace=True)


def holders(connection: Connection, now: int) -> dict[int, Holder]:
    """Who works on which repository at this moment."""
    rows = connection.execute(select(repository_locks).where(repository_locks.c.lease_until > now))
    return {
        row.repository_id: Holder(row.repository_id, row.holder, row.job_id, row.taken_at) for row in rows
    }


def drop_dead(connection: Connection, dead: list[str]) -> None:
    """Take the leases of holders that are gone."""
    if dead:
        connection.execute(delete(repository_locks).where(repository_locks.c.holder.in_(dead)))
