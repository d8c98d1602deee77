"""What every adapter of a live provider promises (`completist.sdk.adapter`), tried on each that a kind brings."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence

import pytest
from edtf import parse_edtf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.mangling import json_values, mangled
from tests.support.scripted import Scripted, asked
from tests.support.worlds import WORLDS, World

from completist.domain.fields import Data, Level, is_empty
from completist.domain.kind import FieldType, Kind, fit_data
from completist.domain.run import Outcome
from completist.kinds.books.identifiers import isbn13
from completist.kinds.books.languages import language
from completist.sdk import registry
from completist.sdk.adapter import SEARCH, Adapter, AdapterPlan, Key, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.provider import Record, Refused, Reply, Request

SECRET = "s3cret:of-mine"
PLANS: dict[str, tuple[Kind, AdapterPlan]] = {
    f"{plan.provider}-{plan.pipeline}": (plugin.kind, plan)
    for plugin in registry.plugins().values()
    for plan in plugin.adapters
    if not plan.local
}

each_plan = pytest.mark.parametrize("name", PLANS)
#: The records are asked for once; the examples are what is done to them.
some = settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def adapter_of(name: str) -> Adapter:
    return PLANS[name][1].make(Key(SECRET))


def world_of(name: str) -> World:
    plan = PLANS[name][1]
    return WORLDS[plan.provider, plan.pipeline]


def known(name: str) -> list[tuple[Question, Record]]:
    """Every record that the provider's world has, under its question."""
    adapter, world = adapter_of(name), world_of(name)
    return [(q, record) for q in world.asked for record in asked(adapter, world.knows(), q)[q]]


def all_readings(name: str) -> list[tuple[Question, Reading]]:
    return [(q, reading) for q, record in known(name) for reading in adapter_of(name).read(q, [record])]


# --- plans -----------------------------------------------------------------------------------------------------


def test_every_provider_has_a_world_to_be_tried_in() -> None:
    assert {(plan.provider, plan.pipeline) for _, plan in PLANS.values()} == set(WORLDS)


@each_plan
def test_a_plan_and_its_adapter_belong_to_a_pipeline_of_the_kind(name: str) -> None:
    kind, plan = PLANS[name]
    adapter = adapter_of(name)
    plugin, pipeline = registry.pipeline(plan.pipeline)
    assert (plugin.kind, adapter.provider.name) == (kind, plan.provider)
    assert adapter.fills
    assert all(not kind.by_name[field].personal for field in adapter.fills)
    assert adapter.fills & set(pipeline.fills)
    assert plan.label
    assert bool(plan.where) == bool(plan.secret)


@each_plan
def test_a_provider_declares_where_it_is_and_how_often_it_may_be_asked(name: str) -> None:
    provider = adapter_of(name).provider
    assert provider.hosts
    assert all("/" not in host and "." in host for host in provider.hosts)
    assert provider.batch_size >= 1


def test_the_adapters_of_one_provider_declare_the_same_limits() -> None:
    budgets = {name: adapter_of(name).provider.budget for name in PLANS}
    for name, (_, plan) in PLANS.items():
        others = [each for each, (_, other) in PLANS.items() if other.provider == plan.provider]
        assert {budgets[each] for each in others} == {budgets[name]}


@each_plan
def test_each_of_its_plans_makes_an_adapter(name: str) -> None:
    plan = PLANS[name][1]
    for variant in plan.plans:
        assert plan.make(Key(SECRET, variant)).provider.name == plan.provider


@each_plan
def test_no_secret_shows(name: str) -> None:
    adapter, world = adapter_of(name), world_of(name)
    http = world.knows()
    for question in world.asked:
        asked(adapter, http, question)
    shown = [repr(each) for each in (adapter, adapter.provider, PLANS[name][1], *http.seen)]
    assert SECRET not in " ".join((*shown, *(request.url for request in http.seen)))


# --- asking ----------------------------------------------------------------------------------------------------


@each_plan
def test_requests_go_to_the_provider_s_own_hosts_alone(name: str) -> None:
    adapter, world = adapter_of(name), world_of(name)
    http = world.knows()
    for question in world.asked:
        asked(adapter, http, question)
    assert all(
        request.url.startswith(tuple(f"https://{host}/" for host in adapter.provider.hosts))
        for request in http.seen
    )


@each_plan
def test_what_is_known_is_answered_under_its_question(name: str) -> None:
    for question in world_of(name).asked:
        answered = asked(adapter_of(name), world_of(name).knows(), question)
        assert list(answered) == [question]
        assert answered[question]


@each_plan
def test_what_is_not_known_is_an_empty_list(name: str) -> None:
    adapter, world = adapter_of(name), world_of(name)
    for question in world.asked:
        assert asked(adapter, world.knows_nothing(), question) == {question: []}


@each_plan
def test_a_batch_of_which_nothing_is_known_is_answered_for_each(name: str) -> None:
    adapter, world = adapter_of(name), world_of(name)
    first = world.asked[0]
    batch = [first, Question(first.scheme, OTHERS[first.scheme])][: adapter.provider.batch_size]
    assert asked(adapter, world.knows_nothing(), *batch) == {question: [] for question in batch}


OTHERS = {
    "isbn13": "9780140183528", "olid_author": "OL4A", "wikidata": "Q1", "olid_work": "OL4W", "isrc": "USRC17607839",
    "lyrics": "Grace", "search": "Grace", "deezer_album": "1", "tidal_album": "1",
}  # fmt: skip


@each_plan
def test_nothing_to_ask_asks_nothing(name: str) -> None:
    http = world_of(name).knows()
    assert asked(adapter_of(name), http) == {}
    assert http.seen == []


@each_plan
@pytest.mark.parametrize("outcome", [Outcome.RATE_LIMITED, Outcome.TRANSIENT, Outcome.QUOTA_EXHAUSTED])
@pytest.mark.parametrize("after", [0, 1, 2], ids=lambda number: f"after-{number}")
def test_a_refusal_is_raised_with_what_was_answered_before(name: str, outcome: Outcome, after: int) -> None:
    adapter, world = adapter_of(name), world_of(name)
    for question in world.asked:
        http = _ending(world.knows(), after, Refused(outcome, 60.0, "http_429"))
        whole = world.knows()
        answered = asked(adapter, whole, question)
        if len(whole.seen) <= after:
            assert asked(adapter, http, question) == answered
            continue
        with pytest.raises(Refused) as caught:
            asked(adapter, http, question)
        assert caught.value.outcome is outcome
        assert caught.value.partial in ({}, {question.key: answered[question]})


def _ending(http: Scripted, after: int, refused: Refused) -> Scripted:
    """The same world, which refuses everything after so many replies."""
    left = after

    def answer(request: Request) -> Reply:
        nonlocal left
        left -= 1
        if left < 0:
            raise refused
        return http.answer(request)

    return Scripted(answer)


@each_plan
@some
@given(status=st.sampled_from([200, 400, 404, 410, 422]), body=json_values)
def test_no_reply_is_too_odd_to_be_refused(name: str, status: int, body: Data) -> None:
    adapter = adapter_of(name)
    http = Scripted(lambda _request: Reply(status, body=body))
    for question in world_of(name).asked:
        try:
            answered = asyncio.run(adapter.ask(http, [question]))
        except Refused:
            continue
        assert list(answered) == [question]


# --- what is asked ---------------------------------------------------------------------------------------------


@each_plan
def test_nothing_is_asked_about_what_nothing_is_known_of(name: str) -> None:
    assert list(adapter_of(name).rounds(Subject(1, {}))) == []


@each_plan
@some
@given(data=st.data())
def test_rounds_can_be_asked_whatever_an_item_holds(name: str, data: st.DataObject) -> None:
    kind, _ = PLANS[name]
    fields = st.sampled_from([field.name for field in kind.fields])
    values = data.draw(st.dictionaries(fields, json_values | st.sampled_from(TELLING)))
    accepted = data.draw(st.none() | st.sampled_from(["OL1M", "OL1W", "OL1A", "Q1", "12", "x"]))
    rounds = [list(each) for each in adapter_of(name).rounds(Subject(1, values, accepted=accepted))]
    assert all(rounds)
    assert all(len({question.scheme for question in each}) == 1 for each in rounds)
    searches = [each for each in rounds if each[0].scheme == SEARCH]
    assert searches in ([], rounds[-1:])
    assert all(len(each) == 1 for each in searches)


#: What identifies something.
TELLING: list[Data] = [
    ["9783518368541", "9782070360024"], ["OL1M", "OL2M"], ["OL1W"], ["OL1A"], ["Q42"], "Emma", ["Jane Austen"], "de",
    ["USSM19400915"], ["302127"], ["f4c1d2b3-aaaa-4bbb-8ccc-0123456789ab"], 413_000,
]  # fmt: skip


# --- reading ---------------------------------------------------------------------------------------------------


@each_plan
def test_what_is_known_can_be_read(name: str) -> None:
    told = all_readings(name)
    assert {question for question, _ in told} == set(world_of(name).asked)
    _check(name, told)


@each_plan
def test_between_them_the_records_say_all_that_they_are_said_to(name: str) -> None:
    """In a small world not every field is told of, but the most telling ones are."""
    fields = {field for _, reading in all_readings(name) for field in reading.candidate.fields}
    assert fields >= {PLANS[name][0].title} & adapter_of(name).fills
    assert fields <= adapter_of(name).fills


@each_plan
def test_no_record_is_too_odd_to_be_read(name: str) -> None:
    adapter, records = adapter_of(name), known(name)

    @some
    @given(data=st.data())
    def run(data: st.DataObject) -> None:
        question, record = data.draw(st.sampled_from(records))
        broken = data.draw(mangled(record) | st.dictionaries(st.text(max_size=5), json_values, max_size=3))
        readings = adapter.read(question, [broken, record, broken])
        _check(name, [(question, reading) for reading in readings])

    run()


def _check(name: str, told: Iterable[tuple[Question, Reading]]) -> None:
    kind, plan = PLANS[name]
    for question, reading in told:
        candidate = reading.candidate
        assert candidate.provider == plan.provider
        assert candidate.record
        assert set(candidate.fields) <= adapter_of(name).fills
        if question.scheme == SEARCH and kind.name == "book":
            assert candidate.level is Level.WORK
        for field, data in candidate.fields.items():
            declared = kind.by_name[field]
            assert not is_empty(data)
            assert fit_data(declared, data) == data
            assert candidate.level is Level.EDITION or declared.level is not Level.EDITION
            _check_form(field, declared.type, data)
        _check_related(reading)


def _check_form(field: str, kind: FieldType, data: Data) -> None:
    """The kind's own normal form."""
    if kind is FieldType.DATE:
        parse_edtf(str(data))
    if field == "language":
        assert language(str(data)) == data
    if field in ("isbn13", "isbn10") and isinstance(data, list):
        short = [each for each in data if len(str(each)) == 10]
        assert all(isbn13(str(each)) for each in data)
        assert short == (data if field == "isbn10" else [])
    if kind in (FieldType.IMAGE, FieldType.URL):
        assert str(data).startswith("https://")


def _check_related(reading: Reading) -> None:
    for related in reading.related:
        known_field = registry.plugin(related.kind).kind.by_name
        assert related.scheme in known_field
        assert related.value
        assert set(related.fields) <= set(known_field)


def test_the_plans_are_asked_in_the_order_in_which_they_cost_least() -> None:
    order: Sequence[AdapterPlan] = [plan for plan in registry.plugin("book").adapters if not plan.local]
    keyed = [bool(plan.secret) for plan in order]
    assert keyed == sorted(keyed)
    assert order[0].provider == "openlibrary"
