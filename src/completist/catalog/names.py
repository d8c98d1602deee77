"""The names of all authors of a dump in one file, to be joined with works while the search index is made.

A look-up in the database costs a query, unpacking and decoding; half of building the index went into that.
The files are part of an unfinished generation only.
"""

from __future__ import annotations

import mmap
import os
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import msgspec

from completist.catalog import titles

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

MAX_ALIASES: Final = 12  #: other names of one author that are searched and shown
MAX_ALIAS: Final = 60  #: characters of another name; longer ones are lists of people and remarks
TEXTS, PLACES = "names", "names.index"
_HEAD: Final = 4  #: bytes in front of packed names that say how many follow
_AHEAD: Final = 512  #: bytes read at once; the names of nearly every author are shorter


class Names(msgspec.Struct, array_like=True, gc=False):
    """An author's name as it is shown, and all names that search finds the author by, folded."""

    name: str
    texts: tuple[str, ...]
    aliases: tuple[str, ...] = ()  #: the other names as they stand there, each wording once


NAMELESS: Final = Names("", ())
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Names).decode


def pack(name: str, others: Sequence[str]) -> bytes:
    """The names as they stand in the file; ``name`` first, ``others`` as far as they are searched."""
    shown = name.replace("\0", "").strip()
    if not others and shown:  # as with nearly all
        return _encode((shown, (titles.fold(shown),), ()))
    aliases = _aliases(shown, others) if others else ()
    folded = [titles.fold(text) for text in (shown, *aliases) if text]
    return _encode(Names(shown, tuple(dict.fromkeys(folded)), aliases))


def _aliases(shown: str, others: Sequence[str]) -> tuple[str, ...]:
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
    """Collects packed names; 12 bytes of memory for each author."""

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
        self._file.write(len(packed).to_bytes(_HEAD, "little"))
        self._file.write(packed)

    def finish(self) -> None:
        """Write the index: beginnings, then the numbers they belong to, in order of the numbers."""
        import numpy as np  # noqa: PLC0415  workers, who only read, should not wait for it

        self._file.close()
        numbers, revisions, lengths = map(_numbers, (self._numbers, self._revisions, self._lengths))
        begins = np.cumsum(lengths, dtype=np.uint64)
        begins += np.arange(len(lengths), dtype=np.uint64) * np.uint64(_HEAD)
        begins -= lengths
        order = np.lexsort((revisions, numbers))
        with (self._directory / PLACES).open("wb") as file:
            file.write(begins[order].tobytes())
            file.write(numbers[order].tobytes())
        self._numbers = self._revisions = self._lengths = array("I")

    def close(self) -> None:
        """Close the file; what is not finished is lost."""
        self._file.close()


def _numbers(held: array[int]) -> NDArray[np.uint32]:
    import numpy as np  # noqa: PLC0415  likewise

    return np.frombuffer(held, dtype=np.uint32) if held else np.empty(0, np.uint32)


class NameReader:
    """Looks names up: the index is mapped, the names are read one by one, so that neither takes memory."""

    def __init__(self, directory: Path) -> None:
        self._file = (directory / TEXTS).open("rb", buffering=0)
        count = (directory / PLACES).stat().st_size // 12
        view = memoryview(b"")
        if count:
            with (directory / PLACES).open("rb") as file:
                view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        self._begins = view[: count * 8].cast("Q")
        self._numbers = view[count * 8 :].cast("I")

    def of(self, author: int) -> Names | None:
        """The names of an author, or None when unknown."""
        place = bisect_right(self._numbers, author) - 1
        if place < 0 or self._numbers[place] != author:
            return None
        begin = self._begins[place]
        content = os.pread(self._file.fileno(), _AHEAD, begin)
        end = _HEAD + int.from_bytes(content[:_HEAD], "little")
        if end > len(content):
            content = os.pread(self._file.fileno(), end, begin)
        return _decode(content[_HEAD:end])

    def close(self) -> None:
        """Close the file of names."""
        self._file.close()
