"""The pace of time: limits are counted by a clock that may run faster than the machine's, and be put forward."""

from __future__ import annotations

import math
import threading

from completist.simulator.answers import Clock

_FASTEST = 1_000_000


class Pace:
    """A clock that passes ``scale`` seconds in each second of the clock it is given. Safe across threads.

    Times that answers tell (``Retry-After``, resets) are those of the caller, so with a scale of 60 a wait of a minute
    is told as one second; with ``told_in_scale`` they are those of this clock, for callers whose clock is as fast.
    """

    def __init__(self, clock: Clock, scale: float = 1.0) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._began = self._at_begin = clock()
        self.scale = 1.0
        self.told_in_scale = False
        self.set(scale)

    def now(self) -> float:
        """Seconds since the epoch."""
        with self._lock:
            return self._now()

    def set(self, scale: float) -> None:
        """Run at another pace from now on; ValueError for one that makes no sense."""
        if not 0 < scale <= _FASTEST:
            raise ValueError(f"scale has to be above 0 and at most {_FASTEST:,}")
        with self._lock:
            self._at_begin, self._began = self._now(), self._clock()
            self.scale = scale

    def advance(self, seconds: float) -> None:
        """Put the clock forward."""
        if not 0 <= seconds < math.inf:
            raise ValueError("a clock is only put forward")
        with self._lock:
            self._at_begin += seconds

    def told(self, seconds: float) -> int:
        """A time to wait as the caller is told it, in whole seconds."""
        return math.ceil(seconds) if self.told_in_scale else max(1, math.ceil(seconds / self.scale))

    def callers_now(self) -> float:
        """The time on the caller's clock."""
        return self.now() if self.told_in_scale else self._clock()

    def _now(self) -> float:
        return self._at_begin + (self._clock() - self._began) * self.scale
