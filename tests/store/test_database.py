from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import text

from completist.domain.errors import ActionRequired, BadInput, Busy
from completist.store import database as module
from completist.store import libraries
from completist.store.database import Database, connect, ping


def _names(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(text("SELECT name FROM libraries ORDER BY id")).scalars())


def test_a_write_is_kept_when_its_block_ends(database: Database) -> None:
    with database.write() as connection:
        libraries.ensure_library(connection, 1, "kept")
    assert _names(database) == ["kept"]


def test_a_write_is_taken_back_when_its_block_raises(database: Database) -> None:
    def fail() -> None:
        with database.write() as connection:
            libraries.ensure_library(connection, 1, "lost")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert _names(database) == []


def test_a_read_keeps_its_snapshot_while_others_write(database: Database) -> None:
    counted = text("SELECT count(*) FROM libraries")
    with database.read() as reader:
        before = reader.execute(counted).scalar_one()
        with database.write() as writer:
            libraries.ensure_library(writer, 1, "new")
        assert reader.execute(counted).scalar_one() == before
    assert _names(database) == ["new"]


def test_the_library_of_a_name_is_made_once(database: Database) -> None:
    with database.write() as connection:
        first = libraries.ensure_library(connection, 1, "A")
        assert libraries.ensure_library(connection, 2, "A") == first
        assert libraries.ensure_library(connection, 2, "B") != first


def test_several_may_open_the_same_new_file_at_once(tmp_path: Path) -> None:
    def write(database: Database) -> None:
        start.wait(timeout=30)
        with database.write() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS t (x INTEGER)"))

    start = Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        for number in range(50):
            opened = [connect(f"sqlite:///{tmp_path / f'{number}.db'}") for _ in range(4)]
            list(pool.map(write, opened))
            for database in opened:
                database.close()


def test_a_writer_that_waits_too_long_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BUSY_TIMEOUT", 10)
    database = connect(f"sqlite:///{tmp_path / 'library.db'}")
    with database.write() as connection:
        connection.execute(text("CREATE TABLE t (x INTEGER)"))
        with pytest.raises(Busy) as caught, database.write():
            pass
    database.close()
    assert caught.value.retryable


@pytest.mark.parametrize("url", ["mysql://localhost/x", "nonsense", "", "sqlite://", "file:///tmp/x"])
def test_a_url_of_no_known_database_is_refused(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        connect(url)
    assert "sqlite" in caught.value.hint


@pytest.mark.parametrize("name", ["plain", "with space", "what?", "50%20", "#1", "umläut"])
def test_any_folder_can_hold_a_library(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    database = connect(f"sqlite:///{folder / 'library.db'}")
    ping(database)
    database.close()
    assert (folder / "library.db").is_file()


def test_a_file_that_is_no_database_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "library.db"
    path.write_bytes(b"these are not the tables you are looking for\n" * 200)
    database = connect(f"sqlite:///{path}")
    with pytest.raises(ActionRequired, match="cannot be opened"):
        ping(database)
    database.close()
    assert path.read_bytes().startswith(b"these are")


def test_a_folder_that_is_missing_is_reported(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'nowhere' / 'library.db'}")
    with pytest.raises(ActionRequired, match="cannot be opened"):
        ping(database)
    database.close()


def test_a_server_that_does_not_answer_is_reported(tmp_path: Path) -> None:
    database = connect(f"postgresql://nobody@/none?host={tmp_path}")
    with pytest.raises(ActionRequired, match="cannot be opened"):
        ping(database)
    database.close()


def test_who_gets_no_connection_in_time_is_told_to_come_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database.engine.pool, "_timeout", 0.1)
    with ExitStack() as taken:
        for _ in range(15):
            taken.enter_context(database.read())
        with pytest.raises(Busy) as caught, database.read():
            pass
    assert caught.value.retryable
    assert _names(database) == []


def test_a_glance_gives_the_rows_of_one_statement_and_leaves_nothing_open(database: Database) -> None:
    with database.write() as connection:
        libraries.ensure_library(connection, 7, "Mine")
    for _ in range(50):  # more than the pool holds
        found = database.glance(
            "SELECT name, created_at FROM libraries WHERE created_at = ? AND name = ?", 7, "Mine"
        )
        assert found == [("Mine", 7)]
    assert database.glance("SELECT 1 FROM libraries WHERE created_at = ?", 8) == []
    with database.write() as connection:
        libraries.ensure_library(connection, 8, "Other")
    assert database.glance("SELECT count(*) FROM libraries") == [(2,)]
