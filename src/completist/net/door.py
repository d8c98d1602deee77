"""The door: the client in a thread of its own, for those who are synchronous and may wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from threading import Lock, Thread
from typing import TypeAlias, TypeVar

from completist.net.client import Client
from completist.sdk.provider import Http, Provider

T = TypeVar("T")

#: The way out to each provider.
To: TypeAlias = Callable[[Provider], Http]


class Door:
    """One client for all threads of a process. It is opened at first use, and has to be closed."""

    def __init__(self, make: Callable[[], Client]) -> None:
        self._make = make
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: Client | None = None

    def ask(
        self, asking: Callable[[To], Awaitable[T]], *, urgent: bool = False, within: float | None = None
    ) -> T:
        """What ``asking`` comes to; whatever it raises is raised here.

        It runs beside what other threads ask. ``urgent`` is what a person waits for. ``within``: seconds that one
        call may take.
        """
        loop, client = self._opened()

        async def run() -> T:
            return await asking(lambda provider: client.to(provider, urgent=urgent, within=within))

        return asyncio.run_coroutine_threadsafe(run(), loop).result()

    def close(self) -> None:
        """Close the connections and end the thread; what is under way is given up."""
        with self._lock:
            loop, client = self._loop, self._client
            self._loop = self._client = None
        if loop is not None and client is not None:
            asyncio.run_coroutine_threadsafe(_end(client), loop).result()
            loop.call_soon_threadsafe(loop.stop)

    def _opened(self) -> tuple[asyncio.AbstractEventLoop, Client]:
        with self._lock:
            if self._loop is None or self._client is None:
                self._loop = asyncio.new_event_loop()
                Thread(target=_turn, args=(self._loop,), name="providers", daemon=True).start()
                self._client = self._make()
            return self._loop, self._client


def _turn(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
    finally:
        loop.close()


async def _end(client: Client) -> None:
    own = asyncio.current_task()
    others = [task for task in asyncio.all_tasks() if task is not own]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await client.__aexit__(None, None, None)
