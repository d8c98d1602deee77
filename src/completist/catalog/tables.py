"""The tables of a generation: what is written where, and read again.

``ed``, ``wk`` and ``au`` hold records by number; ``moved`` the keys given up, by `keys.code`. Beside the
database lie the editions by ISBN and by other numbers (`postings`).
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from completist.catalog import documents, files
from completist.catalog.documents import Moves
from completist.catalog.names import NameWriter
from completist.catalog.postings import PostingsWriter

if TYPE_CHECKING:
    from pathlib import Path

    from completist.catalog.digested import Digest
    from completist.catalog.keys import Table
    from completist.catalog.referred import Referred

HOLD: Final = 32 * 2**20  #: bytes of facts that wait in memory for their files
_SCHEMA: Final = """
PRAGMA page_size = 8192;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -24576;
CREATE TABLE ed (k INTEGER PRIMARY KEY, rev INTEGER NOT NULL, v BLOB NOT NULL);
CREATE TABLE wk (k INTEGER PRIMARY KEY, rev INTEGER NOT NULL, v BLOB NOT NULL);
CREATE TABLE au (k INTEGER PRIMARY KEY, rev INTEGER NOT NULL, v BLOB NOT NULL);
CREATE TABLE moved (k INTEGER PRIMARY KEY, rev INTEGER NOT NULL, target INTEGER NOT NULL);
"""
#: What is inserted at first; and when a key comes again, what is inserted then, and what replaces a revision before.
_PUT: Final = {
    table: (
        f"INSERT OR FAIL INTO {table} VALUES (?1, ?2, ?3)",  # noqa: S608  names of our own
        f"INSERT OR IGNORE INTO {table} VALUES (?1, ?2, ?3)",  # noqa: S608  likewise
        f"UPDATE {table} SET rev = ?2, {last} = ?3 WHERE k = ?1 AND rev <= ?2",  # noqa: S608  likewise
    )
    for table, last in (("ed", "v"), ("wk", "v"), ("au", "v"), ("moved", "target"))
}
_PLACES: Final = (("au", 1), ("ed", 2), ("wk", 3))


class Writer:
    """Fills the database and the spool of an unfinished generation."""

    def __init__(self, directory: Path, buckets: int) -> None:
        self._directory = directory
        self._buckets = buckets
        self._db = sqlite3.connect(directory / files.RECORDS, isolation_level=None)
        self._db.executescript(_SCHEMA)
        self._db.execute("BEGIN")
        self._counts: Counter[str] = Counter()
        self._isbns = PostingsWriter(directory / files.ISBNS)
        self._marks = PostingsWriter(directory / files.MARKS)
        self._covers = PostingsWriter(directory / files.COVERS)
        self._names = NameWriter(directory)
        self._held: list[bytearray] = [bytearray() for _ in range(buckets)]
        self._holding = 0  #: bytes of facts that wait in memory

    def write(self, digest: Digest) -> int:
        """Write what a block came to; the number of records in it."""
        for table, rows in digest.rows.items():
            self._put(table, rows)
        if digest.moves:
            self._put("moved", digest.moves)
        self._isbns.add(digest.isbns)
        self._marks.add(digest.marks)
        self._covers.add(digest.covers)
        for author, revision, packed in digest.names:
            self._names.add(author, revision, packed)
        for bucket, facts in digest.facts.items():
            self.hold(bucket, facts)
        return sum(map(len, digest.rows.values()))

    def _put(self, table: str, rows: Sequence[tuple[int, int, object]]) -> None:
        insert, insert_new, update = _PUT[table]
        before = self._db.total_changes
        try:
            self._db.executemany(insert, rows)
        except sqlite3.IntegrityError:  # rare, and being ready for it costs every row a little
            self._db.executemany(insert_new, rows)
            self._counts[table] += self._db.total_changes - before
            self._db.executemany(update, rows)
        else:
            self._counts[table] += len(rows)

    def hold(self, bucket: int, facts: bytes) -> None:
        """Put facts with those of their bucket."""
        held = self._held[bucket]
        held += len(facts).to_bytes(4, "little")
        held += facts
        self._holding += len(facts)
        if self._holding > HOLD:
            self.settle()

    def settle(self) -> None:
        """Put the facts that wait into the files of their buckets, of which there may be thousands."""
        for bucket, held in enumerate(self._held):
            if held:
                with documents.spool(self._directory, bucket).open("ab") as file:
                    file.write(held)
                self._held[bucket] = bytearray()
        self._holding = 0

    def finish(self) -> dict[str, int]:
        """Apply redirects and deletes, file the ISBNs; the number of rows by table."""
        self._apply_moves()
        self._names.finish()
        self.settle()
        isbns = self._isbns.finish()
        marks, covers = self._marks.finish(), self._covers.finish()
        if not covers:
            (self._directory / files.COVERS).unlink()
        redirects = self._count("SELECT count(*) FROM moved WHERE target > 0")
        deletes = self._count("SELECT count(*) FROM moved WHERE target = 0")
        self._db.execute("COMMIT")
        counts = {table: self._counts[table] for table in ("ed", "wk", "au")}
        return {
            **counts,
            "redirects": redirects,
            "deletes": deletes,
            "isbn": isbns,
            "marks": marks,
            "covers": covers,
        }

    def follow(self, table: Table, referred: Referred) -> None:
        """Take in with the keys that are referred to what those given up have become."""
        moves = Moves(self._db, table)
        referred.add([target for number, target in moves.now() if target and number in referred])

    def moved(self) -> bool:
        """Whether any work was given up for another."""
        return self._count("SELECT EXISTS (SELECT 1 FROM moved WHERE k % 4 = 3 AND target > 0)") > 0

    def _count(self, statement: str) -> int:
        (count,) = self._db.execute(statement).fetchone()
        return int(count)

    def _apply_moves(self) -> None:
        """Of a record and a move of one key, the later revision counts."""
        for table, place in _PLACES:
            self._db.execute(
                f"DELETE FROM moved WHERE k % 4 = {place} AND rev <"  # noqa: S608  names of our own
                f" (SELECT rev FROM {table} WHERE {table}.k = moved.k / 4)"
            )
            self._counts[table] -= self._db.execute(
                f"DELETE FROM {table} WHERE k IN (SELECT k / 4 FROM moved WHERE k % 4 = {place})"  # noqa: S608  likewise
            ).rowcount

    def close(self) -> None:
        """Close the files; what is not finished is lost."""
        self._names.close()
        self._isbns.close()
        self._marks.close()
        self._covers.close()
        self._db.close()
