"""The enrichment API: what its clients rely on, line by line, and what its users would notice besides."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.support.databases import content
from tests.support.librarians import AUTHOR, WORK, Librarian, consult
from tests.support.sites import Site, error

from completist.engine.enrichment import queue as enrichment_queue
from completist.store import enrichment_log
from completist.store.enrichment_log import Logged

ISBN = "9780441172719"
DUNE: dict[str, Any] = {
    "isbn": "0-441-17271-7",
    "title": "Dune",
    "authors": ["Frank Herbert"],
    "publisher": "Ace",
    "publication_date": "1990-09-01",
    "page_count": 535,
    "format": "paperback",
    "language": "en",
    "work_key": "/works/OL893415W",
    "cover_url_large": "https://covers.example.org/1-L.jpg",
    "primary_provider": "google-books",
}
QUEUED = {"entity_type": "edition", "entity_key": ISBN}
LONG = "A planet of sand, a boy, and a worm as long as a road: what more could anybody want of a novel?"


@pytest.fixture
def admin(site: Site) -> TestClient:
    """A program with a key that may do everything, in its usual header."""
    return site.client(X_API_Key=site.account("anna"))


def _told(client: TestClient, entity: str, **said: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    answer = client.post(f"/api/enrich/{entity}", json=said)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def _queued(client: TestClient, **wanted: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    answer = client.post("/api/enrich/queue", json={"entity_type": "edition", "entity_key": ISBN, **wanted})
    assert answer.status_code == 201, answer.text
    queued: dict[str, Any] = answer.json()
    return queued


def _faults(answer: Any) -> dict[str, str]:  # noqa: ANN401 - an answer of whatever client
    assert answer.status_code == 400, answer.text
    assert error(answer)["code"] == "bad_input"
    return {fault["field"]: fault["reason"] for fault in answer.json()["fields"]}


def _log(site: Site, entity: str, key: str) -> list[Logged]:
    with site.database.read() as connection:
        return enrichment_log.read_log(connection, entity, key)


# --- the checklist of phase 1 ----------------------------------------------------------------------------------


def test_post_edition_creates_new_record_returns_201(admin: TestClient) -> None:
    told = _told(admin, "edition", **DUNE)
    assert told | {"created_at": None, "updated_at": None} == {
        "entity_type": "edition",
        "entity_key": ISBN,
        "isbn": ISBN,
        "title": "Dune",
        "authors": ["Frank Herbert"],
        "publisher": "Ace",
        "publication_date": "1990-09-01",
        "page_count": 535,
        "format": "paperback",
        "language": "en",
        "work_key": "OL893415W",
        "cover_url_large": "https://covers.example.org/1-L.jpg",
        "primary_provider": "googlebooks",
        "contributors": ["googlebooks"],
        "metadata": {},
        "sources": dict.fromkeys(DUNE.keys() - {"isbn", "primary_provider"}, "googlebooks"),
        "fields_updated": told["fields_updated"],
        "quality_score": told["quality_score"],
        "completeness_score": told["completeness_score"],
        "created_at": None,
        "updated_at": None,
    }
    assert set(told["fields_updated"]) == DUNE.keys() - {"isbn", "primary_provider"}
    assert 0 < told["completeness_score"] < 100


def test_post_edition_updates_existing_record_idempotently(site: Site, admin: TestClient) -> None:
    first = _told(admin, "edition", **DUNE)
    moving = ("enrichment_log", "api_keys.used_at")
    before = content(site.database, moving)
    again = [_told(admin, "edition", **DUNE) for _ in range(5)][-1]
    assert content(site.database, moving) == before
    assert again == {**first, "fields_updated": []}
    more = _told(admin, "edition", isbn=ISBN, description=LONG, primary_provider="google-books")
    assert more["fields_updated"] == ["description"]
    assert more["title"] == "Dune"
    assert more["contributors"] == ["googlebooks"]
    assert more["created_at"] == first["created_at"] < more["updated_at"]
    assert more["completeness_score"] > first["completeness_score"]


def test_invalid_isbn_returns_400_with_error_details(admin: TestClient) -> None:
    wrong = admin.post("/api/enrich/edition", json={"isbn": "9780441172710", "title": "Dune"})
    assert _faults(wrong) == {"isbn": "wrong check digit"}
    assert "isbn: wrong check digit" in error(wrong)["message"]


def test_missing_api_key_returns_401(site: Site, admin: TestClient) -> None:
    calls = [
        ("POST", "/api/enrich/edition", DUNE),
        ("POST", "/api/enrich/work", {"work_key": "OL1W", "title": "Dune"}),
        ("POST", "/api/enrich/author", {"author_key": "OL1A", "name": "Frank Herbert"}),
        ("POST", "/api/enrich/queue", {"entity_type": "edition", "entity_key": ISBN}),
        ("GET", "/api/enrich/status/nonsense", None),
    ]
    for client in (site.client(), site.client(X_API_Key="cmp_wrong")):
        for method, path, said in calls:
            refused = client.request(method, path, json=said)
            assert refused.status_code == 401
            assert error(refused)["code"] == "unauthorized"
    assert content(site.database)["answers"] == []


def test_post_work_creates_updates_work_record(admin: TestClient) -> None:
    first = _told(admin, "work", work_key="/works/OL893415W", title="Dune", first_publication_year=1965)
    assert (first["entity_key"], first["work_key"], first["first_publication_year"]) == (
        "OL893415W",
        "OL893415W",
        1965,
    )
    second = _told(
        admin,
        "work",
        work_key="OL893415W",
        title="Dune",
        description=LONG,
        subject_tags=["Deserts"],
        original_language="en",
        cover_url_small="https://covers.example.org/1-S.jpg",
    )
    assert second["fields_updated"] == ["description", "original_language", "subject_tags", "cover_url_small"]
    assert second["first_publication_year"] == 1965
    assert second["original_language"] == "en"


def test_post_author_creates_updates_author_record(admin: TestClient) -> None:
    first = _told(
        admin, "author", author_key="OL79034A", name="Frank Herbert", birth_year=1920, gender="Male"
    )
    second = _told(
        admin, "author", author_key="/authors/OL79034A", name="Frank Herbert", death_year=1986, bio=LONG
    )
    assert first["fields_updated"] == ["name", "gender", "birth_year"]
    assert second["fields_updated"] == ["death_year", "bio"]
    told = (second["author_key"], second["birth_year"], second["death_year"], second["gender"])
    assert told == ("OL79034A", 1920, 1986, "Male")


def test_post_queue_inserts_to_enrichment_queue_table(site: Site, admin: TestClient) -> None:
    queued = _queued(admin, priority=8, providers_to_try=["isbndb", "google-books"])
    assert queued["status"] == "pending"
    assert queued["providers_to_try"] == ["isbndb", "googlebooks"]
    (row,) = content(site.database)["enrichment_requests"]
    assert queued["id"] in row
    assert {"edition", ISBN, "pending"} <= set(row)


def test_get_status_returns_404_for_missing_id(admin: TestClient) -> None:
    for missing in ("00000000-0000-4000-8000-000000000000", "does-not-exist"):
        refused = admin.get(f"/api/enrich/status/{missing}")
        assert refused.status_code == 404
        assert error(refused)["code"] == "not_found"


def test_get_status_returns_correct_status_for_valid_id(site: Site, admin: TestClient) -> None:
    google = Librarian("googlebooks").knows(ISBN, title="Dune", pages=535)
    consult(site, Librarian("isbndb"), google)
    queued = _queued(admin, providers_to_try=["isbndb", "google-books"])
    waiting = admin.get(f"/api/enrich/status/{queued['id']}").json()
    assert waiting == {
        **queued,
        "entity_type": "edition",
        "entity_key": ISBN,
        "providers_attempted": [],
        "providers_succeeded": [],
        "retry_count": 0,
        "max_retries": 3,
        "error_message": None,
        "started_at": None,
        "completed_at": None,
        "next_at": None,
        "attempts": [],
    }
    site.app.enriching.queue().drain()
    done = admin.get(f"/api/enrich/status/{queued['id']}").json()
    assert done["status"] == "completed"
    assert (done["providers_attempted"], done["providers_succeeded"]) == (
        ["isbndb", "googlebooks"],
        ["googlebooks"],
    )
    assert done["created_at"] < done["started_at"] < done["completed_at"]
    assert [(each["provider"], each["success"], each["fields_updated"]) for each in done["attempts"]] == [
        ("isbndb", False, []),
        ("googlebooks", True, ["isbn13", "title", "pages"]),
    ]
    assert done["error_message"] is None


def test_enrichment_log_captures_all_operations_with_correct_fields_updated(
    site: Site, admin: TestClient
) -> None:
    consult(site, Librarian("googlebooks").knows(ISBN, title="Dune", pages=535))
    _told(admin, "edition", isbn=ISBN, title="Dune", page_count=535, primary_provider="me")
    _told(admin, "edition", isbn=ISBN, title="Dune", publisher="Ace", primary_provider="me")
    _told(admin, "work", work_key="OL1W", title="Dune")
    _told(admin, "author", author_key="OL1A", name="Frank Herbert")
    _queued(admin)
    site.app.enriching.queue().drain()
    logged = _log(site, "edition", ISBN)
    assert [(each.operation, each.provider, each.success, each.fields_updated) for each in logged] == [
        ("upsert", "me", True, ("title", "pages")),
        ("upsert", "me", True, ("publisher",)),
        ("enrich", "googlebooks", True, ("isbn13", "title", "pages")),
    ]
    assert all(each.response_time_ms > 0 and each.error_message is None for each in logged)
    assert [each.fields_updated for each in _log(site, "work", "OL1W")] == [("title",)]
    assert [each.fields_updated for each in _log(site, "author", "OL1A")] == [("name",)]


# --- telling ---------------------------------------------------------------------------------------------------


def test_what_is_better_stays_whoever_comes_last(admin: TestClient) -> None:
    _told(admin, "edition", **DUNE, description=LONG)
    later = _told(
        admin,
        "edition",
        isbn=ISBN,
        title="DUNE!!",
        description="A novel.",
        publication_date="1990",
        cover_url_small="https://covers.example.org/2-S.jpg",
        primary_provider="somebody",
    )
    assert (later["title"], later["description"], later["publication_date"]) == ("Dune", LONG, "1990-09-01")
    assert later["cover_url_large"] == "https://covers.example.org/1-L.jpg"
    assert later["contributors"] == ["googlebooks", "somebody"]
    assert later["primary_provider"] == "googlebooks"


def test_contributors_are_a_set_and_who_is_not_named_speaks_by_the_key(admin: TestClient) -> None:
    for _ in range(20):
        told = _told(admin, "edition", isbn=ISBN, title="Dune", primary_provider="Google Books")
    assert told["contributors"] == ["googlebooks"]
    told = _told(admin, "edition", isbn=ISBN, title="Dune", metadata={"shelf": 3})
    assert len(told["contributors"]) == 2
    (key,) = set(told["contributors"]) - {"googlebooks"}
    assert key.startswith("key:")
    assert told["metadata"] == {key: {"shelf": 3}}


def test_many_who_tell_of_one_book_at_once_lose_nothing(site: Site, admin: TestClient) -> None:
    key = site.key("anna", "admin")

    def tell(number: int) -> int:
        said = {
            "isbn": ISBN,
            "title": "Dune",
            "primary_provider": f"p{number}",
            "subject_tags": [f"s{number}"],
        }
        return site.client(key).post("/api/enrich/edition", json=said).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(tell, range(16))) == {201}
    told = _told(admin, "edition", isbn=ISBN, primary_provider="p0")
    assert told["contributors"] == sorted(f"p{number}" for number in range(16))
    assert len(_log(site, "edition", ISBN)) == 17


@pytest.mark.parametrize(
    ("entity", "said", "fields"),
    [
        ("edition", {}, {"isbn"}),
        ("edition", {"isbn": ISBN, "page_count": 0}, {"page_count"}),
        ("edition", {"isbn": ISBN, "page_count": "many"}, {"page_count"}),
        ("edition", {"isbn": ISBN, "format": "scroll"}, {"format"}),
        ("edition", {"isbn": ISBN, "publication_date": "yesterday"}, {"publication_date"}),
        ("edition", {"isbn": ISBN, "language": "Klingonese"}, {"language"}),
        ("edition", {"isbn": ISBN, "publication_date": "soon", "work_key": "OL1M"}, {"publication_date", "work_key"}),
        ("edition", {"isbn": ISBN, "cover_url_large": "file:///etc/passwd"}, {"cover_url_large"}),
        ("edition", {"isbn": ISBN, "authors": "Frank Herbert"}, {"authors"}),
        ("edition", {"isbn": ISBN, "shoe_size": 43}, {"shoe_size"}),
        ("edition", {"isbn": ISBN, "title": ""}, {"title"}),
        ("edition", {"isbn": ISBN, "primary_provider": "no/slash"}, {"primary_provider"}),
        ("edition", {"isbn": ISBN, "metadata": {"x": "y" * 20_000}}, {"metadata"}),
        ("edition", {"isbn": "B000000001"}, {"isbn"}),
        ("work", {"work_key": "OL1W"}, {"title"}),
        ("work", {"work_key": "OL1A", "title": "Dune"}, {"work_key"}),
        ("work", {"work_key": "OL1W", "title": "Dune", "first_publication_year": 99999}, {"first_publication_year"}),
        ("author", {"author_key": "OL1W", "name": "Frank Herbert"}, {"author_key"}),
        ("author", {"author_key": "OL1A", "name": "Frank Herbert", "gender": "x"}, {"gender"}),
        ("author", {"author_key": "OL1A", "name": "Nobody", "birth_year": 9, "death_year": 8}, {"death_year"}),
        ("queue", {"entity_type": "shelf", "entity_key": ISBN}, {"entity_type"}),
        ("queue", {"entity_type": "edition", "entity_key": "nonsense"}, {"entity_key"}),
        ("queue", {**QUEUED, "priority": 0}, {"priority"}),
        ("queue", {**QUEUED, "priority": 11}, {"priority"}),
        ("queue", {**QUEUED, "providers_to_try": []}, {"providers_to_try"}),
        ("queue", {**QUEUED, "providers_to_try": ["goodreads"]}, {"providers_to_try"}),
        ("queue", {**QUEUED, "entity_type": "author", "entity_key": "OL1A", "providers_to_try": ["isbndb"]},
         {"providers_to_try"}),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_field_by_field(
    lone: Site, entity: str, said: dict[str, Any], fields: set[str]
) -> None:
    client = lone.client(lone.account("anna"))
    refused = _faults(client.post(f"/api/enrich/{entity}", json=said))
    assert refused.keys() == fields
    assert all(reason for reason in refused.values())
    assert content(lone.database)["answers"] == content(lone.database)["enrichment_requests"] == []


def test_what_is_no_json_is_told_apart(lone: Site) -> None:
    client = lone.client(lone.account("anna"))
    kind = {"Content-Type": "application/json"}
    assert client.post("/api/enrich/edition", content=b"{", headers=kind).status_code == 400
    assert client.post("/api/enrich/edition", content=b"{}").status_code == 415


def test_only_admins_tell_and_members_may_ask(lone: Site) -> None:
    lone.account("anna")
    member, worker = (lone.client(lone.key("anna", role)) for role in ("member", "worker"))
    for client in (member, worker):
        assert client.post("/api/enrich/edition", json=DUNE).status_code == 403
    assert (
        member.post("/api/enrich/queue", json={"entity_type": "edition", "entity_key": ISBN}).status_code
        == 201
    )
    assert (
        worker.post("/api/enrich/queue", json={"entity_type": "edition", "entity_key": ISBN}).status_code
        == 403
    )


def test_without_accounts_the_person_at_this_machine_may_tell(lone: Site) -> None:
    told = _told(lone.client(), "edition", **{**DUNE, "primary_provider": None})
    assert told["contributors"] == ["local"]
    evil = lone.client(Origin="https://evil.example").post("/api/enrich/edition", json=DUNE)
    assert evil.status_code == 403


def test_what_was_told_fills_every_library_at_once(site: Site, admin: TestClient) -> None:
    """Books without a match in the catalogue were looked up before; what is told of one makes it due again."""
    consult(site)
    app = site.library("anna")
    site.bring(app, {"Title": "Dune", "Author": "Frank Herbert", "ISBN": ISBN}, {"Title": "Emma"})
    assert (app.fill().empty, app.fill().runs) == (2, 0)
    _told(admin, "edition", **DUNE)
    _told(admin, "work", work_key="OL893415W", title="Dune", authors=["Frank Herbert"], description=LONG)
    assert app.fill().filled == 1
    (dune, *_) = app.items("book")
    assert (dune.data["pages"], dune.data["publisher"], dune.data["binding"]) == (535, "Ace", "Paperback")
    assert dune.data["cover"] == "https://covers.example.org/1-L.jpg"
    assert (dune.data["olid_work"], dune.data["description"]) == (["OL893415W"], LONG)
    assert {value.source for name, value in dune.values.items() if name in ("pages", "description")} == {
        "enriched"
    }


def test_what_a_person_typed_stays_whatever_is_told(site: Site, admin: TestClient) -> None:
    consult(site)
    app = site.library("anna")
    (book,) = site.bring(app, {"Title": "Dune", "Author": "Frank Herbert", "ISBN": ISBN})
    app.set(book, {"pages": 1})
    _told(admin, "edition", **DUNE)
    app.fill()
    assert app.show(book).data["pages"] == 1
    assert app.show(book).data["publisher"] == "Ace"


# --- asking for it ---------------------------------------------------------------------------------------------


def test_the_same_thing_again_is_the_same_request_and_the_higher_priority_wins(admin: TestClient) -> None:
    first = _queued(admin, priority=3, providers_to_try=["isbndb"])
    second = _queued(admin, priority=9, providers_to_try=["ISBNdb", "google_books"])
    third = _queued(admin, priority=1)
    assert {each["id"] for each in (first, second, third)} == {first["id"]}
    assert third["priority"] == 9
    assert third["providers_to_try"][:2] == ["isbndb", "googlebooks"]


def test_any_form_of_key_is_the_same_thing(admin: TestClient) -> None:
    first = _queued(admin)
    assert _queued(admin, entity_key="0-441-17271-7")["id"] == first["id"]


def test_without_providers_those_are_asked_who_may_be_and_can_answer(site: Site, admin: TestClient) -> None:
    consult(
        site,
        Librarian("openlibrary"),
        Librarian("isbndb", may_be_asked=False, secret="ISBNDB_KEY"),
        Librarian("works", WORK),
        Librarian("wikidata", AUTHOR, pipeline="author-metadata"),
    )
    assert _queued(admin)["providers_to_try"] == ["openlibrary"]
    assert _queued(admin, entity_type="work", entity_key="OL1W")["providers_to_try"] == ["works"]
    assert _queued(admin, entity_type="author", entity_key="OL1A")["providers_to_try"] == ["wikidata"]


def test_another_librarys_request_is_not_found(site: Site, admin: TestClient) -> None:
    queued = _queued(admin)
    stranger = site.client(site.account("bruno"))
    assert stranger.get(f"/api/enrich/status/{queued['id']}").status_code == 404
    assert _queued(stranger)["id"] != queued["id"]


def test_a_server_that_stays_offline_says_why_a_request_waits(admin: TestClient) -> None:
    queued = _queued(admin)
    waiting = admin.get(f"/api/enrich/status/{queued['id']}").json()
    assert (waiting["status"], waiting["retry_count"]) == ("pending", 0)
    assert "offline" in waiting["error_message"]


def test_a_server_without_a_worker_works_the_queue_off_now_and_then(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = threading.Event()

    async def note() -> None:
        asked.set()

    monkeypatch.setattr(enrichment_queue, "EVERY", 0.01)
    consult(site, Librarian("googlebooks", on_call=note))
    _queued(site.client())
    with site.serving(worker=False):
        assert asked.wait(20)
