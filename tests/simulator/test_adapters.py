"""Every adapter of a live provider, run for true over HTTP against the simulator."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest
from tests.support.clocks import Clock

from completist.domain.fields import Data
from completist.domain.run import Outcome
from completist.net.client import Client
from completist.net.permits import ProcessPermits
from completist.net.sending import Patience
from completist.sdk import registry
from completist.sdk.adapter import SEARCH, Adapter, Key, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.provider import Record, Refused
from completist.simulator import Fault, Faults, Simulator
from completist.simulator.faults import Kind
from completist.simulator.provider import KEY
from completist.simulator.world.ids import read_olid
from completist.simulator.world.shelf import standard

ADAPTERS = {
    f"{plan.provider}-{plan.pipeline}": plan
    for plugin in registry.plugins().values()
    for plan in plugin.adapters
    if not plan.local
}
each_adapter = pytest.mark.parametrize("name", ADAPTERS)
BOOKISH = ("book-metadata", "author-metadata", "hardcover")
each_of_books = pytest.mark.parametrize(
    "name", [n for n, plan in ADAPTERS.items() if plan.pipeline in BOOKISH]
)

#: A book in the language of whoever knows no others.
BOOKS = {
    "dnb": ("Stolz und Vorurteil", "Jane Austen", "de"),
    "bnf": ("L'Étranger", "Albert Camus", "fr"),
}
EMMA = ("Emma", "Jane Austen", "en")

Answers = Mapping[Question, list[Record]]


def run(simulator: Simulator, clock: Clock, adapter: Adapter, question: Question) -> Answers:
    """What an adapter gets for a question."""

    async def asked() -> Answers:
        permits = ProcessPermits(clock)
        patience = Patience(answer=5, whole=10)
        async with Client(
            permits,
            clock,
            contact="tests@tests.example",
            at=simulator.url,
            sleep=clock.sleep,
            patience=patience,
        ) as client:
            return await adapter.ask(client.to(adapter.provider), [question])

    return asyncio.run(asked())


def titles(readings: list[Reading]) -> set[str]:
    return {reading.candidate.title for reading in readings}


def right_names(question: Question) -> set[str]:
    """What the thing that a question asks for may be called."""
    world = standard()
    if question.scheme == "isbn13":
        return {edition.title for edition in world.editions_with(question.text)}
    item = world.item(question.text)
    place = read_olid(question.text)
    person = world.person(place[1]) if place and place[0] == "person" else None
    work = world.work(place[1]) if place and place[0] == "work" else None
    return {
        each.title if hasattr(each, "title") else each.name
        for each in (item, person, work)
        if each is not None
    }


@each_of_books
def test_the_question_of_a_test_call_is_answered_with_what_it_asks_for(
    simulator: Simulator, clock: Clock, name: str
) -> None:
    plan = ADAPTERS[name]
    adapter = plan.make(Key(KEY))
    found = run(simulator, clock, adapter, plan.probe)[plan.probe]
    readings = [*adapter.read(plan.probe, found)]
    assert titles(readings) & right_names(plan.probe)
    assert {call.status for call in simulator.calls.all()} == {200}


@each_of_books
def test_a_book_is_found_by_its_title_where_it_is_searched_for(
    simulator: Simulator, clock: Clock, name: str
) -> None:
    plan = ADAPTERS[name]
    adapter = plan.make(Key(KEY))
    title, author, language = BOOKS.get(plan.provider, EMMA)
    values: dict[str, Data] = {"title": title, "authors": [author], "language": language}
    if plan.pipeline == "author-metadata":
        title, values = "Jane Austen", {"name": "Jane Austen"}
    searches = [
        each
        for questions in adapter.rounds(Subject(1, values))
        for each in questions
        if each.scheme == SEARCH
    ]
    for question in searches:
        found = run(simulator, clock, adapter, question)[question]
        assert title in titles([*adapter.read(question, found)])
    assert len(searches) == (plan.provider != "wikidata")


@each_adapter
@pytest.mark.parametrize(
    ("kind", "outcomes"),
    [
        ("quota_exhausted", {Outcome.QUOTA_EXHAUSTED, Outcome.RATE_LIMITED}),
        ("forbidden", {Outcome.BLOCKED, Outcome.INVALID_KEY}),
        ("server_error", {Outcome.TRANSIENT}),
        ("unavailable", {Outcome.TRANSIENT}),
        ("http_200_error", {Outcome.TRANSIENT, Outcome.BAD_RESPONSE}),
        ("broken_json", {Outcome.BAD_RESPONSE}),
        ("wrong_json", {Outcome.BAD_RESPONSE, Outcome.TRANSIENT}),
        ("empty_body", {Outcome.BAD_RESPONSE}),
        ("html", {Outcome.BAD_RESPONSE}),
        ("huge", {Outcome.BAD_RESPONSE}),
        ("cut_off", {Outcome.TRANSIENT}),
        ("drop", {Outcome.TRANSIENT}),
        ("redirect", {Outcome.BLOCKED, Outcome.BAD_RESPONSE}),  # what is sent is not sent elsewhere
    ],
)
def test_no_failure_is_taken_for_an_answer(
    simulator: Simulator, clock: Clock, name: str, kind: Kind, outcomes: set[Outcome]
) -> None:
    plan = ADAPTERS[name]
    simulator.switch(Faults((Fault(kind, after=3_600),)))
    with pytest.raises(Refused) as refused:
        run(simulator, clock, plan.make(Key(KEY)), plan.probe)
    assert refused.value.outcome in outcomes
    assert not any(refused.value.partial.values())


@pytest.mark.parametrize("name", [name for name, plan in ADAPTERS.items() if plan.probe.scheme == "isbn13"])
def test_a_record_of_another_book_is_never_taken_for_the_one_that_was_asked_for(
    simulator: Simulator, clock: Clock, name: str
) -> None:
    """Either it is left out, or the whole answer is refused."""
    plan = ADAPTERS[name]
    simulator.switch(Faults((Fault("other_record"),)))
    try:
        found = run(simulator, clock, plan.make(Key(KEY)), plan.probe)
    except Refused as refused:
        found = {plan.probe: refused.partial.get(plan.probe.key, [])}
    assert found[plan.probe] == []
    assert simulator.calls.all()[0].fault == "other_record"


@each_adapter
def test_a_key_that_is_not_accepted_is_said_to_be_none(simulator: Simulator, clock: Clock, name: str) -> None:
    plan = ADAPTERS[name]
    if not plan.secret:
        return
    with pytest.raises(Refused) as refused:
        run(simulator, clock, plan.make(Key("of-somebody-else")), plan.probe)
    assert refused.value.outcome in (Outcome.INVALID_KEY, Outcome.BLOCKED)


@pytest.mark.parametrize(
    ("name", "plan"), [(name, plan) for name, each in ADAPTERS.items() for plan in each.plans]
)
def test_each_plan_that_can_be_paid_for_has_its_host_and_its_key(
    simulator: Simulator, clock: Clock, name: str, plan: str
) -> None:
    probe = ADAPTERS[name].probe
    adapter = ADAPTERS[name].make(Key(f"{KEY}-{plan}", plan))
    assert run(simulator, clock, adapter, probe)[probe]
    (call,) = simulator.calls.all()
    assert call.host in adapter.provider.hosts


@each_adapter
def test_whoever_asks_at_the_pace_that_is_declared_is_never_stopped(
    simulator: Simulator, clock: Clock, name: str
) -> None:
    """The simulator counts in its own way, so each judges the other."""
    adapter, probe = ADAPTERS[name].make(Key(KEY)), ADAPTERS[name].probe

    async def asked() -> None:
        async with Client(
            ProcessPermits(clock), clock, contact="tests@tests.example", at=simulator.url, sleep=clock.sleep
        ) as client:
            for _ in range(60):
                await adapter.ask(client.to(adapter.provider), [probe])

    asyncio.run(asked())
    assert {call.limited for call in simulator.calls.all()} == {""}
