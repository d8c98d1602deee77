"""Who is served first when several callers of one process wait for the same provider."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar

import pytest
from tests.support.clocks import Clock
from tests.support.loopback import serving

from completist.domain.budget import Budget, Rate
from completist.net.client import Client
from completist.net.permits import ProcessPermits, Wait
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
    order: list[str] = []
    caller = ContextVar("caller", default="")

    class Noted(ProcessPermits):
        """Permits that note whose turn it was: calls on connections of their own may overtake one another."""

        async def take(
            self, provider: Provider, cost: int = 1, *, urgent: bool = False, key: str = "", probe: int = 0
        ) -> Wait:
            taken = await super().take(provider, cost, urgent=urgent, key=key, probe=probe)
            if taken.seconds == 0:
                order.append(caller.get())
            return taken

    async def run(url: str) -> None:
        clock, begun = Clock(), asyncio.Event()

        async def sleep(seconds: float) -> None:
            await begun.wait()
            await clock.sleep(seconds)

        async with Client(Noted(clock), clock, local=[LOCAL], sleep=sleep) as client:
            await client.to(SLOW).send(Request("GET", url))  # the only call that needs no waiting
            order.clear()

            async def send(name: str) -> None:
                caller.set(name)
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
    assert order == served
    assert len(server.seen) == 1 + len(asked)
