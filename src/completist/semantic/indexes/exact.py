"""Exact: every vector is looked at. Nothing to install, nothing to corrupt; fast enough for tens of thousands."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from completist.domain.fields import Data
from completist.sdk.vectors import Narrow, Near, Point

if TYPE_CHECKING:
    from completist.sdk.vectors import Floats


class ExactIndex:
    """An index in memory, made of the vectors that the library keeps."""

    def __init__(self, dim: int, points: Iterable[Point] = ()) -> None:
        self._dim = dim
        self._matrix: Floats = np.empty((0, dim), dtype=np.float32)
        self._ids: list[str] = []  #: by row; empty where a row is free
        self._payloads: list[Mapping[str, Data]] = []
        self._rows: dict[str, int] = {}
        self._free: list[int] = []
        self._order: list[str] = []
        self._put([*points])

    def upsert(self, points: Sequence[Point]) -> None:
        """See `VectorIndex.upsert`."""
        self._put(points)

    def delete(self, ids: Sequence[str]) -> None:
        """See `VectorIndex.delete`."""
        for each in ids:
            row = self._rows.pop(each, None)
            if row is not None:
                self._ids[row], self._payloads[row] = "", {}
                self._matrix[row] = 0.0
                self._free.append(row)
                self._order.remove(each)

    def exists(self, ids: Sequence[str]) -> set[str]:
        """See `VectorIndex.exists`."""
        return {each for each in ids if each in self._rows}

    def query(self, vector: Floats, limit: int, narrow: Narrow = Narrow()) -> list[Near]:  # noqa: B008 - frozen
        """See `VectorIndex.query`."""
        if not self._rows or limit < 1:
            return []
        scores = self._matrix[: len(self._ids)] @ np.asarray(vector, dtype=np.float32)
        allowed = (
            np.fromiter(
                (
                    bool(each) and (narrow.is_open or narrow.passes(payload))
                    for each, payload in zip(self._ids, self._payloads, strict=True)
                ),
                dtype=bool,
                count=len(self._ids),
            )
            if self._free or not narrow.is_open
            else None
        )
        if allowed is not None:
            scores = np.where(allowed, scores, -np.inf)
        best = np.argpartition(-scores, min(limit, len(scores)) - 1)[:limit]
        rows = sorted((int(row) for row in best), key=lambda row: (-scores[row], self._ids[row]))
        return [
            Near(self._ids[row], float(scores[row]), self._payloads[row])
            for row in rows
            if np.isfinite(scores[row])
        ]

    def scroll(self, after: str = "", limit: int = 1000) -> list[Point]:
        """See `VectorIndex.scroll`."""
        start = bisect_right(self._order, after)
        rows = [self._rows[each] for each in self._order[start : start + limit]]
        return [Point(self._ids[row], self._matrix[row].copy(), self._payloads[row]) for row in rows]

    def count(self) -> int:
        """See `VectorIndex.count`."""
        return len(self._rows)

    def optimise(self) -> None:
        """There is nothing to do."""

    def close(self) -> None:
        """There is nothing to let go of."""

    def _put(self, points: Sequence[Point]) -> None:
        fresh = {each.id for each in points} - self._rows.keys()
        self._grow(len(self._ids) + max(0, len(fresh) - len(self._free)))
        for each in points:
            row = self._rows.get(each.id)
            if row is None:
                row = self._free.pop() if self._free else len(self._ids)
                if row == len(self._ids):
                    self._ids.append(each.id)
                    self._payloads.append({})
                self._rows[each.id] = row
                self._ids[row] = each.id
            self._matrix[row], self._payloads[row] = each.vector, each.payload
        if len(fresh) > len(self._order) // 8:
            self._order = sorted(self._rows)
        else:
            for each_id in fresh:
                insort(self._order, each_id)

    def _grow(self, rows: int) -> None:
        if rows > len(self._matrix):
            larger = np.zeros((max(rows, len(self._matrix) * 2), self._dim), dtype=np.float32)
            larger[: len(self._matrix)] = self._matrix
            self._matrix = larger
