"""Moving a library to PostgreSQL: all of it, or nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from tests.support import postgres
from tests.support.databases import content

from completist.domain.allowance import Allowance, Wish, ask
from completist.domain.budget import Budget, Quota, Rate
from completist.domain.errors import ActionRequired, BadInput, CompletistError
from completist.store import budgets, items, libraries, moving, runs
from completist.store.database import Database, connect, ping
from completist.store.migrating import migrate


@pytest.fixture
def target(postgres_server: str, tmp_path: Path) -> Iterator[Database]:
    """An empty library on PostgreSQL."""
    with postgres.created(postgres_server, f"completist_test_{uuid4().hex[:12]}") as url:
        database = connect(url)
        migrate(database, tmp_path, 0)
        yield database
        database.close()


def _called(before: Allowance, now: int) -> tuple[Allowance, None]:
    return ask(before, now, Wish()).allowance, None


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Database]:
    """A library on SQLite with a little of everything in it, and an id that was given and is gone."""
    database = connect(f"sqlite:///{tmp_path / 'library.db'}")
    migrate(database, tmp_path, 0)
    with database.write() as connection:
        library = libraries.ensure_library(connection, 1, "Büchers 📚 \\N \t'\"")
        ids = items.create_items(connection, library, "book", 4500, 1)
        runs.enqueue(connection, library, "p", "1", [(i, "a") for i in ids], priority=5, now=1, fresh=True)
        items.delete_items(connection, [ids[-1]])
        connection.execute(
            text(
                "INSERT INTO schedules VALUES (:library, 'nightly', '0 3 * * *', 'UTC', 5, 'p', '{}', '{}', :paused)"
            ),
            {"library": library, "paused": True},
        )
        connection.execute(
            text(
                "INSERT INTO field_values VALUES (:item, 'title', 'user', '', :data, 0.1, NULL, NULL, NULL, NULL, 3)"
            ),
            {"item": ids[0], "data": '"\\u0000 \\\\ \\n"'},
        )
        connection.execute(
            text("INSERT INTO answers VALUES ('atlas', 'isbn13:1', 'found', :body, 0.5, 1, 5, 6)"),
            {"body": '[{"title":"\\u0000 ä"}]'},
        )
    budgets.amend(database, "atlas", Budget(Rate(9), Quota(10**12)), lambda: 5, _called)
    yield database
    database.close()


def test_everything_arrives_and_counting_goes_on(source: Database, target: Database) -> None:
    before = content(source)
    told: list[tuple[int, int]] = []
    moved = moving.move(source, target, lambda done, total: told.append((done, total)))
    assert content(target) == before == content(source)
    assert dict(moved.tables)["items"] == 4499
    assert [len(before[table]) for table in ("answers", "budgets")] == [1, 1]
    assert moved.rows == sum(len(rows) for rows in before.values()) == told[-1][0] == told[-1][1]
    with source.write() as old, target.write() as new:
        both = [items.create_items(connection, 1, "book", 1, 9) for connection in (old, new)]
    assert list(both[0]) == list(both[1]) == [4501]


def test_a_database_that_is_in_use_is_left_alone(source: Database, target: Database) -> None:
    with target.write() as connection:
        libraries.ensure_library(connection, 1, "Somebody's")
    before = content(target)
    with pytest.raises(ActionRequired, match="not empty"):
        moving.move(source, target)
    assert content(target) == before


def test_a_move_that_breaks_leaves_nothing_behind(source: Database, target: Database) -> None:
    with target.write() as connection:
        connection.execute(text("ALTER TABLE runs ADD CONSTRAINT few CHECK (id < 3000)"))
    empty = content(target)
    with pytest.raises(Exception, match="few"):
        moving.move(source, target)
    assert content(target) == empty


def test_what_arrives_otherwise_than_it_was_sent_is_not_kept(source: Database, target: Database) -> None:
    with target.write() as connection:
        connection.execute(
            text(
                "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS "
                "'BEGIN NEW.kind = ''bok''; RETURN NEW; END'"
            )
        )
        connection.execute(
            text(
                "CREATE TRIGGER spoil BEFORE INSERT ON items FOR EACH ROW WHEN (NEW.id = 7) EXECUTE FUNCTION spoil()"
            )
        )
    empty = content(target)
    with pytest.raises(CompletistError, match="items did not arrive"):
        moving.move(source, target)
    assert content(target) == empty


def test_only_from_sqlite_to_postgresql(source: Database, target: Database) -> None:
    for pair in ((source, source), (target, source)):
        with pytest.raises(BadInput, match="from SQLite to PostgreSQL"):
            moving.move(*pair)


def test_what_is_written_meanwhile_or_afterwards_is_not_lost(source: Database, target: Database) -> None:
    assert source.path is not None
    early, late = (connect(f"sqlite:///{source.path}") for _ in range(2))
    ping(early)

    def progress(_done: int, _total: int) -> None:
        with (
            closing(sqlite3.connect(str(source.path), timeout=0)) as other,
            pytest.raises(sqlite3.OperationalError, match="locked"),
        ):
            other.execute("BEGIN IMMEDIATE")

    moving.move(source, target, progress, settle=lambda: None)
    before = content(source)
    with pytest.raises(ActionRequired, match="moved"), early.write() as connection:
        libraries.ensure_library(connection, 1, "Somebody's")
    assert content(source) == before
    with late.write() as connection:  # whoever opens it now knows what they do
        libraries.ensure_library(connection, 1, "Somebody's")
    early.close()
    late.close()
