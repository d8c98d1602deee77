"""Edge: the engine of Qdrant inside this process (https://qdrant.tech/documentation/edge), in a folder of its own.

Only one process may open the folder. It is in beta, so its version is pinned and everything it holds can be made anew.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from completist.domain.errors import Busy
from completist.sdk.vectors import Narrow, Near, Point

if TYPE_CHECKING:
    from completist.sdk.vectors import Floats

BATCH = 500
#: How many points may lie there unsorted before it is worth the time to sort them.
UNSORTED = 20_000
_FIRST = "00000000-0000-0000-0000-000000000000"
_DONE = "dim.json"


class EdgeIndex:
    """An index in a folder."""

    def __init__(self, folder: Path, dim: int) -> None:
        """Open the folder, or make it.

        Raises:
            Busy: Another process has it open.
        """
        import qdrant_edge as edge

        self._edge = edge
        self._dim = dim
        mark = folder / _DONE
        if folder.exists() and (not mark.exists() or json.loads(mark.read_text()) != dim):
            shutil.rmtree(folder)  # half made, or of another model: it is made of the library's vectors anew
        try:
            self._shard = self._open(folder, new=not folder.exists())
        except Exception as error:  # the engine raises a plain Exception for everything
            if "WouldBlock" in str(error) or "lock" in str(error).lower():
                raise Busy("Another process has the index of vectors open.") from None
            raise
        mark.write_text(json.dumps(dim))

    def _open(self, folder: Path, *, new: bool) -> Any:  # noqa: ANN401 - the engine's own type
        if not new:
            return self._edge.EdgeShard.load(str(folder))
        folder.mkdir(parents=True)
        vectors = self._edge.EdgeVectorParams(size=self._dim, distance=self._edge.Distance.Cosine)
        return self._edge.EdgeShard.create(str(folder), self._edge.EdgeConfig(vectors=vectors))

    def upsert(self, points: Sequence[Point]) -> None:
        """See `VectorIndex.upsert`. Each portion stands in the engine's log before it is applied."""
        for start in range(0, len(points), BATCH):
            part = [
                self._edge.Point(
                    id=p.id, vector=np.asarray(p.vector, dtype=np.float32).tolist(), payload=dict(p.payload)
                )
                for p in points[start : start + BATCH]
            ]
            self._shard.update(self._edge.UpdateOperation.upsert_points(part))

    def delete(self, ids: Sequence[str]) -> None:
        """See `VectorIndex.delete`."""
        if ids:
            self._shard.update(self._edge.UpdateOperation.delete_points([*ids]))

    def exists(self, ids: Sequence[str]) -> set[str]:
        """See `VectorIndex.exists`."""
        if not ids:
            return set()
        return {str(each.id) for each in self._shard.retrieve([*ids], with_payload=False, with_vector=False)}

    def query(self, vector: Floats, limit: int, narrow: Narrow = Narrow()) -> list[Near]:  # noqa: B008 - frozen
        """See `VectorIndex.query`."""
        if limit < 1:
            return []
        wanted = np.asarray(vector, dtype=np.float32).tolist()
        request = self._edge.QueryRequest(
            limit=limit,
            query=self._edge.Query.Nearest(wanted),
            filter=self._filter(narrow),
            with_payload=True,
        )
        return [Near(str(hit.id), float(hit.score), hit.payload or {}) for hit in self._shard.query(request)]

    def scroll(self, after: str = "", limit: int = 1000) -> list[Point]:
        """See `VectorIndex.scroll`."""
        request = self._edge.ScrollRequest(
            offset=after or _FIRST, limit=limit + 1, with_payload=True, with_vector=True
        )
        found, _ = self._shard.scroll(request)
        points = [Point(str(r.id), np.asarray(r.vector, dtype=np.float32), r.payload or {}) for r in found]
        return [each for each in points if each.id != after][:limit]

    def count(self) -> int:
        """See `VectorIndex.count`."""
        return int(self._shard.count(self._edge.CountRequest(exact=True)))

    def optimise(self) -> None:
        """Sort what lies there unsorted; about a minute for a hundred thousand."""
        self._shard.flush()
        self._shard.optimize()

    def close(self) -> None:
        """See `VectorIndex.close`."""
        self._shard.flush()
        self._shard.close()

    def _filter(self, narrow: Narrow) -> Any:  # noqa: ANN401 - the engine's own type
        if narrow.is_open:
            return None
        edge = self._edge
        must = [
            edge.FieldCondition(key=name, match=edge.MatchValue(value=value))
            for name, value in (("artists", narrow.artist), ("key", narrow.key))
            if value
        ]
        must += [
            edge.FieldCondition(key=name, range=edge.RangeFloat(gte=low, lte=high))
            for name, (low, high) in (("year", narrow.years), ("bpm", narrow.bpm))
            if (low, high) != (None, None)
        ]
        return edge.Filter(must=must)
