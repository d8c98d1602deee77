"""A provider in trouble as its callers see it: the client with a library's permits, and a server that obeys."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import pytest
from tests.support.clocks import START, Clock
from tests.support.loopback import Reply as Sent
from tests.support.loopback import Server, serving

from completist.domain.breaker import HOUR, State
from completist.domain.budget import DAY, Budget, Quota, Rate
from completist.domain.run import Outcome
from completist.net.client import Client
from completist.net.permits import SharedPermits
from completist.net.sending import Patience
from completist.sdk.provider import UNSENT, Provider, Refused, Reply, Request
from completist.store import budgets
from completist.store.budgets import Standing
from completist.store.database import Database

LOCAL = "127.0.0.1"
ATLAS = Provider("atlas", frozenset({LOCAL}), Budget(Rate(100, 50), Quota(1_000, zone="America/Los_Angeles")))

Came: TypeAlias = "Reply | Refused"


@dataclass
class World:
    """A provider that answers as it is told, and a library whose clock passes only when somebody waits."""

    server: Server
    database: Database
    clock: Clock = field(default_factory=Clock)
    reply: Sent = (200, {}, b"{}")

    def says(self, status: int, body: object = None, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.reply = (status, {"Connection": "close", **named}, json.dumps(body).encode())

    def ask(
        self, times: int = 1, *, urgent: bool = False, provider: Provider = ATLAS, **headers: str
    ) -> list[Came]:
        """What so many calls come to, one after the other, in one process that lives no longer."""
        request = Request("GET", self.server.url, headers=headers)

        async def one(client: Client) -> Came:
            try:
                return await client.to(provider, urgent=urgent).send(request)
            except Refused as refused:
                return refused

        async def run() -> list[Came]:
            permits, time = SharedPermits(self.database, self.clock, self.clock.sleep), self.clock
            patience = Patience(whole=5, answer=5)
            async with Client(permits, time, local=[LOCAL], sleep=time.sleep, patience=patience) as client:
                return [await one(client) for _ in range(times)]

        return asyncio.run(run())

    def standing(self) -> Standing:
        with self.database.read() as connection:
            (only,) = budgets.standings(connection, self.clock())
        return only


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    with serving(lambda _seen: made.reply) as server:
        made = World(server, database)
        yield made


def refused(came: list[Came]) -> Refused:
    assert isinstance(came[-1], Refused)
    return came[-1]


@pytest.mark.parametrize("status", [500, 503, 408])
def test_a_provider_that_is_down_is_not_called_any_more(world: World, status: int) -> None:
    world.says(status)
    came = refused(world.ask(9))
    assert (came.outcome, came.code, came.after) == (Outcome.TRANSIENT, "breaker", 60.0)
    assert came.code in UNSENT
    assert len(world.server.seen) == 5
    assert world.standing().breaker is State.OPEN


def test_one_call_finds_out_that_it_is_well_again(world: World) -> None:
    world.says(500)
    world.ask(5)
    world.clock.now += 60_000
    assert refused(world.ask()).code == "http_500"
    assert refused(world.ask()).after == 120.0
    world.clock.now += 120_000
    world.says(200, {})
    assert all(isinstance(each, Reply) for each in world.ask(3))
    assert len(world.server.seen) == 9
    assert world.standing().breaker is State.CLOSED


def test_what_cannot_be_understood_is_trouble_too(world: World) -> None:
    world.reply = (200, {}, b"<html>maintenance</html>")
    assert refused(world.ask(6)).code == "breaker"
    assert refused(world.ask()).outcome is Outcome.BAD_RESPONSE


@pytest.mark.parametrize(
    ("status", "outcome", "after"), [(403, Outcome.BLOCKED, HOUR), (401, Outcome.INVALID_KEY, DAY)]
)
def test_who_is_locked_out_does_not_knock_again(
    world: World, status: int, outcome: Outcome, after: int
) -> None:
    world.says(status)
    first, second = world.ask(2, Authorization="Bearer mine")
    assert isinstance(first, Refused)
    assert isinstance(second, Refused)
    assert (first.outcome, first.code) == (outcome, f"http_{status}")
    assert (second.outcome, second.code, second.after) == (outcome, "breaker", after / 1000)
    assert len(world.server.seen) == 1


def test_a_new_key_is_tried_at_once_and_no_key_is_kept(world: World) -> None:
    world.says(401)
    world.ask(Authorization="Bearer mine")
    world.says(200, {})
    assert isinstance(world.ask(Authorization="Bearer another")[0], Reply)
    with world.database.read() as connection:
        row = connection.exec_driver_sql("SELECT * FROM budgets").one()
    assert "mine" not in f"{row}"
    assert "another" not in f"{row}"


@pytest.mark.parametrize("status", [404, 400, 422])
def test_what_concerns_one_request_alone_is_no_trouble(world: World, status: int) -> None:
    world.says(500)
    world.ask(4)
    world.says(status)
    assert isinstance(world.ask()[0], Reply)
    world.says(500)
    world.ask(4)
    assert world.standing().breaker is State.CLOSED
    assert world.standing().failures == 4


def test_an_answer_that_is_too_large_is_no_trouble(world: World) -> None:
    world.says(413)
    assert {each.code for each in world.ask(9) if isinstance(each, Refused)} == {"http_413"}


def test_our_own_refusals_are_no_trouble(world: World) -> None:
    world.says(302, None, Location="https://evil.example/")
    came = world.ask(9)
    assert {each.code for each in came if isinstance(each, Refused)} == {"host_not_allowed"}
    assert world.standing().breaker is State.CLOSED


def test_who_asks_for_a_rest_is_well(world: World) -> None:
    world.says(429, None, Retry_After="600")
    for _ in range(9):
        assert refused(world.ask()).code != "breaker"
        world.clock.now += 600_000
    assert world.standing().breaker is State.CLOSED


def test_a_rest_in_the_middle_of_the_probe_leaves_it_to_the_next_call(world: World) -> None:
    world.says(500)
    world.ask(5)
    world.clock.now += 60_000
    world.says(429, None, Retry_After="600")
    assert refused(world.ask()).after == 600.0
    world.clock.now += 600_000
    world.says(200, {})
    assert isinstance(world.ask()[0], Reply)


def test_a_probe_follows_its_redirect(world: World) -> None:
    world.says(500)
    world.ask(5)
    world.clock.now += 60_000
    seen = len(world.server.seen)

    def reply() -> Sent:
        return (302, {"Location": "/there"}, b"") if len(world.server.seen) == seen + 1 else (200, {}, b"{}")

    with serving(lambda _seen: reply()) as other:
        world.server = other
        seen = 0
        assert isinstance(world.ask()[0], Reply)
    assert world.standing().breaker is State.CLOSED


def test_a_day_that_is_used_up_comes_back_at_midnight_where_the_provider_is(world: World) -> None:
    world.says(403, {"error": {"errors": [{"reason": "dailyLimitExceeded"}]}})
    came = refused(world.ask(3))
    assert (came.outcome, len(world.server.seen)) == (Outcome.QUOTA_EXHAUSTED, 1)
    told = world.standing()
    assert (told.rests_for, told.breaker) == (Outcome.QUOTA_EXHAUSTED, State.CLOSED)
    assert told.rests_until == told.resets_at
    assert (told.resets_at or 0) % DAY == 8 * HOUR  # midnight there in winter
    assert came.after
    assert START + came.after * 1000 == told.resets_at


def test_what_one_process_is_told_stops_the_next_one(world: World) -> None:
    world.says(429, None, Retry_After="600")
    world.ask()
    world.says(200, {})
    came = refused(world.ask())
    assert (came.outcome, came.code, came.after) == (Outcome.RATE_LIMITED, "budget", 600.0)
    assert len(world.server.seen) == 1


def test_who_does_not_say_how_long_is_left_alone_longer_each_time(world: World) -> None:
    world.says(429)
    afters = []
    for _ in range(3):
        came = refused(world.ask())
        assert came.after
        afters.append(came.after)
        world.clock.now += round(came.after * 1000)
    assert afters == [120.0, 240.0, 480.0]  # the first of 30 and 60 seconds were waited out
    world.says(200, {})
    world.ask()
    world.says(429)
    assert refused(world.ask()).after == 120.0


def test_a_person_pauses_a_provider(world: World) -> None:
    with world.database.write() as connection:
        budgets.pause(connection, "atlas", START)
    came = refused(world.ask(urgent=True))
    assert (came.outcome, came.code, came.retryable) == (Outcome.RATE_LIMITED, "paused", True)
    assert came.after
    assert world.server.seen == []
    with world.database.write() as connection:
        budgets.resume(connection, "atlas", START)
    assert isinstance(world.ask()[0], Reply)


def test_some_calls_of_the_day_are_left_to_people(world: World) -> None:
    frugal = replace(ATLAS, budget=Budget(Rate(1, 50), Quota(10)))
    came = refused(world.ask(12, provider=frugal))
    assert (came.outcome, len(world.server.seen)) == (Outcome.QUOTA_EXHAUSTED, 9)
    assert isinstance(world.ask(provider=frugal, urgent=True)[0], Reply)
    assert refused(world.ask(provider=frugal, urgent=True)).outcome is Outcome.QUOTA_EXHAUSTED
