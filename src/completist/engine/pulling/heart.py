"""The heart of a pull: it beats on the way to the provider, and keeps the claim alive at the server."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import structlog

from completist.domain.errors import Conflict, Retryable
from completist.engine.pulling.desk import Desk, Unknown
from completist.net.permits import Clock
from completist.sdk.provider import Http, Reply, Request

_log = structlog.get_logger()


@dataclass(slots=True)
class Beating:
    """The way to the provider, on which the claim is kept alive: a heartbeat at each third of the lease.

    Raises:
        Conflict: The claim is closed: nobody waits for the answers any more.
    """

    http: Http
    desk: Desk
    claim: str
    lease: int
    now: Clock
    due: int = field(init=False)

    def __post_init__(self) -> None:
        """Begin to count."""
        self._wind()

    async def send(self, request: Request) -> Reply:
        """The reply to a request; see `Http.send`."""
        if self.now() >= self.due:
            await self._beat()
        sending = asyncio.ensure_future(self.http.send(request))
        try:
            while not (await asyncio.wait({sending}, timeout=max(0.0, (self.due - self.now()) / 1000)))[0]:
                await self._beat()
            return sending.result()
        finally:
            sending.cancel()

    async def _beat(self) -> None:
        self._wind()
        try:
            await self.desk.heartbeat(self.claim, self.lease)
        except Retryable:
            _log.warning("heartbeat failed", claim=self.claim)
        except Unknown as error:
            raise Conflict(error.message) from None

    def _wind(self) -> None:
        self.due = self.now() + self.lease * 1000 // 3
