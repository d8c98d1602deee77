"""The control API: scripts faults, limits and time of a simulator that runs, and reads what was asked of it.

``GET /_control/calls``, ``POST /_control/faults``, ``GET`` and ``POST /_control/limits``, ``POST /_control/clock``,
``POST /_control/reset``; see docs/simulator.md.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from completist.simulator.answers import Answer, Json, Request, answer
from completist.simulator.faults import Faults
from completist.simulator.limits import Policy

if TYPE_CHECKING:
    from completist.simulator.simulator import Simulator

HOST = "_control"
EVERYBODY = "*"
_FALSE = frozenset({"0", "false", "no"})


def control(simulator: Simulator, request: Request) -> Answer:
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


def _calls(simulator: Simulator, request: Request, body: Json) -> Json:
    del body
    params = request.params
    every = params.get("log", "yes").lower() not in _FALSE
    most = request.number("last", 0) if "last" in params else None
    return simulator.calls.told(params.get("provider", ""), every=every, most=most)


def _faults(simulator: Simulator, request: Request, body: Json) -> Json:
    del request
    name = _provider(simulator, body)
    faults = Faults.read({key: value for key, value in body.items() if key != "provider"})
    simulator.switch(faults, name)
    return {"faults": len(faults.faults), "provider": name or EVERYBODY}


def _limits(simulator: Simulator, request: Request, body: Json) -> Json:
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


def _clock(simulator: Simulator, request: Request, body: Json) -> Json:
    del request
    _known(body, "advance")
    simulator.pace.advance(float(body.get("advance", 0)))
    return {"now": simulator.pace.now()}


def _reset(simulator: Simulator, request: Request, body: Json) -> Json:
    del request
    _known(body)
    simulator.reset()
    return {}


def _provider(simulator: Simulator, body: Json) -> str:
    """The provider that is meant; empty: all."""
    name = body.get("provider", EVERYBODY)
    if name != EVERYBODY and name not in simulator.providers:
        raise ValueError(f"no provider is called {name!r}: there are {', '.join(simulator.providers)}")
    return "" if name == EVERYBODY else str(name)


def _known(body: Json, *names: str) -> None:
    if unknown := set(body) - set(names):
        raise ValueError(f"not understood: {', '.join(sorted(unknown))}")


_VERBS: Mapping[tuple[str, str], Callable[[Simulator, Request, dict[str, Any]], Json]] = {
    ("GET", "/calls"): _calls,
    ("POST", "/faults"): _faults,
    ("GET", "/limits"): _limits,
    ("POST", "/limits"): _limits,
    ("POST", "/clock"): _clock,
    ("POST", "/reset"): _reset,
}
