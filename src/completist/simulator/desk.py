"""The desk: every call to one provider passes here, is counted, refused, spoilt or answered."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from completist.simulator.answers import Answer, Request, Sending, page
from completist.simulator.calls import Call, Calls
from completist.simulator.faults import Fault, Faults
from completist.simulator.limits import Limiter, Policy
from completist.simulator.pace import Pace
from completist.simulator.provider import Asked, Provider, Refusal
from completist.simulator.world.chance import Chance
from completist.simulator.world.view import Lying, Nothing, View
from completist.simulator.world.world import World

_HUGE = b'{"filler": "'
_AT_ONCE_AGAIN = 1  #: seconds to wait for somebody who has too many calls under way


@dataclass(frozen=True, slots=True)
class _Met:
    """What a call met on its way: the answer if that is settled, the limit, the fault."""

    answer: Answer | None = None
    over: Policy | None = None
    fault: Fault | None = None


@dataclass(slots=True)
class Desk:
    """One provider at work. Safe across threads."""

    provider: Provider
    world: World
    chance: Chance
    pace: Pace
    calls: Calls
    wait: Callable[[float], object]  #: passes so many seconds, or fewer if the simulator ends
    faults: Faults = field(default_factory=Faults)
    _limiter: Limiter = field(init=False)
    _views: dict[str, View] = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _under_way: Counter[str] = field(default_factory=Counter)
    _refused: int = 0

    def __post_init__(self) -> None:
        """Begin with nothing counted."""
        self._limiter = Limiter(self.provider.policies)
        name = self.provider.knows_as
        self._views = {
            "": View(self.world, name, self.chance),
            "empty_answer": Nothing(self.world, name, self.chance),
            "other_record": Lying(self.world, name, self.chance),
        }

    def answer(self, request: Request) -> Answer:
        """The reply to one request. Takes as long as the faults say."""
        asked = self.provider.read(request)
        with self._lock:
            self._under_way[asked.group] += 1
        try:
            with self._lock:
                now = self.pace.now()
                met = self._meet(request, asked, now)
            self.wait(self.faults.delay())
            reply = met.answer or self._reply(request, asked, met.fault)
            with self._lock:
                told = self.provider.announce(self._limiter, self.pace, met.over)
        finally:
            with self._lock:
                self._under_way[asked.group] -= 1
        self._keep(request, asked, reply, met, now)
        return replace(reply, headers={**told, **reply.headers})

    def limit(self, policies: tuple[Policy, ...]) -> None:
        """Put other limits in the place of the provider's own, with nothing counted yet."""
        with self._lock:
            self._limiter = Limiter(policies)

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The limits at present."""
        return self._limiter.policies

    def reset(self) -> None:
        """Forget all that was counted, and switch the faults off."""
        self.faults = Faults()
        self.limit(self.provider.policies)
        self._refused = 0

    def _meet(self, request: Request, asked: Asked, now: float) -> _Met:
        """Whatever keeps a call from being answered."""
        refused = self.provider.admit(request, asked)
        if refused is not None:
            return _Met(refused)
        if asked.at_once is not None and self._under_way[asked.group] > asked.at_once:
            return _Met(self._refuse(Refusal("rate_limited", _AT_ONCE_AGAIN)))
        over = self._limiter.take(now, asked.cost, asked.group)
        if over is not None:
            return _Met(self._too_many(over, self._limiter.reset(over, now)), over)
        fault = self.faults.strike(asked.size, asked.operation)
        return self._failed(fault, asked) if fault is not None else _Met()

    def _reply(self, request: Request, asked: Asked, fault: Fault | None) -> Answer:
        view = self._views.get(fault.kind if fault else "", self._views[""])
        reply = self.provider.reply(request, asked, view)
        return reply if fault is None else _spoilt(reply, fault)

    def _failed(self, fault: Fault, asked: Asked) -> _Met:
        """What a fault makes of a call, as far as the true answer plays no part in it."""
        if fault.kind in ("rate_limited", "quota_exhausted"):
            return self._out_of(fault, asked)
        if fault.kind in _INSTEAD:
            return _Met(_INSTEAD[fault.kind], fault=fault)
        if fault.kind == "redirect":
            return _Met(Answer(302, headers={"Location": fault.location}), fault=fault)
        if fault.kind in _SPOILING or fault.kind in self._views:
            return _Met(fault=fault)
        return _Met(self._refuse(Refusal(fault.kind, fault.after)), fault=fault)

    def _out_of(self, fault: Fault, asked: Asked) -> _Met:
        daily = fault.kind == "quota_exhausted"
        counting = [each for each in self.policies if each.group in ("", asked.group)]
        over = next((each for each in counting if each.daily is daily), None)
        after = self._limiter.reset(over, self.pace.now()) if over and daily else fault.after
        return _Met(self._too_many(over, after, fault), over, fault)

    def _too_many(self, over: Policy | None, after: int, fault: Fault | None = None) -> Answer:
        daily = over.daily if over is not None else fault is not None and fault.kind == "quota_exhausted"
        told = self.pace.told(after)
        return self._refuse(Refusal("quota_exhausted" if daily else "rate_limited", told, over))

    def _refuse(self, why: Refusal) -> Answer:
        self._refused += 1
        return self.provider.refuse(replace(why, nth=self._refused))

    def _keep(self, request: Request, asked: Asked, reply: Answer, met: _Met, now: float) -> None:
        self.calls.add(
            Call(
                now,
                asked.operation,
                reply.status if reply.sending is not Sending.NEVER else 0,
                asked.cost,
                asked.size,
                request.headers.get("user-agent", ""),
                request.headers.get("accept", ""),
                provider=self.provider.name,
                host=request.host,
                group=asked.group,
                keyed=asked.keyed,
                limited=met.over.name if met.over is not None and met.fault is None else "",
                fault=met.fault.kind if met.fault is not None else "",
                wall=time.time(),
                monotonic=time.monotonic(),
            )
        )


_SPOILING = frozenset({"slow", "cut_off", "broken_json"})

_INSTEAD = {
    "hang": Answer(0, sending=Sending.NEVER),
    "drop": Answer(0, sending=Sending.CLOSED),
    "empty_body": Answer(200),
    "wrong_json": Answer(200, b'[{"unexpected": [true, null, 5]}]'),
    "html": page(200, "Please log in", "This network wants to know who you are."),
    "huge": Answer(200, _HUGE, sending=Sending.ENDLESS),
}


def _spoilt(reply: Answer, fault: Fault) -> Answer:
    """An answer as it arrives after all."""
    if fault.kind == "slow":
        return replace(reply, sending=Sending.SLOWLY, seconds=float(fault.after))
    if fault.kind == "cut_off":
        return replace(reply, sending=Sending.CUT)
    if fault.kind == "broken_json":
        return replace(reply, body=reply.body[: len(reply.body) // 2])
    return reply
