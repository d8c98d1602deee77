"""Jobs, pipelines, freshness and items over HTTP."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.support.sites import Site, error

JOBS = "/api/v1/jobs"


@pytest.fixture
def member(site: Site) -> TestClient:
    site.account("anna")
    return site.client(site.key("anna", "member"))


def _wanted(**more: object) -> dict[str, Any]:
    return {"pipeline": "hardcover", **more}


def _settle(client: TestClient, outcome: str, **more: object) -> None:
    taken = client.post("/api/v1/claims", json={"pipeline": "hardcover", "limit": 100}).json()
    results = [{"run": run["run"], "outcome": outcome, **more} for run in taken["runs"]]
    assert (
        client.post(f"/api/v1/claims/{taken['claim']}/complete", json={"results": results}).status_code == 200
    )


@pytest.mark.parametrize("path", [JOBS, "/api/jobs"])
def test_the_same_request_is_the_same_job_while_it_is_open(site: Site, member: TestClient, path: str) -> None:
    items = site.stock(site.library("anna"), 2)
    first = member.post(path, json=_wanted(selection={"ids": items}))
    second = member.post(path, json=_wanted(selection={"ids": items}))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    job = member.get(f"{path}/{first.json()['id']}").json()
    assert job["state"] == "running"
    assert job["total"] == 2
    assert job["progress"] == {
        "pending": 2, "claimed": 0, "filled": 0, "empty": 0, "review": 0, "failed": 0, "cancelled": 0, "skipped": 0,
    }  # fmt: skip
    _settle(member, "not_found")
    job = member.get(f"{path}/{job['id']}").json()
    assert (job["state"], job["progress"]["empty"]) == ("done", 2)
    assert job["finished_at"].endswith("Z")
    assert member.post(f"{path}/{job['id']}/cancel").status_code == 409
    assert member.post(path, json=_wanted(selection={"ids": items})).status_code == 201


def test_a_key_names_one_request(site: Site, member: TestClient) -> None:
    first, second = site.stock(site.library("anna"), 2)
    asked = _wanted(selection={"ids": [first]}, idempotency_key="nightly", options={"priority": 2})
    assert member.post(JOBS, json=asked).status_code == 201
    assert member.post(JOBS, json=asked).status_code == 200
    other = member.post(JOBS, json={**asked, "selection": {"ids": [second]}})
    assert (other.status_code, error(other)["code"]) == (409, "conflict")


def test_causes_of_failure_are_told_and_can_be_tried_again(site: Site, member: TestClient) -> None:
    (item,) = site.stock(site.library("anna"), 1)
    job = member.post(JOBS, json=_wanted()).json()["id"]
    for _ in range(5):
        _settle(member, "transient", error="timed_out", retry_after=0)
    told = member.get(f"{JOBS}/{job}").json()
    assert told["progress"]["failed"] == 1
    assert told["failures"] == [{"code": "timed_out", "count": 1, "items": [item], "next_retry_at": None}]
    again = member.post(f"{JOBS}/{job}/retry").json()
    assert (again["state"], again["progress"]["pending"]) == ("running", 1)
    assert member.post(f"{JOBS}/{job}/retry").status_code == 409
    off = member.post(f"{JOBS}/{job}/cancel").json()
    assert (off["state"], off["progress"]["cancelled"]) == ("cancelled", 1)


def test_jobs_are_listed_a_page_at_a_time(site: Site, member: TestClient) -> None:
    items = site.stock(site.library("anna"), 3)
    made = [member.post(JOBS, json=_wanted(selection={"ids": [item]})).json()["id"] for item in items]
    first = member.get(JOBS, params={"limit": 2}).json()
    assert [job["id"] for job in first["jobs"]] == made[:0:-1]
    rest = member.get(JOBS, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [job["id"] for job in rest["jobs"]] == made[:1]
    assert rest["next_cursor"] is None
    assert member.get(JOBS, params={"state": "done"}).json()["jobs"] == []


@pytest.mark.parametrize(
    ("wanted", "status", "told"),
    [
        ({"selection": {"ids": []}}, 422, "selection.ids"),
        ({"selection": {"ids": [999]}}, 404, "no item 999"),
        ({"selection": {"ids": [1], "all": True}}, 422, "one of ids"),
        ({"selection": {"filter": {"kind": "author"}}}, 422, "books"),
        ({"selection": {"filter": {"missing": "nonsense"}}}, 404, "nonsense"),
        ({"selection": {"job": 99}}, 404, "no job 99"),
        ({"selection": {"state": "failed"}}, 422, "goes with job"),
        ({"selection": {"ids": [1], "state": "failed"}}, 422, "goes with job"),
        ({"selection": {"all": False}}, 422, "selection.all"),
        ({"options": {"priority": 11}}, 422, "takes 1 to 10"),
        ({"idempotency_key": "\u0000"}, 422, "idempotency_key"),
        ({"pipeline": "nonsense"}, 404, "no pipeline"),
    ],
)
def test_what_cannot_be_is_refused(
    site: Site, member: TestClient, wanted: dict[str, Any], status: int, told: str
) -> None:
    site.stock(site.library("anna"), 1)
    answer = member.post(JOBS, json=_wanted(**wanted))
    assert answer.status_code == status, answer.text
    assert told in error(answer)["message"]


def test_all_of_a_kind_may_be_named(site: Site, member: TestClient) -> None:
    site.stock(site.library("anna"), 3)
    asked = _wanted(selection={"filter": {"kind": "book", "freshness": "missing"}})
    assert member.post(JOBS, json=asked).json()["total"] == 3


# --- pipelines and freshness -----------------------------------------------------------------------------------


def test_pipelines_say_what_is_due(site: Site, member: TestClient) -> None:
    site.stock(site.library("anna"), 3)
    member.post("/api/v1/claims", json={"pipeline": "hardcover", "limit": 1})
    (found,) = [each for each in member.get("/api/v1/pipelines").json() if each["name"] == "hardcover"]
    assert found == {
        "name": "hardcover", "kind": "book", "version": "1", "outside": True, "paused": False, "due": 2, "claimed": 1,
    }  # fmt: skip
    assert member.post("/api/v1/pause").json() == {"paused": True, "changed": True}
    assert {each["paused"] for each in member.get("/api/v1/pipelines").json()} == {True}
    assert member.post("/api/v1/resume").json() == {"paused": False, "changed": True}


def test_populating_again_makes_nothing(site: Site, member: TestClient) -> None:
    site.stock(site.library("anna"), 3)
    told = [member.post("/api/v1/pipelines/hardcover/populate").json() for _ in range(2)]
    assert told == [{"created": 0, "present": 3}] * 2


def test_freshness_is_told_and_what_is_done_can_be_done_again(site: Site, member: TestClient) -> None:
    app = site.library("anna")
    items = site.stock(app, 3)
    _settle(member, "not_found")
    app.set(items[0], {"title": "Another"})
    told = member.get(
        "/api/v1/freshness", params={"pipeline": "hardcover", "ids": f"{items[0]},{items[1]}"}
    ).json()
    assert told["items"] == [
        {"item": items[0], "pipeline": "hardcover", "freshness": "stale", "cause": "data", "state": "ready",
         "version": "1"},
        {"item": items[1], "pipeline": "hardcover", "freshness": "fresh", "cause": None, "state": "empty",
         "version": "1"},
    ]  # fmt: skip
    summary = member.get("/api/v1/freshness/summary", params={"pipeline": "hardcover"}).json()
    assert summary == {"missing": 0, "fresh": 2, "stale_code": 0, "stale_data": 1}
    page = member.get("/api/v1/freshness", params={"pipeline": "hardcover", "limit": 2}).json()
    assert page["next_cursor"] == items[1]
    rest: dict[str, Any] = {"pipeline": "hardcover", "status": "fresh", "cursor": items[1]}
    assert [each["item"] for each in member.get("/api/v1/freshness", params=rest).json()["items"]] == [
        items[2]
    ]
    again = {"which": "force", "selection": {"ids": items[1:]}}
    dry = member.post("/api/v1/pipelines/hardcover/rerun", json={**again, "dry_run": True}).json()
    assert dry == {"count": 2, "job": None}
    done = member.post("/api/v1/pipelines/hardcover/rerun", json=again).json()
    assert (done["count"], done["job"]["total"]) == (2, 2)


@pytest.mark.parametrize("ids", ["", "x", "1,,2", "0", "9" * 17, f"{1:017}{0:05000}"])
def test_ids_that_are_none_are_refused(lone: Site, ids: str) -> None:
    client = lone.client(lone.account("anna"))
    refused = client.get("/api/v1/freshness", params={"pipeline": "hardcover", "ids": ids})
    assert refused.status_code == 422


# --- items -----------------------------------------------------------------------------------------------------


def test_items_are_read_a_page_at_a_time(site: Site, member: TestClient) -> None:
    items = site.stock(site.library("anna"), 3)
    first = member.get("/api/v1/items", params={"kind": "book", "missing": "isbn13", "limit": 2}).json()
    assert [each["id"] for each in first["items"]] == items[:2]
    rest = member.get("/api/v1/items", params={"cursor": first["next_cursor"]}).json()
    assert ([each["id"] for each in rest["items"]], rest["next_cursor"]) == (items[2:], None)
    assert member.get(f"/api/v1/items/{items[0]}").json() == first["items"][0]
    assert member.get("/api/v1/items/999").status_code == 404
    assert member.get("/api/v1/items", params={"missing": "nonsense"}).status_code == 404


def test_the_library_at_a_glance(site: Site, member: TestClient) -> None:
    site.stock(site.library("anna"), 2)
    told = member.get("/api/v1/status").json()
    assert told["items"] == {"book": 2}
    assert told["gaps"]["book"]["isbn13"] == 2
    assert told["runs"]["hardcover"] == {"ready": 2}
    assert told["catalogue"] is None


def test_what_is_held_back_is_handed_to_nobody_until_it_is_let_go(site: Site, member: TestClient) -> None:
    site.stock(site.library("anna"), 2)
    job = member.post(JOBS, json=_wanted()).json()["id"]
    held = member.post(f"{JOBS}/{job}/hold").json()
    assert (held["progress"]["pending"], held["failures"][0]["code"]) == (2, "on_hold")
    assert held["failures"][0]["next_retry_at"] is None
    assert member.post("/api/v1/claims", json={"pipeline": "hardcover"}).json()["runs"] == []
    member.post(f"{JOBS}/{job}/release")
    assert len(member.post("/api/v1/claims", json={"pipeline": "hardcover"}).json()["runs"]) == 2
    member.post(f"{JOBS}/{job}/cancel")
    assert member.post(f"{JOBS}/{job}/hold").status_code == 409
    assert member.post(f"{JOBS}/999/hold").status_code == 404


def test_items_come_by_how_complete_they_are(site: Site, member: TestClient) -> None:
    site.bring(
        site.library("anna"),
        {"Title": "Poor"},
        {"Title": "Rich", "Publisher": "Penguin", "Pages": "300"},
        {"Title": "Middling", "Publisher": "Penguin"},
        {"Title": "Poor too"},
    )
    asked: dict[str, Any] = {"kind": "book", "sort": "score", "limit": 3}
    first = member.get("/api/v1/items", params=asked).json()
    assert [each["completeness"] for each in first["items"]] == [13, 13, 25]
    rest = member.get("/api/v1/items", params={**asked, "cursor": first["next_cursor"]}).json()
    assert ([each["completeness"] for each in rest["items"]], rest["next_cursor"]) == ([38], None)
    poor = member.get("/api/v1/items", params={"score_below": 25}).json()["items"]
    assert [each["completeness"] for each in poor] == [13, 13]
    scores = member.get("/api/v1/status").json()["scores"]
    assert scores["book"] == {
        "average": 22.2,
        "bands": {"0": 2, "20": 2, "40": 0, "60": 0, "80": 0, "100": 0},
        "unscored": 0,
    }


@pytest.mark.parametrize(
    "params",
    [{"score_below": 0}, {"score_below": 101}, {"sort": "title"}, {"cursor": "x"}, {"cursor": "1:2:3"}],
)
def test_what_items_cannot_be_asked_by_is_refused(lone: Site, params: dict[str, Any]) -> None:
    assert lone.client(lone.account("anna")).get("/api/v1/items", params=params).status_code == 422


def test_a_job_may_be_about_what_conditions_hold_for(site: Site, member: TestClient) -> None:
    site.bring(
        site.library("anna"), {"Title": "Poor"}, {"Title": "Rich", "Publisher": "Penguin", "Pages": "300"}
    )
    chosen = {"missing": ["pages", "cover"], "score_below": 30, "never_asked": True, "older_than": "90d"}
    made = member.post("/api/v1/jobs", json={"pipeline": "book-metadata", "selection": {"filter": chosen}})
    assert (made.status_code, made.json()["total"]) == (201, 1)
    assert made.json()["selection"] == {"filter": {**chosen, "missing": ["cover", "pages"]}}


@pytest.mark.parametrize(
    "chosen",
    [{"score_below": 0}, {"score_below": "60"}, {"older_than": "soon"}, {"missing": []}, {"never_asked": 1}],
)
def test_what_is_no_condition_of_a_job_is_refused(lone: Site, chosen: dict[str, Any]) -> None:
    asked = {"pipeline": "book-metadata", "selection": {"filter": chosen}}
    assert lone.client(lone.account("anna")).post("/api/v1/jobs", json=asked).status_code == 422
