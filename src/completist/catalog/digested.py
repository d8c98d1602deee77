"""What a block of a dump came to, as workers hand it on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

import msgspec

Row = tuple[int, int, bytes]  #: number, revision, JSON


class Fact(msgspec.Struct, array_like=True, gc=False):
    """What one record says about a work that can be searched for; ``edition`` 0 is the work itself."""

    work: int
    edition: int
    revision: int
    title: str
    subtitle: str
    year: int  #: 0 when unknown
    authors: Sequence[int]


#: A `Fact` as it is written: a tuple is made in a third of the time.
FactFields: TypeAlias = tuple[int, int, int, str, str, int, tuple[int, ...]]


class Move(NamedTuple):
    """A key that was given up; target 0 when the record was deleted."""

    code: int
    revision: int
    target: int


class Digest(msgspec.Struct, array_like=True, gc=False):
    """What a block came to.

    ``isbns`` and ``marks`` hold machine words of place << 32 | edition (`postings`), ``facts`` MessagePack of `Fact`
    lists by bucket.
    """

    rows: dict[str, list[Row]]
    isbns: bytes
    marks: bytes
    facts: dict[int, bytes]
    names: list[Row]  #: of authors, packed
    moves: list[tuple[int, int, int]]
    rejected: dict[str, int]
    covers: bytes = b""  #: words of number << 32 | width << 16 | height
    #: Of a partial load, the works and the authors that the records refer to: numbers of 32 bits.
    works: bytes = b""
    authors: bytes = b""
    passed: list[str] = []  #: tables of which there are records that were not this turn's
