"""Permits that all processes of a library share: real processes, on both databases."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from tests.support import callers
from tests.support.callers import all_told, crowd
from tests.support.clocks import START, Clock
from tests.support.databases import url_of

from completist.domain.allowance import Why
from completist.domain.breaker import FIRST, LEASE
from completist.domain.budget import Budget, Quota, Rate
from completist.domain.errors import Busy, Unavailable
from completist.domain.run import Outcome
from completist.net import permits as permits_
from completist.net.limits import Limit, Limits
from completist.net.permits import SharedPermits, Wait
from completist.sdk.provider import Provider
from completist.store import budgets
from completist.store.database import Database

HANDS = 4
ATLAS = Provider("atlas", frozenset(), Budget(Rate(1_000, 3), Quota(20)))


def judged(
    database: Database, *asked: Callable[[SharedPermits], Awaitable[Any]], clock: Clock | None = None
) -> list[Any]:
    """What permits of this process say, one after the other."""

    async def run() -> list[Any]:
        permits = SharedPermits(database, clock or Clock())
        return [await each(permits) for each in asked]

    return asyncio.run(run())


def take(permits: SharedPermits) -> Awaitable[Wait]:
    return permits.take(ATLAS)


def hurry(permits: SharedPermits) -> Awaitable[Wait]:
    return permits.take(ATLAS, urgent=True)


def come_to(
    outcome: Outcome | None, probe: int = 0, key: str = ""
) -> Callable[[SharedPermits], Awaitable[None]]:
    return lambda permits: permits.settle(ATLAS, Wait(probe=probe, doubted=True), outcome, key)


# --- in one process ---------------------------------------------------------------------------------------------


def test_what_one_has_used_another_one_lacks(database: Database) -> None:
    judged(database, take, take)
    waits = judged(database, take, hurry, hurry)
    assert [wait.seconds for wait in waits] == [1.0, 0.0, 1.0]


def test_people_find_what_is_left_of_the_day(database: Database) -> None:
    clock = Clock()
    granted = []
    for asked in (take, hurry):
        while not (wait := judged(database, asked, clock=clock)[0]).seconds:
            granted.append(asked)
            clock.now += 1_000
        assert wait.outcome is Outcome.QUOTA_EXHAUSTED
    assert (granted.count(take), granted.count(hurry)) == (18, 2)


def test_what_a_provider_says_is_kept_for_the_next_process(database: Database) -> None:
    slow = Limits((Limit("minutely", calls=6, window=60),))
    judged(database, lambda permits: permits.learn(ATLAS, slow))
    with database.read() as connection:
        (told,) = budgets.standings(connection, START)
    assert told.rate == Rate.within(6, 60_000, 3)


def test_a_provider_in_trouble_is_left_alone_and_tried_by_one(database: Database) -> None:
    clock = Clock()
    for _ in range(5):
        judged(database, take, come_to(Outcome.TRANSIENT), clock=clock)
        clock.now += 1_000
    clock.now -= 1_000
    (refused,) = judged(database, hurry, clock=clock)
    assert (refused.seconds, refused.outcome, refused.why) == (FIRST / 1000, Outcome.TRANSIENT, Why.BREAKER)
    clock.now += FIRST
    probe, other = judged(database, take, take, clock=clock)
    assert (probe.seconds, probe.probe, other.why) == (0, 1, Why.BREAKER)
    judged(database, come_to(None, probe.probe), clock=clock)
    well = judged(database, take, clock=clock)
    assert (well[0].seconds, well[0].doubted) == (0, False)


def test_an_answer_ends_the_count_of_failures(database: Database) -> None:
    clock = Clock()
    for _ in range(4):
        judged(database, *[come_to(Outcome.TRANSIENT)] * 4, take, come_to(None), clock=clock)
        clock.now += 1_000
    assert judged(database, take, clock=clock)[0] == Wait()


def test_another_key_is_used_where_one_was_refused(database: Database) -> None:
    judged(database, come_to(Outcome.INVALID_KEY, key="old"))
    old, new = judged(
        database,
        lambda permits: permits.take(ATLAS, key="old"),
        lambda permits: permits.take(ATLAS, key="new"),
    )
    assert (old.outcome, old.why, new.seconds) == (Outcome.INVALID_KEY, Why.BREAKER, 0)


@pytest.mark.parametrize("trouble", [Busy, Unavailable])
def test_a_database_that_is_busy_for_a_moment_is_asked_again(
    database: Database, monkeypatch: pytest.MonkeyPatch, trouble: type[Busy | Unavailable]
) -> None:
    left, amend, clock = [trouble("not now")] * 3, budgets.amend, Clock()

    def moody(*about: Any) -> Any:  # noqa: ANN401 - handed on
        if left:
            raise left.pop()
        return amend(*about)

    monkeypatch.setattr(budgets, "amend", moody)
    wait = asyncio.run(SharedPermits(database, clock, clock.sleep).take(ATLAS))
    assert (wait.seconds, clock.slept) == (0, [*permits_.PAUSES])


def test_what_cannot_be_kept_costs_nobody_their_reply(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()

    def away(*_about: Any) -> None:  # noqa: ANN401 - handed on
        raise Unavailable("not at all")

    monkeypatch.setattr(budgets, "amend", away)

    async def told() -> float:
        permits = SharedPermits(database, clock, clock.sleep)
        await permits.learn(ATLAS, Limits((Limit(remaining=3),)))
        await permits.settle(ATLAS, Wait(), Outcome.TRANSIENT)
        return await permits.rest(ATLAS, 9, Outcome.RATE_LIMITED)

    assert asyncio.run(told()) == 9
    with pytest.raises(Unavailable):
        asyncio.run(SharedPermits(database, clock, clock.sleep).take(ATLAS))


# --- in many ----------------------------------------------------------------------------------------------------


@pytest.fixture
def together(database: Database) -> Callable[..., list[Any]]:
    """What each of four processes comes to; on a server they go by its clock."""
    keeps_time = database.dialect == "postgresql"
    return lambda part: all_told(url_of(database), HANDS, part, keeps_time=keeps_time)


def test_no_window_sees_too_many_calls_of_all_processes(together: Callable[..., list[Any]]) -> None:
    rate = Rate(40, 5)
    fast = replace(ATLAS, budget=Budget(rate))
    told = together(partial(callers.call_as_often_as_allowed, fast, 15))
    moments = sorted(moment for each in told for moment in each)
    for window in (0, 40, 100, 500, 1_000, 2_000):
        for n, start in enumerate(moments):
            inside = sum(moment <= start + window for moment in moments[n:])
            assert inside <= window / rate.interval_ms + rate.burst
    assert len(moments) == HANDS * 15


def test_a_day_s_quota_is_used_to_the_last_call_and_no_further(together: Callable[..., list[Any]]) -> None:
    generous = replace(ATLAS, budget=Budget(Rate(1, 1_000), Quota(1_000)))
    patient = together(partial(callers.use_up, generous, 4, urgent=False))
    assert sum(patient) == 900
    assert sum(together(partial(callers.use_up, generous, 4, urgent=True))) == 100


def in_trouble(database: Database, ago: int) -> None:
    """The breaker has opened so many milliseconds ago."""
    clock = Clock(callers.now() - ago)
    judged(database, *[come_to(Outcome.TRANSIENT)] * 5, clock=clock)


def test_one_of_all_processes_tries_whether_a_provider_is_well_again(
    database: Database, together: Callable[..., list[Any]]
) -> None:
    in_trouble(database, ago=FIRST)
    waits = together(partial(callers.try_once, ATLAS))
    assert sorted(wait.probe for wait in waits) == [0, 0, 0, 1]
    assert [wait.why for wait in waits if wait.seconds] == [Why.BREAKER] * 3


def test_another_one_tries_when_the_first_has_died(database: Database) -> None:
    in_trouble(database, ago=FIRST)
    with crowd(url_of(database), 1, partial(callers.try_once, ATLAS), keeps_time=False) as ((process, ours),):
        assert ours.recv().probe == 1
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join(60)
    clock = Clock(callers.now())
    assert judged(database, take, clock=clock)[0].why is Why.BREAKER
    clock.now += LEASE
    second, third = judged(database, take, take, clock=clock)
    assert (second.seconds, second.probe, third.why) == (0, 2, Why.BREAKER)


def test_a_rest_that_one_process_is_told_of_is_kept_by_all(
    database: Database, together: Callable[..., list[Any]]
) -> None:
    together(partial(callers.be_sent_away, ATLAS, 600.0))
    for wait in together(partial(callers.try_once, ATLAS)):
        assert (wait.outcome, 500 < wait.seconds <= 600) == (Outcome.RATE_LIMITED, True)
