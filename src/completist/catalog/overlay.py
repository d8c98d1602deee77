"""The overlay: records that changed since the dump was made, in a small database beside the generations.

What stands here is believed before the generation is. An entry goes when a newer dump has caught up with it: when
the dump's own revision of that record is at least as high.
"""

from __future__ import annotations

import sqlite3
import threading
import weakref
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec

from completist.catalog import files, keys, records
from completist.catalog.digest import Digester
from completist.catalog.keys import Table
from completist.sdk.catalogue import Entity

FILE: Final = "overlay.db"
PAGE: Final = 500  #: entries in one question

#: By what an edition is filed: ISBN, or a number that others gave it (`marks`).
Index: TypeAlias = Literal["isbn", "mark"]

_SCHEMA: Final = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS entry (
    k INTEGER PRIMARY KEY, -- keys.code
    rev INTEGER NOT NULL,
    target INTEGER,        -- of a redirect, 0 of a deletion, NULL of a record
    v BLOB                 -- the record's value
);
CREATE TABLE IF NOT EXISTS filed (
    name TEXT NOT NULL, place INTEGER NOT NULL, ed INTEGER NOT NULL, PRIMARY KEY (name, place, ed)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS filed_ed ON filed (ed);
"""
_PUT: Final = (
    "INSERT INTO entry VALUES (?, ?, ?, ?) ON CONFLICT (k) DO UPDATE"
    " SET rev = excluded.rev, target = excluded.target, v = excluded.v WHERE excluded.rev > rev"
)
_TYPES: Final[Mapping[str, Table]] = {"ed": "ed", "wk": "wk", "au": "au"}


class Entry(NamedTuple):
    """What is newer than the dump: a record, or that there is none under this key any more."""

    revision: int
    target: int | None  #: of a redirect (`keys.code`), 0 when it was deleted
    value: bytes | None

    def entity(self, table: Table, number: int) -> Entity | None:
        """The record, if it is one."""
        return None if self.value is None else records.READ[table](number, self.value)


class _Document(msgspec.Struct):
    """What of a record as Open Library's API gives it says which one it is."""

    key: str
    type: dict[str, str]
    latest_revision: int = 0
    revision: int = 0


class _Mine(threading.local):
    db: sqlite3.Connection | None = None


class Overlay:
    """The overlay of the catalogue under ``root``. May be shared by threads; its file is made by the first entry."""

    def __init__(self, root: Path) -> None:
        self._path = root / FILE
        self._mine = _Mine()

    def is_there(self) -> bool:
        """Whether anything was ever put in: most of the time nothing was, and nobody need ask."""
        return self._mine.db is not None or self._path.exists()

    # --- read ---------------------------------------------------------------------------------------------

    def entries(self, codes: Collection[int]) -> dict[int, Entry]:
        """The entries of these keys (`keys.code`); most have none."""
        found: dict[int, Entry] = {}
        for db, part, marks in self._asking(codes):
            rows = db.execute(f"SELECT k, rev, target, v FROM entry WHERE k IN ({marks})", part)  # noqa: S608  marks only
            found.update((code, Entry(*rest)) for code, *rest in rows)
        return found

    def editions_at(self, index: Index, places: Collection[int]) -> dict[int, list[int]]:
        """The numbers of the editions filed at each place, in ascending order; most places have none."""
        found: dict[int, list[int]] = {}
        for db, part, marks in self._asking(places):
            rows = db.execute(
                f"SELECT place, ed FROM filed WHERE name = ? AND place IN ({marks}) ORDER BY place, ed",  # noqa: S608  likewise
                [index, *part],
            )
            for place, edition in rows:
                found.setdefault(place, []).append(edition)
        return found

    def _asking(self, numbers: Collection[int]) -> Iterator[tuple[sqlite3.Connection, Sequence[int], str]]:
        db = self._reader()
        if db is not None:
            for part in _parts(sorted(numbers)):
                yield db, part, ",".join("?" * len(part))

    def _reader(self) -> sqlite3.Connection | None:
        if self._mine.db is None and self._path.exists():
            self._mine.db = db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            db.execute("PRAGMA query_only = ON")
            weakref.finalize(self._mine, db.close)
        return self._mine.db

    # --- write --------------------------------------------------------------------------------------------

    def put(self, lines: Iterable[bytes]) -> int:
        """Take in what has changed: lines of the dump's form (`line_of`), in any order; how many were of use.

        Of two revisions of one record the higher one stays. What the catalogue does not keep is passed over.
        """
        taken = 0
        digester = Digester()
        with self._writing() as db:
            for line in lines:
                digest = digester.digest(line)
                for name, rows in digest.rows.items():
                    for number, revision, value in rows:
                        code = keys.code(_TYPES[name], number)
                        if db.execute(_PUT, (code, revision, None, value)).rowcount > 0:
                            _file(db, code, {"isbn": digest.isbns, "mark": digest.marks})
                        taken += 1
                for code, revision, target in digest.moves:
                    if db.execute(_PUT, (code, revision, target, None)).rowcount > 0:
                        _file(db, code, {})
                    taken += 1
        return taken

    def count(self) -> int:
        """How many entries there are."""
        db = self._reader()
        return 0 if db is None else int(db.execute("SELECT count(*) FROM entry").fetchone()[0])

    def drop_caught_up(self, directory: Path) -> int:
        """Drop each entry of which the generation in ``directory`` has this revision or a later one; how many.

        A deletion goes also when the generation does not know the record at all.
        """
        if not self._path.exists():
            return 0
        dropped, after = 0, -1
        with closing(files.open_finished(directory / files.RECORDS)) as generation, self._writing() as db:
            while page := db.execute(
                "SELECT k, rev, target FROM entry WHERE k > ? ORDER BY k LIMIT ?", (after, PAGE)
            ).fetchall():
                known = revisions(generation, [code for code, *_ in page])
                for code, revision, target in page:
                    if known.get(code, revision if target == 0 else -1) >= revision:
                        db.execute("DELETE FROM entry WHERE k = ?", (code,))
                        _file(db, code, {})
                        dropped += 1
                after = page[-1][0]
        return dropped

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, isolation_level=None, timeout=30)) as db:
            db.executescript(_SCHEMA)
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    def close(self) -> None:
        """Close what this thread has open; a later call opens it again."""
        if self._mine.db is not None:
            self._mine.db.close()
        self._mine.db = None


def line_of(document: bytes) -> bytes:
    """The line of a dump for a record as ``https://openlibrary.org/KEY.json`` gives it.

    Raises:
        ValueError: It is no record.
    """
    found = msgspec.json.decode(document, type=_Document)
    revision = found.latest_revision or found.revision
    head = f"{found.type.get('key', '')}\t{found.key}\t{revision}\t\t".encode()
    return head + document.replace(b"\n", b" ").replace(b"\0", b"")


def revisions(generation: sqlite3.Connection, codes: Iterable[int]) -> dict[int, int]:
    """The revision that a generation has of each key (`keys.code`), moved ones included; unknown keys are absent."""
    by_table: dict[Table, list[int]] = {}
    every = list(codes)
    for code in every:
        table, number = keys.uncode(code)
        by_table.setdefault(table, []).append(number)
    found: dict[int, int] = {}
    for table, numbers in by_table.items():
        for part in _parts(numbers):
            marks = ",".join("?" * len(part))
            rows = generation.execute(f"SELECT k, rev FROM {table} WHERE k IN ({marks})", part)  # noqa: S608  marks only
            found.update((keys.code(table, number), revision) for number, revision in rows)
    for part in _parts(every):
        marks = ",".join("?" * len(part))
        found.update(generation.execute(f"SELECT k, rev FROM moved WHERE k IN ({marks})", part))  # noqa: S608  likewise
    return found


def _file(db: sqlite3.Connection, code: int, words: Mapping[Index, bytes]) -> None:
    """File an edition anew; ``words`` as `postings` has them."""
    table, number = keys.uncode(code)
    if table != "ed":
        return
    db.execute("DELETE FROM filed WHERE ed = ?", (number,))
    for index, packed in words.items():
        places = {word >> 32 for word in array("Q", packed)}
        db.executemany(
            "INSERT INTO filed VALUES (?, ?, ?)", [(index, place, number) for place in sorted(places)]
        )


def _parts(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), PAGE):
        yield numbers[start : start + PAGE]
