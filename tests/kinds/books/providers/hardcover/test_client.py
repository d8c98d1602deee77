from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from tests.support.clocks import Clock

from completist.domain.fields import Data
from completist.domain.run import Outcome
from completist.kinds.books.providers.hardcover.client import (
    BATCH,
    HARDCOVER,
    PAGES,
    QUESTIONS,
    ROWS,
    Hardcover,
)
from completist.net.client import Client
from completist.net.permits import ProcessPermits
from completist.net.sending import Patience
from completist.sdk.provider import Http, Record, Refused, Reply, Request
from completist.simulator import Fault, Faults, Simulator
from completist.simulator.answers import Json
from completist.simulator.limits import DAY, Policy
from completist.simulator.providers import hardcover as simulated
from completist.simulator.providers.graphql import top_level

T = TypeVar("T")
TOKEN = "hc_pat_known"
LOCAL = "127.0.0.1"
PATIENCE = Patience()
EMMA, KIM, UNKNOWN = "9780141439587", "9780140183528", "9780000000002"


def isbn(number: int) -> str:
    body = f"979{number:09}"
    return body + str(-sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body)) % 10)


def book(number: int, *isbns: str, **more: object) -> Json:
    """A book with an edition under each of these ISBNs."""
    editions = [{"id": number * 100 + at, "isbn_13": text} for at, text in enumerate(isbns)]
    people = [{"id": 1, "name": "Ada Writer", "role": None}]
    return {
        "id": number, "slug": f"book-{number}", "title": f"Book {number}", "contributors": people,
        "editions": editions, **more,
    }  # fmt: skip


SHELF = [book(n, isbn(n)) for n in range(1, 251)]
ISBNS = [isbn(n) for n in range(1, 251)]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def simulator(clock: Clock) -> Iterator[Simulator]:
    with Simulator(books=SHELF, token=TOKEN, clock=clock.seconds) as running:
        yield running


def ask(
    simulator: Simulator,
    clock: Clock,
    question: Callable[[Hardcover, Http], Awaitable[T]],
    *,
    token: str = TOKEN,
    patience: Patience = PATIENCE,
) -> T:
    async def asked() -> T:
        permits = ProcessPermits(clock)
        async with Client(permits, clock, local=[LOCAL], sleep=clock.sleep, patience=patience) as client:
            hardcover = Hardcover(token, simulator.hardcover)
            return await question(hardcover, client.to(hardcover.provider))

    return asyncio.run(asked())


def look_up(
    simulator: Simulator, clock: Clock, isbns: list[str], *, token: str = TOKEN, patience: Patience = PATIENCE
) -> dict[str, list[Record]]:
    return ask(
        simulator, clock, lambda it, http: it.editions_by_isbn(http, isbns), token=token, patience=patience
    )


def refused(
    simulator: Simulator, clock: Clock, isbns: list[str], *, token: str = TOKEN, patience: Patience = PATIENCE
) -> Refused:
    with pytest.raises(Refused) as caught:
        look_up(simulator, clock, isbns, token=token, patience=patience)
    return caught.value


def sizes(simulator: Simulator) -> list[int]:
    return [call.size for call in simulator.calls.all()]


# --- the questions themselves ---------------------------------------------------------------------------------


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_questions_fit_hardcover_s_own_schema(shared: Path, question: str) -> None:
    graphql = pytest.importorskip("graphql")
    path = shared / "providers" / "hardcover" / "schema.graphql"
    if not path.is_file():
        pytest.skip("no schema of Hardcover")
    schema = graphql.build_schema(path.read_text(encoding="utf-8"))
    assert graphql.validate(schema, graphql.parse(question)) == []


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_has_one_top_level_field_and_goes_three_objects_deep(question: str) -> None:
    (field,) = top_level(question)
    assert field.depth <= 3


# --- by ISBN ---------------------------------------------------------------------------------------------------


def test_an_isbn_leads_to_its_editions_and_an_unknown_one_to_none(clock: Clock) -> None:
    with Simulator(token=TOKEN, clock=clock.seconds) as simulator:
        known = look_up(simulator, clock, [EMMA, KIM, UNKNOWN])
    assert list(known) == [EMMA, KIM, UNKNOWN]
    assert [edition["title"] for edition in known[EMMA]] == ["Emma", "Emma"]
    assert len({str(edition["id"]) for edition in known[EMMA]}) == 2
    assert [edition["title"] for edition in known[KIM]] == ["Kim"]
    assert known[UNKNOWN] == []


def test_two_hundred_and_fifty_isbns_are_three_calls(simulator: Simulator, clock: Clock) -> None:
    known = look_up(simulator, clock, ISBNS)
    assert all(len(known[each]) == 1 for each in ISBNS)
    assert sizes(simulator) == [100, 100, 50]


def test_an_isbn_asked_for_twice_is_asked_for_once(simulator: Simulator, clock: Clock) -> None:
    assert list(look_up(simulator, clock, [ISBNS[0]] * 3)) == [ISBNS[0]]
    assert sizes(simulator) == [1]


def test_nothing_to_ask_asks_nothing(simulator: Simulator, clock: Clock) -> None:
    assert look_up(simulator, clock, []) == {}
    assert sizes(simulator) == []


def test_it_is_asked_at_its_own_address_unless_told_otherwise(simulator: Simulator) -> None:
    assert Hardcover(TOKEN).provider == HARDCOVER
    assert Hardcover(TOKEN, simulator.hardcover).provider.hosts == {LOCAL}
    assert TOKEN not in repr(Hardcover(TOKEN))


@pytest.mark.parametrize("token", [TOKEN, f"Bearer {TOKEN}", f"  bearer {TOKEN}\n"])
def test_a_token_may_come_with_the_word_before_it(simulator: Simulator, clock: Clock, token: str) -> None:
    assert look_up(simulator, clock, ISBNS[:1], token=token)[ISBNS[0]]


@pytest.mark.parametrize("token", ["", "Bearer", "two words", "naïve"])
def test_what_cannot_be_a_token_is_not_sent(simulator: Simulator, clock: Clock, token: str) -> None:
    came = refused(simulator, clock, ISBNS[:1], token=token)
    assert (came.outcome, came.code) == (Outcome.INVALID_KEY, "no_key")
    assert simulator.calls.all() == []


# --- what is no answer is never "not found" --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "outcome", "code"),
    [
        (Fault("forbidden"), Outcome.BLOCKED, "http_403"),
        (Fault("insufficient_scope"), Outcome.INVALID_KEY, "insufficient_scope"),
        (Fault("invalid_token"), Outcome.INVALID_KEY, "invalid_token"),
        (Fault("server_error"), Outcome.TRANSIENT, "http_500"),
        (Fault("unavailable"), Outcome.TRANSIENT, "http_503"),
        (Fault("drop"), Outcome.TRANSIENT, "no_connection"),
        (Fault("broken_json"), Outcome.BAD_RESPONSE, "broken_json"),
        (Fault("empty_body"), Outcome.BAD_RESPONSE, "empty_body"),
        (Fault("graphql_error"), Outcome.TRANSIENT, "graphql_error"),
        (Fault("rate_limited", after=3600), Outcome.RATE_LIMITED, "http_429"),
        (Fault("quota_exhausted"), Outcome.QUOTA_EXHAUSTED, "http_429"),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
def test_each_fault_has_its_outcome(
    simulator: Simulator, clock: Clock, fault: Fault, outcome: Outcome, code: str
) -> None:
    simulator.switch(Faults((fault,)))
    came = refused(simulator, clock, ISBNS[:30])
    assert (came.outcome, came.code, came.partial) == (outcome, code, {})
    assert sizes(simulator) == [30]


def test_a_wrong_token_is_told_from_a_book_that_is_not_there(simulator: Simulator, clock: Clock) -> None:
    assert refused(simulator, clock, ISBNS[:1], token="another").outcome is Outcome.INVALID_KEY


def test_no_answer_at_all_is_a_passing_trouble(simulator: Simulator, clock: Clock) -> None:
    simulator.switch(Faults((Fault("hang"),)))
    came = refused(simulator, clock, ISBNS[:1], patience=Patience(answer=0.05))
    assert (came.outcome, came.code) == (Outcome.TRANSIENT, "timeout")


def test_a_rest_is_waited_out(simulator: Simulator, clock: Clock) -> None:
    simulator.switch(Faults((Fault("rate_limited", times=1, after=17),)))
    assert look_up(simulator, clock, ISBNS[:1])[ISBNS[0]]
    assert clock.slept == [17.0]


def test_what_was_answered_before_the_trouble_is_kept(simulator: Simulator, clock: Clock) -> None:
    simulator.switch(Faults((Fault("unavailable", every=3),)))
    came = refused(simulator, clock, ISBNS)
    assert came.outcome is Outcome.TRANSIENT
    assert list(came.partial) == ISBNS[:200]


# --- batches that are too much, or too empty to be true --------------------------------------------------------


@pytest.mark.parametrize("kind", ["request_timeout", "graphql_timeout"])
def test_a_batch_that_is_too_much_is_halved(simulator: Simulator, clock: Clock, kind: str) -> None:
    simulator.switch(Faults((Fault(kind, larger_than=60),)))  # type: ignore[arg-type]
    known = look_up(simulator, clock, ISBNS[:100])
    assert all(known.values())
    assert sizes(simulator) == [100, 50, 50]


def test_when_size_is_not_the_trouble_halving_ends(simulator: Simulator, clock: Clock) -> None:
    simulator.switch(Faults((Fault("request_timeout"),)))
    assert refused(simulator, clock, ISBNS[:100]).outcome is Outcome.TRANSIENT
    assert sizes(simulator) == [100, 50, 25]


def test_a_half_that_was_answered_is_kept(simulator: Simulator, clock: Clock) -> None:
    simulator.switch(Faults((Fault("request_timeout", times=1), Fault("forbidden", every=3))))
    came = refused(simulator, clock, ISBNS[:100])
    assert (came.outcome, list(came.partial)) == (Outcome.BLOCKED, ISBNS[:50])


def test_a_batch_of_nothing_is_believed_when_its_halves_say_the_same(
    simulator: Simulator, clock: Clock
) -> None:
    strange = [isbn(n) for n in range(1_000, 1_080)]
    assert look_up(simulator, clock, strange) == {each: [] for each in strange}
    assert sizes(simulator) == [80, 40, 40]


def test_an_empty_answer_of_a_source_in_trouble_is_not_believed(simulator: Simulator, clock: Clock) -> None:
    simulator.switch(Faults((Fault("empty_answer", times=1),)))
    assert all(look_up(simulator, clock, ISBNS[:100]).values())
    assert sizes(simulator) == [100, 50, 50]


def test_a_single_isbn_without_editions_is_not_known(simulator: Simulator, clock: Clock) -> None:
    assert look_up(simulator, clock, [UNKNOWN]) == {UNKNOWN: []}
    assert sizes(simulator) == [1]


def test_a_page_cut_off_is_asked_for_to_its_end(clock: Clock) -> None:
    first, *others = ISBNS[:BATCH]
    books = [book(1, *[first] * 60), *(book(n, each) for n, each in enumerate(others, 2))]
    with Simulator(books=books, token=TOKEN, clock=clock.seconds) as simulator:
        known = look_up(simulator, clock, [first, *others])
    assert [len(known[each]) for each in known] == [60, *[1] * 99]
    assert sizes(simulator) == [100, 59]


def test_isbns_beyond_a_page_shorter_than_asked_for_are_not_taken_for_unknown(
    simulator: Simulator, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulated, "ROWS", 50)
    known = look_up(simulator, clock, ISBNS[:BATCH])
    assert all(len(known[each]) == 1 for each in ISBNS[:BATCH])
    assert sizes(simulator) == [100, 50]


# --- limits ----------------------------------------------------------------------------------------------------


def test_the_limits_are_never_overstepped(clock: Clock) -> None:
    books = [book(n, isbn(n)) for n in range(1, 121)]
    with Simulator(books=books, token=TOKEN, clock=clock.seconds) as simulator:

        async def one_by_one(hardcover: Hardcover, http: Http) -> None:
            for number in range(1, 121):
                assert (await hardcover.editions_by_isbn(http, [isbn(number)]))[isbn(number)]

        ask(simulator, clock, one_by_one)
    assert {call.status for call in simulator.calls.all()} == {200}
    assert simulator.calls.most_in(60) <= 60
    assert simulator.calls.most_in(1) <= 11


def test_a_key_that_others_use_too_is_shared_fairly(clock: Clock) -> None:
    slow = (Policy("Free", 10, 60, burst=2), Policy("daily", 50, DAY))
    with Simulator(books=SHELF, token=TOKEN, clock=clock.seconds, policies=slow) as simulator:

        async def one_by_one(hardcover: Hardcover, http: Http) -> None:
            for each in ISBNS[:20]:
                await hardcover.editions_by_isbn(http, [each])

        ask(simulator, clock, one_by_one)
    assert [call.status for call in simulator.calls.all()].count(429) <= 1
    assert simulator.calls.most_in(60) <= 11


def test_the_day_s_quota_ends_the_work_without_a_call_too_many(clock: Clock) -> None:
    policies = (Policy("Free", 60, 60, burst=10), Policy("daily", 2, DAY))
    with Simulator(books=SHELF, token=TOKEN, clock=clock.seconds, policies=policies) as simulator:
        came = refused(simulator, clock, ISBNS)
        assert (came.outcome, list(came.partial)) == (Outcome.QUOTA_EXHAUSTED, ISBNS[:200])
        assert came.after
        assert [call.status for call in simulator.calls.all()] == [200, 200]


# --- by exact titles -------------------------------------------------------------------------------------------


def namesakes(number: int, times: int) -> list[Json]:
    """Books of one title, which others of the same name are better known than."""
    return [book(number * 1_000 + n, title=f"Poems {number}", users_count=n) for n in range(times)]


def titled(clock: Clock, shelf: list[Json], titles: list[str]) -> tuple[dict[str, list[Record]], int]:
    """The books under titles, and how many calls that took."""
    with Simulator(books=shelf, token=TOKEN, clock=clock.seconds) as simulator:
        known = ask(simulator, clock, lambda it, http: it.books_by_title(http, titles))
        return known, len(sizes(simulator))


def test_better_known_books_of_the_same_name_crowd_nobody_out(clock: Clock) -> None:
    shelf = [each for number in range(1, 61) for each in namesakes(number, 4)]
    titles = [f"Poems {number}" for number in range(1, 61)]
    known, calls = titled(clock, shelf, [*titles, "Nobody's"])
    assert [len(known[title]) for title in titles] == [4] * 60
    assert known["Nobody's"] == []
    assert calls == 1


def test_pages_that_are_cut_off_shorter_than_asked_for_are_turned(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(simulated, "ROWS", 100)
    shelf = [each for number in range(1, 61) for each in namesakes(number, 4)]
    titles = [f"Poems {number}" for number in range(1, 61)]
    known, calls = titled(clock, shelf, titles)
    assert [len(known[title]) for title in titles] == [4] * 60
    assert calls == 3


def test_pages_are_turned_no_further_than_is_worth_it(clock: Clock) -> None:
    rare = book(7, title="Rare", users_count=0)
    known, calls = titled(
        clock, [rare, *namesakes(1, 400), *namesakes(2, 400)], ["Poems 1", "Poems 2", "Rare"]
    )
    assert len(known["Poems 1"]) + len(known["Poems 2"]) == PAGES * ROWS
    assert [each["title"] for each in known["Rare"]] == ["Rare"]
    assert calls == PAGES + 1


# --- by title and author ---------------------------------------------------------------------------------------


def find(clock: Clock, title: str, author: str = "", *faults: Fault) -> list[Record]:
    with Simulator(Faults(faults), token=TOKEN, clock=clock.seconds) as simulator:
        return ask(simulator, clock, lambda it, http: it.search(http, title, author))


def test_a_search_offers_the_book_and_what_only_looks_like_it(clock: Clock) -> None:
    titles = [document["title"] for document in find(clock, "Great Expectations")]
    assert "Great Expectations" in titles
    assert "Summary of Great Expectations" in titles


def test_a_book_without_an_isbn_is_found_by_title_and_author(clock: Clock) -> None:
    first, *_ = find(clock, "The Legend of Sleepy Hollow", "Washington Irving")
    assert (first["title"], first["author_names"]) == ("The Legend of Sleepy Hollow", ["Washington Irving"])


def test_a_search_that_finds_nothing_says_so(clock: Clock) -> None:
    assert find(clock, "Xyzzy Plugh") == []


def test_a_search_in_trouble_is_no_empty_search(clock: Clock) -> None:
    with pytest.raises(Refused) as caught:
        find(clock, "Emma", "", Fault("graphql_timeout"))
    assert caught.value.outcome is Outcome.TRANSIENT


# --- answers that a simulator would not give -------------------------------------------------------------------


class Answering:
    """An `Http` that gives one answer to everything."""

    def __init__(self, data: Data) -> None:
        self.data = data

    async def send(self, request: Request) -> Reply:
        assert request.method == "POST"
        return Reply(200, {}, {"data": self.data})


def code_of(question: Awaitable[object]) -> str:
    async def asked() -> object:
        return await question

    with pytest.raises(Refused) as caught:
        asyncio.run(asked())
    return caught.value.code


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([{"id": 1, "isbn_13": UNKNOWN}], "other_isbns"),
        ([None, 5], "other_isbns"),
        ({"a": 1}, "editions_shape"),
    ],
)
def test_editions_of_something_else_are_not_taken_for_not_found(rows: Data, code: str) -> None:
    assert code_of(Hardcover(TOKEN).editions_by_isbn(Answering({"editions": rows}), [KIM])) == code


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ({"error": "Search timed out", "results": None}, "search_failed"),
        ({"error": None, "results": None}, "search_shape"),
        ({"error": None, "results": {"hits": None}}, "search_shape"),
        ([], "search_failed"),
    ],
)
def test_a_search_without_hits_to_read_is_not_taken_for_not_found(found: Data, code: str) -> None:
    assert code_of(Hardcover(TOKEN).search(Answering({"search": found}), "Kim")) == code
