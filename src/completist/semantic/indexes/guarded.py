"""Guarded: an index that several threads share, one at a time."""

from __future__ import annotations

from collections.abc import Sequence
from threading import RLock
from typing import TYPE_CHECKING

from completist.sdk.vectors import Narrow, Near, Point, VectorIndex

if TYPE_CHECKING:
    from completist.sdk.vectors import Floats


class Guarded:
    """The same index, safe across threads."""

    def __init__(self, index: VectorIndex) -> None:
        self._index = index
        self._lock = RLock()

    def upsert(self, points: Sequence[Point]) -> None:
        """See `VectorIndex.upsert`."""
        with self._lock:
            self._index.upsert(points)

    def delete(self, ids: Sequence[str]) -> None:
        """See `VectorIndex.delete`."""
        with self._lock:
            self._index.delete(ids)

    def exists(self, ids: Sequence[str]) -> set[str]:
        """See `VectorIndex.exists`."""
        with self._lock:
            return self._index.exists(ids)

    def query(self, vector: Floats, limit: int, narrow: Narrow = Narrow()) -> list[Near]:  # noqa: B008 - frozen
        """See `VectorIndex.query`."""
        with self._lock:
            return self._index.query(vector, limit, narrow)

    def scroll(self, after: str = "", limit: int = 1000) -> list[Point]:
        """See `VectorIndex.scroll`."""
        with self._lock:
            return self._index.scroll(after, limit)

    def count(self) -> int:
        """See `VectorIndex.count`."""
        with self._lock:
            return self._index.count()

    def optimise(self) -> None:
        """See `VectorIndex.optimise`."""
        with self._lock:
            self._index.optimise()

    def close(self) -> None:
        """See `VectorIndex.close`."""
        with self._lock:
            self._index.close()
