from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from completist.store import libraries, schedules
from completist.store.database import Database
from completist.store.schedules import Schedule


@pytest.fixture
def nightly(database: Database, library: int) -> Schedule:
    """A schedule that is due from 1000 on."""
    made = Schedule(library, "nightly", "0 3 * * *", "UTC", 1000, "facts", {"filter": {}}, {"force": False})
    with database.write() as connection:
        schedules.put_schedule(connection, made)
    return made


def test_a_schedule_is_kept_as_it_was_made(database: Database, library: int, nightly: Schedule) -> None:
    with database.write() as connection:
        other = libraries.ensure_library(connection, 1, "Somebody else's")
        schedules.put_schedule(connection, replace(nightly, library_id=other))
        schedules.put_schedule(connection, replace(nightly, name="early"))
        assert schedules.read_schedules(connection, library) == [replace(nightly, name="early"), nightly]


def test_a_schedule_takes_the_place_of_one_of_its_name(
    database: Database, library: int, nightly: Schedule
) -> None:
    newer = replace(nightly, cron="0 4 * * *", next_at=2000, paused=True)
    start = Barrier(4)

    def put(number: int) -> None:
        start.wait(timeout=60)
        with database.write() as connection:
            schedules.put_schedule(connection, replace(newer, pipeline=f"facts {number}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(4)))
    with database.write() as connection:
        (found,) = schedules.read_schedules(connection, library)
        assert replace(found, pipeline="facts") == newer
        assert schedules.drop_schedule(connection, library, "nightly")
        assert not schedules.drop_schedule(connection, library, "nightly")


def test_what_is_due_has_come_and_is_not_paused(database: Database, library: int, nightly: Schedule) -> None:
    with database.write() as connection:
        schedules.put_schedule(connection, replace(nightly, name="paused", paused=True))
        schedules.put_schedule(connection, replace(nightly, name="earlier", next_at=999))
        assert schedules.due_schedules(connection, 998) == []
        assert [each.name for each in schedules.due_schedules(connection, 1000)] == ["earlier", "nightly"]


def test_of_several_that_see_a_tick_one_has_it(database: Database, library: int, nightly: Schedule) -> None:
    start = Barrier(5)

    def move(_number: int) -> bool:
        start.wait(timeout=60)
        with database.write() as connection:
            return schedules.move_on(connection, nightly, 2000)

    with ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(move, range(5))) == [False] * 4 + [True]
    with database.read() as connection:
        assert schedules.read_schedules(connection, library) == [replace(nightly, next_at=2000)]
