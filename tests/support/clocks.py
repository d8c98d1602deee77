"""A time of the tests' own: it passes only when somebody waits."""

from __future__ import annotations

import math

START = 1_795_000_000_000  #: milliseconds since the epoch; a day in 2026


class Clock:
    """Milliseconds for Completist, seconds for the simulator, and a sleep that takes no time."""

    def __init__(self, now: int = START) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> int:
        return self.now

    def seconds(self) -> float:
        return self.now / 1000

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += math.ceil(seconds * 1000)
