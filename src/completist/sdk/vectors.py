"""Vectors: the contracts of what makes them of texts, and of what finds the nearest among them.

The vectors in the library's database are the truth. An index is made of them, may be thrown away at any time, and is
asked for nothing that the database could not tell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias
from uuid import UUID, uuid5

from completist.domain.errors import CompletistError
from completist.domain.fields import Data

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    #: Vectors in rows, or one vector: 32-bit floats.
    Floats: TypeAlias = NDArray[np.float32]

#: The namespace of the ids of points: uuid5 of the DNS name completist.example.
NAMESPACE = uuid5(UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "completist.example")


class Unusable(CompletistError):
    """Vectors that must not be kept: of another length, not finite, or without a direction."""

    code = "unusable_vector"


def usable(vectors: Floats, count: int, dim: int) -> Floats:
    """So many vectors of length ``dim``, each brought to length 1.

    Raises:
        Unusable: There are more or fewer, or they have another dimension; one is not finite, or all zeros.
    """
    import numpy as np  # noqa: PLC0415 - takes 0.1 s to load, and commands without vectors do not need it

    found = np.asarray(vectors, dtype=np.float32)
    if found.shape != (count, dim):
        raise Unusable(f"The model gave vectors of shape {found.shape}, not {(count, dim)}.")
    lengths = np.linalg.norm(found, axis=1) if count else np.zeros(0, dtype=np.float32)
    if not np.isfinite(lengths).all():
        raise Unusable("The model gave a vector that is not finite.")
    if (lengths <= 1e-6).any():  # noqa: PLR2004 - nothing else is as short
        raise Unusable("The model gave a vector of zeros.")
    return found / lengths[:, None]


class Embedder(Protocol):
    """Makes vectors of texts."""

    @property
    def id(self) -> str:
        """The model, down to its weights: vectors of different models cannot be compared."""
        ...

    @property
    def dim(self) -> int:
        """The length of its vectors."""
        ...

    def embed(self, texts: Sequence[str]) -> Floats:
        """One vector for each text, in order.

        Raises:
            Retryable: It cannot be reached at present.
            Unusable: What came is no vector that may be kept.
        """
        ...


@dataclass(frozen=True, slots=True)
class Narrow:
    """What hits have to be besides near."""

    artist: str = ""  #: folded as in payloads
    years: tuple[int | None, int | None] = (None, None)
    bpm: tuple[float | None, float | None] = (None, None)
    key: str = ""

    @property
    def is_open(self) -> bool:
        """Whether everything passes."""
        return self == Narrow()

    def passes(self, payload: Mapping[str, Data]) -> bool:
        """Whether something with this payload is meant. What is not known of it does not pass."""
        artists = payload.get("artists")
        if self.artist and not (isinstance(artists, list) and self.artist in artists):
            return False
        if self.key and payload.get("key") != self.key:
            return False
        return _within(payload.get("year"), self.years) and _within(payload.get("bpm"), self.bpm)


def _within(data: Data, bounds: tuple[float | None, float | None]) -> bool:
    if bounds == (None, None):
        return True
    if isinstance(data, bool) or not isinstance(data, int | float):
        return False
    low, high = bounds
    return (low is None or data >= low) and (high is None or data <= high)


@dataclass(frozen=True, slots=True)
class Point:
    """One vector in an index. The payload names the item, the digest of what the vector was made of, and filters."""

    id: str  #: a UUID in its usual form
    vector: Floats = field(repr=False, compare=False)
    payload: Mapping[str, Data] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Near:
    """A hit: the nearer, the higher its score, which is the cosine."""

    id: str
    score: float
    payload: Mapping[str, Data] = field(default_factory=dict)


class VectorIndex(Protocol):
    """Finds the nearest of many vectors. One writer at a time; what `upsert` has returned from survives a crash."""

    def upsert(self, points: Sequence[Point]) -> None:
        """Put points in, in the place of those with their ids."""
        ...

    def delete(self, ids: Sequence[str]) -> None:
        """Take points out; those that are not there do not matter."""
        ...

    def exists(self, ids: Sequence[str]) -> set[str]:
        """Those of ``ids`` that are there."""
        ...

    def query(self, vector: Floats, limit: int, narrow: Narrow = Narrow()) -> list[Near]:
        """The nearest, best first."""
        ...

    def scroll(self, after: str = "", limit: int = 1000) -> list[Point]:
        """The next points behind an id, in order of id, with all that they hold."""
        ...

    def count(self) -> int:
        """How many there are."""
        ...

    def optimise(self) -> None:
        """Take the time to become fast; nothing else changes."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


@dataclass(frozen=True, slots=True)
class Forerunner:
    """A collection that another program has made of the same things, whose vectors may be taken over.

    ``vector`` is what it calls them, ``read`` what a point says of an item, by its id and payload: None when the point
    is none of that program's.
    """

    vector: str
    read: Callable[[str, Mapping[str, Data]], Mapping[str, Data] | None]


@dataclass(frozen=True, slots=True)
class Space:
    """How the items of a kind stand in the space of meanings."""

    name: str
    text: Callable[[Mapping[str, Data]], str]  #: of an item's values: what its vector is made of
    thinness: Callable[[str], str]  #: why a text says too little for a vector; empty when it says enough
    payload: Callable[[Mapping[str, Data]], Mapping[str, Data]]  #: by what hits can be narrowed
    embed: str  #: the pipeline that makes vectors
    index: str  #: the pipeline that puts them into the index
    scheme: str  #: the identifier that a point is named by
    normal: Callable[[str], str | None]  #: brings that into form
    forerunner: Forerunner | None = None


def point_id(kind: str, scheme: str, value: str) -> str:
    """The id of a point for a thing that everybody calls so: ``track:isrc:USRC17607839``."""
    return str(uuid5(NAMESPACE, f"{kind}:{scheme}:{value}"))


def chunks(points: Sequence[Point], size: int) -> Iterable[Sequence[Point]]:
    """Points in portions."""
    return (points[start : start + size] for start in range(0, len(points), size))
