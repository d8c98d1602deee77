"""A simulator that runs, and somebody who calls it as a well-behaved program would."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import httpx2
import pytest
from tests.support.clocks import Clock

from completist.simulator import Simulator

WELCOME = "tests/1.0 (+https://tests.example)"


#: Trusts nobody, and so has nothing to read: the simulator speaks in the clear.
NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Caller:
    """Calls providers by their true addresses, at the simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self._web = httpx2.Client(headers={"User-Agent": WELCOME}, verify=NOBODY, trust_env=False, timeout=30)

    def get(self, place: str, headers: dict[str, str] | None = None, /, **params: object) -> httpx2.Response:
        """The reply of ``openlibrary.org/search.json`` and the like."""
        named = {name: str(value) for name, value in params.items()}
        return self._web.get(f"{self.simulator.url}/{place}", params=named or None, headers=headers)

    def head(self, place: str, /, **params: object) -> httpx2.Response:
        named = {name: str(value) for name, value in params.items()}
        return self._web.head(f"{self.simulator.url}/{place}", params=named or None)

    def post(
        self,
        place: str,
        json: object = None,
        *,
        headers: dict[str, str] | None = None,
        form: dict[str, str] | None = None,
    ) -> httpx2.Response:
        address = f"{self.simulator.url}/{place}"
        if form is not None:
            return self._web.post(address, headers=headers, data=form)
        return self._web.post(address, headers=headers, json=json)

    def control(self, verb: str, body: object = None) -> httpx2.Response:
        """What the control API says; a body makes it a POST."""
        place = f"_control/{verb}"
        return self.get(place) if body is None else self.post(place, body)

    def close(self) -> None:
        self._web.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def simulator(clock: Clock) -> Iterator[Simulator]:
    with Simulator(clock=clock.seconds) as running:
        yield running


@pytest.fixture
def call(simulator: Simulator) -> Iterator[Caller]:
    caller = Caller(simulator)
    yield caller
    caller.close()
