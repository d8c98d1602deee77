"""Queues: who waits for a permit in this process, in one line for each provider and a faster one for people."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Queues:
    """Whoever is first in line asks for permits, the others wait behind; so no two race for the same one.

    In front of each ask, those nobody waits for let those pass whom somebody does.
    """

    def __init__(self) -> None:
        self._lines: dict[tuple[str, bool], asyncio.Lock] = {}

    def _line(self, provider: str, *, urgent: bool) -> asyncio.Lock:
        return self._lines.setdefault((provider, urgent), asyncio.Lock())

    @asynccontextmanager
    async def stand(self, provider: str, *, urgent: bool) -> AsyncIterator[None]:
        """Be first in line while the block runs."""
        async with self._line(provider, urgent=urgent):
            yield

    @asynccontextmanager
    async def give_way(self, provider: str, *, urgent: bool) -> AsyncIterator[None]:
        """Let those pass who are in more of a hurry, and then nobody while the block runs."""
        if urgent:
            yield
            return
        async with self._line(provider, urgent=True):
            yield
