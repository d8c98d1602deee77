"""Drafts: a row on its way to an entry, collecting values and what was odd about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from typing import TypeAlias

from completist.domain.fields import Data
from completist.kinds.books.identifiers import isbn13, isbn_fields, read_identifier
from completist.kinds.books.sources.damage import damaged_fields
from completist.sdk.source import Entry, Skipped, Warn

#: What the columns of a format fill: by column the field, and the reader of its cells.
Columns: TypeAlias = Mapping[str, tuple[str, Callable[[str], Data]]]
#: The same for the columns that one file has.
Plan: TypeAlias = tuple[tuple[str, str, Callable[[str], Data]], ...]

#: Cells that say "nothing" in so many words.
_NOTHING = frozenset(("", "0", "0.0", "0.00", "?", "-", "n/a", "none", "null", "unknown", "undefined"))
#: Characters of a cell that are kept when it should hold an ISBN and does not.
_LONGEST = 100
_UNTITLED = "no title and no identifier"


def plan(columns: Columns, present: Iterable[str]) -> Plan:
    """What to read from a file that has the columns ``present``."""
    here = set(present)
    return tuple((name, field, read) for name, (field, read) in columns.items() if name in here)


class Draft:
    """One row: its values by field, and its oddities."""

    __slots__ = ("row", "values", "warnings")

    def __init__(self, row: int) -> None:
        self.row = row
        self.values: dict[str, Data] = {}
        self.warnings: list[Warn] = []

    def take(self, plan: Plan, cells: Mapping[str, str]) -> None:
        """Read the planned cells; what cannot be read leaves its field empty and is reported."""
        values = self.values
        for name, field, read in plan:
            cell = cells[name]
            data = read(cell) if cell else None
            if data is None and cell and cell.strip().lower() not in _NOTHING:
                self.warn(field, "not understood, left empty")
            if data not in (None, ""):
                values[field] = data
            else:
                values.setdefault(field, None)

    def identify(self, field: str, cell: str) -> str | None:
        """Read a cell that should hold an ISBN; another product's number goes to the field it belongs to.

        What is no valid number at all is kept as it was given, in a field that nothing is looked up by.
        Returns the ISBN-13, which is not yet among the values: `isbn` decides that.
        """
        if found := isbn13(cell):
            return found
        read = read_identifier(cell)
        if read.reason is not None:
            self.warn(field, read.reason)
        if read.scheme is not None:
            self.add(read.scheme, read.value)
        elif read.reason is not None and cell.strip().lower() not in _NOTHING:
            self.add("invalid_isbn", " ".join(cell.split())[:_LONGEST])
        return None

    def first_isbn(self, cells: Iterable[tuple[str, str]]) -> None:
        """Set the ISBN from cells given as (field, text), the most trusted first; the others must agree."""
        found = None
        for field, cell in cells:
            other = self.identify(field, cell) if cell else None
            if found and other and other != found:
                self.warn(field, "an ISBN of another edition, left out")
            found = found or other
        self.isbn(found)

    def isbn(self, digits: str | None) -> None:
        """Set the ISBN, or that there is none."""
        self.values.update(isbn_fields(digits))
        self.values.setdefault("invalid_isbn", None)

    def add(self, scheme: str, value: str) -> None:
        """Add an identifier, once."""
        have = self.values.get(scheme)
        if not isinstance(have, list):
            self.values[scheme] = [value]
        elif value not in have:
            have.append(value)

    def warn(self, field: str, reason: str) -> None:
        """Report something odd; ``reason`` must not repeat the row's text."""
        self.warnings.append(Warn(self.row, field, reason))

    def entry(self, key: str) -> Entry:
        """The finished entry."""
        doubtful = frozenset(damaged_fields(self.values))
        for field in sorted(doubtful):
            self.warn(field, "damaged characters")
        return Entry(self.row, key, self.values, tuple(self.warnings), doubtful)

    def nameless(self) -> Skipped | None:
        """Why the row is no book at all; None when it has a title or something to find it by."""
        values = self.values
        if values.get("title") or any(values.get(scheme) for scheme in _FINDABLE):
            return None
        return Skipped(self.row, _UNTITLED)


_FINDABLE = ("isbn13", "olid", "olid_work", "goodreads", "librarything", "asin", "google")


#: Of these, those that name one edition or stand for the whole row.
_OWN = ("isbn13", "olid", "olid_work", "goodreads", "asin", "google")


class Keys:
    """Keys for rows whose file has no ids of its own: the ISBN, else a digest of title and author.

    Rows that are alike in that get a running number, so that none is lost. Memory: about 70 bytes a row.
    """

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._again: dict[int, int] = {}

    def of(self, values: Mapping[str, Data], own: str = "") -> str:
        """The key of the next row; ``own`` is the file's own id of it, if it has one."""
        key = own or _named(values)
        mark = int.from_bytes(blake2b(key.encode(), digest_size=8).digest())
        if mark not in self._seen:
            self._seen.add(mark)
            return key
        self._again[mark] = self._again.get(mark, 1) + 1
        return f"{key}#{self._again[mark]}"


def _named(values: Mapping[str, Data]) -> str:
    for scheme in _OWN:
        have = values.get(scheme)
        if isinstance(have, list) and have:
            return f"{scheme}:{have[0]}"
    authors = values.get("authors")
    parts = [values.get("title") or "", *(authors if isinstance(authors, list) else [])]
    text = "\x1f".join(" ".join(str(part).casefold().split()) for part in parts)
    return f"title:{blake2b(text.encode(), digest_size=12).hexdigest()}"
