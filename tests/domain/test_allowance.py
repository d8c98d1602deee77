from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from completist.domain.allowance import (
    PAUSED,
    REST,
    SAID_LASTS,
    Allowance,
    Answered,
    Why,
    Wish,
    announce,
    ask,
    awake,
    budget_of,
    correct,
    rested,
)
from completist.domain.breaker import FIRST, Breaker, failed
from completist.domain.budget import DAY, Budget, Quota, Rate
from completist.domain.run import Outcome

NOON = 20_000 * DAY + DAY // 2
ATLAS = Allowance(Budget(Rate(1_000, 5), Quota(100)))


def in_trouble() -> Breaker:
    breaker = Breaker()
    for _ in range(5):
        breaker = failed(breaker, NOON, Outcome.TRANSIENT)
    return breaker


def refused(allowance: Allowance, now: int = NOON, wish: Wish | None = None) -> tuple[int, Outcome, Why]:
    """What stands against a call."""
    answered = ask(allowance, now, wish or Wish())
    assert answered.allowance == allowance, "a call that is not made takes nothing"
    return answered.wait, answered.outcome, answered.why


def test_a_call_is_taken_out_of_everything_at_once() -> None:
    made = ask(ATLAS, NOON, Wish(cost=2))
    assert made.wait == 0
    assert made.allowance.usage.spent == 2
    assert made.allowance.called_at == NOON


def test_a_person_s_pause_comes_before_everything() -> None:
    paused = replace(rested(ATLAS, NOON, 5_000, Outcome.BLOCKED), breaker=in_trouble(), paused_at=NOON)
    assert refused(paused) == (PAUSED, Outcome.RATE_LIMITED, Why.PAUSED)


def test_trouble_comes_before_a_rest_and_a_rest_before_the_budget() -> None:
    resting = rested(replace(ATLAS, breaker=in_trouble()), NOON, 5_000, Outcome.BLOCKED)
    assert refused(resting) == (FIRST, Outcome.TRANSIENT, Why.BREAKER)
    assert refused(replace(resting, breaker=Breaker())) == (5_000, Outcome.BLOCKED, Why.BUDGET)


def test_a_probe_is_not_used_up_by_waiting_for_the_rate() -> None:
    spent = replace(ATLAS, breaker=in_trouble())
    later = NOON + FIRST
    spent = correct(spent, later, rate=0)
    assert refused(spent, later) == (1_000, Outcome.RATE_LIMITED, Why.BUDGET)
    assert ask(spent, later + 1_000, Wish()).probe == 1


def test_the_day_s_quota_has_its_own_outcome() -> None:
    used = correct(ATLAS, NOON, today=0)
    assert refused(used) == (DAY // 2, Outcome.QUOTA_EXHAUSTED, Why.BUDGET)


def test_a_slower_pace_is_kept_as_long_as_it_is_said() -> None:
    slower = announce(ATLAS, NOON, 30, 60_000, 2)
    assert budget_of(slower, NOON).rate == Rate.within(30, 60_000, 2)
    again = announce(slower, NOON + DAY - 1, 30, 60_000, 2)
    assert budget_of(again, NOON + DAY).rate == Rate.within(30, 60_000, 2)
    assert budget_of(again, NOON + 2 * SAID_LASTS).rate == ATLAS.declared.rate


def test_of_several_paces_the_slowest_counts() -> None:
    both = announce(announce(ATLAS, NOON, 10, 60_000, 5), NOON + 5, 59, 60_000, 2)
    assert budget_of(both, NOON + 5).rate == Rate(Rate.within(10, 60_000, 5).interval_ms, 2)


def test_a_plan_s_day_is_known_by_its_last_word_and_keeps_its_zone() -> None:
    pacific = Allowance(Budget(Rate(1), Quota(1_000, zone="America/Los_Angeles")))
    for calls in (5_000, 20):
        pacific = announce(pacific, NOON, calls, DAY, None)
        assert budget_of(pacific, NOON).quota == Quota(calls, zone="America/Los_Angeles")


@given(st.integers(1, 10**6), st.integers(1, DAY // 2 - 1), st.none() | st.integers(0, 10**6))
def test_nothing_said_about_a_pace_makes_us_faster_than_declared(
    calls: int, window: int, burst: int | None
) -> None:
    rate = budget_of(announce(ATLAS, NOON, calls, window, burst), NOON).rate
    assert rate.interval_ms >= ATLAS.declared.rate.interval_ms
    assert rate.burst <= ATLAS.declared.rate.burst


def test_a_burst_that_shrinks_makes_larger_calls_rarer_and_not_impossible() -> None:
    shrunk = announce(ATLAS, NOON, 20, 10_000, 1)
    assert ask(shrunk, NOON, Wish(cost=4)).wait == 0


@given(st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 5), st.booleans()), max_size=100))
def test_no_window_sees_too_much_whatever_calls_cost_and_bursts_shrink_to(
    asked: list[tuple[int, int, bool]],
) -> None:
    allowance, now = announce(ATLAS, NOON, 20, 20_000, 1), NOON
    through: list[tuple[int, int]] = []
    for pause, cost, urgent in asked:
        now += pause
        answered = ask(allowance, now, Wish(cost, 0.0 if urgent else 0.1))
        allowance = answered.allowance
        if not answered.wait:
            through.append((now, cost))
    interval = budget_of(allowance, NOON).rate.interval_ms
    for start, _ in through:
        for end, _ in through:
            inside = sum(cost for moment, cost in through if start <= moment <= end)
            assert end < start or inside <= (end - start) / interval + 5


def test_a_provider_that_does_not_say_how_long_is_left_alone_longer_each_time() -> None:
    allowance, now, waits = ATLAS, NOON, []
    for _ in range(9):
        allowance = rested(allowance, now, None, Outcome.RATE_LIMITED)
        assert rested(allowance, now, None, Outcome.RATE_LIMITED) == allowance  # others were told the same
        wait = ask(allowance, now, Wish()).wait
        waits.append(wait // REST)
        now += wait
    assert waits == [1, 2, 4, 8, 16, 32, 64, 120, 120]
    assert ask(rested(awake(allowance), now, None, Outcome.RATE_LIMITED), now, Wish()).wait == REST


def test_a_day_that_is_used_up_lasts_until_the_next() -> None:
    over = rested(ATLAS, NOON, None, Outcome.QUOTA_EXHAUSTED)
    assert refused(over) == (DAY // 2, Outcome.QUOTA_EXHAUSTED, Why.BUDGET)


def test_a_rest_from_a_clock_that_was_set_back_is_not_kept() -> None:
    ahead = rested(ATLAS, NOON + 400 * DAY, 1_000, Outcome.RATE_LIMITED)
    assert ask(ahead, NOON, Wish()).wait == 0


def test_some_of_everything_is_left_to_people() -> None:
    patient, granted = ATLAS, 0
    while not (answered := ask(patient, NOON, Wish(share=0.1))).wait:
        patient, granted = answered.allowance, granted + 1
    assert granted == 4
    answered = Answered(patient)
    assert ask(answered.allowance, NOON, Wish()).wait == 0
