"""Look-ups by ISBN: what its clients rely on, line by line, and what callers would notice besides."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from tests.support.catalogues import isbn13, write_dump
from tests.support.databases import content
from tests.support.librarians import Librarian, consult
from tests.support.sites import Site, error

from completist.catalog import build, open_catalogue
from completist.domain.run import Outcome
from completist.engine.enrichment import reading_through
from completist.sdk.provider import Refused
from completist.store import answers, enrichment_log
from completist.store.answers import DAY, LASTS, UNKNOWN_LASTS

HIT, NEW = isbn13(1), "9780441172719"
DOWN = Refused(Outcome.TRANSIENT, code="http_503")


@pytest.fixture(scope="module")
def generations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small catalogue, loaded."""
    root = tmp_path_factory.mktemp("catalogue")
    build(root, [write_dump(root / "dump.txt")])
    return root


@pytest.fixture
def shop(site: Site, generations: Path) -> Site:
    """A site with that catalogue, which asks nobody."""
    site.app.__dict__["catalogue"] = open_catalogue(generations)
    consult(site)
    return site


def _get(site: Site, isbn: str, **params: object) -> Any:  # noqa: ANN401 - an answer
    return site.client().get("/api/isbn", params={"isbn": isbn, **{k: str(v) for k, v in params.items()}})


def _kept(site: Site, provider: str, isbn: str) -> answers.Answer | None:
    with site.database.read() as connection:
        return answers.read_answers(connection, provider, [f"isbn13:{isbn}"]).get(f"isbn13:{isbn}")


@contextmanager
def _statements(site: Site) -> Iterator[list[str]]:
    """What goes to the database beside single glances."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(site.database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(site.database.engine, "before_cursor_execute", note)


# --- the checklist of phase 2 ----------------------------------------------------------------------------------


def test_isbn_lookup_latency_unchanged_for_hits_no_call_and_hardly_a_question_to_the_database(
    shop: Site,
) -> None:
    """What it takes in milliseconds is measured by ``python -m bench.lookups``."""
    google = Librarian("googlebooks").knows(HIT, title="Something")
    consult(shop, google)
    assert _get(shop, HIT).status_code == 200
    with _statements(shop) as seen:
        assert _get(shop, HIT).status_code == 200
    assert seen == []
    assert google.calls == []


def test_no_more_kv_writes_for_book_metadata(shop: Site) -> None:
    _get(shop, HIT)
    before = content(shop.database)
    for _ in range(20):
        assert _get(shop, HIT).json()["provider"] == "openlibrary"
    assert content(shop.database) == before


def test_google_books_fallback_is_kept_without_the_caller_posting_it(shop: Site) -> None:
    google = Librarian("googlebooks").knows(NEW, title="Dune", publisher="Ace", pages=535)
    consult(shop, google)
    answer = _get(shop, NEW)
    assert answer.status_code == 200
    assert answer.json()["provider"] == "googlebooks"
    kept = _kept(shop, "googlebooks", NEW)
    assert kept is not None
    assert kept.records == ({"title": "Dune", "publisher": "Ace", "pages": 535},)
    with shop.database.read() as connection:
        (logged,) = enrichment_log.read_log(connection, "edition", NEW)
    assert (logged.operation, logged.provider, logged.success) == ("lookup", "googlebooks", True)
    assert set(logged.fields_updated) == {"isbn13", "title", "publisher", "pages"}


def test_circuit_breaker_still_protects_against_outages(shop: Site) -> None:
    """A provider that is left alone is no reason to wait, and never to say that there is no such book."""
    resting = Librarian("openlibrary", refuse=Refused(Outcome.TRANSIENT, 120.0, "breaker"))
    consult(shop, resting)
    refused = _get(shop, NEW)
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "120"
    assert error(refused)["retryable"] is True
    assert (refused.json()["asked"], refused.json()["unanswered"]) == (["catalogue"], ["openlibrary"])
    assert _kept(shop, "openlibrary", NEW) is None
    healthy = Librarian("googlebooks").knows(NEW, title="Dune")
    consult(shop, resting, healthy)
    assert _get(shop, NEW).json()["provider"] == "googlebooks"


def test_popular_isbns_still_return_instantly(shop: Site) -> None:
    """Those who ask for the same book at the same time share one call, and nobody makes it again."""
    asked, answer = threading.Event(), threading.Event()

    async def hold() -> None:
        asked.set()
        await asyncio.to_thread(answer.wait, 20)

    google = Librarian("googlebooks", on_call=hold).knows(NEW, title="Dune")
    consult(shop, google)
    with ThreadPoolExecutor(6) as pool:
        many = [pool.submit(_get, shop, NEW, deadline=10) for _ in range(6)]
        assert asked.wait(20)
        answer.set()
        assert {each.result().status_code for each in many} == {200}
    assert _get(shop, NEW).status_code == 200
    assert google.calls == [[NEW]]


def test_new_isbns_from_google_books_appear_in_the_database_after_lookup(shop: Site) -> None:
    """Also when they come too late for who asked: the call is answered in time, and the next one finds them."""
    answer, kept = threading.Event(), threading.Event()

    async def late() -> None:
        await asyncio.to_thread(answer.wait, 20)

    consult(shop, Librarian("googlebooks", on_call=late).knows(NEW, title="Dune"))
    told = _get(shop, NEW, deadline=0)
    assert told.status_code == 503
    assert error(told)["code"] == "not_yet"
    flight = shop.app.enriching.lookups.begin(NEW, ())  # the one that is under way
    flight.add_done_callback(lambda _done: kept.set())
    answer.set()
    assert kept.wait(20)
    assert _kept(shop, "googlebooks", NEW) is not None
    assert _get(shop, NEW).json()["results"][0]["works"][0]["title"] == "Dune"


# --- what is answered ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form", [HIT, f"{HIT[:3]}-{HIT[3:]}", f"{HIT[:3]} {HIT[3:9]}-{HIT[9:]}", f"isbn {HIT}"]
)
def test_an_isbn_is_understood_in_any_form(shop: Site, form: str) -> None:
    answer = _get(shop, form)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    (found,) = answer.json()["results"]
    assert found == {
        "isbn13": HIT,
        "works": [
            {
                "title": "The Amber Harbour",
                "authors": ["Ada Wetherby"],
                "olid_work": ["OL1W"],
                "first_published": "1821",
                "subjects": ["Fiction"],
            }
        ],
        "editions": [
            {
                "isbn13": [HIT],
                "isbn10": [found["editions"][0]["isbn10"][0]],
                "olid": ["OL1M"],
                "publisher": "Penguin",
                "published": "1951",
                "pages": 101,
                "language": "en",
            }
        ],
        "authors": [{"name": "Ada Wetherby", "olid_author": "OL1A"}],
    }
    assert set(answer.json()["sources"].values()) == {"openlibrary"}


@pytest.mark.parametrize(
    ("isbn", "reason"),
    [("9780140000010", "check digit"), ("123", "too short"), ("x" * 200, "100"), ("", "not")],
)
def test_what_is_no_isbn_is_refused_with_the_reason(shop: Site, isbn: str, reason: str) -> None:
    refused = _get(shop, isbn)
    assert refused.status_code == 400
    (fault,) = refused.json()["fields"]
    assert fault["field"] == "isbn"
    assert reason in fault["reason"]


@pytest.mark.parametrize("deadline", ["-1", "11", "soon"])
def test_a_deadline_that_cannot_be_is_refused(shop: Site, deadline: str) -> None:
    refused = _get(shop, HIT, deadline=deadline)
    assert refused.status_code == 400
    assert [fault["field"] for fault in refused.json()["fields"]] == ["deadline"]


def test_a_book_that_nobody_knows_is_not_found_and_that_is_remembered(shop: Site) -> None:
    one, two = Librarian("openlibrary"), Librarian("googlebooks")
    consult(shop, one, two)
    for _ in range(3):
        answer = _get(shop, NEW)
        assert answer.status_code == 404
        assert answer.json()["asked"] == ["catalogue", "openlibrary", "googlebooks"]
    assert (len(one.calls), len(two.calls)) == (1, 1)
    shop.at += UNKNOWN_LASTS[0] + DAY
    one.knows(NEW, title="Dune")
    assert _get(shop, NEW).status_code == 200


def test_where_nobody_is_asked_the_catalogue_has_the_last_word(shop: Site) -> None:
    shop.app.__dict__["door"] = None
    answer = _get(shop, NEW)
    assert (answer.status_code, answer.json()["asked"]) == (404, ["catalogue"])


def test_providers_are_asked_in_order_until_one_knows_it(shop: Site) -> None:
    first, second = Librarian("openlibrary"), Librarian("googlebooks").knows(NEW, title="Dune")
    third = Librarian("isbndb").knows(NEW, title="Dune")
    shut = Librarian("hardcover", may_be_asked=False).knows(NEW, title="Dune")
    consult(shop, shut, first, second, third)
    assert _get(shop, NEW).json()["provider"] == "googlebooks"
    assert (shut.calls, first.calls, second.calls, third.calls) == ([], [[NEW]], [[NEW]], [])


def test_one_that_takes_its_time_does_not_keep_the_next_from_being_asked(
    shop: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_through, "HEDGE", 0.01)
    answer = threading.Event()

    async def slow() -> None:
        await asyncio.to_thread(answer.wait, 20)

    slow_one = Librarian("openlibrary", on_call=slow).knows(NEW, title="Dune", pages=1)
    consult(shop, slow_one, Librarian("googlebooks").knows(NEW, title="Dune", pages=535))
    told = _get(shop, NEW, deadline=10)
    answer.set()
    assert told.json()["provider"] == "googlebooks"


def test_who_would_not_answer_has_not_said_that_there_is_no_such_book(shop: Site) -> None:
    consult(shop, Librarian("openlibrary"), Librarian("googlebooks", refuse=DOWN))
    refused = _get(shop, NEW)
    assert refused.status_code == 503
    assert refused.json()["asked"] == ["catalogue", "openlibrary"]
    assert refused.json()["unanswered"] == ["googlebooks"]
    assert int(refused.headers["retry-after"]) >= 1


def test_a_provider_that_breaks_is_no_error_of_the_servers(shop: Site) -> None:
    consult(shop, Librarian("openlibrary", refuse=KeyError("docs")))
    assert _get(shop, NEW).status_code == 503


def test_too_many_at_once_are_asked_to_come_again(shop: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_through, "AT_ONCE", 1)
    answer = threading.Event()

    async def hold() -> None:
        await asyncio.to_thread(answer.wait, 20)

    consult(shop, Librarian("googlebooks", on_call=hold))
    assert error(_get(shop, NEW, deadline=0))["code"] == "not_yet"
    other = _get(shop, "9780140328721", deadline=0)
    answer.set()
    assert (other.status_code, error(other)["code"]) == (503, "too_many_lookups")
    assert other.headers["retry-after"] == "2"
    assert _get(shop, HIT).status_code == 200


def test_an_answer_that_has_expired_is_given_at_once_and_asked_for_anew(shop: Site) -> None:
    google = Librarian("googlebooks").knows(NEW, title="Dune", pages=535)
    consult(shop, google)
    _get(shop, NEW)
    shop.at += LASTS + DAY
    google.knows(NEW, title="Dune", pages=536)
    assert _get(shop, NEW).json()["results"][0]["editions"][0]["pages"] == 535
    done = threading.Event()
    shop.app.enriching.lookups.begin(NEW, ()).add_done_callback(lambda _done: done.set())
    assert done.wait(20)
    assert _get(shop, NEW).json()["results"][0]["editions"][0]["pages"] == 536
    assert len(google.calls) == 2


def test_all_that_is_known_is_put_together_field_by_field(shop: Site) -> None:
    consult(shop, Librarian("googlebooks").knows(HIT, title="The Amber Harbour", binding="Paperback"))
    desk = shop.app.enriching.of(shop.app.library_id)
    desk.tell("edition", HIT, {"title": "The Amber Harbour", "description": "x" * 100, "pages": 7}, "me")
    desk.request("me", "edition", HIT)
    shop.app.enriching.queue().drain()
    told = _get(shop, HIT).json()
    assert told["results"][0]["editions"][0]["binding"] == "Paperback"
    sources = told["sources"]
    assert (sources["publisher"], sources["description"], sources["binding"]) == (
        "openlibrary",
        "enriched",
        "googlebooks",
    )


def test_another_book_under_the_same_number_is_not_mixed_in(shop: Site) -> None:
    """ISBNs are given twice: what speaks of another book stays out."""
    desk = shop.app.enriching.of(shop.app.library_id)
    desk.tell(
        "edition", HIT, {"title": "Tax Law in Five Days", "authors": ["X. Y. Zed"], "binding": "ebook"}, "me"
    )
    told = _get(shop, HIT).json()
    assert told["results"][0]["works"][0]["title"] == "The Amber Harbour"
    assert "binding" not in told["results"][0]["editions"][0]


def test_what_is_told_of_an_edition_is_found_with_what_is_told_of_its_work(shop: Site) -> None:
    desk = shop.app.enriching.of(shop.app.library_id)
    desk.tell("edition", NEW, {"title": "Dune", "olid_work": "OL893415W", "pages": 535}, "me")
    desk.tell("work", "OL893415W", {"title": "Dune", "description": "x" * 100}, "me")
    (found,) = _get(shop, NEW).json()["results"]
    assert found["works"][0]["description"] == "x" * 100
    assert found["editions"][0]["pages"] == 535


# --- who may ask -----------------------------------------------------------------------------------------------


def test_any_key_may_look_up_and_nobody_else_once_there_are_accounts(shop: Site) -> None:
    shop.account("anna")
    worker = shop.key("anna", "worker")
    refused = shop.client().get("/api/isbn", params={"isbn": HIT})
    assert refused.status_code == 401
    assert error(refused)["code"] == "unauthorized"
    for client in (shop.client(worker), shop.client(X_API_Key=worker)):
        assert client.get("/api/isbn", params={"isbn": HIT}).status_code == 200
    stranger = shop.client(worker, X_Completist_Library="999")
    assert stranger.get("/api/isbn", params={"isbn": HIT}).status_code == 404
    confused = shop.client(worker, X_Completist_Library="mine")
    assert confused.get("/api/isbn", params={"isbn": HIT}).status_code == 422
    assert shop.client("cmp_wrong").get("/api/isbn", params={"isbn": HIT}).status_code == 401


def test_look_ups_are_counted(shop: Site) -> None:
    consult(shop, Librarian("googlebooks").knows(NEW, title="Dune"))
    for isbn in (HIT, HIT, NEW, NEW, "9780140328721"):
        _get(shop, isbn)
    shop.app.enriching.close()
    metrics = shop.client().get("/metrics").text
    assert 'completist_lookups_total{outcome="found",source="catalogue"} 2.0' in metrics
    assert 'completist_lookups_total{outcome="found",source="providers"} 1.0' in metrics
    assert 'completist_lookups_total{outcome="found",source="answers"} 1.0' in metrics
    assert 'completist_lookups_total{outcome="not_found",source="providers"} 1.0' in metrics
