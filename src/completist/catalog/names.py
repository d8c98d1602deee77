"""The names of all authors of a dump in one file, to be joined with works while the search index is made.

A look-up in the database costs a query, unpacking and decoding; half of building the index went into that.
The files are part of an unfinished generation only.
"""

from __future__ import annotations

import mmap
from array import array
from bisect import bisect_right
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from completist.catalog import titles

if TYPE_CHECKING:
    from pathlib import Path

MAX_ALIASES: Final = 12  #: other names of one author that are searched and shown
MAX_ALIAS: Final = 60  #: characters of another name; longer ones are lists of people and remarks
TEXTS, PLACES = "names", "names.index"


class Names(msgspec.Struct, array_like=True, gc=False):
    """An author's name as it is shown, and all names that search finds the author by, folded."""

    name: str
    texts: tuple[str, ...]
    aliases: tuple[str, ...] = ()  #: the other names as they stand there, each wording once


NAMELESS: Final = Names("", ())
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Names).decode


def pack(name: str, others: list[str]) -> bytes:
    """The names as they stand in the file; ``name`` first, ``others`` as far as they are searched."""
    shown = name.replace("\0", "").strip()
    aliases = _aliases(shown, others) if others else ()
    folded = [titles.fold(text) for text in (shown, *aliases) if text]
    return _encode(Names(shown, tuple(dict.fromkeys(folded)), aliases))


def _aliases(shown: str, others: list[str]) -> tuple[str, ...]:
    """The other names: the first of each wording, whatever the order of its words, dots and accents."""
    found = {_wording(shown): shown}
    for other in others:
        alias = other.replace("\0", "").strip()
        if 0 < len(alias) <= MAX_ALIAS:
            found.setdefault(_wording(alias), alias)
        if len(found) > MAX_ALIASES:
            break
    return tuple(found.values())[1:]


def _wording(name: str) -> str:
    return " ".join(sorted(titles.words(name)))


class NameWriter:
    """Collects packed names; about 20 bytes of memory for each author."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._file = (directory / TEXTS).open("wb", buffering=1 << 18)
        self._numbers = array("I")
        self._revisions = array("I")
        self._lengths = array("I")

    def add(self, author: int, revision: int, packed: bytes) -> None:
        """Add an author; of several with one number the latest revision counts."""
        self._numbers.append(author)
        self._revisions.append(revision)
        self._lengths.append(len(packed))
        self._file.write(packed)

    def finish(self) -> None:
        """Write the index: numbers in order, then beginnings, then ends."""
        self._file.close()
        numbers = np.frombuffer(self._numbers, dtype=np.uint32) if self._numbers else np.empty(0, np.uint32)
        revisions = np.frombuffer(self._revisions, dtype=np.uint32) if self._numbers else numbers
        lengths = np.frombuffer(self._lengths, dtype=np.uint32) if self._numbers else numbers
        ends = np.cumsum(lengths, dtype=np.uint64)
        order = np.lexsort((revisions, numbers))
        with (self._directory / PLACES).open("wb") as file:
            file.write((ends - lengths)[order].tobytes())
            file.write(ends[order].tobytes())
            file.write(numbers[order].tobytes())

    def close(self) -> None:
        """Close the file; what is not finished is lost."""
        self._file.close()


class NameReader:
    """Looks names up."""

    def __init__(self, directory: Path) -> None:
        content = (directory / PLACES).read_bytes()
        count = len(content) // 20
        view = memoryview(content)
        self._begins = view[: count * 8].cast("Q")
        self._ends = view[count * 8 : count * 16].cast("Q")
        self._numbers = view[count * 16 :].cast("I")
        with (directory / TEXTS).open("rb") as file:
            self._texts = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if count else None

    def of(self, author: int) -> Names | None:
        """The names of an author, or None when unknown."""
        place = bisect_right(self._numbers, author) - 1
        if place < 0 or self._numbers[place] != author or self._texts is None:
            return None
        return _decode(self._texts[self._begins[place] : self._ends[place]])
