"""Rows on their way to entries, and the tables that they stand in: what the formats of music services share."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from hashlib import blake2b
from pathlib import Path
from typing import ClassVar, TypeAlias

from completist.domain.errors import BadInput
from completist.domain.fields import Data
from completist.kinds.tracks.isrc import fault, is_known_prefix, isrc, suggestion
from completist.sdk.files import head
from completist.sdk.source import Entry, Head, Skipped, Warn
from completist.sdk.tabular import Row, columns_of, delimiter_of, lacking, read_table
from completist.sdk.texts import tidy

#: What the columns of a format fill: by column the field, and the reader of its cells.
Columns: TypeAlias = Mapping[str, tuple[str, Callable[[str], Data]]]

_NOTHING = frozenset(("", "-", "n/a", "none", "null", "unknown", "0"))
#: UTF-8 that some program before us read as Windows-1252, or lost.
_SPOILED = re.compile("\ufffd|\u00c3[\u0080-\u00bf\u0192\u201a-\u203a]|\u00e2\u20ac|\u00c2[\u0080-\u00bf]")
NAMELESS = "neither title nor ISRC: the service has removed the track"


class Draft:
    """One row: its values by field, and its oddities."""

    __slots__ = ("row", "values", "warnings")

    def __init__(self, row: int) -> None:
        self.row = row
        self.values: dict[str, Data] = {}
        self.warnings: list[Warn] = []

    def take(self, columns: Columns, cells: Mapping[str, str]) -> None:
        """Read the cells that a file has; what cannot be read leaves its field empty and is reported."""
        for name, (field, read) in columns.items():
            if name not in cells or self.values.get(field) is not None:
                continue
            cell = cells[name].strip()
            data = read(cell) if cell else None
            if data is None and cell.casefold() not in _NOTHING:
                self.warn(field, "not understood, left empty")
            self.values[field] = None if data in ("", []) else data

    def identify(self, cell: str) -> None:
        """Read a cell that should hold an ISRC. One that is none is left out, and the row imported all the same."""
        self.values["isrc"] = None
        if not cell.strip():
            self.warn("isrc", "no ISRC: it is looked up, or can be typed")
            return
        found = isrc(cell)
        if found is None:
            meant = suggestion(cell)
            self.warn("isrc", fault(cell) + (f"; {meant} may be meant" if meant else ""))
        else:
            self.values["isrc"] = [found]
            if not is_known_prefix(found):
                self.warn("isrc", "a prefix that is not known to be given out; kept")

    def warn(self, field: str, reason: str) -> None:
        """Report something odd; ``reason`` must not repeat the row's text."""
        self.warnings.append(Warn(self.row, field, reason))

    def key(self) -> str:
        """The key of a row whose file has no ids of its own: its ISRC, else a digest of title, artists and album."""
        number = self.values.get("isrc")
        if isinstance(number, list) and number:
            return f"isrc:{number[0]}"
        artists = self.values.get("artists")
        parts = [
            self.values.get("title"),
            *(artists if isinstance(artists, list) else []),
            self.values.get("album"),
        ]
        text = "\x1f".join(" ".join(str(part or "").casefold().split()) for part in parts)
        return f"title:{blake2b(text.encode(), digest_size=12).hexdigest()}"

    def finished(self, key: str) -> Entry | Skipped:
        """The entry; a row that says neither what it is called nor which it is, is none."""
        if not self.values.get("title") and not self.values.get("isrc"):
            return Skipped(self.row, NAMELESS)
        doubtful = frozenset(name for name, data in self.values.items() if _is_spoiled(data))
        for field in sorted(doubtful):
            self.warn(field, "damaged characters")
        return Entry(self.row, key, self.values, tuple(self.warnings), doubtful)


def _is_spoiled(data: Data) -> bool:
    if isinstance(data, list):
        return any(_is_spoiled(each) for each in data)
    return isinstance(data, str) and not data.isascii() and _SPOILED.search(data) is not None


class Table:
    """A source of tracks that reads a table; a format declares its columns and completes each row."""

    kind = "track"
    name: str
    format: str
    label: str
    #: Sets of columns by any of which the format is known.
    required: ClassVar[tuple[tuple[str, ...], ...]]
    #: Columns that other formats with the same ones have besides.
    absent: ClassVar[tuple[str, ...]] = ()
    columns: ClassVar[Columns]
    #: The column with the name of the playlist that a row stands in; a track of several has several rows.
    playlist: ClassVar[str] = ""

    def refuse(self, head: Head) -> str | None:
        """Names the columns that are missing; see `Source.refuse`."""
        known = self._delimiter(head)
        if known is None:
            return lacking(head, *self.required)
        odd = [name for name in self.absent if name in columns_of(head, known)]
        return f"a column {odd[0]!r}" if odd else None

    def check(self, path: Path) -> int:
        """Reads the rows without understanding them; see `Source.check`."""
        return sum(1 for _ in self._rows(path))

    def read(self, path: Path) -> Iterator[Entry | Skipped]:
        """See `Source.read`."""
        lists = self._playlists(path) if self.playlist else {}
        for draft, cells in self._drafts(path):
            if isinstance(draft, Skipped):
                yield draft
                continue
            key = self.key(draft, cells)
            if self.playlist in cells:
                named: list[Data] = [*lists.get(key, ())]
                draft.values["playlists"] = named or None
            yield draft.finished(key)

    def complete(self, draft: Draft, cells: Mapping[str, str]) -> None:
        """Fill in what takes more than one cell: by default the ISRC, where there is a column for it."""
        if "isrc" in cells:
            draft.identify(cells["isrc"])

    def key(self, draft: Draft, cells: Mapping[str, str]) -> str:
        """The row's key."""
        del cells
        return draft.key()

    def _drafts(self, path: Path) -> Iterator[tuple[Draft | Skipped, Mapping[str, str]]]:
        with closing(self._rows(path)) as rows:
            for each in rows:
                if isinstance(each, Skipped):
                    yield each, {}
                    continue
                draft = Draft(each[0])
                draft.take(self.columns, each[1])
                self.complete(draft, each[1])
                yield draft, each[1]

    def _playlists(self, path: Path) -> dict[str, dict[str, None]]:
        """The playlists of each track, by its key; one more pass over the file."""
        found: dict[str, dict[str, None]] = {}
        for draft, cells in self._drafts(path):
            name = tidy(cells.get(self.playlist, ""))
            if name and not isinstance(draft, Skipped):
                found.setdefault(self.key(draft, cells), {})[name] = None
        return found

    def _delimiter(self, head: Head) -> str | None:
        found = (delimiter_of(head, each) for each in self.required)
        return next((each for each in found if each is not None), None)

    def _rows(self, path: Path) -> Generator[Row | Skipped]:
        start = head(path)
        delimiter = self._delimiter(start)
        if delimiter is None:
            raise BadInput(f"{path.name} is not a {self.label}: {self.refuse(start)}.")
        present = set(columns_of(start, delimiter))
        needs = next(each for each in self.required if present.issuperset(each))
        return read_table(path, delimiter=delimiter, needs=needs)
