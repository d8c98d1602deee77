from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from completist.store.bulk import COPY_FROM, allocate, insert_rows
from completist.store.database import Database
from completist.store.schema import item_sources, items, locks

MANY = COPY_FROM * 3
REFUSED = (IntegrityError, psycopg.IntegrityError)  # rows that go by COPY speak through the driver


def test_ids_rise_and_are_never_given_twice(database: Database, library: int) -> None:
    given: list[int] = []
    for count in (1, 0, MANY, 2):
        with database.write() as connection:
            found = allocate(connection, items, count)
            assert len(found) == count
            insert_rows(connection, items, [(number, library, "wine", 1, 1, 0, 0) for number in found])
        given.extend(found)
    assert given == sorted(set(given))
    with database.write() as connection:
        connection.execute(items.delete())
        assert allocate(connection, items, 1)[0] > max(given)  # not even after a deletion


def test_two_that_draw_ids_at_once_get_different_ones(database: Database) -> None:
    def draw(_number: int) -> list[int]:
        with database.write() as connection:
            return list(allocate(connection, items, 50))

    with ThreadPoolExecutor(4) as pool:
        drawn = [number for batch in pool.map(draw, range(8)) for number in batch]
    assert len(set(drawn)) == 400


@pytest.mark.parametrize("count", [0, 1, MANY])
def test_rows_come_back_as_they_went_in(database: Database, library: int, count: int) -> None:
    rows = [
        (number, library, f"kind\t{number}\n\\N 'x' ä€😀", number, 2**53, 7, 50)
        for number in range(1, count + 1)
    ]
    with database.write() as connection:
        insert_rows(connection, items, rows)
    with database.read() as connection:
        assert [tuple(row) for row in connection.execute(select(items).order_by(items.c.id))] == rows


@pytest.mark.parametrize("count", [1, MANY])
def test_a_row_that_stands_already_is_refused_unless_it_may_be_replaced(
    database: Database, library: int, count: int
) -> None:
    with database.write() as connection:
        ids = allocate(connection, items, 1)
        insert_rows(connection, items, [(ids[0], library, "wine", 1, 1, 0, 0)])
        insert_rows(
            connection, item_sources, [(library, "cellar", str(n), ids[0], "a") for n in range(count)]
        )
    again = [(library, "cellar", str(n), ids[0], "b") for n in range(count)]
    with pytest.raises(REFUSED), database.write() as connection:
        insert_rows(connection, item_sources, again)
    with database.write() as connection:
        insert_rows(connection, item_sources, again, replace=True)
        digests = connection.execute(select(item_sources.c.digest)).scalars().all()
    assert digests == ["b"] * count


def test_a_row_without_its_item_is_refused(database: Database) -> None:
    with pytest.raises(IntegrityError), database.write() as connection:
        insert_rows(connection, locks, [(4711, "name", 1)])
