"""Calls: what was asked of the simulator, so that a test can tell whether limits were kept."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, field

from simulator.answers import Json


@dataclass(frozen=True, slots=True)
class Call:
    """One call: when (seconds since the epoch), what for, how it counted, how many things it asked for."""

    at: float
    operation: str
    status: int
    cost: int = 1
    size: int = 0
    user_agent: str = ""


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

    def most_in(self, window: float) -> int:
        """The largest sum of costs in any ``window`` seconds, whenever they begin."""
        calls = sorted(self.all(), key=lambda call: call.at)
        most = total = start = 0
        for call in calls:
            total += call.cost
            while calls[start].at <= call.at - window:
                total -= calls[start].cost
                start += 1
            most = max(most, total)
        return most

    def told(self) -> Json:
        """The calls as ``GET /_calls`` tells them."""
        return {
            "calls": [asdict(call) for call in self.all()],
            "most_in_window": {str(window): self.most_in(window) for window in (1, 60, 86_400)},
        }
