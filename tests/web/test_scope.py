"""No route reaches another account's library, whatever ids it is told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from fastapi.testclient import TestClient
from tests.support.databases import content
from tests.support.sites import Site

#: Of an account alone: what its own calls may change.
OWN = ("api_keys.used_at", "tallies", "pauses")


def _operations(schema: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def _own(site: Site, library: int) -> dict[str, list[Any]]:
    """All that belongs to one library, in its own words."""
    told = content(site.database, OWN)
    with_library = {
        "items",
        "runs",
        "claims",
        "jobs",
        "schedules",
        "events",
        "changes",
        "proposals",
        "imports",
    }
    return {name: rows for name, rows in told.items() if name in with_library or name == "field_values"}


#: Routes that name nothing that is there: they make what is the caller's own, or keep what the caller likes.
OWN_ALONE = {
    ("POST", "/api/v1/items"),
    ("POST", "/api/v1/tracks"),
    ("POST", "/api/v1/albums"),
    ("POST", "/graphql"),
    ("POST", "/api/v1/repositories"),
    ("PUT", "/api/v1/cards/preferences"),
}


def test_with_anothers_ids_no_route_finds_or_changes_anything(site: Site) -> None:
    hers, his = site.account("anna"), site.account("bruno")
    anna = site.library("anna")
    items = site.stock(anna, 3)
    claim = site.client(hers).get("/api/missing/hardcover", params={"limit": 2}).json()["processingId"]
    job, _ = anna.ledger.create_job("hardcover", {"ids": items})
    run = site.client(hers).post("/api/v1/claims", json={"pipeline": "hardcover"}).json()["runs"][0]["run"]
    wanted = {"entity_type": "edition", "entity_key": "9780441172719"}
    request = site.client(hers).post("/api/enrich/queue", json=wanted).json()["id"]
    known = {
        "id": request,
        "claim": claim,
        "processingId": claim,
        "job": job.job.id,
        "item": items[0],
        "pipeline": "hardcover",
        "name": "nobodys",
        "run": job.job.id,
        "card": 1,
        "action": "add",
        "repository": 1,
    }
    bodies: dict[str, Any] = {
        "/api/v1/claims": {
            "pipeline": "hardcover",
            "previous_claim": claim,
            "results": [{"run": run, "outcome": "not_found"}],
        },
        "/api/v1/claims/{claim}/heartbeat": {},
        "/api/v1/claims/{claim}/complete": {"results": [{"run": run, "outcome": "not_found"}]},
        "/api/missing/{pipeline}": {
            "processingId": claim,
            "results": [{"bookId": items[0], "notFound": True}],
        },
        "/api/v1/jobs": {"pipeline": "hardcover", "selection": {"ids": items}},
        "/api/jobs": {"pipeline": "hardcover", "selection": {"job": job.job.id}},
        "/api/v1/pipelines/{pipeline}/rerun": {"which": "force", "selection": {"ids": items}},
        # What is told belongs to the world; it reaches no item but through its identifiers.
        "/api/enrich/edition": {"isbn": "9780441172719", "title": "Dune"},
        "/api/enrich/work": {"work_key": "OL893415W", "title": "Dune"},
        "/api/enrich/author": {"author_key": "OL79034A", "name": "Frank Herbert"},
        "/api/enrich/queue": wanted,
        "/api/covers/backfill": {"bookIds": items},
        "/api/commits/status": {"commit_ids": ["0" * 40]},
        "/api/v1/cards/decisions": {"ids": [1], "action": "accept"},
        "/api/v1/cards/{card}": {"front": "Whose?"},
        "/api/process": {"commit_ids": ["0" * 40]},
        "/api/v1/commits/status": {"commit_ids": ["0" * 40]},
        "/api/v1/items/{item}/cover": {"url": "https://covers.openlibrary.org/b/id/1.jpg"},
    }
    queries = {
        "/api/missing/{pipeline}": {"previousProcessingId": claim},
        "/api/v1/freshness": {"pipeline": "hardcover", "ids": ",".join(map(str, items))},
        "/api/v1/freshness/summary": {"pipeline": "hardcover"},
        "/api/v1/events": {"after": 0},
        "/api/admin/{pipeline}-queue/reset": {"olderThan": 0},
        "/api/isbn": {"isbn": "9780140328721"},
        "/api/process/stream": {"runId": job.job.id},
        "/api/v1/search": {"q": "book"},
        "/api/v1/search/playlist": {"q": "book", "format": "csv"},
        "/api/v1/covers": {"ids": ",".join(map(str, items))},
    }
    known |= {"sha256": "a" * 64, "size": "s"}
    site.stop.set()  # so that the stream of events ends
    before = _own(site, anna.library_id)
    client = site.client(his)
    seen = 0
    for method, path, operation in _operations(site.api.openapi()):
        if "security" not in operation or path == "/metrics":
            continue  # open to all, or counts over all libraries by design
        if (method, path) in OWN_ALONE:
            continue
        url = re.sub(r"\{(\w+)\}", lambda found: str(known[found[1]]), path)
        answer = client.request(
            method,
            url,
            json=bodies.get(path) if method in ("POST", "PUT", "PATCH") else None,
            params=queries.get(path),
        )
        _is_nothing(answer.status_code, answer.text, path)
        seen += 1
    assert seen > 25
    assert _own(site, anna.library_id) == before
    assert anna.ledger.pipelines()[-1].paused is False


def _is_nothing(status: int, text: str, path: str) -> None:
    """That an answer is a refusal, or tells of an empty library."""
    if status == 404:
        return
    assert status in (200, 201), (path, status, text)
    assert not re.search(r"(Book|Author) \d", text), path
    if path.endswith(("/events",)):
        assert "data:" not in text
        return
    if path.endswith("/playlist"):
        assert len(text.splitlines()) == 1, path  # the names of the columns
        return
    if path.endswith(("/stream", "/export")):
        assert "Anna" not in text
        return
    told = json.loads(text)
    for name in ("books", "items", "runs", "jobs"):
        assert not (isinstance(told, dict) and told.get(name)), (path, told)
    counted = (
        [told.get(n, 0) for n in ("resetCount", "removedCount", "returned", "created", "total", "count")]
        if isinstance(told, dict)
        else [0]
    )
    assert not any(counted), (path, told)


def test_every_route_but_the_open_ones_asks_for_a_key(lone: Site) -> None:
    lone.account("anna")
    client: TestClient = lone.client()
    open_to_all = {"/healthz", "/readyz", "/login", "/logout"}
    for method, path, _ in _operations(lone.api.openapi()):
        url = re.sub(r"\{claim\}|\{processingId\}", "5f0c0f5e-8a51-4b43-8a3c-7c0f2a8f7f11", path)
        url = re.sub(r"\{\w+\}", "1", url)
        body = {"pipeline": "hardcover", "which": "stale", "results": []} if method == "POST" else None
        answer = client.request(method, url, json=body)
        assert (answer.status_code == 401) == (path not in open_to_all), (method, path, answer.status_code)
