from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.domain.budget import (
    DAY,
    NOTHING,
    Budget,
    Quota,
    Rate,
    Usage,
    adopt,
    day,
    learn,
    left_today,
    pace,
    spared_for_people,
    spend,
    take,
)

HOUR = 60 * 60 * 1000
NOON = 20_000 * DAY + 12 * HOUR
MINUTELY = Budget(Rate(interval_ms=1_000, burst=5), Quota(100))

rates = st.builds(Rate, interval_ms=st.integers(1, 5_000), burst=st.integers(1, 20))
gaps = st.lists(st.integers(0, 10_000), min_size=1, max_size=200)


def granted(budget: Budget, pauses: list[int], costs: list[int]) -> list[tuple[int, int]]:
    """The moments and costs of what was granted to somebody who asks after each pause."""
    usage, now, through = Usage(), NOON, []
    for pause, cost in zip(pauses, costs, strict=False):
        now += pause
        grant = take(budget, usage, now, cost)
        usage = grant.usage
        if not grant.wait:
            through.append((now, cost))
    return through


def most_in(through: list[tuple[int, int]], window: int) -> int:
    return max(
        (sum(cost for moment, cost in through if start <= moment <= start + window) for start, _ in through),
        default=0,
    )


# --- the rate --------------------------------------------------------------------------------------------------


@given(rates, gaps, st.data())
def test_no_window_sees_more_than_its_share_and_one_burst(
    rate: Rate, pauses: list[int], data: st.DataObject
) -> None:
    costs = data.draw(st.lists(st.integers(1, rate.burst), min_size=len(pauses), max_size=len(pauses)))
    through = granted(Budget(rate), pauses, costs)
    for window in (0, 1, rate.interval_ms, 7_777, 60_000):
        assert most_in(through, window) <= window / rate.interval_ms + rate.burst


@given(st.integers(2, 200), st.integers(100, 100_000), st.integers(1, 50), gaps)
def test_a_rate_within_a_window_never_oversteps_it(
    calls: int, window: int, burst: int, pauses: list[int]
) -> None:
    rate = Rate.within(calls, window, burst)
    assert most_in(granted(Budget(rate), pauses, [1] * len(pauses)), window) <= calls


@given(rates, gaps, st.integers(1, 20))
def test_whoever_waits_as_told_is_let_through_and_not_a_moment_earlier(
    rate: Rate, pauses: list[int], cost: int
) -> None:
    cost = min(cost, rate.burst)
    usage, now = Usage(), NOON
    for pause in pauses:
        now += pause
        grant = pace(rate, usage, now, cost)
        if grant.wait:
            assert grant.usage == usage
            assert pace(rate, usage, now + grant.wait - 1, cost).wait == 1
            now += grant.wait
            grant = pace(rate, usage, now, cost)
        assert not grant.wait
        usage = grant.usage


def test_a_burst_passes_at_once_and_the_rest_one_by_one() -> None:
    waits: list[int] = []
    usage = Usage()
    for _ in range(7):
        grant = take(MINUTELY, usage, NOON)
        usage, waits = grant.usage, [*waits, grant.wait]
    assert waits == [0, 0, 0, 0, 0, 1_000, 1_000]


def test_a_clock_set_back_is_waited_for_no_longer_than_a_burst_takes() -> None:
    ahead = replace(Usage(), tat=NOON + DAY)
    refused = take(MINUTELY, ahead, NOON)
    assert refused.wait == 1_000
    assert not take(MINUTELY, refused.usage, NOON + 1_000).wait


@pytest.mark.parametrize("cost", [0, -1, 6])
def test_a_cost_that_no_rest_would_pay_for_is_refused(cost: int) -> None:
    with pytest.raises(ValueError, match="between 1 and 5"):
        take(MINUTELY, Usage(), NOON, cost)


@pytest.mark.parametrize(("interval", "burst"), [(0, 1), (1, 0), (-5, 1)])
def test_a_rate_lets_something_through_and_not_everything(interval: int, burst: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Rate(interval, burst)


# --- the quota -------------------------------------------------------------------------------------------------


@given(st.integers(1, 30), gaps, st.integers(-14 * HOUR, 14 * HOUR))
def test_no_day_of_its_zone_sees_more_than_the_quota(calls: int, pauses: list[int], offset: int) -> None:
    quota = Quota(calls, offset)
    through = granted(Budget(Rate(1, 50), quota), [pause * 3_000 for pause in pauses], [1] * len(pauses))
    days = [day(quota, moment) for moment, _ in through]
    assert all(days.count(each) <= calls for each in set(days))


@pytest.mark.parametrize(
    ("offset", "wait"),
    [(0, 12 * HOUR), (-8 * HOUR, 20 * HOUR), (2 * HOUR, 10 * HOUR)],
    ids=["UTC", "Pacific", "Berlin in summer"],
)
def test_a_quota_that_is_used_up_comes_back_at_midnight_of_its_zone(offset: int, wait: int) -> None:
    budget = Budget(Rate(1), Quota(1, offset))
    used = take(budget, Usage(), NOON).usage
    refused = take(budget, used, NOON + 5)
    assert (refused.wait, refused.exhausted, refused.usage) == (wait - 5, True, used)
    assert not take(budget, used, NOON + wait).wait


def test_two_clocks_on_either_side_of_midnight_share_one_quota() -> None:
    quota, midnight = Quota(3), 20_001 * DAY
    usage, through = Usage(), 0
    for now in [midnight - 5, midnight + 5] * 10:
        grant = spend(quota, usage, now)
        usage, through = grant.usage, through + (not grant.wait)
    assert through == 4


def test_a_call_that_the_rate_refuses_costs_no_quota() -> None:
    budget = Budget(Rate(1_000), Quota(10))
    used = take(budget, Usage(), NOON).usage
    assert left_today(Quota(10), take(budget, used, NOON).usage, NOON) == 9


def test_without_a_quota_everything_is_granted() -> None:
    assert not spend(None, Usage(), NOON, 10**6).wait


# --- what the provider says ------------------------------------------------------------------------------------


def test_what_others_have_used_is_taken_off() -> None:
    usage = learn(MINUTELY, Usage(), NOON, rate=2, today=7)
    assert left_today(Quota(100), usage, NOON) == 7
    grants: list[int] = []
    for _ in range(3):
        grant = take(MINUTELY, usage, NOON)
        usage, grants = grant.usage, [*grants, grant.wait]
    assert grants == [0, 0, 1_000]


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 5))
def test_nothing_said_ever_makes_us_faster(rate: int, today: int, taken: int) -> None:
    usage = Usage()
    for _ in range(taken):
        usage = take(MINUTELY, usage, NOON).usage
    told = learn(MINUTELY, usage, NOON, rate=rate, today=today)
    assert told.tat >= usage.tat
    assert left_today(Quota(100), told, NOON) <= left_today(Quota(100), usage, NOON)


def test_a_plan_is_known_by_the_day_it_announces() -> None:
    assert adopt(MINUTELY, 50_000, DAY).quota == Quota(50_000)
    assert adopt(replace(MINUTELY, quota=Quota(5, -HOUR)), 9, DAY).quota == Quota(9, -HOUR)


def test_a_pace_that_is_announced_slows_down_and_never_speeds_up() -> None:
    slower = adopt(MINUTELY, 10, 60_000, burst=2)
    assert slower.rate == Rate(7_500, 2)
    assert adopt(MINUTELY, 10_000, 60_000, burst=50).rate == MINUTELY.rate
    assert adopt(MINUTELY, 60, 60_000, burst=3).rate.burst == 3


# --- what is left to people -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("calls", "kept"), [(1_000, 100), (1_005, 101), (5, 1), (2, 1), (1, 0), (0, 0)], ids=str
)
def test_a_tenth_of_a_day_is_kept_for_people_at_least_one_call(calls: int, kept: int) -> None:
    assert spared_for_people(Budget(Rate(1), Quota(calls)), 0.1).calls == kept


@given(rates, st.lists(st.tuples(st.integers(0, 5_000), st.booleans()), min_size=1, max_size=200))
def test_no_window_sees_more_than_its_share_and_one_burst_whoever_is_in_a_hurry(
    rate: Rate, asked: list[tuple[int, bool]]
) -> None:
    budget, usage, now = Budget(rate), Usage(), NOON
    through: list[tuple[int, int]] = []
    for pause, urgent in asked:
        now += pause
        grant = take(budget, usage, now, spared=NOTHING if urgent else spared_for_people(budget, 0.1))
        usage = grant.usage
        if not grant.wait:
            through.append((now, 1))
    for window in (0, 1, rate.interval_ms, 7_777, 60_000):
        assert most_in(through, window) <= window / rate.interval_ms + rate.burst


@given(st.integers(2, 20), gaps)
def test_whoever_is_in_a_hurry_finds_a_call_however_much_others_ask(burst: int, pauses: list[int]) -> None:
    budget, usage, now = Budget(Rate(1_000, burst)), Usage(), NOON
    spared = spared_for_people(budget, 0.1)
    for pause in pauses:
        now += pause
        usage = take(budget, usage, now, spared=spared).usage
        assert not take(budget, usage, now).wait


@given(st.integers(2, 20), st.integers(0, 30), st.integers(0, 10_000))
def test_who_leaves_a_call_to_others_waits_as_told_and_not_a_moment_longer(
    burst: int, before: int, pause: int
) -> None:
    budget, usage, now = Budget(Rate(1_000, burst)), Usage(), NOON
    for _ in range(before):
        usage = take(budget, usage, now).usage
    now += pause
    spared = spared_for_people(budget, 0.1)
    wait = take(budget, usage, now, spared=spared).wait
    assert not take(budget, usage, now + wait, spared=spared).wait
    assert wait == 0 or take(budget, usage, now + wait - 1, spared=spared).wait == 1


def test_people_find_their_share_of_a_day_when_all_the_rest_is_used() -> None:
    budget, usage, through = Budget(Rate(1, 50), Quota(20)), Usage(), 0
    spared = spared_for_people(budget, 0.1)
    for n in range(40):
        grant = take(budget, usage, NOON + n, spared=spared)
        usage, through = grant.usage, through + (not grant.wait)
    assert (through, grant.exhausted) == (18, True)
    for n in range(2):
        usage = take(budget, usage, NOON + 60 + n).usage
    assert left_today(Quota(20), usage, NOON) == 0
    assert take(budget, usage, NOON + 90).exhausted


def test_a_call_that_costs_the_whole_burst_is_made_all_the_same() -> None:
    budget = Budget(Rate(1_000, 5), Quota(5))
    assert not take(budget, Usage(), NOON, cost=5, spared=spared_for_people(budget, 0.1)).wait


# --- days that are longer or shorter than others ----------------------------------------------------------------


def test_a_day_ends_by_the_clock_that_is_right_then() -> None:
    behind = Quota(1, -8 * HOUR, later_ms=-7 * HOUR)
    used = take(Budget(Rate(1), behind), Usage(), NOON).usage
    assert take(Budget(Rate(1), behind), used, NOON + 5).wait == 19 * HOUR - 5


def test_a_clock_that_was_far_ahead_does_not_lock_the_days_until_then() -> None:
    quota = Quota(3)
    ahead = Usage(day=day(quota, NOON) + 400, spent=3)
    assert left_today(quota, ahead, NOON) == 3
    assert not spend(quota, ahead, NOON).wait
