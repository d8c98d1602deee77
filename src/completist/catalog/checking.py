"""Whether a generation is whole: records that unpack, numbers that lead to them, titles that are found."""

from __future__ import annotations

import hashlib
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import msgspec
import zstandard

from completist.catalog import decoding, files, generations, isbn, marks, records
from completist.catalog.cards import Card
from completist.catalog.generations import About
from completist.catalog.keys import Table
from completist.catalog.packing import Unpacker
from completist.catalog.postings import Postings
from completist.catalog.report import Checked
from completist.catalog.search import Searcher
from completist.catalog.shapes import EditionRecord
from completist.sdk.catalogue import Query

TABLES: Final[tuple[Table, ...]] = ("ed", "wk", "au")
SHOWN: Final = 20  #: faults told one by one

#: What reading damaged bytes raises, whichever layer notices first.
DAMAGE: Final = (sqlite3.Error, zstandard.ZstdError, msgspec.MsgspecError, ValueError, OSError)


def check(directory: Path, *, sample: int, full: bool = False, seed: int = 0) -> Checked:
    """Look at ``sample`` of each: records, ISBNs, other numbers, titles. ``full`` reads every byte besides."""
    about = generations.about(directory)
    found = _Check(directory, about, sample, random.Random(seed))  # noqa: S311  which ones is no secret
    steps: list[Callable[[], Iterator[str]]] = [found.records, found.isbns, found.marks]
    if about.documents:
        steps.append(found.titles)
    if full:
        steps.append(found.every_page)
    faults: list[str] = []
    for step in steps:
        try:
            faults.extend(step())
        except DAMAGE as error:
            faults.append(f"{step.__name__} cannot be read: {error}")
    content = content_hash(directory) if full else ""
    return Checked(
        generation=about.generation, looked_at=found.looked_at, faults=tuple(faults[:SHOWN]), content=content
    )


def content_hash(directory: Path) -> str:
    """SHA-256 over records, cards and numbers, in hex; the search index holds what follows from them, no more."""
    total = hashlib.sha256()
    for name in (files.RECORDS, files.CARDS, files.ISBNS, files.MARKS, files.COVERS):
        path = directory / name
        if path.exists():
            with path.open("rb") as file:
                total.update(f"{name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return total.hexdigest()


class _Check:
    """A check under way."""

    def __init__(self, directory: Path, about: About, sample: int, chance: random.Random) -> None:
        self._directory = directory
        self._about = about
        self._sample = sample
        self._chance = chance
        self._unpack = {table: Unpacker(directory / f"{table}.dict").unpack for table in TABLES}
        self.looked_at = 0

    def records(self) -> Iterator[str]:
        """Records that do not unpack or decode, and tables that are empty but should not be."""
        counts = {"ed": self._about.editions, "wk": self._about.works, "au": self._about.authors}
        with closing(files.open_finished(self._directory / files.RECORDS)) as db:
            for table in TABLES:
                numbers = self._numbers(db, table)
                if bool(numbers) != bool(counts[table]):
                    yield f"{table}: {counts[table]:,} records are said to be there, and are not"
                for number in numbers:
                    yield from self._record(db, table, number)

    def _numbers(self, db: sqlite3.Connection, table: Table) -> list[int]:
        """Some numbers that are there: the nearest at or above numbers drawn at random."""
        (last,) = db.execute(f"SELECT max(k) FROM {table}").fetchone()  # noqa: S608  names of our own
        if last is None:
            return []
        nearest = f"SELECT k FROM {table} WHERE k >= ? ORDER BY k LIMIT 1"  # noqa: S608  likewise
        drawn = (self._chance.randint(0, last) for _ in range(self._sample))
        return sorted({db.execute(nearest, (number,)).fetchone()[0] for number in drawn})

    def _record(self, db: sqlite3.Connection, table: Table, number: int) -> Iterator[str]:
        self.looked_at += 1
        try:
            (value,) = db.execute(f"SELECT v FROM {table} WHERE k = ?", (number,)).fetchone()  # noqa: S608  likewise
            records.READ[table](number, self._unpack[table](value))
        except DAMAGE as error:
            yield f"{table} {number}: {error}"

    def isbns(self) -> Iterator[str]:
        """ISBNs that lead to no edition that carries them."""

        def carries(value: bytes, place: int) -> bool:
            held = decoding.decode(
                EditionRecord, self._unpack["ed"](value)
            )  # as it stands there, wrong check digits too
            return place in {isbn.pack(text) for text in (*held.isbn_13, *held.isbn_10)}

        yield from self._numbered(files.ISBNS, self._about.isbns, carries)

    def marks(self) -> Iterator[str]:
        """Other numbers that lead to no edition that carries them."""

        def carries(value: bytes, place: int) -> bool:
            held = decoding.decode(EditionRecord, self._unpack["ed"](value))
            goodreads = held.identifiers.get("goodreads", ())
            return place in marks.places(held.lccn, held.oclc_numbers or held.oclc, goodreads)

        yield from self._numbered(files.MARKS, None, carries)

    def _numbered(self, name: str, said: int | None, carries: Callable[[bytes, int], bool]) -> Iterator[str]:
        postings = Postings(self._directory / name)
        with closing(postings), closing(files.open_finished(self._directory / files.RECORDS)) as db:
            if said is not None and said != len(postings):
                yield f"{name}: {said:,} are said to be there, there are {len(postings):,}"
            for _ in range(min(self._sample, len(postings))):
                self.looked_at += 1
                index = self._chance.randrange(len(postings))
                place, number = postings[index]
                if index and postings[index - 1] >= (place, number):
                    yield f"{name}: out of order at {index:,}"
                row = db.execute("SELECT v FROM ed WHERE k = ?", (number,)).fetchone()
                if row is None:
                    continue  # given up after it was filed: readers follow or pass over
                if not carries(row[0], place):
                    yield f"{name}: edition {number} does not carry what it is filed under"

    def titles(self) -> Iterator[str]:
        """Works that their own title does not find."""
        decode = msgspec.msgpack.Decoder(Card).decode
        searcher = Searcher(self._directory)
        with closing(searcher), closing(files.open_finished(self._directory / files.CARDS)) as db:
            (last,) = db.execute("SELECT max(k) FROM card").fetchone()
            missed = asked = 0
            for _ in range(min(self._sample, 200) if last else 0):
                number, value = db.execute(
                    "SELECT k, v FROM card WHERE k >= ? ORDER BY k LIMIT 1", (self._chance.randint(0, last),)
                ).fetchone()
                card = decode(value)
                hits = searcher.search(Query(card.title, card.authors[0] if card.authors else ""), 40)
                asked += 1
                missed += all(hit.work != f"OL{number}W" for hit in hits)
            self.looked_at += asked
            if missed * 5 > asked:  # namesakes crowd some out; a fifth is more than chance
                yield f"search: {missed} of {asked} works are not found by their own title"

    def every_page(self) -> Iterator[str]:
        """Faults in the databases' own structure."""
        for name in (files.RECORDS, files.CARDS):
            if (self._directory / name).exists():
                with closing(files.open_finished(self._directory / name)) as db:
                    for (fault,) in db.execute("PRAGMA quick_check"):
                        if fault != "ok":
                            yield f"{name}: {fault}"
