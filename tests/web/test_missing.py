"""The queue as the first clients know it, through its own routes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from tests.support.databases import content
from tests.support.sites import Site, error

MISSING = "/api/missing/hardcover"
ADMIN = "/api/admin/hardcover-queue"

#: A claim that was never handed out: the same in every run, or the tests of two processes have other names.
NOBODYS = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def admin(site: Site) -> TestClient:
    return site.client(site.account("anna"))


def _take(client: TestClient, previous: str | None = None, limit: int | None = None) -> dict[str, Any]:
    params: dict[str, Any] = {"previousProcessingId": previous, "limit": limit}
    answer = client.get(MISSING, params={name: value for name, value in params.items() if value is not None})
    assert answer.status_code == 200, answer.text
    taken: dict[str, Any] = answer.json()
    return taken


def _books(taken: dict[str, Any]) -> list[int]:
    return [book["bookId"] for book in taken["books"]]


def test_a_claim_holds_what_is_known_of_each_book_and_says_how_many_are_left(
    site: Site, admin: TestClient
) -> None:
    rows = ({"Title": "Dune", "Author": "Frank Herbert", "ISBN": "9780441172719"}, {"Title": "Emma"})
    first, second = site.bring(site.library("anna"), *rows)
    answer = admin.get(MISSING, params={"limit": 1})
    assert answer.headers["cache-control"] == "no-store"
    taken = answer.json()
    assert taken["books"] == [
        {
            "bookId": first,
            "title": "Dune",
            "subtitle": None,
            "authors": ["Frank Herbert"],
            "isbn13": ["9780441172719"],
            "isbn10": ["0441172717"],
            "firstPublished": None,
        }
    ]
    assert taken["remainingUnclaimed"] == 1
    assert taken["claimTime"].endswith("Z")
    assert _books(_take(admin)) == [second]


def test_without_the_previous_id_a_claim_stays_and_with_it_what_was_not_reported_goes_back(
    site: Site, admin: TestClient
) -> None:
    books = site.stock(site.library("anna"), 4)
    first = _take(admin, limit=2)
    assert _books(_take(admin, limit=2)) == books[2:]  # nobody said that the first two are done with
    reported = {"processingId": first["processingId"], "results": [{"bookId": books[0], "hardcoverId": "11"}]}
    assert admin.post(MISSING, json=reported).json()["updated"] == 1
    again = _take(admin, first["processingId"])
    assert _books(again) == [books[1]]
    assert again["processingId"] != first["processingId"]


def test_twenty_clients_never_get_the_same_book(site: Site, admin: TestClient) -> None:
    books = site.stock(site.library("anna"), 60)

    def claim(_: int) -> list[int]:
        return _books(_take(admin, limit=5))

    with ThreadPoolExecutor(20) as pool:
        taken = [book for batch in pool.map(claim, range(20)) for book in batch]
    assert sorted(taken) == books


def test_releasing_a_claim_gives_its_books_back_once(site: Site, admin: TestClient) -> None:
    books = site.stock(site.library("anna"), 3)
    taken = _take(admin)
    path = f"{ADMIN}/claims/{taken['processingId']}"
    assert admin.delete(path).json() == {"resetCount": 3}
    assert admin.delete(path).json() == {"resetCount": 0}
    assert _books(_take(admin)) == books


@pytest.mark.parametrize(
    ("age", "older", "came_back"), [(29, 30, 0), (31, 30, 2), (31, None, 2), (1, 0, 2), (90, 120, 0)]
)
def test_old_claims_are_taken_back(
    site: Site, admin: TestClient, age: int, older: int | None, came_back: int
) -> None:
    site.stock(site.library("anna"), 2)
    _take(admin)
    site.at += age * 60_000
    params = {} if older is None else {"olderThan": older}
    assert admin.post(f"{ADMIN}/reset", params=params).json() == {"resetCount": came_back}


def test_a_crashed_clients_books_come_round_again(site: Site, admin: TestClient) -> None:
    books = site.stock(site.library("anna"), 2)
    _take(admin)
    assert _books(_take(admin)) == []
    site.at += 31 * 60_000
    assert _books(_take(admin)) == books


def test_cleanup_finds_nothing_because_books_leave_by_themselves(site: Site, admin: TestClient) -> None:
    app = site.library("anna")
    first, second, third = site.stock(app, 3)
    app.set(first, {"hardcover": ["1"]})
    site.bring(app, {"Title": "Book 1", "Author": "Author 1", "Hardcover": "2"})
    assert admin.post(f"{ADMIN}/cleanup").json() == {"removedCount": 0}
    assert first not in _books(_take(admin))
    assert {second, third} <= {view.id for view in app.items("book")}


def test_a_book_whose_id_was_typed_while_it_was_claimed_does_not_come_back(
    site: Site, admin: TestClient
) -> None:
    app = site.library("anna")
    held, unknown, other = site.stock(app, 3)
    taken = _take(admin, limit=2)
    assert _books(taken) == [held, unknown]
    missed = {"processingId": taken["processingId"], "results": [{"bookId": unknown, "notFound": True}]}
    assert admin.post(MISSING, json=missed).json()["notFound"] == 1
    app.set(held, {"hardcover": ["42"]})
    app.set(unknown, {"hardcover": ["43"]})
    late = {"processingId": taken["processingId"], "results": [{"bookId": held, "hardcoverId": "1"}]}
    assert admin.post(MISSING, json=late).json()["stale"] == [held]
    assert admin.delete(f"{ADMIN}/claims/{taken['processingId']}").json() == {"resetCount": 0}
    site.at += 100 * 86_400_000  # an empty one is due again after 90 days
    assert _books(_take(admin)) == [other]
    app.give_up(held, ["hardcover"])
    app.give_up(unknown, ["hardcover"])
    assert set(_books(_take(admin))) == {held, unknown}


@pytest.mark.parametrize("nothing", [None, "", [], ["", " "]])
def test_a_field_without_anything_in_it_is_nothing_found(site: Site, admin: TestClient, nothing: Any) -> None:  # noqa: ANN401 - whatever a client sends
    books = site.stock(site.library("anna"), 1)
    taken = _take(admin)
    said = {
        "processingId": taken["processingId"],
        "results": [{"bookId": books[0], "hardcoverId": nothing, "hardcoverSlug": None}],
    }
    refused = admin.post(MISSING, json=said)
    assert refused.status_code == 422
    assert "brings nothing" in error(refused)["message"]
    assert _books(_take(admin, taken["processingId"])) == books


def test_books_enter_when_imported_and_leave_when_anybody_knows_their_id(
    site: Site, admin: TestClient
) -> None:
    app = site.library("anna")
    typed, reported, other = site.stock(app, 3)
    app.set(typed, {"hardcover": ["42"]})
    taken = _take(admin, limit=1)
    assert _books(taken) == [reported]
    result = {
        "bookId": reported,
        "hardcoverId": "427578",
        "hardcoverEditionId": "30",
        "hardcoverSlug": "dune",
    }
    told = admin.post(MISSING, json={"processingId": taken["processingId"], "results": [result]}).json()
    assert told == {"updated": 1, "notFound": 0, "review": 0, "waiting": 0, "failed": 0}
    assert (
        app.show(reported).data | {"hardcover": ["427578"], "hardcover_slug": "dune"}
        == app.show(reported).data
    )
    assert app.show(reported).data["hardcover_edition"] == ["30"]
    assert _books(_take(admin)) == [other]
    assert admin.post("/api/v1/pipelines/hardcover/populate").json()["created"] == 0


def test_every_form_of_result_is_understood(site: Site, admin: TestClient) -> None:
    app = site.library("anna")
    ids = site.stock(app, 5)
    _take(admin)
    results = [
        {"bookId": ids[0], "notFound": True},
        {"bookId": ids[1], "values": {"hardcover": "7"}},
        {
            "bookId": ids[2],
            "candidates": [
                {"record": "9", "title": "Something else", "byline": "Nobody", "fields": {"hardcoverId": "9"}}
            ],
        },
        {"bookId": ids[3], "retryAfter": 60},
        {"bookId": ids[4], "hardcoverId": 8},
    ]
    told = admin.post(MISSING, json={"results": results})  # the one claim of this key is meant
    assert told.status_code == 200, told.text
    counts = told.json()
    assert (counts["updated"], counts["waiting"], counts["failed"]) == (2, 1, 0)
    assert counts["notFound"] + counts["review"] == 2
    assert _books(_take(admin)) == []
    site.at += 70_000
    assert _books(_take(admin)) == [ids[3]]


def test_a_stale_report_names_the_books_and_writes_nothing(site: Site, admin: TestClient) -> None:
    books = site.stock(site.library("anna"), 3)
    taken = _take(admin)
    held, lost = books[:2], books[2]
    admin.post(
        MISSING, json={"processingId": taken["processingId"], "results": [{"bookId": lost, "notFound": True}]}
    )
    without = ("api_keys.used_at", "tallies")
    before = content(site.database, without)
    results = [{"bookId": book, "hardcoverId": "5"} for book in books]
    refused = admin.post(MISSING, json={"processingId": taken["processingId"], "results": results})
    assert refused.status_code == 409
    assert error(refused)["code"] == "stale_results"
    assert refused.json()["stale"] == [lost]
    assert content(site.database, without) == before
    results = [{"bookId": book, "hardcoverId": "5"} for book in held]
    accepted = admin.post(MISSING, json={"processingId": taken["processingId"], "results": results})
    assert accepted.json()["updated"] == 2


def test_a_report_for_a_claim_that_was_taken_back_is_refused(site: Site, admin: TestClient) -> None:
    books = site.stock(site.library("anna"), 2)
    taken = _take(admin)
    admin.post(f"{ADMIN}/reset", params={"olderThan": 0})
    result = {"bookId": books[0], "hardcoverId": "5"}
    for said in ({"processingId": taken["processingId"], "results": [result]}, {"results": [result]}):
        refused = admin.post(MISSING, json=said)
        assert (refused.status_code, refused.json()["stale"]) == (409, [books[0]])


def test_an_empty_queue_says_so(admin: TestClient) -> None:
    assert _take(admin) == {"processingId": None, "remainingUnclaimed": 0, "claimTime": None, "books": []}


@pytest.mark.parametrize(
    ("method", "path", "status", "told"),
    [
        ("GET", f"{MISSING}?previousProcessingId=nonsense", 400, "UUID"),
        ("GET", f"{MISSING}?previousProcessingId={NOBODYS}", 404, "no claim"),
        ("GET", f"{MISSING}?limit=0", 422, "1 to 100"),
        ("GET", f"{MISSING}?limit=10000", 422, "1 to 100"),
        ("GET", "/api/missing/nonsense", 404, "no pipeline"),
        ("POST", f"{ADMIN}/reset?olderThan=-1", 422, "0 to 525,600"),
        ("POST", f"{ADMIN}/reset?olderThan=x", 422, "olderThan"),
        ("POST", "/api/admin/nonsense-queue/reset", 404, "no pipeline"),
        ("POST", "/api/admin/nonsense-queue/cleanup", 404, "no pipeline"),
        ("DELETE", f"{ADMIN}/claims/nonsense", 400, "UUID"),
        ("DELETE", f"{ADMIN}/claims/{NOBODYS}", 404, "no claim"),
    ],
)
def test_what_cannot_be_is_refused(admin: TestClient, method: str, path: str, status: int, told: str) -> None:
    answer = admin.request(method, path)
    assert answer.status_code == status
    assert told in error(answer)["message"]


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ({}, "not one of"),
        ({"notFound": True, "hardcoverId": "1"}, "not one of"),
        ({"shoeSize": 43}, "no such field"),
        ({"hardcoverId": {"deep": 1}}, "hardcover"),
        ({"retryAfter": 10**9}, "0 to 604,800"),
    ],
)
def test_a_result_that_says_nothing_or_too_much_is_refused(
    site: Site, admin: TestClient, result: dict[str, Any], told: str
) -> None:
    (book,) = site.stock(site.library("anna"), 1)
    taken = _take(admin)
    refused = admin.post(
        MISSING, json={"processingId": taken["processingId"], "results": [{"bookId": book, **result}]}
    )
    assert refused.status_code == 422
    assert told in error(refused)["message"]


@pytest.mark.parametrize("role", ["member", "worker"])
def test_only_admins_may(site: Site, admin: TestClient, role: str) -> None:
    client = site.client(site.key("anna", role))
    calls = [("GET", MISSING), ("POST", f"{ADMIN}/reset"), ("POST", f"{ADMIN}/cleanup")]
    calls += [("DELETE", f"{ADMIN}/claims/{uuid4()}")]
    assert {client.request(method, path).status_code for method, path in calls} == {403}
    assert client.post(MISSING, json={"results": []}).status_code == 403
