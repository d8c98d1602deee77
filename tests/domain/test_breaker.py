from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from completist.domain.breaker import (
    DAY,
    FAILURES,
    FIRST,
    GLANCE,
    HOUR,
    LEASE,
    LONGEST,
    TROUBLE,
    Breaker,
    State,
    enter,
    failed,
    succeeded,
    undecided,
)
from completist.domain.run import Outcome

NOW = 1_795_000_000_000
DOWN = Outcome.TRANSIENT


def opened(outcome: Outcome = DOWN, key: str = "k") -> Breaker:
    """A breaker that has just opened."""
    breaker = Breaker()
    for _ in range(FAILURES):
        breaker = failed(breaker, NOW, outcome, key)
    return breaker


def test_five_failures_in_a_row_open_it() -> None:
    breaker = Breaker()
    for n in range(FAILURES):
        assert enter(breaker, NOW + n).wait == 0
        breaker = failed(breaker, NOW + n, DOWN if n % 2 else Outcome.BAD_RESPONSE)
    assert (breaker.state, breaker.opened_for) == (State.OPEN, Outcome.BAD_RESPONSE)
    assert enter(breaker, NOW + 4).wait == FIRST


def test_an_answer_in_between_begins_the_count_anew() -> None:
    breaker = Breaker()
    for _ in range(20):
        for _ in range(FAILURES - 1):
            breaker = failed(breaker, NOW, DOWN)
        breaker = succeeded(breaker)
    assert breaker == Breaker()


def test_who_is_locked_out_stays_away_from_the_first_time_on() -> None:
    for outcome, wait in ((Outcome.BLOCKED, HOUR), (Outcome.INVALID_KEY, DAY)):
        breaker = failed(Breaker(), NOW, outcome, "k")
        assert enter(breaker, NOW, "k").wait == wait
        assert breaker.opened_for is outcome


def test_another_key_is_tried_where_one_was_refused() -> None:
    refused = failed(Breaker(), NOW, Outcome.INVALID_KEY, "old")
    assert enter(refused, NOW, "old").wait == DAY
    other = enter(refused, NOW, "new")
    assert (other.wait, other.breaker.state) == (0, State.CLOSED)
    blocked = failed(Breaker(), NOW, Outcome.BLOCKED, "old")
    assert enter(blocked, NOW, "new").wait == HOUR


def test_one_call_finds_out_for_all_whether_it_is_well_again() -> None:
    probing = enter(opened(), NOW + FIRST)
    assert (probing.wait, probing.probe, probing.breaker.state) == (0, 1, State.HALF_OPEN)
    assert enter(probing.breaker, NOW + FIRST).wait == GLANCE
    assert enter(probing.breaker, NOW + FIRST, probe=probing.probe).probe == 1  # its redirect
    closed = succeeded(probing.breaker, probing.probe)
    assert closed.state is State.CLOSED
    assert enter(closed, NOW + FIRST).wait == 0


def test_each_probe_that_fails_doubles_the_time_up_to_the_longest() -> None:
    breaker, now, waits = opened(), NOW, []
    for _ in range(9):
        wait = enter(breaker, now).wait
        waits.append(wait // 1000)
        now += wait
        probing = enter(breaker, now)
        breaker = failed(probing.breaker, now, DOWN, probe=probing.probe)
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    well = succeeded(enter(breaker, now + LONGEST).breaker, 10)
    assert enter(failed(well, now, DOWN), now).wait == 0


def test_a_probe_that_tells_nothing_is_given_up() -> None:
    silent = enter(opened(), NOW + FIRST).breaker
    assert enter(silent, NOW + FIRST + LEASE - 1).wait == 1
    second = enter(silent, NOW + FIRST + LEASE)
    assert (second.wait, second.probe) == (0, 2)
    assert succeeded(second.breaker, probe=1) == second.breaker  # too late
    assert succeeded(second.breaker, probe=2).state is State.CLOSED


def test_a_probe_that_says_neither_may_be_made_again_at_once() -> None:
    probing = enter(opened(), NOW + FIRST)
    again = enter(undecided(probing.breaker, NOW + FIRST, probing.probe), NOW + FIRST)
    assert (again.wait, again.probe) == (0, 2)


def test_calls_that_were_under_way_change_nothing_while_it_is_open() -> None:
    breaker = opened()
    assert failed(breaker, NOW + 5, DOWN) == breaker
    assert succeeded(breaker) == breaker
    assert undecided(breaker, NOW) == breaker
    assert failed(breaker, NOW, Outcome.BLOCKED).until == NOW + HOUR


def test_a_clock_that_was_set_back_does_not_keep_it_open() -> None:
    assert enter(opened(), NOW - 400 * DAY).probe == 1


@given(st.lists(st.tuples(st.integers(0, 200_000), st.sampled_from([*Outcome, None])), max_size=100))
def test_there_is_never_more_than_one_probe_at_a_time(told: list[tuple[int, Outcome | None]]) -> None:
    breaker, now = opened(), NOW
    leases: list[tuple[int, int]] = []
    for pause, outcome in told:
        now += pause
        passage = enter(breaker, now)
        breaker = passage.breaker
        if passage.probe:
            assert all(until <= now for until, _ in leases)
            leases = [(now + LEASE, passage.probe)]
        if passage.wait:
            continue
        if outcome is None:
            breaker = succeeded(breaker, passage.probe)
        elif outcome in TROUBLE:
            breaker = failed(breaker, now, outcome, probe=passage.probe)
        else:
            breaker = undecided(breaker, now, passage.probe)
        leases = []
        assert breaker.until <= now + DAY
