from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest
from tests.support.scripted import Scripted, failing, saying
from tests.support.wikidata import ENTITY, SmallWikidata, item, stated, to

from completist.domain.fields import Data
from completist.domain.run import Outcome
from completist.sdk.provider import Record, Refused, Reply
from completist.sdk.wikidata import API, LANGUAGES, QUERY, entities, is_item, literals, select


def code_of(question: Awaitable[object]) -> Refused:
    async def asked() -> object:
        return await question

    with pytest.raises(Refused) as caught:
        asyncio.run(asked())
    return caught.value


def fetched(http: Scripted, *ids: str, keep: tuple[str, ...] = ("P50",)) -> dict[str, Record]:
    return asyncio.run(entities(http, ids, keep))


# --- queries ---------------------------------------------------------------------------------------------------


def test_a_query_is_posted_as_a_form_and_its_items_come_by_their_ids() -> None:
    http = saying({
        "head": {"vars": ["a", "b"]},
        "results": {"bindings": [
            {"a": {"type": "uri", "value": f"{ENTITY}Q42"}, "b": {"type": "literal", "value": "x"}},
        ]},
    })  # fmt: skip
    assert asyncio.run(select(http, "SELECT ?a")) == [{"a": "Q42", "b": "x"}]
    (request,) = http.seen
    assert (request.method, request.url, request.form) == ("POST", QUERY, {"query": "SELECT ?a"})
    assert request.headers["Accept"] == "application/sparql-results+json"
    assert "SELECT" not in repr(request)


@pytest.mark.parametrize("body", [None, [], {}, {"results": None}, {"results": {"bindings": "x"}}, "<html>"])
def test_what_is_no_answer_to_a_query_is_not_taken_for_no_rows(body: Data) -> None:
    refused = code_of(select(saying(body), "SELECT ?a"))
    assert (refused.outcome, refused.code) == (Outcome.BAD_RESPONSE, "wikidata_shape")


def test_a_query_that_is_not_understood_is_a_bad_response() -> None:
    refused = code_of(select(Scripted(lambda _request: Reply(400, body="MalformedQueryException")), "SELECT"))
    assert (refused.outcome, refused.code) == (Outcome.BAD_RESPONSE, "http_400")


def test_identifiers_become_literals() -> None:
    assert literals(["978-3-518-36854-1", "OL1W"]) == '"978-3-518-36854-1" "OL1W"'


@pytest.mark.parametrize("text", ['" } DELETE', "a\\", "a\nb", "", "ü", "a" * 65, "wd:Q1", "{", "?x", "-1"])
def test_a_text_that_could_be_read_as_a_part_of_a_query_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="identifier"):
        literals([text])


# --- entities --------------------------------------------------------------------------------------------------


def test_entities_come_at_most_fifty_at_a_time_and_without_what_nobody_reads() -> None:
    wikidata = SmallWikidata()
    wikidata.add(*(item(f"Q{n}", f"Item {n}", P50=to("Q1"), P999="x") for n in range(1, 121)))
    http = wikidata.http()
    found = fetched(http, *(f"Q{n}" for n in range(1, 121)))
    assert len(found) == 120
    assert [len(request.params["ids"].split("|")) for request in http.seen] == [40, 40, 40]
    assert {request.url for request in http.seen} == {API}
    assert http.seen[0].params["maxlag"] == "5"
    assert http.seen[0].params["languages"].split("|") == list(LANGUAGES)
    assert found["Q7"].keys() == {"id", "labels", "aliases", "descriptions", "claims"}
    assert found["Q7"]["claims"] == {"P50": [{"mainsnak": stated(to("Q1"))["mainsnak"], "rank": "normal"}]}


def test_each_is_asked_for_once_and_what_is_no_id_not_at_all() -> None:
    wikidata = SmallWikidata()
    wikidata.add(item("Q1", "One"))
    http = wikidata.http()
    assert list(fetched(http, "Q1", "Q1", "Q0", "P50", "Q1|Q2", "")) == ["Q1"]
    assert http.seen[0].params["ids"] == "Q1"


def test_nothing_to_ask_asks_nothing() -> None:
    http = saying()
    assert fetched(http) == {}
    assert http.seen == []


def test_what_is_gone_is_left_out_and_what_was_merged_is_found() -> None:
    wikidata = SmallWikidata(moved={"Q5": "Q6"})
    wikidata.add(item("Q6", "Six"))
    found = fetched(wikidata.http(), "Q5", "Q9")
    assert list(found) == ["Q5"]
    assert found["Q5"]["id"] == "Q6"


def test_the_servers_lag_comes_with_status_200_and_is_a_passing_trouble() -> None:
    body: Data = {"error": {"code": "maxlag", "info": "Waiting for a server: 7 seconds lagged", "lag": 7}}
    http = Scripted(lambda _request: Reply(200, {"retry-after": "5"}, body))
    refused = code_of(entities(http, ["Q1"], ()))
    assert (refused.outcome, refused.after, refused.code) == (Outcome.TRANSIENT, 5.0, "maxlag")


@pytest.mark.parametrize(
    ("code", "outcome", "said"),
    [
        ("ratelimited", Outcome.RATE_LIMITED, "ratelimited"),
        ("readonly", Outcome.TRANSIENT, "readonly"),
        ("blocked", Outcome.BLOCKED, "blocked"),
        ("internal_api_error_DBQueryError", Outcome.TRANSIENT, "internal_api_error"),
        ("no-such-entity", Outcome.BAD_RESPONSE, "no-such-entity"),
        ("Strange CODE", Outcome.BAD_RESPONSE, "wikidata_error"),
        (None, Outcome.BAD_RESPONSE, "wikidata_error"),
    ],
)
def test_each_error_has_its_outcome(code: Data, outcome: Outcome, said: str) -> None:
    refused = code_of(entities(saying({"error": {"code": code}}), ["Q1"], ()))
    assert (refused.outcome, refused.code) == (outcome, said)


@pytest.mark.parametrize("body", [None, {}, {"entities": []}, "x"])
def test_what_has_another_shape_is_no_answer(body: Data) -> None:
    assert code_of(entities(saying(body), ["Q1"], ())).code == "wikidata_shape"


def test_what_was_fetched_before_a_refusal_is_kept() -> None:
    wikidata = SmallWikidata()
    wikidata.add(*(item(f"Q{n}") for n in range(1, 61)))
    wikidata.before = lambda request: None if request.params["ids"].startswith("Q1|") else Reply(400, body="")
    refused = code_of(entities(wikidata.http(), [f"Q{n}" for n in range(1, 61)], ()))
    assert list(refused.partial) == [f"Q{n}" for n in range(1, 31)]


def test_famous_ones_are_fetched_in_smaller_parts() -> None:
    wikidata = SmallWikidata()
    wikidata.add(*(item(f"Q{n}") for n in range(1, 51)))

    def heavy(request: object) -> Reply | None:
        if len(http.seen[-1].params["ids"].split("|")) > 20:
            raise Refused(Outcome.BAD_RESPONSE, code="too_large")
        return None

    wikidata.before = heavy
    http = wikidata.http()
    assert len(fetched(http, *(f"Q{n}" for n in range(1, 51)))) == 50


def test_a_refusal_on_the_way_is_handed_on() -> None:
    assert (
        code_of(entities(failing(Refused(Outcome.BLOCKED, code="http_403")), ["Q1"], ())).code == "http_403"
    )


def test_an_item_is_known_by_its_form() -> None:
    assert is_item("Q42")
    assert not any(is_item(text) for text in ("q42", "Q0", "Q42 ", "Q42\n", "P1", "", "Q" + "9" * 20))
