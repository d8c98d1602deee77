"""Qdrant: an index on a server of the operator's own, over its REST API, through the one door for outbound calls.

A collection for each library, space and version; an alias leads to the current one, and is moved in one step.
API: https://api.qdrant.tech/api-reference
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import numpy as np
import structlog

from completist.domain.budget import Budget, Rate
from completist.domain.errors import ActionRequired, BadInput, Retryable
from completist.domain.fields import Data
from completist.domain.run import Outcome
from completist.sdk.jsondata import record, records, text
from completist.sdk.provider import Provider, Record, Refused, Request, Send
from completist.sdk.vectors import Narrow, Near, Point

if TYPE_CHECKING:
    from completist.sdk.vectors import Floats

BATCH = 200
_OK, _NOT_FOUND, _CONFLICT = 200, 404, 409
_MOST = 32 * 1024 * 1024
_FIRST = "00000000-0000-0000-0000-000000000000"

_log = structlog.get_logger()


def server(url: str) -> Provider:
    """The operator's own server as the door knows it.

    Raises:
        BadInput: The address is none.
    """
    host = urlsplit(url).hostname
    if not url.startswith(("http://", "https://")) or not host:
        raise BadInput("The address of a Qdrant server begins with http:// or https://.")
    return Provider("qdrant", frozenset({host}), Budget(Rate(1, burst=10_000)))


@dataclass(slots=True)
class QdrantIndex:
    """One collection, made at first use."""

    send: Send = field(repr=False)
    url: str
    collection: str
    dim: int
    key: str = field(default="", repr=False)
    alias: str = ""  #: leads to this collection from now on
    vector: str = ""  #: which of several vectors of a point is read; a collection of our own has one
    _ready: bool = False

    def upsert(self, points: Sequence[Point]) -> None:
        """See `VectorIndex.upsert`. A portion has arrived when the server has written it."""
        self._prepare()
        for start in range(0, len(points), BATCH):
            body: list[Data] = [
                {"id": p.id, "vector": [*map(float, p.vector)], "payload": dict(p.payload)}
                for p in points[start : start + BATCH]
            ]
            self._call("PUT", "/points", {"points": body}, {"wait": "true"})

    def delete(self, ids: Sequence[str]) -> None:
        """See `VectorIndex.delete`."""
        if ids:
            self._prepare()
            self._call("POST", "/points/delete", {"points": [*ids]}, {"wait": "true"})

    def exists(self, ids: Sequence[str]) -> set[str]:
        """See `VectorIndex.exists`. A collection that is not there holds nothing."""
        if not ids:
            return set()
        body: Record = {"ids": [*ids], "with_payload": False, "with_vector": False}
        return {text(each.get("id")) for each in records(self._call("POST", "/points", body))}

    def query(self, vector: Floats, limit: int, narrow: Narrow = Narrow()) -> list[Near]:  # noqa: B008 - frozen
        """See `VectorIndex.query`."""
        if limit < 1:
            return []
        body: Record = {"query": [*map(float, vector)], "limit": limit, "with_payload": True}
        if not narrow.is_open:
            body["filter"] = {"must": _conditions(narrow)}
        hits = records(record(self._call("POST", "/points/query", body)).get("points"))
        return [
            Near(text(hit.get("id")), float(str(hit.get("score"))), record(hit.get("payload")))
            for hit in hits
        ]

    def scroll(self, after: str = "", limit: int = 1000) -> list[Point]:
        """See `VectorIndex.scroll`."""
        body: Record = {
            "offset": after or _FIRST,
            "limit": limit + 1,
            "with_payload": True,
            "with_vector": [self.vector] if self.vector else True,
        }
        found = records(record(self._call("POST", "/points/scroll", body)).get("points"))
        points = [
            Point(
                text(each.get("id")),
                np.asarray(self._vector_of(each.get("vector")), dtype=np.float32),
                record(each.get("payload")),
            )
            for each in found
        ]
        return [each for each in points if each.id != after][:limit]

    def _vector_of(self, data: Data) -> Data:
        return record(data).get(self.vector, []) if self.vector else data

    def count(self) -> int:
        """See `VectorIndex.count`."""
        held = record(self._call("POST", "/points/count", {"exact": True})).get("count")
        return held if isinstance(held, int) else 0

    def optimise(self) -> None:
        """The server sees to it by itself."""

    def close(self) -> None:
        """There is nothing to let go of."""

    def _prepare(self) -> None:
        """Make the collection unless it is there, and let the alias lead to it."""
        if self._ready:
            return
        vectors: Record = {"vectors": {"size": self.dim, "distance": "Cosine"}}
        if self._call("GET", "", None) is None:
            self._call("PUT", "", vectors)
        if self.alias:
            create: Record = {"create_alias": {"collection_name": self.collection, "alias_name": self.alias}}
            drop: Record = {"delete_alias": {"alias_name": self.alias}}
            self._send("POST", f"{self.url.rstrip('/')}/collections/aliases", {"actions": [drop, create]}, {})
        self._ready = True

    def _call(
        self,
        method: Literal["GET", "POST", "PUT"],
        path: str,
        body: Data,
        params: Mapping[str, str] | None = None,
    ) -> Data:
        """The result of a call; None where the collection is not there."""
        return self._send(
            method, f"{self.url.rstrip('/')}/collections/{self.collection}{path}", body, params or {}
        )

    def _send(
        self, method: Literal["GET", "POST", "PUT"], url: str, body: Data, params: Mapping[str, str]
    ) -> Data:
        headers = {"api-key": self.key} if self.key else {}
        try:
            reply = self.send(
                server(self.url), Request(method, url, params, headers, json=body, largest=_MOST)
            )
        except Refused as refused:
            _log.error(
                "qdrant_error", result="error", error=refused.outcome.value, collection=self.collection
            )
            if refused.outcome in (Outcome.INVALID_KEY, Outcome.BLOCKED):
                raise ActionRequired(
                    "The Qdrant server does not accept the key.", hint="Set QDRANT_KEY."
                ) from None
            raise Retryable(
                "The Qdrant server does not answer.",
                after=refused.after or 0.0,
                code="index_unavailable",
                resting=refused.outcome is not Outcome.BAD_RESPONSE,
            ) from None
        if reply.status in (_NOT_FOUND, _CONFLICT):
            return None
        if reply.status != _OK or "result" not in record(reply.body):
            _log.error("qdrant_error", result="error", error=str(reply.status), collection=self.collection)
            raise Retryable("The Qdrant server answered with an error.", code="index_error")
        return record(reply.body)["result"]


def _conditions(narrow: Narrow) -> list[Data]:
    found: list[Data] = [
        {"key": name, "match": {"value": value}}
        for name, value in (("artists", narrow.artist), ("key", narrow.key))
        if value
    ]
    found += [
        {"key": name, "range": {"gte": low, "lte": high}}
        for name, (low, high) in (("year", narrow.years), ("bpm", narrow.bpm))
        if (low, high) != (None, None)
    ]
    return found
