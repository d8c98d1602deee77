from __future__ import annotations

import threading
from xml.etree import ElementTree as ET

import httpx2
import pytest
from tests.simulator.conftest import WELCOME, Caller
from tests.support.clocks import Clock

from completist.simulator import Fault, Faults, Simulator
from completist.simulator.answers import Request
from completist.simulator.calls import Calls
from completist.simulator.desk import Desk
from completist.simulator.faults import Kind
from completist.simulator.pace import Pace
from completist.simulator.providers.wikidata import Wikidata
from completist.simulator.world.chance import Chance
from completist.simulator.world.shelf import standard

ASKED = {
    "openlibrary": "openlibrary.org/api/books.json?bibkeys=ISBN:9780140328721&jscmd=details",
    "googlebooks": "www.googleapis.com/books/v1/volumes?q=isbn:9780140328721&key=simulated",
    "isbndb": "api2.isbndb.com/book/9780140328721",
    "wikidata": "www.wikidata.org/w/api.php?action=wbgetentities&ids=Q42",
    "inventaire": "inventaire.io/api/entities?action=by-uris&uris=isbn:9780140328721",
    "dnb": "services.dnb.de/sru/dnb?version=1.1&operation=searchRetrieve&query=num%3D9783730606490",
    "bnf": "catalogue.bnf.fr/api/SRU?version=1.2&operation=searchRetrieve&query=bib.isbn any 9782070360024",
}
KEYS = {"isbndb": {"Authorization": "simulated"}}

each_provider = pytest.mark.parametrize("provider", ASKED)


def ask(call: Caller, provider: str) -> httpx2.Response:
    return call.get(ASKED[provider], KEYS.get(provider))


def switch(call: Caller, kind: Kind, **more: object) -> None:
    assert call.control("faults", {"faults": [{"kind": kind, **more}]}).status_code == 200


STATUSES: dict[Kind, set[int]] = {
    "rate_limited": {429},
    "quota_exhausted": {429, 403, 400},
    "forbidden": {403},
    "invalid_token": {400, 401, 403},
    "key_revoked": {400, 401, 403},
    "request_timeout": {408, 500},
    "server_error": {500},
    "unavailable": {503},
    "http_200_error": {200},
    "broken_json": {200},
    "wrong_json": {200},
    "empty_body": {200},
    "empty_answer": {200, 404},
    "other_record": {200},
    "html": {200},
    "redirect": {302},
}


@each_provider
@pytest.mark.parametrize("kind", STATUSES)
def test_each_provider_fails_in_each_way(call: Caller, clock: Clock, provider: str, kind: Kind) -> None:
    well = ask(call, provider)
    switch(call, kind)
    failed = ask(call, provider)
    assert well.status_code == 200
    assert failed.status_code in STATUSES[kind]
    assert failed.content != well.content
    switch(call, kind, times=1, every=2)
    clock.now += 60_000
    assert ask(call, provider).content == well.content


@pytest.mark.parametrize("provider", ["openlibrary", "googlebooks", "isbndb", "inventaire", "bnf"])
def test_a_lie_is_a_sound_record_of_another_book(call: Caller, provider: str) -> None:
    switch(call, "other_record")
    told = ask(call, provider).text
    title = "L'Étranger" if provider == "bnf" else "Fantastic Mr. Fox"
    assert title not in told
    assert "<" in told if provider == "bnf" else '"title' in told or "P1476" in told


@each_provider
def test_nothing_in_a_well_formed_answer_is_nothing_at_all(call: Caller, provider: str) -> None:
    switch(call, "empty_answer")
    told = ask(call, provider)
    if provider in ("dnb", "bnf"):
        assert ET.fromstring(told.content).findtext("{*}numberOfRecords") == "0"  # noqa: S314 - our own
    else:
        assert told.json() in (
            {},
            {"kind": "books#volumes", "totalItems": 0},
            {"errorMessage": "Not Found"},
            {"entities": {"Q42": {"id": "Q42", "missing": ""}}, "success": 1},
            {"entities": {}, "redirects": {}, "notFound": ["isbn:9780140328721"]},
        )


@pytest.mark.parametrize(
    ("provider", "sign"),
    [
        ("openlibrary", "{}"),
        ("wikidata", '"code": "maxlag"'),
        ("dnb", "info:srw/diagnostic/1/1"),
        ("bnf", "info:srw/diagnostic/1/1"),
        ("inventaire", '"status": 500'),
        ("googlebooks", '"reason": "backendFailed"'),
        ("isbndb", '"errorMessage"'),
    ],
)
def test_errors_with_status_200_are_told_in_each_provider_s_own_way(
    call: Caller, provider: str, sign: str
) -> None:
    switch(call, "http_200_error")
    assert sign in ask(call, provider).text


def test_a_rest_is_as_long_as_the_fault_says(call: Caller) -> None:
    switch(call, "rate_limited", after=77)
    assert ask(call, "inventaire").headers["Retry-After"] == "77"


def test_a_redirect_leads_where_the_fault_says(call: Caller) -> None:
    switch(call, "redirect", location="http://127.0.0.1:1/inside")
    assert ask(call, "openlibrary").headers["Location"] == "http://127.0.0.1:1/inside"


@pytest.mark.parametrize(
    "faults",
    [
        *(Faults((Fault(kind, after=600),)) for kind in ("hang", "drop", "cut_off", "slow")),
        Faults(latency=600),
        Faults(jitter=9_999),
    ],
    ids=["hang", "drop", "cut off", "slow", "latency", "jitter"],
)
def test_an_answer_can_stay_away_be_cut_off_or_come_late(simulator: Simulator, faults: Faults) -> None:
    simulator.switch(faults)
    with (
        httpx2.Client(timeout=0.2, trust_env=False, headers={"User-Agent": WELCOME}) as client,
        pytest.raises((httpx2.TimeoutException, httpx2.RemoteProtocolError)),
    ):
        client.get(f"{simulator.url}/{ASKED['openlibrary']}")


def test_an_answer_that_is_cut_off_has_begun_and_one_that_is_dropped_has_not(call: Caller) -> None:
    def received(kind: Kind) -> bytes:
        switch(call, kind)
        got = bytearray()
        place = f"{call.simulator.url}/{ASKED['openlibrary']}"
        try:
            with httpx2.stream("GET", place, trust_env=False, headers={"User-Agent": WELCOME}) as answer:
                for piece in answer.iter_raw():
                    got += piece
        except httpx2.RemoteProtocolError:
            return bytes(got)
        raise AssertionError("the answer was whole")

    assert received("cut_off").startswith(b'{"ISBN:9780140328721"')
    assert received("drop") == b""


def test_a_huge_answer_is_streamed_and_can_be_left(call: Caller) -> None:
    switch(call, "huge")
    place = f"{call.simulator.url}/{ASKED['openlibrary']}"
    with httpx2.stream("GET", place, trust_env=False, headers={"User-Agent": WELCOME}) as answer:
        assert int(answer.headers["Content-Length"]) == 300 * 1024 * 1024
        pieces = answer.iter_raw()
        assert sum(len(next(pieces)) for _ in range(20)) > 100_000


def test_a_fault_strikes_as_often_as_it_was_told_to(call: Caller) -> None:
    switch(call, "unavailable", every=2, times=2)
    assert [ask(call, "dnb").status_code for _ in range(8)] == [200, 503, 200, 503, 200, 200, 200, 200]


def test_a_fault_can_be_kept_for_large_questions_or_for_one_sort_of_call(call: Caller) -> None:
    many = "openlibrary.org/api/books.json?jscmd=data&bibkeys="
    switch(call, "server_error", larger_than=2)
    sizes = [call.get(many + ",".join(["ISBN:9780140328721"] * size)).status_code for size in (1, 2, 3)]
    assert sizes == [200, 200, 500]
    switch(call, "server_error", operation="search")
    assert call.get(f"{many}ISBN:9780140328721").status_code == 200
    assert call.get("openlibrary.org/search.json?title=emma").status_code == 500


def test_the_first_of_several_faults_counts(call: Caller) -> None:
    call.control("faults", {"faults": [{"kind": "unavailable", "times": 1}, {"kind": "forbidden"}]})
    assert [ask(call, "dnb").status_code for _ in range(3)] == [503, 403, 403]


def test_more_queries_at_once_than_wikidata_answers_are_refused(clock: Clock) -> None:
    arrived, released = threading.Semaphore(0), threading.Event()

    def wait(_seconds: float) -> None:
        arrived.release()
        released.wait(30)

    desk = Desk(Wikidata(), standard(), Chance(), Pace(clock.seconds), Calls(), wait)
    query = {"query": "SELECT ?x WHERE { VALUES ?x { 1 } }"}
    request = Request("GET", "query.wikidata.org", "/sparql", query, {"user-agent": WELCOME})
    threads = [threading.Thread(target=desk.answer, args=(request,)) for _ in range(6)]
    for thread in threads:
        thread.start()
        arrived.acquire()
    released.set()
    for thread in threads:
        thread.join()
    assert sorted(call.status for call in desk.calls.all()) == [200] * 5 + [429]
    assert desk.answer(request).status == 200


@pytest.mark.parametrize(
    ("name", "number"), [("every", 0), ("times", 0), ("larger_than", -1), ("after", True)]
)
def test_a_fault_that_could_never_happen_is_refused(name: str, number: int) -> None:
    with pytest.raises(ValueError, match=name):
        Faults.read({"faults": [{"kind": "hang", name: number}]})


def test_chance_in_latency_is_the_same_each_time() -> None:
    first, second = Faults(latency=1, jitter=1), Faults(latency=1, jitter=1)
    delays = [first.delay() for _ in range(5)]
    assert delays == [second.delay() for _ in range(5)]
    assert all(1 <= delay <= 2 for delay in delays)
    assert len(set(delays)) > 1
