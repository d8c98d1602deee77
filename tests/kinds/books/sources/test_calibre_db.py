from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.kinds.books.sources.formats import FIXTURES, Entries, Read, detected, reasons, source

from completist.domain.errors import BadInput
from completist.sdk.source import Entry

Library = Callable[[int], Path]


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A calibre library with two books, of a version of the schema."""

    def made(version: int) -> Path:
        path = tmp_path / "metadata.db"
        with closing(sqlite3.connect(path)) as db:
            db.executescript((FIXTURES / "calibre.sql").read_text())
            db.execute(f"PRAGMA user_version = {version}")
            db.commit()
        return path

    return made


def test_a_book_is_read_with_all_that_hangs_on_it(library: Library, entries: Entries) -> None:
    values = entries(library(27), "calibre-db")["uuid-1"].values
    assert values == {
        "title": "Good Omens of Old",
        "authors": ["Karl Marx", "Downey, Robert"],
        "publisher": "Penguin",
        "published": "2011-08-05",
        "language": "de",
        "series": "Great Ideas",
        "series_position": "2",
        "description": "One & two.",
        "rating": 3.0,
        "shelves": ["Politics", "History"],
        "date_added": "2011-09-06",
        "calibre": ["uuid-1"],
        "isbn13": ["9780140447576"],
        "isbn10": ["0140447571"],
        "invalid_isbn": None,
        "goodreads": ["30474"],
        "asin": ["B002RI9KPW"],
        "olid": ["OL7353617M"],
    }


def test_what_calibre_does_not_know_is_blank(library: Library, entries: Entries) -> None:
    values = entries(library(23), "calibre-db")["uuid-2"].values
    assert values["authors"] is None
    assert values["published"] is None
    assert values["series"] is None
    assert values["series_position"] is None
    assert values["isbn13"] is None


def test_custom_columns_are_named_once_and_left_out(library: Library, read: Read) -> None:
    first, second = read(library(27), "calibre-db")
    assert isinstance(first, Entry)
    assert isinstance(second, Entry)
    assert reasons(first) == [("custom columns", "not imported: #genre, #mine")]
    assert not second.warnings


def test_nothing_is_written_beside_a_library(library: Library, read: Read) -> None:
    path = library(27)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
    before = path.read_bytes()
    assert len(read(path, "calibre-db")) == 2
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == ["metadata.db"]


def test_a_library_with_changes_not_yet_in_its_file_is_refused(library: Library) -> None:
    path = library(27)
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("UPDATE books SET title = 'Changed'")
        db.commit()
        with pytest.raises(BadInput, match=r"metadata\.db: another program has changes"):
            source("calibre-db").check(path)


def test_a_locked_library_is_refused_with_advice(library: Library) -> None:
    path = library(27)
    with closing(sqlite3.connect(path)) as db:
        db.execute("BEGIN EXCLUSIVE")
        assert detected(path) == "calibre-db"
        with pytest.raises(BadInput, match="locked") as caught:
            source("calibre-db").check(path)
    assert caught.value.hint == "Close calibre and try again."


@pytest.mark.parametrize("version", [3, 99])
def test_an_unknown_version_is_refused_by_number(library: Library, version: int) -> None:
    path = library(version)
    for attempt in (source("calibre-db").check, lambda path: list(source("calibre-db").read(path))):
        with pytest.raises(BadInput, match=f"version {version}"):
            attempt(path)


def test_a_damaged_library_is_refused(library: Library) -> None:
    path = library(27)
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(BadInput, match=r"metadata\.db: the calibre database"):
        source("calibre-db").check(path)


def test_damage_inside_the_schema_is_refused(library: Library) -> None:
    path = library(27)
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE tags", b"CREATE TAB\xe9E tags"))
    assert detected(path) == "calibre-db"
    with pytest.raises(BadInput, match=r"metadata\.db: the calibre database cannot be read"):
        source("calibre-db").check(path)


def test_another_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE books (title)")
    assert detected(path) is None
