from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.support.clocks import Clock

from completist.domain.budget import Budget, Quota, Rate
from completist.domain.run import Outcome
from completist.net.limits import Limit, Limits
from completist.net.permits import ProcessPermits, Wait
from completist.sdk.provider import Provider

ATLAS = Provider("atlas", frozenset(), Budget(Rate(1_000, 2), Quota(3)))


def test_the_longer_of_two_rests_counts() -> None:
    clock = Clock()
    permits = ProcessPermits(clock)

    async def rests() -> Wait:
        await permits.rest(ATLAS, 100, Outcome.QUOTA_EXHAUSTED)
        await permits.rest(ATLAS, 5, Outcome.RATE_LIMITED)
        return await permits.take(ATLAS)

    assert asyncio.run(rests()) == Wait(100.0, Outcome.QUOTA_EXHAUSTED)


def test_a_rest_of_one_provider_is_none_of_another() -> None:
    permits = ProcessPermits(Clock())

    async def rests() -> Wait:
        await permits.rest(ATLAS, 100, Outcome.RATE_LIMITED)
        return await permits.take(replace(ATLAS, name="almanac"))

    assert asyncio.run(rests()).seconds == 0


def test_a_rest_takes_nothing_from_the_quota() -> None:
    clock = Clock()
    permits = ProcessPermits(clock)

    async def waits() -> list[Wait]:
        await permits.rest(ATLAS, 60, Outcome.RATE_LIMITED)
        refused = [await permits.take(ATLAS) for _ in range(5)]
        clock.now += 60_000
        return [*refused, await permits.take(ATLAS)]

    assert [wait.seconds for wait in asyncio.run(waits())] == [60.0] * 5 + [0.0]


def test_a_larger_plan_is_used_as_soon_as_it_is_announced() -> None:
    clock = Clock()
    permits = ProcessPermits(clock)

    async def calls() -> list[Wait]:
        await permits.learn(ATLAS, Limits((Limit("daily", calls=50, window=86_400, remaining=50),)))
        waits = []
        for _ in range(5):
            clock.now += 1_000
            waits.append(await permits.take(ATLAS))
        return waits

    assert all(wait.seconds == 0 for wait in asyncio.run(calls()))
