"""Every adapter on the wire: through the one client, to the simulated provider, with the real formats between them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from tests.support.clocks import Clock

from completist.domain.run import Outcome
from completist.net.client import Client
from completist.net.permits import ProcessPermits
from completist.sdk import registry
from completist.sdk.adapter import AdapterPlan, Key, Question
from completist.sdk.provider import Record, Refused
from completist.simulator import Fault, Faults, Simulator
from completist.simulator.provider import KEY

PLANS: dict[str, AdapterPlan] = {
    f"{plan.provider}-{plan.pipeline}": plan
    for plugin in registry.plugins().values()
    for plan in plugin.adapters
    if not plan.local
}
CONTACT = "reader@example.org"
#: The simulator's and the callers': who waits for a limit has waited there, too.
CLOCK = Clock()

each_plan = pytest.mark.parametrize("name", PLANS)


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator(clock=CLOCK.seconds) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Simulator:
    running.reset()
    return running


def ask(
    simulator: Simulator, name: str, *questions: Question, key: str = KEY
) -> dict[Question, Sequence[Record]]:
    adapter, clock = PLANS[name].make(Key(key)), CLOCK

    async def asked() -> dict[Question, Sequence[Record]]:
        permits = ProcessPermits(clock)
        async with Client(permits, clock, contact=CONTACT, at=simulator.url, sleep=clock.sleep) as client:
            return dict(await adapter.ask(client.to(adapter.provider), questions))

    return asyncio.run(asked())


@each_plan
def test_the_probe_is_known_and_can_be_read(simulator: Simulator, name: str) -> None:
    probe = PLANS[name].probe
    records = ask(simulator, name, probe)[probe]
    assert PLANS[name].make(Key()).read(probe, records)


@each_plan
@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault("rate_limited", after=3600), Outcome.RATE_LIMITED),
        (Fault("forbidden"), Outcome.BLOCKED),
        (Fault("unavailable"), Outcome.TRANSIENT),
        (Fault("broken_json"), Outcome.BAD_RESPONSE),
    ],
    ids=lambda value: value.kind if isinstance(value, Fault) else "",
)
def test_a_fault_is_never_taken_for_unknown(
    simulator: Simulator, name: str, fault: Fault, outcome: Outcome
) -> None:
    simulator.switch(Faults((fault,)))
    with pytest.raises(Refused) as caught:
        ask(simulator, name, PLANS[name].probe)
    assert (caught.value.outcome, caught.value.partial) == (outcome, {})


@each_plan
def test_an_error_that_comes_with_status_200_is_never_taken_for_unknown(
    simulator: Simulator, name: str
) -> None:
    simulator.switch(Faults((Fault("http_200_error"),)))
    with pytest.raises(Refused) as caught:
        ask(simulator, name, PLANS[name].probe)
    assert caught.value.outcome in (Outcome.TRANSIENT, Outcome.BAD_RESPONSE)


@pytest.mark.parametrize("name", [name for name, plan in PLANS.items() if plan.secret])
def test_a_wrong_key_is_told_from_a_book_that_is_not_there(simulator: Simulator, name: str) -> None:
    with pytest.raises(Refused) as caught:
        ask(simulator, name, PLANS[name].probe, key="another")
    assert caught.value.outcome in (Outcome.INVALID_KEY, Outcome.BLOCKED)
