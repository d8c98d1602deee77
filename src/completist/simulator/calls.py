"""Calls: what was asked of the simulator, so that a test can tell whether limits were kept."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field

from completist.simulator.answers import Json

_WINDOWS = (1, 60, 3_600, 86_400)  #: seconds


@dataclass(frozen=True, slots=True)
class Call:
    """One call: when, what for, how it counted, how many things it asked for. Keys are never kept.

    ``at`` is in seconds since the epoch, of the time that limits are counted by; ``wall`` and ``monotonic`` are the
    machine's own.
    """

    at: float
    operation: str
    status: int
    cost: int = 1
    size: int = 0
    user_agent: str = ""
    accept: str = ""
    provider: str = ""
    host: str = ""
    group: str = ""  #: of calls that are counted together
    keyed: bool = False  #: whether it brought a key
    limited: str = ""  #: the limit that was used up
    fault: str = ""  #: the fault that it met
    wall: float = 0.0
    monotonic: float = 0.0


@dataclass(slots=True)
class Calls:
    """All calls in order, refused ones too. Safe across threads."""

    _calls: list[Call] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, call: Call) -> None:
        """Keep a call."""
        with self._lock:
            self._calls.append(call)

    def all(self) -> list[Call]:
        """All calls up to now."""
        with self._lock:
            return list(self._calls)

    def of(self, provider: str) -> Calls:
        """Those of one provider up to now."""
        return Calls([call for call in self.all() if call.provider == provider])

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._calls.clear()

    def most_in(self, window: float) -> int:
        """The largest sum of costs in any ``window`` seconds, whenever they begin."""
        return most_in(self.all(), window)

    def told(self, provider: str = "", *, every: bool = True, most: int | None = None) -> Json:
        """The calls as ``GET /_control/calls`` tells them: each provider that was called, with its last calls."""
        calls = self.all()
        names = sorted({call.provider for call in calls if provider in ("", call.provider)})
        held = {name: [call for call in calls if call.provider == name] for name in names}
        return {"providers": {name: _told(each, every=every, most=most) for name, each in held.items()}}


def most_in(calls: Iterable[Call], window: float) -> int:
    """The largest sum of costs in any ``window`` seconds, whenever they begin."""
    ordered = sorted(calls, key=lambda call: call.at)
    most = total = start = 0
    for call in ordered:
        total += call.cost
        while ordered[start].at <= call.at - window:
            total -= ordered[start].cost
            start += 1
        most = max(most, total)
    return most


def _told(calls: Sequence[Call], *, every: bool, most: int | None) -> Json:
    told: Json = {
        "calls": len(calls),
        "cost": sum(call.cost for call in calls),
        "operations": dict(Counter(call.operation for call in calls)),
        "statuses": {str(status): count for status, count in Counter(call.status for call in calls).items()},
        "limited": dict(Counter(call.limited for call in calls if call.limited)),
        "faults": dict(Counter(call.fault for call in calls if call.fault)),
        "most_in_window": {str(window): most_in(calls, window) for window in _WINDOWS},
    }
    if every:
        shown = calls if most is None else calls[-most:] if most else []
        told["log"] = [_logged(call) for call in shown]
    return told


def _logged(call: Call) -> Json:
    logged = asdict(call)
    del logged["provider"]
    return logged
