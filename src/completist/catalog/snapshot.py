"""The catalogue as readers see it: the generation in use, opened read-only, changed for the next when there is one."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar

from completist.catalog import files, generations, isbn, keys, marks, records
from completist.catalog.collecting import uncollected
from completist.catalog.keys import LETTERS, Table, parse
from completist.catalog.packing import Unpacker
from completist.catalog.postings import Postings
from completist.catalog.search import Searcher
from completist.catalog.views import assembled, carries, marked
from completist.domain.errors import ActionRequired
from completist.sdk.catalogue import Edition, EditionView, Entity, Hit, Query

HOPS: Final = 8  #: redirects followed one after another; more would be a circle
FEW: Final = 4  #: keys; a single question for each is quicker than one for all
AT_ONCE: Final = 500  #: keys in one question


class _Generation:
    """One generation, open."""

    def __init__(self, directory: Path) -> None:
        self.id = generations.about(directory).generation
        self._db = files.open_finished(directory / files.RECORDS)
        self._unpack = {table: Unpacker(directory / f"{table}.dict").unpack for table in ("ed", "wk", "au")}
        self.isbns = Postings(directory / files.ISBNS)
        self.marks = Postings(directory / files.MARKS)
        covers = directory / files.COVERS
        self.covers = Postings(covers) if covers.exists() else None
        self.searcher = Searcher(directory)
        # Closed when the last call that uses it is over, not when the next generation is there.
        others: list[Searcher | Postings] = [self.searcher, self.isbns, self.marks]
        others += [self.covers] if self.covers is not None else []
        self.close = weakref.finalize(self, _close, self._db, *others)

    def find(self, table: Table, number: int) -> tuple[Table, int, bytes] | None:
        """The stored value for a key, redirects followed, with the key where it was found."""
        for _ in range(HOPS):
            row = self._db.execute(_SELECT[table], (number,)).fetchone()
            if row is not None:
                return table, number, self._unpack[table](row[0])
            moved = self._db.execute(
                "SELECT target FROM moved WHERE k = ?", (keys.code(table, number),)
            ).fetchone()
            if moved is None or moved[0] == 0:
                return None
            table, number = keys.uncode(moved[0])
        return None

    def entity(self, table: Table, number: int) -> Entity | None:
        """The record of a key, redirects followed."""
        found = self.find(table, number)
        return None if found is None else records.READ[found[0]](found[1], found[2])

    def entities(self, table: Table, numbers: Collection[int]) -> dict[int, Entity]:
        """The records of many keys of one table, redirects followed; unknown ones are absent."""
        if len(numbers) < FEW:
            each_found = {number: self.entity(table, number) for number in numbers}
            return {number: entity for number, entity in each_found.items() if entity is not None}
        unpack, read = self._unpack[table], records.READ[table]
        found: dict[int, Entity] = {}
        order = sorted(numbers)
        for start in range(0, len(order), AT_ONCE):
            part = order[start : start + AT_ONCE]
            rows = self._db.execute(
                f"SELECT k, v FROM {table} WHERE k IN ({','.join('?' * len(part))})",  # noqa: S608  marks only
                part,
            )
            found |= {number: read(number, unpack(value)) for number, value in rows}
        for number in set(order).difference(found):
            if (entity := self.entity(table, number)) is not None:
                found[number] = entity  # given up for another
        return found

    def named(self, names: Sequence[str]) -> dict[str, Entity]:
        """The records of keys of one table as records hold them, ``OL45804W``; redirects followed."""
        if not names:
            return {}
        numbers = [int(name[2:-1]) for name in names]
        found = self.entities(LETTERS[names[0][-1]], numbers)
        return {name: found[number] for name, number in zip(names, numbers, strict=True) if number in found}


def _close(db: sqlite3.Connection, *others: Searcher | Postings) -> None:
    db.close()
    for each in others:
        each.close()


_SELECT: Final[Mapping[Table, str]] = {
    "ed": "SELECT v FROM ed WHERE k = ?",
    "wk": "SELECT v FROM wk WHERE k = ?",
    "au": "SELECT v FROM au WHERE k = ?",
}


class _Mine(threading.local):
    """What one thread has open."""

    opened: _Generation | None = None
    stamp: tuple[int, int] = (0, 0)


class Snapshot:
    """The catalogue under one folder; keeps the promises of `completist.sdk.catalogue.Catalogue`.

    May be shared by threads. Each call answers from one generation as a whole; one that was published meanwhile
    is taken up by the next call.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._pointer = root / generations.CURRENT
        self._mine = _Mine()  # neither connections nor unpackers may be used by two threads at once
        self._turn()

    def generation(self) -> str:
        """The id of the generation that answers; it follows from the content of the dump files."""
        return self._turn().id

    def by_isbn(self, isbns: Sequence[str]) -> dict[str, list[EditionView]]:
        """Editions by ISBN, several with one ISBN in order of their keys. Keyed as asked.

        A text that is no ISBN, or has a wrong check digit, is absent, like an ISBN that no record holds.
        """
        opened = self._turn()
        at, filed = opened.isbns.at, {}
        for asked in isbns:
            plain = isbn.canonical(asked)
            if plain is not None and (numbers := at(isbn.place(plain))):
                filed[asked] = (plain, numbers)
        return _views(opened, filed, carries)

    def by_number(self, numbers: Sequence[str]) -> dict[str, list[EditionView]]:
        """Editions by ``oclc:53090839``, ``lccn:79-6128`` or ``goodreads:18423``, like `by_isbn`.

        A text of another form is absent, like a number that no record holds.
        """
        opened = self._turn()
        at, filed = opened.marks.at, {}
        for asked in numbers:
            parsed = marks.parse(asked)
            if parsed is not None and (found := at(marks.place(*parsed))):
                filed[asked] = (parsed, found)
        return _views(opened, filed, marked)

    def by_key(self, keys: Sequence[str]) -> dict[str, Entity]:
        """Records by Open Library key, redirects followed: the record's own key says where it was found."""
        opened = self._turn()
        numbers: dict[Table, set[int]] = {}
        parsed = {key: place for key in keys if (place := parse(key)) is not None}
        for table, number in parsed.values():
            numbers.setdefault(table, set()).add(number)
        found = {table: opened.entities(table, each) for table, each in numbers.items()}
        return {
            key: entity
            for key, (table, number) in parsed.items()
            if (entity := found[table].get(number)) is not None
        }

    def cover_sizes(self, covers: Sequence[int]) -> dict[int, tuple[int, int]]:
        """Width and height in pixels by number of cover; unknown ones are absent, all without a dump of covers."""
        held = self._turn().covers
        found = {cover: sizes[0] for cover in covers if held is not None and (sizes := held.at(cover))}
        return {cover: (size >> 16, size & 0xFFFF) for cover, size in found.items()}

    def search(self, queries: Sequence[Query], limit: int = 10) -> list[list[Hit]]:
        """Works by noisy title and author, one list for each query in the order asked."""
        searcher = self._turn().searcher
        return [searcher.search(query, limit) for query in queries]

    def close(self) -> None:
        """Close the files that this thread has open; a later call opens them again."""
        if self._mine.opened is not None:
            self._mine.opened.close()
        self._mine = _Mine()

    def _turn(self) -> _Generation:
        """The generation in use now."""
        while True:
            stamp = self._stamp()
            if self._mine.opened is not None and stamp == self._mine.stamp:
                return self._mine.opened
            try:
                opened = _Generation(generations.current(self._root))
            except (OSError, ValueError, sqlite3.Error, ActionRequired) as error:
                if self._stamp() != stamp:
                    continue  # replaced twice while it was being opened
                if isinstance(error, ActionRequired):
                    raise
                raise ActionRequired("The catalogue cannot be opened.", hint=generations.HINT) from error
            self._mine.opened, self._mine.stamp = opened, stamp

    def _stamp(self) -> tuple[int, int]:
        """What differs whenever another generation was published."""
        try:
            status = self._pointer.stat()
        except FileNotFoundError:
            return (0, 0)
        return (status.st_ino, status.st_mtime_ns)


Held = TypeVar("Held")


def _views(
    opened: _Generation,
    filed: Mapping[str, tuple[Held, list[int]]],
    right: Callable[[Edition, Held], bool],
) -> dict[str, list[EditionView]]:
    """Full views of the editions filed under each question that do carry what was asked for.

    One pass for each table, in order of the keys: that is what makes a batch cheaper than its parts.
    """
    if len(filed) < FEW:
        return assembled(_held(opened, filed, right), opened.named)
    with uncollected():
        return assembled(_held(opened, filed, right), opened.named)


def _held(
    opened: _Generation,
    filed: Mapping[str, tuple[Held, list[int]]],
    right: Callable[[Edition, Held], bool],
) -> dict[str, list[Edition]]:
    editions = opened.entities("ed", {number for _, numbers in filed.values() for number in numbers})
    held: dict[str, list[Edition]] = {}
    for asked, (wanted, numbers) in filed.items():
        if len(numbers) == 1:  # as with most
            only = editions.get(numbers[0])
            if isinstance(only, Edition) and right(only, wanted):
                held[asked] = [only]
            continue
        found = [each for number in numbers if isinstance(each := editions.get(number), Edition)]
        if len(found) > 1:
            found = list({each.key: each for each in found}.values())
        if kept := [each for each in found if right(each, wanted)]:
            held[asked] = kept
    return held
