"""PostgreSQL is restarted again and again under its workers: they live on, and everything is done once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import NO_POSTGRES
from tests.support import postgres
from tests.support.cellars import Cellar
from tests.support.crews import crew
from tests.support.effects import check_each_is_there_once, stock
from tests.support.postgres import Server

from completist.domain.errors import Unavailable
from completist.store import run_states
from completist.store.database import Database, connect
from completist.store.migrating import migrate

WINES = 2000

#: Of each kind: as an administrator does it, and as a power cut does.
RESTARTS = ("fast", "immediate", "fast", "immediate", "immediate")

#: Seconds after which a test gives up.
LONG = 90


@pytest.fixture
def server() -> Iterator[Server]:
    """A PostgreSQL of the test's own."""
    with postgres.own_server() as started:
        if started is None:
            pytest.skip(f"{NO_POSTGRES} could be started for this test alone")
        yield started


@pytest.fixture
def library(server: Server, tmp_path: Path) -> Iterator[Database]:
    """An empty library on it."""
    assert server.url is not None
    with postgres.created(server.url, "library", lasting=True) as url:
        database = connect(url)
        migrate(database, tmp_path, 0)
        database.keeps_time = True
        yield database
        database.close()


def _pending(database: Database, library_id: int) -> int:
    """How many runs are still ready, waiting or claimed; -1 while nobody can tell."""
    try:
        with database.read() as connection:
            ready = run_states.count_ready(connection, library_id)
            rest = run_states.count_not_ready(connection, library_id)
    except Unavailable:
        return -1
    return sum(ready.values()) + sum(n for (_, state), n in rest.items() if state != "empty")


def test_workers_outlive_the_databases_restarts(
    server: Server, library: Database, wine_kind: None, tmp_path: Path
) -> None:
    cellar = Cellar(library, tmp_path)
    stock(cellar, WINES)
    library_id = cellar.app.library_id
    url = library.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with crew(url, stay=True, keeps_time=True, batch=25, pace=0.05) as workers:
        hands = [workers.start() for _ in range(2)]
        left, restarted = WINES, 0
        until = time.monotonic() + LONG
        while left != 0:
            assert time.monotonic() < until, f"{left} runs are left"
            assert all(workers.alive(hand) for hand in hands)
            goal = WINES - WINES * (restarted + 1) // (len(RESTARTS) + 1)
            if restarted < len(RESTARTS) and 0 <= left <= goal:
                server.restart(RESTARTS[restarted])
                restarted += 1
            left = _pending(library, library_id)
        assert restarted == len(RESTARTS)
        assert [workers.stop(hand) for hand in hands] == [0, 0]
    check_each_is_there_once(cellar, WINES)
