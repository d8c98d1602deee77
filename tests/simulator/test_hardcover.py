from __future__ import annotations

import httpx2
import pytest
from tests.simulator.conftest import NOBODY
from tests.support.clocks import Clock

from completist.simulator import Simulator
from completist.simulator.limits import DAY, FREE, Policy
from completist.simulator.provider import KEY as TOKEN
from completist.simulator.providers.graphql import QueryError, project, top_level

KIM = "9780140183528"
EDITIONS = "query ($isbns: [String!]!) { editions(where: {isbn_13: {_in: $isbns}}, limit: 100) { id title } }"
SEARCH = 'query ($q: String!) { search(query: $q, query_type: "Book", per_page: 25) { ids results } }'


def post(simulator: Simulator, query: str, variables: object = None, token: str = TOKEN) -> httpx2.Response:
    return httpx2.post(
        simulator.hardcover,
        headers={"Authorization": f"Bearer {token}"},
        json={"query": query, "variables": variables or {}},
        verify=NOBODY,
        trust_env=False,
    )


def editions(simulator: Simulator, *isbns: str, token: str = TOKEN) -> httpx2.Response:
    return post(simulator, EDITIONS, {"isbns": isbns}, token)


# --- the two questions -----------------------------------------------------------------------------------------


def test_editions_are_found_by_isbn_with_the_fields_that_were_asked_for(simulator: Simulator) -> None:
    rows = editions(simulator, KIM, "9780000000002").json()["data"]["editions"]
    assert [(sorted(row), row["title"]) for row in rows] == [(["id", "title"], "Kim")]


def test_books_are_found_by_their_whole_title_and_no_part_of_it(simulator: Simulator) -> None:
    fields = "{ id title people: cached_contributors }"
    query = f"query ($t: [String!]!) {{ books(where: {{title: {{_in: $t}}}}, limit: 100) {fields} }}"
    rows = post(simulator, query, {"t": ["Kim", "The Legend", "Emma"]}).json()["data"]["books"]
    assert {row["title"] for row in rows} == {"Kim", "Emma"}
    assert all(row["people"] for row in rows)


def test_a_search_answers_as_typesense_does(simulator: Simulator) -> None:
    found = post(simulator, SEARCH, {"q": "legend sleepy hollow irving"}).json()["data"]["search"]
    hit = found["results"]["hits"][0]["document"]
    assert (hit["title"], hit["author_names"]) == ("The Legend of Sleepy Hollow", ["Washington Irving"])
    assert found["ids"][0] == int(hit["id"])


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ editions(where: {isbn_13: {_in: []}}) { nonsense } }", "validation-failed"),
        ("{ nonsense { id } }", "validation-failed"),
        ("{ editions(where: {isbn_13: {_in: []}}) { book { a { b { c } } } } }", "depth-limit-exceeded"),
    ],
)
def test_what_the_real_one_would_not_answer_is_an_error(simulator: Simulator, query: str, code: str) -> None:
    rows = query.replace("[]", f'["{KIM}"]')
    answer = post(simulator, rows)
    assert answer.status_code == 200
    assert answer.json()["errors"][0]["extensions"]["code"] == code


def test_two_hundred_values_are_the_most_in_one_question(simulator: Simulator) -> None:
    assert "errors" not in editions(simulator, *[KIM] * 200).json()
    assert "errors" in editions(simulator, *[KIM] * 201).json()


@pytest.mark.parametrize(
    "query",
    [
        " ".join(f'q{n}: editions(where: {{isbn_13: {{_in: ["{KIM}"]}}}}) {{ id }}' for n in range(6)),
        'a: search(query: "a") { ids } b: search(query: "b") { ids }',
    ],
    ids=["six fields", "two searches"],
)
def test_too_many_top_level_fields_are_refused(simulator: Simulator, query: str) -> None:
    answer = post(simulator, f"{{ {query} }}")
    assert (answer.status_code, answer.json()) == (403, {"errors": ["top_level_limit_exceeded"]})


def test_only_the_right_token_opens(simulator: Simulator) -> None:
    assert (editions(simulator, KIM, token="wrong").status_code) == 401
    bare = httpx2.post(simulator.hardcover, json={"query": EDITIONS}, trust_env=False)
    assert (bare.status_code, bare.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"query": 5}', b'{"query": "{"}', b'{"query": "a(("}']
)
def test_what_is_no_question_is_refused(simulator: Simulator, content: bytes) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    answer = httpx2.post(simulator.hardcover, headers=headers, content=content, trust_env=False)
    assert answer.status_code == 400


# --- limits ----------------------------------------------------------------------------------------------------


def test_limits_are_told_in_each_reply(simulator: Simulator) -> None:
    headers = editions(simulator, KIM).headers
    assert headers["RateLimit-Policy"] == '"Free";q=60;w=60;burst=10, "daily";q=5000;w=86400'
    assert headers["RateLimit"].startswith('"Free";r=9;t=1, "daily";r=4999;t=86400')
    assert headers["X-RateLimit-Remaining"] == "9"


def test_a_call_beyond_the_burst_is_told_when_to_come_back(simulator: Simulator, clock: Clock) -> None:
    statuses = [editions(simulator, KIM).status_code for _ in range(11)]
    assert statuses == [200] * 10 + [429]
    after = int(editions(simulator, KIM).headers["Retry-After"])
    clock.now += after * 1000
    assert editions(simulator, KIM).status_code == 200


def test_each_top_level_field_counts(simulator: Simulator) -> None:
    query = " ".join(f'q{n}: editions(where: {{isbn_13: {{_in: ["{KIM}"]}}}}) {{ id }}' for n in range(5))
    assert post(simulator, f"{{ {query} }}").headers["X-RateLimit-Remaining"] == "5"


def test_a_day_s_calls_are_counted_too(clock: Clock) -> None:
    policies = (*FREE[:1], Policy("daily", 1, DAY))
    with Simulator(clock=clock.seconds, policies=policies) as simulator:
        assert editions(simulator, KIM).status_code == 200
        over = editions(simulator, KIM)
    assert (over.status_code, over.headers["Retry-After"]) == (429, "86400")
    assert '"daily";r=0;t=86400' in over.headers["RateLimit"]


# --- the query language ----------------------------------------------------------------------------------------


def test_a_query_is_read_with_aliases_arguments_and_comments() -> None:
    query = (
        "query Q($a: [String!]!) { # two\n x: editions(where: {isbn_13: {_in: $a}}, limit: 7) { id } SECOND }"
    )
    first, second = top_level(query.replace("SECOND", 'search(query: "k {") { ids }'))
    assert (first.alias, first.name, first.depth) == ("x", "editions", 1)
    assert first.argument("_in", {"a": ["1"]}) == ["1"]
    assert (first.argument("limit", {}), second.argument("query", {})) == (7, "k {")


def test_a_field_that_a_record_lacks_is_named() -> None:
    (field,) = top_level("{ editions { id } }")
    with pytest.raises(QueryError, match="field 'id' not found in type: 'editions'"):
        project({}, field.fields, "editions")
