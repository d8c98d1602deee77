"""Slow providers: asked beside one another about parts of a batch, each part settled when it is through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from queue import Queue
from threading import Barrier, Thread

import pytest
from tests.support.cellars import Cellar, fills
from tests.support.oracles import Oracle, consult

from completist.app import Wish
from completist.domain.run import Outcome, RunState
from completist.engine import enriching
from completist.engine.enriching import FillReport
from completist.engine.inquiry import routes
from completist.engine.inquiry.floors import Floors
from completist.engine.lanes import Crew
from completist.sdk import registry
from completist.sdk.adapter import Question
from completist.sdk.provider import Http, Record, Refused, Reply, Request
from completist.store import run_states
from completist.store.answers import DAY, UNKNOWN_LASTS

SLOW = 2  #: things that a slow provider is asked about at once


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "PART", SLOW)


def _knowing(name: str, said: str, *wines: int, together: int = SLOW) -> Oracle:
    """A provider that knows one field of some wines by EAN."""
    oracle = Oracle(name, batch=1, together=together)
    for n in wines:
        value = 1990 + n if said == "vintage" else "Mosel"
        oracle.knows(f"ean:{1000 + n}", id=f"{name}{n}", name=f"Wine {n}", **{said: value})
    return oracle


def _bring(cellar: Cellar, count: int) -> list[int]:
    wines = range(1, count + 1)
    cellar.bring(*({"id": str(n), "name": f"Wine {n}", "ean": str(1000 + n)} for n in wines))
    return [*wines]


def _states(cellar: Cellar, wines: Sequence[int]) -> list[RunState]:
    with cellar.database.read() as connection:
        return [run_states.runs_of(connection, cellar.item(str(n)).id)[-1].state for n in wines]


def test_two_slow_providers_are_asked_at_once_about_different_parts(cellar: Cellar) -> None:
    wines = _bring(cellar, 4)
    one, two = _knowing("one", "region", *wines), _knowing("two", "vintage", *wines)
    both = Barrier(2, timeout=20)

    def meet(oracle: Oracle) -> None:
        if len(oracle.calls) == 1:
            both.wait()

    for each in (one, two):
        each.on_call = partial(meet, each)
    consult(cellar, one, two)
    report = cellar.fill()
    assert fills(report) == (4, 0, 0, 0)
    assert [cellar.data(str(n))["region"] for n in wines] == ["Mosel"] * 4
    assert [cellar.data(str(n))["vintage"] for n in wines] == [1990 + n for n in wines]
    for each in (one, two):
        assert sorted(each.asked) == [f"ean:{1000 + n}" for n in wines], "each question once"


def test_who_is_believed_first_does_not_depend_on_who_was_asked_first(cellar: Cellar) -> None:
    wines = _bring(cellar, 6)
    one, two = _knowing("one", "region", *wines), _knowing("two", "region", *wines)
    for each in (one, two):
        each.fills = frozenset({"region", "grapes"})  # grapes nobody knows, so that both are asked
    consult(cellar, one, two)
    cellar.fill()
    with cellar.database.read() as connection:
        records = {*connection.exec_driver_sql("SELECT record FROM matches").scalars()}
    assert records == {f"one{n}" for n in wines}
    assert sorted(two.asked) == sorted(one.asked)


def test_a_part_is_settled_while_others_are_still_asked_about(cellar: Cellar) -> None:
    wines = _bring(cellar, 6)
    one, two = _knowing("one", "region", *wines), _knowing("two", "vintage", *wines)
    seen: list[list[RunState]] = []
    for each in (one, two):
        each.on_call = lambda: seen.append(_states(cellar, wines))
    consult(cellar, one, two)
    cellar.fill()
    assert RunState.FILLED in seen[-1], "some are over"
    assert RunState.CLAIMED in seen[-1], "while others are not"
    assert set(_states(cellar, wines)) == {RunState.FILLED}


def test_what_quick_ones_say_is_written_before_slow_ones_are_asked(cellar: Cellar) -> None:
    wines = _bring(cellar, 2)
    quick = _knowing("quick", "region", *wines, together=1_000)
    one, two = _knowing("one", "vintage", *wines), _knowing("two", "vintage", *wines)
    seen: list[object] = []
    one.on_call = lambda: seen.append([cellar.data(str(n)).get("region") for n in wines])
    consult(cellar, quick, one, two)
    report = cellar.fill()
    assert seen[0] == ["Mosel"] * 2
    assert fills(report) == (2, 0, 0, 0)
    assert sorted(quick.asked) == ["ean:1001", "ean:1002"]


@pytest.mark.parametrize("count", [2, 3, 6])
def test_slow_ones_are_asked_while_a_quick_one_refuses(cellar: Cellar, count: int) -> None:
    wines = _bring(cellar, count)
    quick = _knowing("quick", "region", *wines, together=1_000)
    quick.refuse = Refused(Outcome.QUOTA_EXHAUSTED, after=3600.0)
    one, two = _knowing("one", "vintage", *wines), _knowing("two", "vintage", *wines)
    consult(cellar, quick, one, two)
    report = cellar.app.fill(Wish(), stop=lambda: len(quick.calls) > SLOW)
    assert (report.runs, report.waiting) == (count, count), "each run is over once, and waits"
    assert len(quick.calls) == 1
    for each in (one, two):
        assert sorted(each.asked) == [f"ean:{1000 + n}" for n in wines]
    assert [cellar.data(str(n))["vintage"] for n in wines] == [1990 + n for n in wines]


def test_what_is_put_off_is_asked_again_once_answers_have_expired(cellar: Cellar) -> None:
    wines = _bring(cellar, 2)
    quick = _knowing("quick", "region", together=1_000)
    one, two = _knowing("one", "vintage"), _knowing("two", "vintage")
    consult(cellar, quick, one, two)
    assert cellar.fill().empty == 2
    cellar.at += UNKNOWN_LASTS[-1] + DAY
    for n in wines:
        one.knows(f"ean:{1000 + n}", id=f"one{n}", name=f"Wine {n}", vintage=1990 + n)
    cellar.fill(again=True)
    assert [cellar.data(str(n)).get("vintage") for n in wines] == [1990 + n for n in wines]


def test_what_was_put_off_is_gone_on_with_by_the_same_crew(cellar: Cellar) -> None:
    wines = _bring(cellar, 2)
    quick = _knowing("quick", "region", *wines, together=1_000)
    one, two = _knowing("one", "vintage", *wines), _knowing("two", "vintage", *wines)
    consult(cellar, quick, one, two)
    plugin, report = registry.plugin("wine"), FillReport()
    cellar.app.filler().drain(plugin, plugin.finders[0], report)
    assert report.filled == 2


def test_an_error_in_one_lane_ends_the_others(cellar: Cellar, monkeypatch: pytest.MonkeyPatch) -> None:
    wines = _bring(cellar, 2)
    consult(cellar, _knowing("one", "region", *wines))

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(enriching, "settle", broken)
    came = Queue[type[BaseException]]()

    def fill() -> None:
        with pytest.raises(ZeroDivisionError) as error:
            cellar.fill()
        came.put(error.type)

    Thread(target=fill, daemon=True).start()
    assert came.get(timeout=20) is ZeroDivisionError


def test_a_job_is_gone_on_with_turn_by_turn(cellar: Cellar) -> None:
    wines = _bring(cellar, 2)
    one, two = _knowing("one", "region", *wines, together=0), _knowing("two", "vintage", *wines, together=0)
    consult(cellar, one, two, turn=0.0)
    ids = [cellar.item(str(n)).id for n in wines]
    job = cellar.app.ledger.rerun("wine-facts", "force", {"ids": ids}).job.id
    assert cellar.app.work_off(job).filled == 2
    assert cellar.app.ledger.job(job).job.state == "done"


def test_titles_are_searched_for_only_when_all_parts_are_through_with_numbers(cellar: Cellar) -> None:
    wines = _bring(cellar, 4)
    one, two = _knowing("one", "region", 1, 2, 3), _knowing("two", "vintage", 1, 2, 3)
    consult(cellar, one, two)
    cellar.fill()
    for each in (one, two):
        assert [key for key in each.asked if key.startswith("search:")] == ["search:wine 4"]
        assert each.asked[-1] == "search:wine 4"
    assert [state.value for state in _states(cellar, wines)] == ["filled", "filled", "filled", "empty"]


class _Chained(Oracle):
    """One whose answers take a request each."""

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        told: dict[Question, list[Record]] = {}
        for question in questions:
            try:
                await http.send(Request("GET", "https://example.org"))
            except Refused as refused:
                partial = {each.key: records for each, records in told.items()}
                raise Refused(refused.outcome, refused.after, refused.code, partial) from None
            self.calls.append([question.key])
            told[question] = self.known.get(question.key, [])
        return told


class _Wire:
    """Counts what is sent."""

    def __init__(self) -> None:
        self.sent = 0

    async def send(self, request: Request) -> Reply:
        del request
        self.sent += 1
        return Reply(200)


def test_to_stop_does_not_wait_for_all_the_requests_of_one_question(cellar: Cellar) -> None:
    wines = _bring(cellar, 6)
    wire = _Wire()
    oracle = _Chained("chained", batch=6)
    for n in wines:
        oracle.knows(f"ean:{1000 + n}", id=f"c{n}", name=f"Wine {n}", region="Mosel", grapes=["x"], vintage=1)

    consult(cellar, oracle, wire=wire)
    report = cellar.app.fill(Wish(), stop=lambda: wire.sent >= 2)
    assert wire.sent == 2
    assert report.filled == 2, "what was answered by then counts"
    assert _states(cellar, wines)[2:] == [RunState.READY] * 4
    with cellar.database.read() as connection:
        left = [run_states.runs_of(connection, cellar.item(str(n)).id)[-1] for n in wines[2:]]
    assert [run.attempts for run in left] == [0] * 4


def test_who_is_bound_for_a_floor_leaves_the_other_one_to_the_next() -> None:
    floors = Floors()
    names = ["atlas", "globe"]
    with floors.sought(names, lambda: True) as first:
        assert first == "atlas"
        assert not floors.are_free(names)
        found: list[str] = []
        other = Thread(target=lambda: _seek(floors, names, found))
        other.start()
        other.join()
        assert found == ["globe"]
    assert floors.are_free(names)


def _seek(floors: Floors, names: list[str], found: list[str]) -> None:
    with floors.sought(names, lambda: True) as name:
        found.append(name)


def test_who_has_nothing_to_do_waits_for_what_others_leave() -> None:
    crew, came = Crew(2), Queue[bool]()

    def idle() -> None:
        came.put(crew.has_more(0))
        came.put(crew.has_more(1))

    waiting = Thread(target=idle)
    waiting.start()
    crew.leave()
    assert came.get(timeout=20) is True
    assert crew.has_more(crew.left) is False, "the last one ends it"
    assert came.get(timeout=20) is False
    waiting.join(20)
