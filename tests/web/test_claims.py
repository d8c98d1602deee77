"""Claims over HTTP: batches under a lease, the fence, and what goes back."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from tests.support.databases import content
from tests.support.sites import Site, error

CLAIMS = "/api/v1/claims"

#: A claim that was never handed out.
NOBODYS = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def worker(site: Site) -> TestClient:
    site.account("anna")
    return site.client(site.key("anna", "worker"))


def _take(client: TestClient, **wanted: object) -> dict[str, Any]:
    answer = client.post(CLAIMS, json={"pipeline": "hardcover", **wanted})
    assert answer.status_code == 200, answer.text
    taken: dict[str, Any] = answer.json()
    return taken


def _runs(taken: dict[str, Any]) -> list[int]:
    return [run["run"] for run in taken["runs"]]


def test_a_claim_tells_all_that_a_worker_needs(site: Site, worker: TestClient) -> None:
    (book,) = site.bring(
        site.library("anna"), {"Title": "Dune", "Author": "Frank Herbert", "ISBN": "9780441172719"}
    )
    taken = _take(worker)
    (run,) = taken["runs"]
    assert (run["item"], run["kind"], run["version"], run["attempt"]) == (book, "book", "1", 1)
    assert run["fields"]["title"] == "Dune"
    assert run["fields"]["isbn13"] == ["9780441172719"]
    assert run["rejected"] == []
    assert "hardcover" in run["wanted"]
    assert "title" not in run["wanted"]
    assert taken["lease_until"].endswith("Z")
    assert (taken["pipeline"], taken["version"], taken["remaining"]) == ("hardcover", "1", 0)


def test_reporting_giving_back_and_taking_are_one_call(site: Site, worker: TestClient) -> None:
    site.stock(site.library("anna"), 5)
    first = _take(worker, limit=3)
    a, b, c = _runs(first)
    results = [
        {"run": a, "outcome": "found", "values": {"hardcover": "1", "hardcover_slug": "x"}},
        {"run": b, "outcome": "not_found"},
    ]
    second = _take(worker, limit=5, previous_claim=first["claim"], results=results)
    assert second["settled"] == {"filled": 1, "empty": 1, "review": 0, "waiting": 0, "failed": 0}
    assert second["returned"] == 1
    assert len(second["runs"]) == 3
    assert c in _runs(second)
    (back,) = [run for run in second["runs"] if run["run"] == c]
    assert back["attempt"] == 1  # nobody had tried it


@pytest.mark.parametrize("route", ["complete", "take"])
def test_a_stale_result_is_refused_and_nothing_is_written(site: Site, worker: TestClient, route: str) -> None:
    site.stock(site.library("anna"), 4)
    taken = _take(worker, limit=2)
    a, b = _runs(taken)
    done = worker.post(
        f"{CLAIMS}/{taken['claim']}/complete",
        json={"results": [{"run": a, "outcome": "not_found"}], "keep": True},
    )
    assert done.json()["settled"]["empty"] == 1
    without = ("api_keys.used_at", "tallies")
    before = content(site.database, without)
    results = [{"run": run, "outcome": "found", "values": {"hardcover": "9"}} for run in (a, b)]
    if route == "complete":
        refused = worker.post(f"{CLAIMS}/{taken['claim']}/complete", json={"results": results})
    else:
        said = {"pipeline": "hardcover", "previous_claim": taken["claim"], "results": results}
        refused = worker.post(CLAIMS, json=said)
    assert refused.status_code == 409
    assert error(refused)["code"] == "stale_results"
    assert refused.json()["stale"] == [a]
    assert content(site.database, without) == before
    rest = worker.post(f"{CLAIMS}/{taken['claim']}/complete", json={"results": results[1:]})
    assert rest.json() == {
        "settled": {"filled": 1, "empty": 0, "review": 0, "waiting": 0, "failed": 0},
        "returned": 0,
    }


def test_a_heartbeat_keeps_a_claim_and_a_closed_one_says_so(site: Site, worker: TestClient) -> None:
    site.stock(site.library("anna"), 2)
    taken = _take(worker, lease_seconds=60)
    site.at += 50_000
    beat = worker.post(f"{CLAIMS}/{taken['claim']}/heartbeat", json={"lease_seconds": 600})
    assert beat.json()["runs"] == _runs(taken)
    site.at += 300_000
    assert _runs(_take(worker)) == []  # still held
    site.at += 400_000
    assert len(_runs(_take(worker))) == 2
    closed = worker.post(f"{CLAIMS}/{taken['claim']}/heartbeat", json={})
    assert closed.status_code == 409
    assert error(closed)["code"] == "conflict"


def test_releasing_gives_everything_back_untried(site: Site, worker: TestClient) -> None:
    site.stock(site.library("anna"), 2)
    taken = _take(worker)
    assert worker.post(f"{CLAIMS}/{taken['claim']}/release").json() == {"returned": 2}
    assert worker.post(f"{CLAIMS}/{taken['claim']}/release").json() == {"returned": 0}
    assert {run["attempt"] for run in _take(worker)["runs"]} == {1}


def test_a_limited_source_postpones_and_takes_no_attempt(site: Site, worker: TestClient) -> None:
    site.stock(site.library("anna"), 1)
    taken = _take(worker)
    results = [{"run": _runs(taken)[0], "outcome": "rate_limited", "retry_after": 120}]
    assert _take(worker, previous_claim=taken["claim"], results=results)["settled"]["waiting"] == 1
    assert _runs(_take(worker)) == []
    site.at += 121_000
    (run,) = _take(worker)["runs"]
    assert run["attempt"] == 1


def test_what_somebody_typed_is_not_overwritten(site: Site, worker: TestClient) -> None:
    app = site.library("anna")
    (book,) = site.stock(app, 1)
    app.set(book, {"title": "My title"})
    taken = _take(worker)
    said = {"hardcover": "1", "title": "Their title"}
    results = [{"run": _runs(taken)[0], "outcome": "found", "values": said}]
    _take(worker, previous_claim=taken["claim"], results=results)
    assert app.show(book).data["title"] == "My title"


def test_nothing_is_handed_out_of_a_paused_pipeline(site: Site, worker: TestClient) -> None:
    site.stock(site.library("anna"), 1)
    admin = site.client(site.key("anna", "admin"))
    assert admin.post("/api/v1/pipelines/hardcover/pause").json() == {"paused": True, "changed": True}
    assert _take(worker)["claim"] is None
    assert admin.post("/api/v1/pipelines/hardcover/resume").json() == {"paused": False, "changed": True}
    assert _take(worker)["claim"] is not None


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"pipeline": "nonsense"}, 404, "no pipeline"),
        ({"pipeline": "hardcover", "limit": 0}, 422, "limit: takes 1 to 100"),
        ({"pipeline": "hardcover", "limit": 10_000}, 422, "limit: takes 1 to 100"),
        ({"pipeline": "hardcover", "limit": "20"}, 422, "limit"),
        ({"pipeline": "hardcover", "lease_seconds": 5}, 422, "lease_seconds: takes 60 to 21,600"),
        ({"pipeline": "hardcover", "previous_claim": "nonsense"}, 400, "previous_claim: is no UUID"),
        ({"pipeline": "hardcover", "previous_claim": NOBODYS}, 404, "no claim"),
        ({"pipeline": "hardcover", "surprise": 1}, 422, "surprise"),
        ({"pipeline": "hardcover", "results": [{"run": "x", "outcome": "found"}]}, 422, "results.0.run"),
        ({"pipeline": "hardcover", "results": [{"run": 1, "outcome": "odd"}]}, 422, "results.0.outcome"),
        (
            {"pipeline": "hardcover", "results": [{"run": 1, "outcome": "not_found"}]},
            422,
            "belong to a claim",
        ),
        ({}, 422, "pipeline"),
        ([], 422, "body"),
    ],
)
def test_what_cannot_be_is_refused(worker: TestClient, body: Any, status: int, told: str) -> None:  # noqa: ANN401
    answer = worker.post(CLAIMS, json=body)
    assert answer.status_code == status, answer.text
    assert told in error(answer)["message"]


@pytest.mark.parametrize("verb", ["heartbeat", "complete", "release"])
def test_a_claim_that_is_none_is_refused(worker: TestClient, verb: str) -> None:
    body: dict[str, Any] = {"results": []} if verb == "complete" else {}
    assert worker.post(f"{CLAIMS}/nonsense/{verb}", json=body).status_code == 400
    assert worker.post(f"{CLAIMS}/{uuid4()}/{verb}", json=body).status_code == 404


def test_what_is_no_json_is_told_apart(worker: TestClient) -> None:
    odd = worker.post(CLAIMS, content=b'{"pipeline": ', headers={"Content-Type": "application/json"})
    assert (odd.status_code, error(odd)["code"]) == (400, "malformed")
    bytes_ = worker.post(CLAIMS, content=b"\xff\xfe\x00", headers={"Content-Type": "application/json"})
    assert bytes_.status_code == 400
    deep = worker.post(CLAIMS, content=b"[" * 100_000, headers={"Content-Type": "application/json"})
    assert deep.status_code == 400
    form = worker.post(CLAIMS, data={"pipeline": "hardcover"})
    assert (form.status_code, error(form)["code"]) == (415, "unsupported_media_type")
