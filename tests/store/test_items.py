from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from completist.domain.fields import Origin, Value
from completist.store import changes, fields, items, libraries, matches
from completist.store.database import Database
from completist.store.items import Known
from completist.store.schema import items as table

Stock = Callable[[int], Sequence[int]]


def test_items_are_made_in_order_and_known_by_kind(database: Database, library: int) -> None:
    with database.write() as connection:
        wines = items.create_items(connection, library, "wine", 3, 5)
        (maker,) = items.create_items(connection, library, "maker", 1, 5)
        assert items.create_items(connection, library, "wine", 0, 5) == []
    with database.read() as connection:
        assert list(wines) == sorted(wines)
        assert items.kinds_of(connection, library, [*wines, maker, 999]) == {
            **dict.fromkeys(wines, "wine"),
            maker: "maker",
        }
        assert items.count_items(connection, library) == {"wine": 3, "maker": 1}


def test_nobody_sees_the_items_of_another_library(database: Database, library: int, stock: Stock) -> None:
    ids = stock(2)
    with database.write() as connection:
        other = libraries.ensure_library(connection, 1, "Somebody else's")
        items.remember_keys(connection, library, "cellar", [("1", ids[0], "d")])
        fields.write_identifiers(connection, library, {ids[0]: [("ean", "1")]})
    with database.read() as connection:
        assert items.kinds_of(connection, other, ids) == {}
        assert items.count_items(connection, other) == {}
        assert items.page_items(connection, other) == []
        assert items.known_keys(connection, other, "cellar", ["1"]) == {}
        assert items.find_by_identifier(connection, other, "wine", "ean", ["1"]) == {}
        assert not items.has_other_sources(connection, other, "shop", "wine")


def test_pages_follow_one_another_without_gap_or_repetition(
    database: Database, library: int, stock: Stock
) -> None:
    ids = stock(7)
    with database.write() as connection:
        (maker,) = items.create_items(connection, library, "maker", 1, 1)
    with database.read() as connection:
        after, seen = 0, []
        while page := items.page_items(connection, library, kind="wine", after=after, limit=3):
            seen.extend(page)
            after = page[-1][0]
        assert seen == [(i, "wine") for i in ids]
        assert items.page_items(connection, library)[-1] == (maker, "maker")


def test_a_page_costs_the_same_however_many_items_there_are(sqlite_template: Path, tmp_path: Path) -> None:
    """Only what comes next is read, in order: nothing is sorted first."""
    shutil.copyfile(sqlite_template, tmp_path / "library.db")
    with closing(sqlite3.connect(tmp_path / "library.db")) as connection:
        asked = "SELECT id, kind FROM items WHERE library_id = 1 AND id > 5 ORDER BY id LIMIT 500"
        plan = [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {asked}")]
    assert plan == ["SEARCH items USING INDEX ix_items_library_id_id (library_id=? AND id>?)"]


def test_a_page_of_what_lacks_a_field_leaves_out_what_has_it_or_has_it_locked(
    database: Database, library: int, stock: Stock
) -> None:
    filled, cleared, locked, empty = stock(4)
    with database.write() as connection:
        said = [
            (filled, Value("name", "Riesling", Origin.IMPORT, "cellar")),
            (cleared, Value("name", None, Origin.USER)),
            (empty, Value("region", "Mosel", Origin.IMPORT, "cellar")),
        ]
        fields.write_values(connection, said)
        fields.write_lock(connection, locked, "name", 1)
        assert items.page_items(connection, library, missing=["name"]) == [(empty, "wine")]
        assert fields.count_filled(connection, library, "wine", ["name", "region"]) == {
            "name": 3,
            "region": 1,
        }


def test_a_source_finds_its_items_by_key(database: Database, library: int, stock: Stock) -> None:
    one, two = stock(2)
    with database.write() as connection:
        items.remember_keys(connection, library, "cellar", [("A", one, "d1"), ("B'\t\u20ac", two, "d2")])
        items.remember_keys(connection, library, "cellar", [("A", one, "d3")])  # a newer row of the same
        items.remember_keys(connection, library, "shop", [("A", two, "d4")])
        assert items.known_keys(connection, library, "cellar", ["A", "B'\t\u20ac", "C"]) == {
            "A": Known(one, "d3"),
            "B'\t\u20ac": Known(two, "d2"),
        }
        assert items.with_source(connection, "shop", [one, two]) == {two}
        assert items.several_sources(connection, [one, two]) == {two}
        assert items.sources_of(connection, [one, two])[two] == [("cellar", "B'\t\u20ac"), ("shop", "A")]
        assert items.has_other_sources(connection, library, "shop", "wine")
        assert not items.has_other_sources(connection, library, "shop", "maker")


def test_more_keys_than_fit_into_one_question_are_all_found(
    database: Database, library: int, stock: Stock
) -> None:
    ids = stock(items.PAGE * 2 + 1)
    with database.write() as connection:
        items.remember_keys(connection, library, "cellar", [(str(i), i, "d") for i in ids])
        assert len(items.known_keys(connection, library, "cellar", [str(i) for i in ids])) == len(ids)
        assert len(items.kinds_of(connection, library, ids)) == len(ids)


def test_items_are_found_by_identifier_oldest_first(database: Database, library: int, stock: Stock) -> None:
    one, two, three = stock(3)
    with database.write() as connection:
        present = {one: [("ean", "1")], two: [("ean", "1"), ("ean", "2"), ("ean", "2")], three: []}
        fields.write_identifiers(connection, library, present)
        found = items.find_by_identifier(connection, library, "wine", "ean", ["1", "2", "3"])
        assert found == {"1": [one, two], "2": [two]}
        assert items.find_by_identifier(connection, library, "maker", "ean", ["1"]) == {}
        assert items.find_by_identifier(connection, library, "wine", "isbn", ["1"]) == {}
        fields.write_identifiers(connection, library, {two: [("ean", "3")]})  # the old ones give way
        found = items.find_by_identifier(connection, library, "wine", "ean", ["1", "2", "3"])
        assert found == {"1": [one], "3": [two]}


def test_related_items_keep_their_order_and_give_way_to_new_ones(database: Database, stock: Stock) -> None:
    book, first, second = stock(3)
    with database.write() as connection:
        items.relate(connection, [(book, "author", 0, second), (book, "author", 1, first)])
        items.relate(connection, [(book, "cover", 0, first)])
        assert items.related(connection, book) == [("author", second), ("author", first), ("cover", first)]
        items.relate(connection, [(book, "author", 0, first)])
        assert items.related(connection, book) == [("author", first), ("cover", first)]
        assert items.related(connection, first) == []


def test_a_deleted_item_takes_all_along_but_its_history(
    database: Database, library: int, stock: Stock
) -> None:
    gone, other = stock(2)
    with database.write() as connection:
        fields.write_values(connection, [(gone, Value("name", "x", Origin.USER))])
        fields.write_lock(connection, gone, "name", 1)
        fields.write_identifiers(connection, library, {gone: [("ean", "1")]})
        items.remember_keys(connection, library, "cellar", [("A", gone, "d")])
        items.relate(connection, [(other, "maker", 0, gone), (gone, "maker", 0, other)])
        matches.write_decisions(connection, gone, "p", {"R1": "rejected"}, None, 1)
        changes.append_changes(
            connection, [(library, gone, 1, "type", "user", "", None, None, None, None, None, None)]
        )
        items.delete_items(connection, [gone])
    with database.read() as connection:
        assert items.kinds_of(connection, library, [gone]) == {}
        assert fields.read_values(connection, [gone]) == {gone: []}
        assert fields.read_locks(connection, [gone]) == {}
        assert items.find_by_identifier(connection, library, "wine", "ean", ["1"]) == {}
        assert items.known_keys(connection, library, "cellar", ["A"]) == {}
        assert items.related(connection, other) == []
        assert len(changes.history(connection, library, gone)) == 1


def test_a_touch_marks_the_time_of_the_change(database: Database, stock: Stock) -> None:
    ids = stock(2)
    with database.write() as connection:
        items.touch(connection, [ids[1], ids[1]], 77)
        stamps = connection.execute(select(table.c.updated_at).order_by(table.c.id)).scalars().all()
    assert stamps == [1, 77]


@pytest.mark.parametrize(("size", "slices"), [(2, [[1, 2], [3]]), (3, [[1, 2, 3]]), (9, [[1, 2, 3]])])
def test_slices_are_no_longer_than_asked(size: int, slices: list[list[int]]) -> None:
    assert list(items.chunked([1, 2, 3], size)) == slices
