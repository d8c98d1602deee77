"""Adapters and the simulated providers, through the client that all calls go through."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from tests.support.clocks import Clock

from completist.domain.run import Outcome
from completist.net.client import Client
from completist.net.permits import ProcessPermits
from completist.sdk import registry
from completist.sdk.adapter import Adapter, Key, Question
from completist.sdk.provider import Record, Refused
from completist.simulator import Fault, Faults, Simulator
from completist.simulator.faults import Kind
from completist.simulator.provider import KEY

PLANS = {
    f"{plan.provider}-{plan.pipeline}": plan
    for plugin in registry.plugins().values()
    for plan in plugin.adapters
    if not plan.local
}
KEYLESS = [name for name, plan in PLANS.items() if not plan.secret]
each_plan = pytest.mark.parametrize("name", PLANS)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def simulator(clock: Clock) -> Iterator[Simulator]:
    with Simulator(clock=clock.seconds) as running:
        yield running


def adapter_of(name: str) -> Adapter:
    return PLANS[name].make(Key(KEY if PLANS[name].secret else ""))


def ask(
    simulator: Simulator, clock: Clock, name: str, questions: Sequence[Question]
) -> dict[Question, list[Record]]:
    async def asked() -> dict[Question, list[Record]]:
        permits = ProcessPermits(clock)
        async with Client(
            permits, clock, contact="me@example.org", at=simulator.url, sleep=clock.sleep
        ) as client:
            adapter = adapter_of(name)
            return dict(await adapter.ask(client.to(adapter.provider), questions))

    return asyncio.run(asked())


@each_plan
def test_the_probe_is_known_and_can_be_read(simulator: Simulator, clock: Clock, name: str) -> None:
    probe = PLANS[name].probe
    records = ask(simulator, clock, name, [probe])[probe]
    readings = adapter_of(name).read(probe, records)
    assert readings
    assert readings[0].candidate.title


@each_plan
def test_an_error_that_comes_with_status_200_is_no_empty_answer(
    simulator: Simulator, clock: Clock, name: str
) -> None:
    kind: Kind = "graphql_error" if PLANS[name].provider == "hardcover" else "http_200_error"
    simulator.switch(Faults((Fault(kind, after=600),)))
    with pytest.raises(Refused) as caught:
        ask(simulator, clock, name, [PLANS[name].probe])
    assert caught.value.outcome is not Outcome.NOT_FOUND
    assert caught.value.partial == {}


@pytest.mark.parametrize("name", [name for name in KEYLESS if PLANS[name].pipeline == "book-metadata"])
def test_a_batch_that_came_back_empty_once_is_not_believed(
    simulator: Simulator, clock: Clock, name: str
) -> None:
    probe = PLANS[name].probe
    other = Question(probe.scheme, "OL999999W" if probe.scheme == "olid_work" else "9783458999997")
    simulator.switch(Faults((Fault("empty_answer", times=1),)))
    found = ask(simulator, clock, name, [probe, other])
    assert found[probe]
    assert found[other] == []
