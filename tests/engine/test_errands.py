"""Errands: of each sort one at a time, what came of each is remembered, and none breaks what stands around it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from threading import Event

from completist.domain.errors import ActionRequired
from completist.engine.errands import Errand, Errands, State, Telling


def _errands() -> Errands:
    return Errands(count(1000).__next__)


def _seen(errands: Errands, name: str, library_id: int = 1) -> Errand:
    return errands.of(library_id)[name]


def test_an_errand_tells_how_far_it_is_and_what_came_of_it() -> None:
    errands, half, let_go = _errands(), Event(), Event()

    def do(told: Telling, _stop: Callable[[], bool]) -> str:
        told(1, 2)
        half.set()
        assert let_go.wait(10)
        told(2, 2)
        return "all of it"

    before = errands.version
    begun, new = errands.begin("count", "lane", do)
    assert new
    assert half.wait(10)
    assert (begun.state, begun.done, begun.total) == (State.RUNNING, 1, 2)
    assert errands.version > before
    midway = errands.version
    let_go.set()
    errands.finish()
    assert _seen(errands, "count") is begun
    assert (begun.state, begun.done, begun.outcome) == (State.DONE, 2, "all of it")
    assert begun.ended_at is not None
    assert begun.ended_at > begun.begun_at
    assert errands.version > midway


def test_of_a_lane_one_is_under_way_at_a_time_in_each_library() -> None:
    errands, let_go = _errands(), Event()

    def do(_told: Telling, _stop: Callable[[], bool]) -> bool:
        return let_go.wait(10)

    first, new = errands.begin("verify", "index", do, 1)
    assert new
    assert errands.begin("rebuild", "index", do, 1) == (first, False)
    assert errands.begin("rebuild", "index", do, 2)[1]
    assert errands.begin("check", "check", do)[1]
    assert set(errands.of(1)) == {"verify", "check"}
    assert set(errands.of(2)) == {"rebuild", "check"}
    let_go.set()
    errands.finish()
    again, _ = errands.begin("verify", "index", do, 1)
    assert again.before is True
    errands.finish()


def test_what_fails_says_why_and_what_breaks_says_so() -> None:
    errands = _errands()

    def refuse(_told: Telling, _stop: Callable[[], bool]) -> None:
        raise ActionRequired("There is no model.", hint="Set one up.")

    def burst(_told: Telling, _stop: Callable[[], bool]) -> None:
        raise ZeroDivisionError

    errands.begin("refuse", "one", refuse)
    errands.begin("burst", "two", burst)
    errands.finish()
    told, burst_ = _seen(errands, "refuse"), _seen(errands, "burst")
    assert (told.state, told.message, told.hint) == (State.FAILED, "There is no model.", "Set one up.")
    assert burst_.state is State.FAILED
    assert "see the log" in burst_.message


def test_what_is_stopped_keeps_what_was_done() -> None:
    errands, begun = _errands(), Event()

    def do(_told: Telling, stop: Callable[[], bool]) -> int:
        begun.set()
        while not stop():
            Event().wait(0.005)
        return 7

    errand, _ = errands.begin("rebuild", "index", do, 1)
    assert begun.wait(10)
    errands.end(10)
    assert (errand.state, errand.outcome) == (State.STOPPED, 7)
