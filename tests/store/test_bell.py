from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from time import monotonic

import pytest
from sqlalchemy import text

from completist.store import libraries
from completist.store.bell import Bell, open_bell, ring
from completist.store.database import Database

#: Seconds after which nobody came.
LONG = 30.0


@pytest.fixture
def bell(database: Database) -> Iterator[Bell]:
    """The bell of the database."""
    made = open_bell(database)
    yield made
    made.close()


def _waits(bell: Bell, pool: ThreadPoolExecutor, stop: Event) -> Future[float]:
    def wait() -> float:
        begun = monotonic()
        bell.wait(LONG, stop)
        return monotonic() - begun

    return pool.submit(wait)


def _write(database: Database, number: int) -> None:
    with database.write() as connection:
        libraries.ensure_library(connection, 1, f"library {number}")
        ring(connection)
        ring(connection)


def test_it_rings_when_another_connection_has_written(database: Database, bell: Bell) -> None:
    with ThreadPoolExecutor(1) as pool:
        for _ in range(2):
            waiting = _waits(bell, pool, Event())
            number = 0
            while not waiting.done():  # whoever has not begun to listen misses a ring: it is a hint
                number += 1
                _write(database, number)
            assert waiting.result() < LONG


def test_it_does_not_ring_for_what_was_taken_back(database: Database, bell: Bell) -> None:
    bell.wait(0.1, Event())
    with database.rehearsal() as connection:
        libraries.ensure_library(connection, 1)
        ring(connection)
    begun = monotonic()
    bell.wait(0.3, Event())
    assert monotonic() - begun >= 0.3


def test_nobody_waits_once_told_to_stop(bell: Bell) -> None:
    stop = Event()
    stop.set()
    bell.wait(LONG, stop)
    with ThreadPoolExecutor(1) as pool:
        stop.clear()
        waiting = _waits(bell, pool, stop)
        stop.set()
        assert waiting.result() < LONG


def test_it_hears_again_after_the_server_has_hung_up(postgres_library: Database) -> None:
    bell = open_bell(postgres_library)
    bell.wait(0.05, Event())  # listens
    with postgres_library.write() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        assert connection.execute(text(others)).all()
    with ThreadPoolExecutor(1) as pool:
        waiting = _waits(bell, pool, Event())
        while not waiting.done():
            with postgres_library.write() as connection:
                ring(connection)
        assert waiting.result() < LONG
    bell.close()


def test_without_a_server_it_waits_as_long_as_it_was_told(postgres_library: Database) -> None:
    nowhere = Database(postgres_library.engine, None)
    bell = open_bell(nowhere)
    bell._url = "postgresql://nobody@127.0.0.1:1/nothing"  # type: ignore[attr-defined]
    begun = monotonic()
    bell.wait(0.3, Event())
    assert monotonic() - begun >= 0.3
    bell.close()
