"""Sources: where items come from. A source reads one format of file, row by row, and never writes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, Self

from completist.domain.fields import Data


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of a file, for recognising its format."""

    path: Path
    start: bytes  #: at most 64 KiB, decompressed when the file is gzip
    size: int  #: bytes on disk

    @property
    def suffix(self) -> str:
        """The file's suffix in lower case, without ``.gz``: ``.csv``."""
        name = self.path.name.lower().removesuffix(".gz")
        return Path(name).suffix


class Refusal(str):
    """Why a file is not of a format, in a few words; ``near`` (0 to 1) is how much of the format is there."""

    __slots__ = ("near",)

    near: float

    def __new__(cls, why: str, near: float) -> Self:
        """The words with the measure."""
        made = super().__new__(cls, why)
        made.near = near
        return made


@dataclass(frozen=True, slots=True)
class Warn:
    """Something odd in a row that was imported all the same."""

    row: int
    field: str
    reason: str  #: one sentence fragment without the row's own text: "wrong check digit"


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in a file.

    ``key`` is the source's own id of it, the same in every later export of the same library.
    ``values`` holds data by field name of the kind; a name that is missing was not in the file at all, one
    with None was there and blank. ``doubtful`` names the fields whose text is damaged.
    """

    row: int  #: 1-based line or record at which it begins
    key: str
    values: Mapping[str, Data]
    warnings: tuple[Warn, ...] = ()
    doubtful: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Skipped:
    """A row that could not be imported, and why."""

    row: int
    reason: str


class Source(Protocol):
    """A format of file.

    `read` yields entries lazily: its memory does not grow with the file. It raises `BadInput`, naming the line,
    when the file as a whole cannot be trusted (cut off, not parseable); a single bad row is yielded as `Skipped`.
    """

    name: str  #: stands as the source of every value: "goodreads"
    format: str  #: what --format calls it: "goodreads-csv"
    label: str  #: for people: "Goodreads export (CSV)"
    kind: str  #: the kind of item that it yields

    def refuse(self, head: Head) -> str | None:
        """Why this file is not of this format, in a few words; None when it is.

        A `Refusal` lets the format be named where no other is nearer.
        """
        ...

    def check(self, path: Path) -> int:
        """How many rows `read` will yield, after a look at the whole file that is much cheaper than reading it.

        It finds all the damage for which `read` would raise, so that nothing is written from a damaged file.

        Raises:
            BadInput: As `read`.
        """
        ...

    def read(self, path: Path) -> Iterator[Entry | Skipped]:
        """The rows of the file in order.

        Raises:
            BadInput: The file is cut off, not parseable, locked, or of an unknown version.
        """
        ...


@dataclass(frozen=True, slots=True)
class Layout:
    """A way to write items back as rows of text, in the columns of some other program."""

    name: str  #: "goodreads-csv"
    label: str
    kind: str
    header: tuple[str, ...] = field(default=())


class RowWriter(Protocol):
    """Turns one item into one row of a `Layout`."""

    layout: Layout

    def row(self, values: Mapping[str, Data]) -> Sequence[str]:
        """The cells of the item whose values that count are ``values``, in the order of the header."""
        ...
