"""Publishing to PostgreSQL: what may go wrong, and what is there afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from tests.support import dumps, postgres

from completist.catalog import build, generations
from completist.catalog.postgres import BEFORE, LIVE, NEXT, connect, generation_at, publish
from completist.catalog.postgres_reader import PostgresCatalogue
from completist.domain.errors import BadInput, Busy, CompletistError, Unavailable
from completist.sdk.catalogue import Work


@pytest.fixture
def url(postgres_server: str) -> Iterator[str]:
    with postgres.created(postgres_server, f"completist_test_{uuid4().hex[:12]}") as made:
        yield made


def load(root: Path, tmp_path: Path, count: int) -> Path:
    build(root, [dumps.write(tmp_path / "dump.txt", dumps.shelf(count))])
    return generations.current(root)


def schemas(url: str) -> set[str]:
    with connect(url) as db:
        rows = db.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'completist%'").fetchall()
    return {str(name) for (name,) in rows}


def ask(url: str, query: str) -> object:
    with connect(url) as db:
        row = db.execute(query.encode()).fetchone()
    return None if row is None else row[0]


def test_a_generation_arrives_whole_and_is_published_once(url: str, root: Path, tmp_path: Path) -> None:
    directory = load(root, tmp_path, 300)
    told: list[tuple[int, int]] = []
    assert generation_at(url) is None
    assert publish(directory, url, lambda done, total: told.append((done, total)))
    about = generations.about(directory)
    assert generation_at(url) == about.generation
    assert told[-1] == (1200, 1200)
    for table, count in (
        ("ed", about.editions),
        ("wk", about.works),
        ("au", about.authors),
        ("isbn", about.isbns),
    ):
        assert ask(url, f"SELECT count(*) FROM {LIVE}.{table}") == count  # noqa: S608 - names of our own
    assert not publish(directory, url)
    assert schemas(url) == {LIVE}
    catalogue = PostgresCatalogue(url)
    assert catalogue.about() == about
    catalogue.close()


def test_the_generation_before_stays_until_the_next(url: str, root: Path, tmp_path: Path) -> None:
    ids = []
    for count in (1, 2, 3):
        directory = load(root, tmp_path, count)
        ids.append(generations.about(directory).generation)
        publish(directory, url)
    assert schemas(url) == {LIVE, BEFORE}
    assert ask(url, f"SELECT id FROM {LIVE}.about") == ids[2]  # noqa: S608 - names of our own
    assert ask(url, f"SELECT id FROM {BEFORE}.about") == ids[1]  # noqa: S608 - likewise


def test_a_publication_that_fails_leaves_what_is_in_use(
    url: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(load(root, tmp_path, 2), url)
    before = generation_at(url)
    directory = load(root, tmp_path, 3)
    monkeypatch.setattr("completist.catalog.postgres._INDEXES", "CREATE NONSENSE")
    with pytest.raises(CompletistError, match="syntax error") as caught:
        publish(directory, url)
    assert "as it was" in caught.value.hint
    assert generation_at(url) == before
    monkeypatch.undo()
    assert publish(directory, url)
    assert NEXT not in schemas(url)


def test_two_do_not_publish_at_once(url: str, root: Path, tmp_path: Path) -> None:
    directory = load(root, tmp_path, 1)
    with connect(url) as other:
        other.execute("SELECT pg_advisory_lock(hashtext(%s))", [LIVE])
        with pytest.raises(Busy):
            publish(directory, url)
        other.execute("SELECT pg_advisory_unlock_all()")
    assert publish(directory, url)


@pytest.mark.parametrize("bad", ["sqlite:///x.db", "nonsense", "postgresql://127.0.0.1:1/none"])
def test_a_database_that_is_none_is_told_without_its_password(bad: str, root: Path, tmp_path: Path) -> None:
    directory = load(root, tmp_path, 1)
    with pytest.raises(BadInput) as caught:
        publish(directory, bad.replace("127", "user:secret@127"))
    assert "secret" not in str(caught.value)


def test_a_reader_reconnects_and_may_not_write(url: str, root: Path, tmp_path: Path) -> None:
    publish(load(root, tmp_path, 2), url)
    catalogue = PostgresCatalogue(url)
    with connect(url) as db:
        others = "datname = current_database() AND pid <> pg_backend_pid()"
        db.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}".encode())  # noqa: S608 - ours
        assert isinstance(catalogue.by_key(["OL1W"])["OL1W"], Work)
        catalogue.close()
    with (
        connect(url, "-c default_transaction_read_only=on") as db,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        db.execute(f"DELETE FROM {LIVE}.ed".encode())  # noqa: S608 - names of our own


def test_a_server_that_is_gone_is_told(root: Path, tmp_path: Path, postgres_server: str) -> None:
    with postgres.created(postgres_server, f"completist_test_{uuid4().hex[:12]}") as url:
        publish(load(root, tmp_path, 1), url)
        catalogue = PostgresCatalogue(url)
        with psycopg.connect(postgres_server, autocommit=True) as db:
            name = url.rpartition("/")[2].partition("?")[0]
            db.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
            kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            db.execute(kill, [name])
            with pytest.raises((Unavailable, BadInput)):
                catalogue.by_key(["OL1W"])
            db.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
        assert catalogue.by_key(["OL1W"])
        catalogue.close()
