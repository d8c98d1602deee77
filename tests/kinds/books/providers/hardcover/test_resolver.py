from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from tests.support.clocks import Clock

from completist.domain.fields import Data
from completist.domain.matching import Verdict
from completist.domain.run import Outcome
from completist.kinds.books.matching.offered import judge
from completist.kinds.books.providers.hardcover.resolver import HITS, RESOLVERS, HardcoverResolver
from completist.net.client import Client
from completist.net.permits import ProcessPermits
from completist.sdk import registry
from completist.sdk.finder import Subject
from completist.sdk.provider import SET_ASIDE, Resolved
from completist.simulator import Fault, Faults, Simulator
from completist.simulator.answers import Json
from completist.simulator.faults import Kind
from completist.simulator.limits import FREE, Policy

TOKEN = "simulated"
EMMA, EMMA_10, KIM = "9780141439587", "0141439580", "9780140183528"
UNKNOWN = "9780000000002"
FINAL = ["rate_limited", "quota_exhausted", "forbidden", "invalid_token", "insufficient_scope"]
PASSING = [
    "server_error",
    "unavailable",
    "request_timeout",
    "drop",
    "broken_json",
    "empty_body",
    "graphql_error",
]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def simulator(clock: Clock) -> Iterator[Simulator]:
    with Simulator(clock=clock.seconds) as running:
        yield running


class Asking:
    """What a resolver was asked, and what it handed over on the way."""

    def __init__(self, simulator: Simulator, clock: Clock) -> None:
        self.simulator, self.clock = simulator, clock
        self.kept: list[Resolved] = []
        self.asked_when_kept: list[int] = []

    def __call__(
        self, *subjects: Subject, identified_only: bool = False, token: str = TOKEN
    ) -> list[Resolved]:
        return asyncio.run(self._resolve(subjects, token, identified_only=identified_only))

    async def _resolve(
        self, subjects: Sequence[Subject], token: str, *, identified_only: bool
    ) -> list[Resolved]:
        resolver = HardcoverResolver(token, self.simulator.hardcover)
        permits = ProcessPermits(self.clock)
        async with Client(permits, self.clock, local=["127.0.0.1"], sleep=self.clock.sleep) as client:
            http = client.to(resolver.provider)
            return await resolver.resolve(http, subjects, self._keep, identified_only=identified_only)

    def _keep(self, answers: Sequence[Resolved]) -> None:
        self.kept += answers
        self.asked_when_kept.append(len(self.simulator.calls.all()))

    @property
    def operations(self) -> list[str]:
        return [call.operation for call in self.simulator.calls.all()]


@pytest.fixture
def resolve(simulator: Simulator, clock: Clock) -> Asking:
    return Asking(simulator, clock)


def book(item: int, title: str | None, author: str | None = None, **more: Data) -> Subject:
    values: dict[str, Data] = {"title": title, "authors": [author] if author else None, **more}
    return Subject(item, {name: data for name, data in values.items() if data is not None})


EMMA_BOOK = book(1, "Emma", "Jane Austen", isbn13=[EMMA])
KIM_BOOK = book(2, "Kim", "Rudyard Kipling", isbn13=[KIM])
GERMINAL = book(3, "Germinal (Les Rougon-Macquart, #13)", "Émile Zola")
DRACULA = book(4, "Dracula", "Bram Stoker", isbn13=[UNKNOWN])
NOBODY_S = book(5, "A Book That Nobody Knows", "Nobody At All")
ALL = (EMMA_BOOK, KIM_BOOK, GERMINAL, DRACULA, NOBODY_S)


def test_all_isbns_go_in_one_request_and_each_other_book_costs_a_search(resolve: Asking) -> None:
    found = resolve(*ALL)
    assert [each.item_id for each in found] == [1, 2, 3, 4, 5]
    assert [each.outcome for each in found] == [Outcome.FOUND] * 4 + [Outcome.NOT_FOUND]
    assert resolve.operations == ["editions", "search", "search", "search"]
    assert resolve.simulator.calls.all()[0].size == 3


def test_both_editions_under_an_isbn_are_handed_on(resolve: Asking) -> None:
    (emma,) = resolve(EMMA_BOOK)
    assert len(emma.candidates) == 2
    assert {c.record for c in emma.candidates} == {"700102"}
    assert {str(c.fields["isbn13"]) for c in emma.candidates} == {str([EMMA])}


@pytest.mark.parametrize(
    "isbn", [{"isbn10": [EMMA_10]}, {"isbn13": ["978-0-14-143958-7"], "isbn10": [EMMA_10]}]
)
def test_a_short_isbn_is_asked_as_a_long_one_and_both_once(resolve: Asking, isbn: dict[str, Data]) -> None:
    (emma,) = resolve(Subject(1, {"title": "Emma", **isbn}))
    assert emma.outcome is Outcome.FOUND
    assert [call.size for call in resolve.simulator.calls.all()] == [1]


def test_an_isbn_with_a_wrong_digit_is_not_asked_about(resolve: Asking) -> None:
    (kim,) = resolve(book(1, "Kim", "Rudyard Kipling", isbn13=["9780140183529"]))
    assert kim.outcome is Outcome.FOUND
    assert resolve.operations == ["search"]


def test_a_search_uses_the_title_without_its_series_and_the_first_author_that_is_one(resolve: Asking) -> None:
    (germinal,) = resolve(GERMINAL)
    assert germinal.candidates[0].title == "Germinal"
    (various,) = resolve(book(1, "Germinal", "Various"))
    assert various.candidates[0].title == "Germinal"


def test_candidates_come_in_hardcover_s_order_whether_they_fit_or_not(clock: Clock) -> None:
    shelf = [_shelved(number, f"Garden Birds {number}") for number in range(101, 130)]
    with Simulator(books=shelf, clock=clock.seconds) as simulator:
        (found,) = Asking(simulator, clock)(book(1, "Garden Birds", "Ada Writer"))
    assert [c.record for c in found.candidates] == [str(number) for number in range(101, 101 + HITS)]


def _shelved(number: int, title: str) -> Json:
    people = [{"id": 1, "name": "Ada Writer", "role": None}]
    return {"id": number, "slug": f"b-{number}", "title": title, "contributors": people, "editions": []}


def test_every_answer_is_kept_before_the_next_request_is_made(resolve: Asking) -> None:
    found = resolve(*ALL)
    assert resolve.kept == found
    assert resolve.asked_when_kept == [1, 2, 3, 4]


def test_what_cannot_be_asked_about_is_told_and_costs_nothing(resolve: Asking) -> None:
    (nothing,) = resolve(Subject(1, {}))
    assert (nothing.outcome, nothing.code) == (Outcome.NOT_FOUND, "nothing_to_ask")
    (unknown,) = resolve(Subject(1, {"isbn13": [UNKNOWN]}))
    assert (unknown.outcome, unknown.code) == (Outcome.NOT_FOUND, None)
    assert resolve.operations == ["editions"]


def test_no_subjects_cost_nothing(resolve: Asking) -> None:
    assert resolve() == []
    assert resolve.operations == []


def test_by_identifiers_alone_the_rest_is_set_aside(resolve: Asking) -> None:
    found = resolve(*ALL, identified_only=True)
    assert [each.code for each in found] == [None, None, SET_ASIDE, SET_ASIDE, SET_ASIDE]
    assert resolve.operations == ["editions"]
    assert len(resolve.kept) == 2


@pytest.mark.parametrize(
    ("title", "language", "author", "shown"),
    [
        ("Ethan Frome", "en", "Edith Wharton", "Summer"),  # filed under another novel of hers
        ("Ethan Frome", None, "Edith Wharton", "Summer"),
        ("Summer: The 1917 Text", "en", "Edith Wharton", "Summer: The 1917 Text"),
        ("Été", "fr", "Edith Wharton", "Été"),  # a translation is called otherwise
        ("Été", "fr", "Albert Camus", "Summer"),  # one of another author is not
    ],
)
def test_an_edition_that_is_filed_under_another_book_is_shown_as_that_book(
    clock: Clock, title: str, language: str | None, author: str, shown: str
) -> None:
    edition = {
        "id": 9,
        "isbn_13": EMMA,
        "title": title,
        "language": language and [language, language, language],
        "contributors": [{"id": 2, "name": author, "role": None}],
    }
    people = [{"id": 1, "name": "Edith Wharton", "role": None}]
    shelf = [{**_shelved(1, "Summer"), "contributors": people, "editions": [edition]}]
    with Simulator(books=shelf, clock=clock.seconds) as simulator:
        (found,) = Asking(simulator, clock)(book(1, title, author, isbn13=[EMMA]))
    (candidate,) = found.candidates
    assert (candidate.title, candidate.fields["title"]) == (shown, title)
    verdict = judge(book(1, title, author, isbn13=[EMMA]), found.candidates).match.verdict
    assert verdict is (Verdict.AUTO if shown == title else Verdict.REVIEW)


# --- refusals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", FINAL)
def test_a_refusal_that_concerns_all_ends_the_batch(resolve: Asking, fault: Kind) -> None:
    resolve.simulator.switch(Faults((Fault(fault, after=300),)))
    found = resolve(*ALL)
    (outcome,) = {each.outcome for each in found}
    assert outcome in {Outcome.RATE_LIMITED, Outcome.QUOTA_EXHAUSTED, Outcome.BLOCKED, Outcome.INVALID_KEY}
    assert all(each.code for each in found)
    assert resolve.operations == ["editions"]
    assert resolve.kept == []


@pytest.mark.parametrize("fault", FINAL)
def test_what_was_answered_before_a_refusal_is_kept(resolve: Asking, fault: Kind) -> None:
    resolve.simulator.switch(Faults((Fault(fault, every=3, after=300),)))
    found = resolve(*ALL)
    assert [each.outcome for each in found[:3]] == [Outcome.FOUND] * 3
    assert found[3].outcome is found[4].outcome
    assert found[3].outcome not in (Outcome.FOUND, Outcome.NOT_FOUND)
    assert len(resolve.operations) == 3
    assert resolve.kept == found[:3]


def test_a_refusal_says_when_to_come_back(resolve: Asking) -> None:
    resolve.simulator.switch(Faults((Fault("rate_limited", every=2, after=300),)))
    found = resolve(*ALL)
    assert {each.after for each in found if each.outcome is Outcome.RATE_LIMITED} == {300.0}


def test_of_a_batch_of_isbns_that_broke_off_the_answered_half_counts(clock: Clock) -> None:
    isbns = [_isbn(number) for number in range(1, 151)]
    shelf = [
        {**_shelved(n, f"Book {n}"), "editions": [{"id": n, "isbn_13": isbns[n - 1]}]} for n in range(1, 151)
    ]
    faults = Faults((Fault("rate_limited", every=2, after=300),))
    with Simulator(faults, books=shelf, clock=clock.seconds) as simulator:
        subjects = [book(n, f"Book {n}", isbn13=[isbns[n - 1]]) for n in range(1, 151)]
        found = Asking(simulator, clock)(*subjects)
        assert len(simulator.calls.all()) == 2
    assert [each.outcome for each in found] == [Outcome.FOUND] * 100 + [Outcome.RATE_LIMITED] * 50


def _isbn(number: int) -> str:
    body = f"9791{number:08}"
    return body + str(-sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(body)) % 10)


@pytest.mark.parametrize("fault", PASSING)
def test_a_provider_in_trouble_has_never_said_not_found(resolve: Asking, fault: Kind) -> None:
    resolve.simulator.switch(Faults((Fault(fault),)))
    found = resolve(*ALL)
    assert not {each.outcome for each in found} & {Outcome.FOUND, Outcome.NOT_FOUND}
    assert resolve.kept == []


def test_after_three_failures_in_a_row_nothing_more_is_asked(resolve: Asking) -> None:
    resolve.simulator.switch(Faults((Fault("server_error"),)))
    found = resolve(*[book(n, f"Title Number {n}", "Ada Writer") for n in range(1, 11)])
    assert {each.outcome for each in found} == {Outcome.TRANSIENT}
    assert len(resolve.operations) == 3


def test_one_failure_costs_its_own_book_alone(resolve: Asking) -> None:
    resolve.simulator.switch(Faults((Fault("server_error", every=2, times=1),)))
    found = resolve(*ALL)
    outcomes = [each.outcome for each in found]
    assert outcomes == [Outcome.FOUND, Outcome.FOUND, Outcome.TRANSIENT, Outcome.FOUND, Outcome.NOT_FOUND]


def test_when_the_isbns_fail_the_other_books_are_still_searched_for(resolve: Asking) -> None:
    resolve.simulator.switch(Faults((Fault("server_error", times=1),)))
    found = resolve(*ALL)
    outcomes = [each.outcome for each in found]
    assert outcomes == [
        Outcome.TRANSIENT,
        Outcome.TRANSIENT,
        Outcome.FOUND,
        Outcome.TRANSIENT,
        Outcome.NOT_FOUND,
    ]


@pytest.mark.parametrize("token", ["", "two words", "bad\ntoken", "ключ"])
def test_what_cannot_be_a_token_is_not_sent(resolve: Asking, token: str) -> None:
    found = resolve(*ALL, token=token)
    assert {each.outcome for each in found} == {Outcome.INVALID_KEY}
    assert resolve.operations == []


def test_the_limits_are_kept_whatever_is_asked(clock: Clock) -> None:
    strict = (FREE[0], Policy("daily", 40, 86_400))
    with Simulator(policies=strict, clock=clock.seconds) as simulator:
        asking = Asking(simulator, clock)
        found = asking(*[book(n, f"Title Number {n}", "Ada Writer") for n in range(1, 61)])
        assert simulator.calls.most_in(60) <= 60
        assert sum(call.status != 200 for call in simulator.calls.all()) <= 1
    outcomes = [each.outcome for each in found]
    assert set(outcomes[40:]) == {Outcome.QUOTA_EXHAUSTED}
    assert set(outcomes[:40]) == {Outcome.NOT_FOUND}


def test_the_plan_makes_the_resolver_of_an_outside_pipeline() -> None:
    (plan,) = RESOLVERS
    _, pipeline = registry.pipeline(plan.pipeline)
    assert pipeline.name == plan.pipeline == "hardcover"
    resolver = plan.make("secret", plan.endpoint)
    assert resolver.provider.hosts == {"api.hardcover.app"}
    assert "secret" not in repr(resolver)
