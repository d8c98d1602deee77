"""One call in flight for equal requests, in one client."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from tests.support.clocks import Clock
from tests.support.loopback import Reply as Sent
from tests.support.loopback import Seen, Server, serving

from completist.domain.budget import Budget, Rate
from completist.domain.run import Outcome
from completist.net.client import Client
from completist.net.permits import ProcessPermits
from completist.sdk.provider import Provider, Refused, Reply, Request

T = TypeVar("T")
LOCAL = "127.0.0.1"
ATLAS = Provider("atlas", frozenset({LOCAL}), Budget(Rate(1_000, 5)))


@dataclass
class Gate:
    """Holds what arrives until it is opened."""

    status: int = 200
    arrived: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def reply(self, _seen: Seen) -> Sent:
        self.arrived.set()
        assert self.opened.wait(60)
        return (self.status, {"Connection": "close"}, b'{"titles": ["Emma"]}')


@contextmanager
def gated(status: int = 200) -> Iterator[tuple[Gate, Server]]:
    gate = Gate(status)
    with serving(gate.reply) as server:
        try:
            yield gate, server
        finally:
            gate.opened.set()


def through(play: Callable[[Client], Awaitable[T]], clock: Clock | None = None) -> T:
    async def run() -> T:
        time = clock or Clock()
        async with Client(ProcessPermits(time), time, local=[LOCAL], sleep=time.sleep) as client:
            return await play(client)

    return asyncio.run(run())


async def arrival(gate: Gate) -> None:
    await asyncio.to_thread(gate.arrived.wait, 60)


async def started(send: Awaitable[Reply]) -> asyncio.Future[Reply]:
    """A call that stands where it waits for the reply."""
    task = asyncio.ensure_future(send)
    for _ in range(3):
        await asyncio.sleep(0)
    return task


def test_equal_requests_at_the_same_time_are_one_call() -> None:
    with gated() as (gate, server):
        asked = Request("GET", server.url)

        async def play(client: Client) -> list[Reply]:
            first = await started(client.to(ATLAS).send(asked))
            await arrival(gate)
            rest = [await started(client.to(ATLAS, urgent=n == 1).send(asked)) for n in range(4)]
            gate.opened.set()
            return [await each for each in (first, *rest)]

        replies = through(play)
    assert len(server.seen) == 1
    assert [reply.body for reply in replies] == [{"titles": ["Emma"]}] * 5


def test_what_one_does_to_its_reply_is_not_seen_by_another() -> None:
    with gated() as (gate, server):

        async def play(client: Client) -> Any:  # noqa: ANN401 - JSON
            both = [await started(client.to(ATLAS).send(Request("GET", server.url))) for _ in range(2)]
            gate.opened.set()
            first, second = [await each for each in both]
            assert isinstance(first.body, dict)
            first.body.clear()
            return second.body

        assert through(play) == {"titles": ["Emma"]}


def test_one_that_comes_later_is_a_call_of_its_own() -> None:
    with gated() as (gate, server):
        gate.opened.set()

        async def play(client: Client) -> None:
            for _ in range(2):
                await client.to(ATLAS).send(Request("GET", server.url))

        through(play)
    assert len(server.seen) == 2


def test_who_gives_up_leaves_the_call_to_the_others() -> None:
    with gated() as (gate, server):
        asked = Request("GET", server.url)

        async def play(client: Client) -> Reply:
            first = await started(client.to(ATLAS).send(asked))
            await arrival(gate)
            second = await started(client.to(ATLAS).send(asked))
            first.cancel()
            await asyncio.wait([first])
            assert first.cancelled()
            gate.opened.set()
            return await second

        assert through(play).status == 200
    assert len(server.seen) == 1


def test_a_call_that_everybody_has_given_up_stands_in_nobody_s_way() -> None:
    with gated() as (gate, server):
        asked = Request("GET", server.url)

        async def play(client: Client) -> Reply:
            both = [await started(client.to(ATLAS).send(asked)) for _ in range(2)]
            await arrival(gate)
            for each in both:
                each.cancel()
            third = await started(client.to(ATLAS).send(asked))
            gate.opened.set()
            await asyncio.wait(both)
            return await third

        assert through(play).status == 200
    assert len(server.seen) == 2


def test_a_refusal_is_each_one_s_own() -> None:
    with gated(503) as (gate, server):

        async def play(client: Client) -> list[Reply | BaseException]:
            sent = [await started(client.to(ATLAS).send(Request("GET", server.url))) for _ in range(3)]
            gate.opened.set()
            return list(await asyncio.gather(*sent, return_exceptions=True))

        refusals = through(play)
    assert len(server.seen) == 1
    assert len({id(each) for each in refusals}) == 3
    for each in refusals:
        assert isinstance(each, Refused)
        assert (each.outcome, each.code) == (Outcome.TRANSIENT, "http_503")


def test_what_a_person_waits_for_does_not_stand_behind_what_waits_for_its_turn() -> None:
    slow = replace(ATLAS, budget=Budget(Rate(60_000, 1)))
    turn = asyncio.Event

    with gated() as (gate, server):
        gate.opened.set()
        asked = Request("GET", server.url)

        async def run() -> list[str]:
            clock, over, order = Clock(), turn(), []

            async def sleep(seconds: float) -> None:
                await over.wait()
                await clock.sleep(seconds)

            async with Client(ProcessPermits(clock), clock, local=[LOCAL], sleep=sleep) as client:

                async def send(name: str, *, urgent: bool) -> None:
                    await client.to(slow, urgent=urgent).send(asked)
                    order.append(name)

                await client.to(slow).send(asked)
                patient = asyncio.ensure_future(send("patient", urgent=False))
                await asyncio.sleep(0)
                hurried = asyncio.ensure_future(send("hurried", urgent=True))
                await asyncio.sleep(0)
                over.set()
                await asyncio.gather(patient, hurried)
            return order

        order = asyncio.run(run())
    assert sorted(order) == ["hurried", "patient"]
    assert len(server.seen) == 3
