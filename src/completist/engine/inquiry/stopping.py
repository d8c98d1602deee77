"""Stopping: an adapter that is to leave off sends nothing more, and hands back what it was answered by then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from completist.domain.run import Outcome
from completist.sdk.provider import Http, Refused, Reply, Request

#: The code of a refusal of ours, because it was time to stop.
STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Stoppable:
    """A way out that is closed as soon as it is time to stop. What is under way then is still waited for."""

    http: Http
    stop: Callable[[], bool]

    async def send(self, request: Request) -> Reply:
        """See `Http.send`; refused with `STOPPED` when it is time to."""
        if self.stop():
            raise Refused(Outcome.TRANSIENT, code=STOPPED)
        return await self.http.send(request)
