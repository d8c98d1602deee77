from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from simulator.books import standard_books
from simulator.calls import Call, Calls
from simulator.graphql import QueryError, project, top_level
from simulator.hardcover import TOKEN
from simulator.limits import DAY, FREE, Limiter, Policy
from tests.support.clocks import Clock

from simulator import Fault, Faults, Simulator

ROOT = Path(__file__).parents[2]
KIM = "9780140183528"
EDITIONS = "query ($isbns: [String!]!) { editions(where: {isbn_13: {_in: $isbns}}, limit: 100) { id title } }"
SEARCH = 'query ($q: String!) { search(query: $q, query_type: "Book", per_page: 25) { ids results } }'


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def simulator(clock: Clock) -> Iterator[Simulator]:
    with Simulator(clock=clock.seconds) as running:
        yield running


def post(simulator: Simulator, query: str, variables: object = None, token: str = TOKEN) -> httpx2.Response:
    return httpx2.post(
        simulator.hardcover,
        headers={"Authorization": f"Bearer {token}"},
        json={"query": query, "variables": variables or {}},
        trust_env=False,
    )


def editions(simulator: Simulator, *isbns: str, token: str = TOKEN) -> httpx2.Response:
    return post(simulator, EDITIONS, {"isbns": isbns}, token)


def control(simulator: Simulator, faults: object) -> int:
    return httpx2.post(f"{simulator.url}/_faults", json=faults, trust_env=False).status_code


# --- the two questions -----------------------------------------------------------------------------------------


def test_editions_are_found_by_isbn_with_the_fields_that_were_asked_for(simulator: Simulator) -> None:
    rows = editions(simulator, KIM, "9780000000002").json()["data"]["editions"]
    assert [(sorted(row), row["title"]) for row in rows] == [(["id", "title"], "Kim")]


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


def test_a_hundred_values_are_the_most_in_one_question(simulator: Simulator) -> None:
    assert "errors" not in editions(simulator, *[KIM] * 100).json()
    assert "errors" in editions(simulator, *[KIM] * 101).json()


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


def test_a_minute_never_sees_more_than_its_calls() -> None:
    limiter, now, through = Limiter((Policy("Free", 60, 60, burst=10),)), 1000.0, []
    for _ in range(2_000):
        now += 0.1
        if limiter.take(now, 1) is None:
            through.append(now)
    assert max(sum(start <= moment < start + 60 for moment in through) for start in through) == 60


def test_a_day_s_calls_are_counted_too(clock: Clock) -> None:
    policies = (*FREE[:1], Policy("daily", 1, DAY))
    with Simulator(clock=clock.seconds, policies=policies) as simulator:
        assert editions(simulator, KIM).status_code == 200
        over = editions(simulator, KIM)
    assert (over.status_code, over.headers["Retry-After"]) == (429, "86400")
    assert '"daily";r=0;t=86400' in over.headers["RateLimit"]


# --- faults and calls ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("rate_limited", 429),
        ("quota_exhausted", 429),
        ("forbidden", 403),
        ("insufficient_scope", 403),
        ("invalid_token", 401),
        ("request_timeout", 408),
        ("server_error", 500),
        ("unavailable", 503),
        ("broken_json", 200),
        ("empty_body", 200),
        ("empty_answer", 200),
        ("graphql_error", 200),
        ("graphql_timeout", 200),
    ],
)
def test_each_fault_can_be_switched_on_while_it_runs(simulator: Simulator, kind: str, status: int) -> None:
    well = editions(simulator, KIM).content
    assert control(simulator, {"faults": [{"kind": kind}]}) == 200
    failed = editions(simulator, KIM)
    assert failed.status_code == status
    assert failed.content != well


@pytest.mark.parametrize(
    "faults",
    [Faults((Fault("hang"),)), Faults((Fault("drop"),)), Faults(latency=600)],
    ids=["hang", "drop", "late"],
)
def test_an_answer_can_stay_away_be_cut_off_or_come_late(simulator: Simulator, faults: Faults) -> None:
    simulator.switch(faults)
    with (
        httpx2.Client(timeout=0.05, trust_env=False) as client,
        pytest.raises((httpx2.TimeoutException, httpx2.RemoteProtocolError)),
    ):
        client.post(
            simulator.hardcover, headers={"Authorization": f"Bearer {TOKEN}"}, json={"query": EDITIONS}
        )


def test_a_fault_strikes_as_often_as_it_was_told_to(simulator: Simulator) -> None:
    simulator.switch(Faults((Fault("unavailable", every=2, times=2),)))
    assert [editions(simulator, KIM).status_code for _ in range(8)] == [
        200,
        503,
        200,
        503,
        200,
        200,
        200,
        200,
    ]


def test_a_fault_can_be_kept_for_large_questions(simulator: Simulator) -> None:
    simulator.switch(Faults((Fault("request_timeout", larger_than=2),)))
    assert [editions(simulator, *[KIM] * size).status_code for size in (1, 2, 3)] == [200, 200, 408]


@pytest.mark.parametrize(
    "faults", [{"faults": [{"kind": "rain"}]}, {"faults": [{"kind": "hang", "every": 0}]}, {"typo": 1}, [], 5]
)
def test_a_fault_that_does_not_exist_is_refused(simulator: Simulator, faults: object) -> None:
    assert control(simulator, faults) == 400
    assert editions(simulator, KIM).status_code == 200


def test_every_call_is_counted_the_refused_ones_too(simulator: Simulator) -> None:
    editions(simulator, KIM)
    editions(simulator, KIM, token="wrong")
    told = httpx2.get(f"{simulator.url}/_calls", trust_env=False).json()
    assert [(call["operation"], call["size"], call["status"]) for call in told["calls"]] == [
        ("editions", 1, 200),
        ("editions", 1, 401),
    ]
    assert told["most_in_window"]["60"] == 2


def test_the_most_in_a_window_is_found_wherever_it_begins() -> None:
    calls = Calls()
    for at, cost in [(0, 1), (50, 2), (59.9, 3), (60, 4), (200, 5)]:
        calls.add(Call(at, "editions", 200, cost))
    assert [calls.most_in(window) for window in (1, 60, 300)] == [7, 9, 15]


def test_an_unknown_path_is_not_found(simulator: Simulator) -> None:
    assert httpx2.get(f"{simulator.url}/books", trust_env=False).status_code == 404


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


# --- its data, and running it alone ----------------------------------------------------------------------------


def test_the_books_are_sound_and_know_the_demo_s_library() -> None:
    books = standard_books()
    isbns = [edition["isbn_13"] for book in books for edition in book["editions"]]
    assert all(
        sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(isbn)) % 10 == 0 for isbn in isbns
    )
    assert len({book["id"] for book in books}) == len(books)
    export = (ROOT / "demo" / "goodreads_library_export.csv").read_text(encoding="utf-8")
    assert sum(isbn in export for isbn in set(isbns)) >= 100
    assert len({book["odd"] for book in books if book.get("odd")}) >= 6


def test_it_runs_alone_and_says_where() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "simulator", "--port", "0"], stdout=subprocess.PIPE, cwd=ROOT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            told = json.loads(process.stdout.readline())
            answer = httpx2.post(
                told["hardcover"],
                headers={"Authorization": f"Bearer {told['token']}"},
                json={"query": EDITIONS, "variables": {"isbns": [KIM]}},
                trust_env=False,
            )
            assert answer.json()["data"]["editions"][0]["title"] == "Kim"
        finally:
            process.terminate()
