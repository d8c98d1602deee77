from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from tests.support.databases import content

from completist.domain.errors import ActionRequired, CompletistError
from completist.store import ledger, libraries, migrating, scores
from completist.store.database import Database, connect
from completist.store.migrating import HEAD, MIGRATIONS, migrate, revision
from completist.store.schema import metadata

NOW = 1_790_000_000_000  # 2026-09-21

NEXT = """
from alembic import op

revision = "9999"
down_revision = "0009"


def upgrade():
    op.execute("CREATE TABLE corks (id INTEGER)")
    {more}
"""


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes the installed Completist one with a second revision, which does ``more`` besides."""

    def publish(more: str = "pass") -> None:
        folder = tmp_path / "migrations"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "versions" / "9999_corks.py").write_text(NEXT.format(more=more))
        monkeypatch.setattr(migrating, "MIGRATIONS", folder)
        monkeypatch.setattr(migrating, "HEAD", "9999")

    return publish


def _tables(database: Database) -> set[str]:
    with database.read() as connection:
        return set(inspect(connection).get_table_names())


def test_an_empty_database_gets_its_tables(bare_database: Database, tmp_path: Path) -> None:
    assert revision(bare_database) is None
    assert migrate(bare_database, tmp_path / "backups", NOW) is None
    assert revision(bare_database) == HEAD
    made = {name for name in _tables(bare_database) if not name.startswith("search_words")}
    assert made == {*metadata.tables, "alembic_version"}
    assert not (tmp_path / "backups").exists()


def _is_declared(name: str | None, _kind: str, _parents: object) -> bool:
    """What the database keeps up by itself so that words are found stands in no declaration."""
    return not (name or "").startswith(("search_words", "ix_search_texts_words"))


def test_the_tables_are_those_that_the_statements_expect(bare_database: Database, tmp_path: Path) -> None:
    migrate(bare_database, tmp_path, NOW)
    assert ledger.runs.metadata is metadata
    with bare_database.read() as connection:
        opts = {"compare_server_default": True, "include_name": _is_declared}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []


def test_a_second_start_does_nothing(database: Database, tmp_path: Path) -> None:
    with database.write() as connection:
        libraries.ensure_library(connection, 1)
    before = content(database)
    assert migrate(database, tmp_path / "backups", NOW) is None
    assert content(database) == before
    assert not (tmp_path / "backups").exists()


def test_two_that_start_at_once_both_find_the_tables(bare_database: Database, tmp_path: Path) -> None:
    url = bare_database.engine.url.render_as_string(hide_password=False)
    both = [connect(url), connect(url)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda each: migrate(each, tmp_path, NOW), both))
    for each in both:
        each.close()
    assert revision(bare_database) == HEAD


def test_a_library_of_a_newer_completist_is_left_alone(database: Database, tmp_path: Path) -> None:
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9001'"))
    try:
        with pytest.raises(ActionRequired, match="newer Completist") as caught:
            migrate(database, tmp_path / "backups", NOW)
        assert "9001" in caught.value.message
        assert not (tmp_path / "backups").exists()
    finally:
        with database.write() as connection:
            connection.execute(text(f"UPDATE alembic_version SET version_num = '{HEAD}'"))  # noqa: S608


def test_an_upgrade_keeps_what_was_there(
    bare_database: Database, tmp_path: Path, release: Callable[[], None]
) -> None:
    migrate(bare_database, tmp_path / "backups", NOW)
    with bare_database.write() as connection:
        libraries.ensure_library(connection, 1, "Mine")
    before = content(bare_database)
    release()
    copy = migrate(bare_database, tmp_path / "backups", NOW)
    assert content(bare_database) == before
    assert "corks" in _tables(bare_database)
    if bare_database.dialect == "postgresql":
        assert copy is None  # its operator keeps the backups
        return
    assert copy == tmp_path / "backups" / f"library-{HEAD}-20260921T141320.db"
    with closing(sqlite3.connect(copy)) as kept:
        assert kept.execute("SELECT name FROM libraries").fetchall() == [("Mine",)]
        assert kept.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
        assert kept.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_an_upgrade_that_fails_leaves_the_library_as_it_was(
    bare_database: Database, tmp_path: Path, release: Callable[[str], None]
) -> None:
    migrate(bare_database, tmp_path / "backups", NOW)
    tables = _tables(bare_database)
    release("op.execute('INSERT INTO no_such_table VALUES (1)')")
    with pytest.raises(CompletistError, match="could not be upgraded") as caught:
        migrate(bare_database, tmp_path / "backups", NOW)
    assert caught.value.code == "migration"
    assert (revision(bare_database), _tables(bare_database)) == (HEAD, tables)
    if bare_database.dialect == "sqlite":
        assert str(tmp_path / "backups") in caught.value.message  # says where the copy is


def test_items_from_before_there_were_scores_keep_all_they_had(
    bare_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "HEAD", "0004")
    migrate(bare_database, tmp_path / "backups", NOW)
    with bare_database.write() as connection:
        connection.execute(text("INSERT INTO libraries (name, created_at) VALUES ('Mine', 1)"))
        connection.execute(
            text("INSERT INTO items (library_id, kind, created_at, updated_at) VALUES (1, 'wine', 1, 1)")
        )
    monkeypatch.undo()
    migrate(bare_database, tmp_path / "backups", NOW)
    assert revision(bare_database) == HEAD
    with bare_database.write() as connection:
        assert scores.unscored(connection, 1, ["wine"], limit=9) == [1]
        assert libraries.scored_by(connection, 1) is None
        scores.score(connection, {1: 40})
        assert scores.count_scores(connection, 1) == {"wine": {40: 1}}


def test_the_newest_revision_is_the_one_that_the_code_expects() -> None:
    assert max(path.name[:4] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")) == HEAD
