from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.scripted import Scripted, saying
from tests.support.sru import diagnostic, marc, response, unimarc

from completist.domain.fields import Data
from completist.domain.run import Outcome
from completist.kinds.books.providers.libraries.sru import Endpoint, Page, phrase, read, search
from completist.sdk.provider import Refused, Reply

ENDPOINT = Endpoint("https://library.example/sru", "1.1", "MARC21-xml")
RECORD = marc("001 123", "245 10 $a Titel $b Zusatz", "650 #7 $a A & B")

#: Each makes a small file into gigabytes, or reads another one.
LAUGHS = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><a>&b;&b;&b;&b;</a>'
BOMBS = [
    LAUGHS,
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><searchRetrieveResponse>&a;</searchRetrieveResponse>',
    '<!DOCTYPE x SYSTEM "http://elsewhere.example/x.dtd"><searchRetrieveResponse/>',
    "<!DOCTYPE x [<!ENTITY % a \"<!ENTITY b 'x'>\"> %a;]><searchRetrieveResponse/>",
    "<!DOCTYPE html><html><body>Service Unavailable</body></html>",
]


def found(http: Scripted, query: str = "tit=x", most: int = 10) -> Page:
    return asyncio.run(search(http, ENDPOINT, query, most))


def refused(text: str) -> Refused:
    with pytest.raises(Refused) as caught:
        read(text)
    return caught.value


def test_a_search_is_asked_as_the_endpoint_wants_it() -> None:
    http = saying(response(RECORD))
    assert found(http, "num=978", 100).total == 1
    (request,) = http.seen
    assert (request.method, request.url, request.text) == ("GET", ENDPOINT.url, True)
    assert request.params == {
        "version": "1.1", "operation": "searchRetrieve", "query": "num=978", "recordSchema": "MARC21-xml",
        "maximumRecords": "100",
    }  # fmt: skip


@pytest.mark.parametrize("prefix", ["", "srw:"])
def test_a_record_is_read_with_its_fields_in_order(prefix: str) -> None:
    page = read(response(RECORD, total=7, prefix=prefix))
    assert page.total == 7
    assert page.records == (
        {
            "id": "", "leader": "00000nam a2200000 c 4500", "control": [["001", "123"]],
            "data": [["245", "1", "0", [["a", "Titel"], ["b", "Zusatz"]]], ["650", " ", "7", [["a", "A & B"]]]],
        },
    )  # fmt: skip


def test_a_record_of_the_french_library_is_read_alike() -> None:
    page = read(response(unimarc("001 FRBNF1", "200 1# $a Titre", ark="ark:/12148/cb1"), prefix="srw:"))
    assert page.records == (
        {
            "id": "ark:/12148/cb1", "leader": "00000nam a2200000 c 4500", "control": [["001", "FRBNF1"]],
            "data": [["200", "1", " ", [["a", "Titre"]]]],
        },
    )  # fmt: skip


def test_several_records_stay_apart() -> None:
    page = read(response(marc("001 1", "245 10 $a A"), marc("001 2", "245 10 $a B")))
    assert [record["control"] for record in page.records] == [[["001", "1"]], [["001", "2"]]]


def test_nothing_found_is_an_answer() -> None:
    assert read(response()) == Page(0, ())


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (1, Outcome.TRANSIENT),
        (2, Outcome.TRANSIENT),
        (61, Outcome.TRANSIENT),
        (3, Outcome.BAD_RESPONSE),
        (10, Outcome.BAD_RESPONSE),
        (66, Outcome.BAD_RESPONSE),
    ],
)
def test_a_diagnostic_comes_with_status_200_and_is_no_empty_answer(number: int, outcome: Outcome) -> None:
    came = refused(diagnostic(number))
    assert (came.outcome, came.code) == (outcome, f"sru_{number}")


def test_a_diagnostic_without_a_number_is_one_all_the_same() -> None:
    assert refused(diagnostic(10).replace("info:srw/diagnostic/1/10", "")).code == "sru_0"


def test_a_diagnostic_in_the_place_of_a_record_is_one_too() -> None:
    told = response(
        '<diagnostic xmlns="http://www.loc.gov/zing/srw/diagnostic/"><uri>info:srw/diagnostic/1/2</uri></diagnostic>'
    )
    assert refused(told).code == "sru_2"


def test_records_that_are_counted_and_not_there_are_no_answer() -> None:
    came = refused(response(total=3))
    assert (came.outcome, came.code) == (Outcome.TRANSIENT, "sru_no_records")


@pytest.mark.parametrize(
    "text", BOMBS, ids=["billion laughs", "a file", "a document type", "parameters", "a page"]
)
def test_what_declares_a_document_type_is_refused(text: str) -> None:
    came = refused(text)
    assert (came.outcome, came.code) == (Outcome.BAD_RESPONSE, "broken_xml")


@pytest.mark.parametrize(
    "text", ["", "x", "<a>", response(RECORD)[:-40], "<a>&b;</a>", "\ud800<a/>", "<a>\0</a>"]
)
def test_what_is_not_well_formed_is_refused(text: str) -> None:
    assert refused(text).code == "broken_xml"


@pytest.mark.parametrize(
    "text", ["<a/>", response(total=0).replace(">0<", ">many<"), "<html><body>no</body></html>"]
)
def test_what_is_no_response_of_a_search_is_refused(text: str) -> None:
    assert refused(text).code == "sru_shape"


@pytest.mark.parametrize(("status", "body"), [(400, "bad"), (404, "gone"), (200, None), (200, {"a": 1})])
def test_another_status_is_no_answer(status: int, body: Data) -> None:
    with pytest.raises(Refused) as caught:
        found(Scripted(lambda _request: Reply(status, body=body)))
    assert caught.value.code == f"http_{status}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Die Blechtrommel", '"Die Blechtrommel"'),
        ('x" or num=1 or tit="', '"x or num=1 or tit="'),
        ("back\\slash * and ?", '"back slash and"'),
        ("a\n\tb\0c", '"a b c"'),
    ],
)
def test_a_phrase_holds_no_query(text: str, said: str) -> None:
    assert phrase(text) == said


@given(st.text())
def test_a_phrase_ends_where_it_ends(text: str) -> None:
    said = phrase(text)
    assert said[0] == said[-1] == '"'
    assert not set('"\\*?^') & set(said[1:-1])
    assert len(said) <= 302


@given(st.text(alphabet="<>/=\"'& abcrecodataubfield:0123\ud800\0", max_size=200))
def test_whatever_is_sent_is_read_or_refused(text: str) -> None:
    with suppress(Refused):
        assert read(text).total >= 0
