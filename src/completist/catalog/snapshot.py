"""The catalogue as readers see it: the generation in use, opened read-only, changed for the next when there is one."""

from __future__ import annotations

import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from completist.catalog import files, generations, isbn, keys, records
from completist.catalog.keys import Table
from completist.catalog.packing import Unpacker
from completist.catalog.search import Searcher
from completist.domain.errors import ActionRequired
from completist.sdk.catalogue import Author, Edition, EditionView, Entity, Hit, Query, Work

HOPS: Final = 8  #: redirects followed one after another; more would be a circle


class _Generation:
    """One generation, open."""

    def __init__(self, directory: Path) -> None:
        self.id = generations.about(directory).generation
        self._db = files.open_finished(directory / files.RECORDS)
        self._unpack = {table: Unpacker(directory / f"{table}.dict").unpack for table in ("ed", "wk", "au")}
        self.searcher = Searcher(directory)
        # Closed when the last call that uses it is over, not when the next generation is there.
        self.close = weakref.finalize(self, _close, self._db, self.searcher)

    def editions_at(self, place: int) -> list[int]:
        """Numbers of the editions filed under an ISBN, in ascending order."""
        rows = self._db.execute("SELECT ed FROM isbn WHERE k = ? ORDER BY ed", (place,))
        return [number for (number,) in rows]

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

    def entity(self, key: str) -> Entity | None:
        """The record of a key."""
        parsed = keys.parse(key)
        found = self.find(*parsed) if parsed is not None else None
        if found is None:
            return None
        table, number, value = found
        return _READ[table](keys.name(table, number), value)


def _close(db: sqlite3.Connection, searcher: Searcher) -> None:
    db.close()
    searcher.close()


_SELECT: Final[Mapping[Table, str]] = {
    "ed": "SELECT v FROM ed WHERE k = ?",
    "wk": "SELECT v FROM wk WHERE k = ?",
    "au": "SELECT v FROM au WHERE k = ?",
}
_READ: Final[Mapping[Table, Callable[[str, bytes], Entity]]] = {
    "ed": records.edition,
    "wk": records.work,
    "au": records.author,
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
        known: dict[str, Entity | None] = {}
        found: dict[str, list[EditionView]] = {}
        for asked in isbns:
            plain = isbn.canonical(asked)
            place = isbn.pack(plain) if plain is not None else None
            if plain is None or place is None:
                continue
            views = [_view(opened, number, plain, known) for number in opened.editions_at(place)]
            distinct = {view.edition.key: view for view in views if view is not None}
            if distinct:
                found[asked] = list(distinct.values())
        return found

    def by_key(self, keys: Sequence[str]) -> dict[str, Entity]:
        """Records by Open Library key, redirects followed: the record's own key says where it was found."""
        opened = self._turn()
        return {key: entity for key in keys if (entity := opened.entity(key)) is not None}

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


def _view(
    opened: _Generation, number: int, plain: str, known: dict[str, Entity | None]
) -> EditionView | None:
    found = opened.find("ed", number)
    if found is None or found[0] != "ed":
        return None
    edition = records.edition(keys.name("ed", found[1]), found[2])
    if not _carries(edition, plain):
        return None
    work = next(
        (each for key in edition.works if isinstance(each := _recall(opened, key, known), Work)), None
    )
    names = edition.authors or (work.authors if work is not None else ())
    people = _people(_recall(opened, key, known) for key in names)
    return EditionView(edition, work, people)


def _recall(opened: _Generation, key: str, known: dict[str, Entity | None]) -> Entity | None:
    if key not in known:
        known[key] = opened.entity(key)
    return known[key]


def _people(found: Iterable[Entity | None]) -> tuple[Author, ...]:
    return tuple({each.key: each for each in found if isinstance(each, Author)}.values())


def _carries(edition: Edition, plain: str) -> bool:
    return plain in edition.isbn_13 or isbn.to_10(plain) in edition.isbn_10
