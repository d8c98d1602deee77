from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from completist.store import claims, libraries, pauses
from completist.store.database import Database


def test_what_is_paused_by_name_is_resumed_by_name(database: Database, library: int) -> None:
    with database.write() as connection:
        assert pauses.pause(connection, library, "facts", 1)
        assert not pauses.pause(connection, library, "facts", 2)
        assert pauses.pause(connection, library, pauses.EVERYTHING, 3)
        assert pauses.paused(connection, library) == {"facts", pauses.EVERYTHING}
        assert claims.is_paused(connection, library, "other")
        assert pauses.resume(connection, library, pauses.EVERYTHING)
        assert not pauses.resume(connection, library, pauses.EVERYTHING)
        assert claims.is_paused(connection, library, "facts")
        assert not claims.is_paused(connection, library, "other")
        assert pauses.resume(connection, library, "facts")
        assert not claims.is_paused(connection, library, "facts")


def test_a_pause_is_one_librarys_own(database: Database, library: int) -> None:
    with database.write() as connection:
        other = libraries.ensure_library(connection, 1, "Somebody else's")
        pauses.pause(connection, other, pauses.EVERYTHING, 1)
        assert pauses.paused(connection, library) == frozenset()
        assert not claims.is_paused(connection, library, "facts")


def test_of_several_that_pause_at_once_one_has_done_it(database: Database, library: int) -> None:
    start = Barrier(4)

    def pause(number: int) -> bool:
        start.wait(timeout=60)
        with database.write() as connection:
            return pauses.pause(connection, library, "facts", number)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(pause, range(4))) == [False, False, False, True]
