"""Turns: which pipelines are worked off one after the other, and which beside one another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from threading import Event, Lock
from time import monotonic
from typing import TypeAlias

from completist.engine.inquiry.inquiring import TURN
from completist.engine.lanes import together
from completist.sdk.finder import Finder
from completist.sdk.registry import KindPlugin

#: Whether live providers can be asked for a pipeline.
Asks: TypeAlias = Callable[[str], bool]

#: Works off what is due in a pipeline.
Drain: TypeAlias = Callable[[KindPlugin, Finder], object]

#: Seconds between two looks at whether it is time to go on.
GLANCE = 0.2

#: Turns after which a pipeline is gone on with at the latest: it waits twice as long each time.
LATEST = 4


def in_turn(
    wanted: Sequence[tuple[KindPlugin, Finder]],
    asks: Asks,
    drain: Drain,
    stop: Callable[[], bool] = lambda: False,
) -> None:
    """Drain each pipeline in order, and beside one another those that live providers are asked for: they mostly wait.

    One that another brings something in for (authors, by their books) goes on as long as that one does. The first are
    there after a turn; from then on it waits twice as long each time, so that more comes together for one request.
    """
    asking = [pair for pair in wanted if asks(pair[1].pipeline.name)]
    for plugin, finder in wanted:
        if (plugin, finder) not in asking:
            drain(plugin, finder)
    under_way = _UnderWay(len(asking))
    together([partial(_follow, partial(drain, *pair), under_way, stop) for pair in asking])


class _UnderWay:
    """How many pipelines are being worked on at this moment."""

    def __init__(self, pipelines: int) -> None:
        self._busy = pipelines
        self._lock = Lock()
        self._idle = Event()

    def pause(self) -> None:
        """Nothing is due in one of them."""
        with self._lock:
            self._busy -= 1
            if self._busy == 0:
                self._idle.set()

    def resume(self) -> bool:
        """Go on with it; False when nobody brings anything in any more."""
        with self._lock:
            if self._idle.is_set():
                return False
            self._busy += 1
            return True

    def wait(self, seconds: float, stop: Callable[[], bool]) -> None:
        """Give the others time; no longer than they take."""
        ends = monotonic() + seconds
        while not stop() and monotonic() < ends and not self._idle.wait(GLANCE):
            pass


def _follow(drain: Callable[[], object], under_way: _UnderWay, stop: Callable[[], bool]) -> None:
    """Work off a pipeline, for as long as others may bring in more."""
    turns = 1
    while True:
        begun = monotonic()
        try:
            drain()
        finally:
            under_way.pause()
        under_way.wait(TURN * turns - (monotonic() - begun), stop)
        turns = min(turns * 2, LATEST)
        if stop() or not under_way.resume():
            return
