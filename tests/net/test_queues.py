"""Who is served first when several callers of one process wait for the same provider."""

from __future__ import annotations

import asyncio

import pytest
from tests.support.clocks import Clock
from tests.support.loopback import serving

from completist.domain.budget import Budget, Rate
from completist.net.client import Client
from completist.net.permits import ProcessPermits
from completist.sdk.provider import Provider, Request

LOCAL = "127.0.0.1"
#: Without a burst there is no call to spare: only the order of those who wait is left to people.
SLOW = Provider("atlas", frozenset({LOCAL}), Budget(Rate(1_000, 1)))


@pytest.mark.parametrize(
    ("asked", "served"),
    [
        (["a", "b", "c"], ["a", "b", "c"]),
        (["a", "b", "URGENT"], ["URGENT", "a", "b"]),
        (["a", "URGENT", "MORE"], ["URGENT", "MORE", "a"]),
    ],
    ids=["first come first served", "a person goes first", "and so does the next"],
)
def test_people_go_first_and_others_in_their_order(asked: list[str], served: list[str]) -> None:
    async def run(url: str) -> None:
        clock, begun = Clock(), asyncio.Event()

        async def sleep(seconds: float) -> None:
            await begun.wait()
            await clock.sleep(seconds)

        async with Client(ProcessPermits(clock), clock, local=[LOCAL], sleep=sleep) as client:
            await client.to(SLOW).send(Request("GET", url))  # the only call that needs no waiting

            async def send(name: str) -> None:
                await client.to(SLOW, urgent=name.isupper()).send(Request("GET", f"{url}/{name}"))

            calls = []
            for name in asked:
                calls.append(asyncio.ensure_future(send(name)))
                for _ in range(5):
                    await asyncio.sleep(0)
            begun.set()
            await asyncio.gather(*calls)

    with serving(lambda _: (200, {}, b"1")) as server:
        asyncio.run(run(server.url))
    order = [seen.path.removeprefix("/") for seen in server.seen[1:]]
    assert order == served
