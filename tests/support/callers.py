"""Processes that call one provider at the same time, each with its own connections to one library.

They are forks of a server in which everything is loaded, so that four of them begin within milliseconds.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any, TypeAlias

from completist.domain.run import Outcome
from completist.net.permits import SharedPermits, Wait
from completist.sdk.provider import Provider
from completist.store.database import Database, connect, ping

#: What a process does with its permits; what it returns is handed to the test.
Part: TypeAlias = Callable[[SharedPermits, "Heard"], Any]

#: A process, and where it tells.
Hand: TypeAlias = tuple[ForkServerProcess, Connection]

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.support.callers"])


class Heard:
    """Remembers the moment at which the rules judged last, by whichever clock they judged."""

    def __init__(self, database: Database) -> None:
        self.moment = 0
        self._told = database.moment
        database.moment = self.listen  # type: ignore[method-assign, assignment]  # heard nowhere else

    def listen(self, *about: Any) -> int:  # noqa: ANN401 - as `Database.moment`
        self.moment = self._told(*about)
        return self.moment


def now() -> int:
    """The time of this machine."""
    return time.time_ns() // 1_000_000


@contextmanager
def crowd(url: str, hands: int, part: Part, *, keeps_time: bool) -> Iterator[list[Hand]]:
    """So many processes that do the same; none is left at the end."""
    start = _processes.Barrier(hands)
    started = []
    for _ in range(hands):
        ours, theirs = _processes.Pipe(duplex=False)
        process = _processes.Process(target=_play, args=(url, part, keeps_time, start, theirs))
        process.start()
        theirs.close()
        started.append((process, ours))
    try:
        yield started
    finally:
        for process, ours in started:
            process.kill()
            process.join()
            process.close()
            ours.close()


def all_told(url: str, hands: int, part: Part, *, keeps_time: bool) -> list[Any]:
    """What each of so many processes comes to."""
    with crowd(url, hands, part, keeps_time=keeps_time) as started:
        return [ours.recv() for _, ours in started]


# --- what they do -----------------------------------------------------------------------------------------------


def call_as_often_as_allowed(
    provider: Provider, times: int, permits: SharedPermits, heard: Heard
) -> list[int]:
    """Call so often, as soon as it is allowed; the moments at which it was let through.

    Each second call is one that a person waits for.
    """

    async def run() -> list[int]:
        through: list[int] = []
        while len(through) < times:
            wait = await permits.take(provider, urgent=len(through) % 2 == 0)
            if wait.seconds:
                await asyncio.sleep(wait.seconds)
            else:
                through.append(heard.moment)
        return through

    return asyncio.run(run())


def use_up(provider: Provider, cost: int, permits: SharedPermits, _heard: Heard, *, urgent: bool) -> int:
    """Call until the day has no call left; how many there were, each counting as so many."""

    async def run() -> int:
        used = 0
        while True:
            wait = await permits.take(provider, cost, urgent=urgent)
            if wait.outcome is Outcome.QUOTA_EXHAUSTED:
                return used
            used += 0 if wait.seconds else cost
            await asyncio.sleep(wait.seconds)

    return asyncio.run(run())


def try_once(provider: Provider, permits: SharedPermits, _heard: Heard) -> Wait:
    """Ask for one permit."""
    return asyncio.run(permits.take(provider))


def be_sent_away(provider: Provider, seconds: float, permits: SharedPermits, _heard: Heard) -> float:
    """Be told to rest."""
    return asyncio.run(permits.rest(provider, seconds, Outcome.RATE_LIMITED))


# --- the processes' side ----------------------------------------------------------------------------------------


def _play(url: str, part: Part, keeps_time: bool, start: Any, theirs: Connection) -> None:  # noqa: ANN401, FBT001 - handed on
    database = connect(url)
    database.keeps_time = keeps_time
    heard = Heard(database)
    ping(database)
    start.wait(60)
    theirs.send(part(SharedPermits(database, now), heard))
    signal.pause()  # until it is ended
