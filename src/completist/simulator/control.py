"""The control API: scripts faults, limits and time of a simulator that runs, and reads what was asked of it.

``GET /_control/calls``, ``POST /_control/faults``, ``GET`` and ``POST /_control/limits``, ``POST /_control/clock``,
``POST /_control/reset``; see docs/simulator.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from completist.simulator.answers import Answer, Json, Request, answer
from completist.simulator.calls import Calls
from completist.simulator.faults import Faults
from completist.simulator.limits import Policy
from completist.simulator.pace import Pace

HOST = "_control"
EVERYBODY = "*"
_FALSE = frozenset({"0", "false", "no"})


class Steered(Protocol):
    """What can be steered of a simulator; see `Simulator`."""

    calls: Calls
    pace: Pace

    @property
    def providers(self) -> tuple[str, ...]:
        """The names of all providers."""
        ...

    def switch(self, faults: Faults, provider: str = "") -> None:
        """Put other faults in the place of those that are on, for one provider or for all."""
        ...

    def limit(self, provider: str, policies: tuple[Policy, ...]) -> None:
        """Put other limits in the place of a provider's own."""
        ...

    def policies(self) -> dict[str, tuple[Policy, ...]]:
        """The limits of all providers."""
        ...

    def reset(self) -> None:
        """Forget all calls, count anew, switch the faults off."""
        ...


def control(simulator: Steered, request: Request) -> Answer:
    """The reply to a call that steers the simulator; 400 says what is wrong with it, and then nothing was done."""
    verb = _VERBS.get((request.method, request.path))
    if verb is None:
        known = ", ".join(f"{method} /{HOST}{path}" for method, path in _VERBS)
        return answer(404, {"error": f"There are {known}."})
    try:
        return answer(200, verb(simulator, request, _body(request)))
    except (ValueError, TypeError) as error:
        return answer(400, {"error": str(error)})


def _body(request: Request) -> Json:
    body = json.loads(request.content) if request.content else {}
    if not isinstance(body, dict):
        raise TypeError("the body has to be an object")
    return body


def _calls(simulator: Steered, request: Request, body: Json) -> Json:
    del body
    params = request.params
    every = params.get("log", "yes").lower() not in _FALSE
    most = request.number("last", 0) if "last" in params else None
    return simulator.calls.told(params.get("provider", ""), every=every, most=most)


def _faults(simulator: Steered, request: Request, body: Json) -> Json:
    del request
    name = _provider(simulator, body)
    faults = Faults.read({key: value for key, value in body.items() if key != "provider"})
    simulator.switch(faults, name)
    return {"faults": len(faults.faults), "provider": name or EVERYBODY}


def _limits(simulator: Steered, request: Request, body: Json) -> Json:
    """Other limits for a provider, another pace of time; what holds then."""
    _known(body, "provider", "policies", "scale", "told")
    if request.method == "POST":
        policies = tuple(Policy(**each) for each in body["policies"]) if "policies" in body else None
        names = _provider(simulator, body)
        if policies is not None and not names:
            raise ValueError("policies are those of one provider: name it")
        told = body.get("told")
        if told not in (None, "caller", "simulator"):
            raise ValueError("told is caller or simulator: whose seconds answers tell")
        if "scale" in body:
            simulator.pace.set(float(body["scale"]))
        if told is not None:
            simulator.pace.told_in_scale = told == "simulator"
        if policies is not None:
            simulator.limit(names, policies)
    held = {name: [asdict(each) for each in policies] for name, policies in simulator.policies().items()}
    return {"scale": simulator.pace.scale, "policies": held}


def _clock(simulator: Steered, request: Request, body: Json) -> Json:
    del request
    _known(body, "advance")
    simulator.pace.advance(float(body.get("advance", 0)))
    return {"now": simulator.pace.now()}


def _reset(simulator: Steered, request: Request, body: Json) -> Json:
    del request
    _known(body)
    simulator.reset()
    return {}


def _provider(simulator: Steered, body: Json) -> str:
    """The provider that is meant; empty: all."""
    name = body.get("provider", EVERYBODY)
    if name != EVERYBODY and name not in simulator.providers:
        raise ValueError(f"no provider is called {name!r}: there are {', '.join(simulator.providers)}")
    return "" if name == EVERYBODY else str(name)


def _known(body: Json, *names: str) -> None:
    if unknown := set(body) - set(names):
        raise ValueError(f"not understood: {', '.join(sorted(unknown))}")


_VERBS: Mapping[tuple[str, str], Callable[[Steered, Request, dict[str, Any]], Json]] = {
    ("GET", "/calls"): _calls,
    ("POST", "/faults"): _faults,
    ("GET", "/limits"): _limits,
    ("POST", "/limits"): _limits,
    ("POST", "/clock"): _clock,
    ("POST", "/reset"): _reset,
}
