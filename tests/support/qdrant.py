"""A Qdrant server for tests: the REST calls that `QdrantIndex` makes, answered by the client's own engine in memory."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from qdrant_client import QdrantClient, models
from tests.support.loopback import Reply, Seen, serving

_PATH = re.compile(r"/collections/([\w-]+)(/points(?:/(?:delete|query|scroll|count))?)?")


@dataclass
class SmallQdrant:
    """Collections in memory, and the aliases that lead to them."""

    client: QdrantClient = field(default_factory=lambda: QdrantClient(":memory:"))
    key: str = ""
    url: str = ""

    def answer(self, seen: Seen) -> Reply:
        if self.key and seen.headers.get("api-key") != self.key:
            return _said(403, {"status": {"error": "Must provide an API key"}})
        body = json.loads(seen.body or b"null")
        path = seen.path.partition("?")[0]
        if path == "/collections/aliases":
            self._alias(body["actions"])
            return _result(result=True)
        found = _PATH.fullmatch(path)
        assert found, path
        name, verb = found[1], (found[2] or "").removeprefix("/points")
        if found[2] is None and seen.method == "PUT":
            size = body["vectors"]["size"]
            self.client.create_collection(
                name, models.VectorParams(size=size, distance=models.Distance.COSINE)
            )
            return _result(result=True)
        if not self.client.collection_exists(name):
            return _said(404, {"status": {"error": f"Not found: Collection `{name}` doesn't exist!"}})
        if found[2] is None:
            return _result({"status": "green"})
        return _result(self._points(name, verb, seen.method, body))

    def _points(self, name: str, verb: str, method: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
        client = self.client
        if method == "PUT":
            client.upsert(name, [models.PointStruct(**each) for each in body["points"]])
            return {"status": "completed"}
        match verb:
            case "":
                return [{"id": r.id} for r in client.retrieve(name, body["ids"], with_payload=False)]
            case "/delete":
                client.delete(name, models.PointIdsList(points=body["points"]))
                return {"status": "completed"}
            case "/count":
                return {"count": client.count(name).count}
            case "/query":
                narrow = models.Filter(**body["filter"]) if "filter" in body else None
                hits = client.query_points(
                    name, body["query"], limit=body["limit"], query_filter=narrow
                ).points
                return {"points": [{"id": h.id, "score": h.score, "payload": h.payload} for h in hits]}
            case _:
                # In memory the client pages in the order in which points came: the server does in that of their ids.
                every, _ = client.scroll(name, limit=100_000, with_vectors=True)
                later = sorted((r for r in every if str(r.id) >= body["offset"]), key=lambda r: str(r.id))
                page = later[: body["limit"]]
                return {"points": [{"id": r.id, "vector": r.vector, "payload": r.payload} for r in page]}

    def _alias(self, actions: list[dict[str, Any]]) -> None:
        for action in actions:
            if "delete_alias" in action:
                self.client.update_collection_aliases(
                    [models.DeleteAliasOperation(delete_alias=models.DeleteAlias(**action["delete_alias"]))]
                ) if self._leads(action["delete_alias"]["alias_name"]) else None
            else:
                made = models.CreateAlias(**action["create_alias"])
                self.client.update_collection_aliases([models.CreateAliasOperation(create_alias=made)])

    def _leads(self, alias: str) -> bool:
        return any(each.alias_name == alias for each in self.client.get_aliases().aliases)


def _result(result: Any) -> Reply:  # noqa: ANN401 - JSON
    return _said(200, {"result": result, "status": "ok", "time": 0.0})


def _said(status: int, body: Any) -> Reply:  # noqa: ANN401 - JSON
    return status, {"Content-Type": "application/json"}, json.dumps(body).encode()


@contextmanager
def small_qdrant(key: str = "") -> Iterator[SmallQdrant]:
    """A server on the loopback address."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        small = SmallQdrant(key=key)
        with serving(small.answer) as server:
            small.url = server.url
            yield small
        small.client.close()
