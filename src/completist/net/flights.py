"""Flights: requests under way. Who asks the same meanwhile waits for the reply that is coming anyway."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from copy import deepcopy
from dataclasses import dataclass, field, replace

from completist.sdk.provider import Refused, Reply


@dataclass(eq=False, slots=True)
class Flight:
    """One request under way."""

    urgent: bool  #: a person waits for it
    sent: bool = False  #: it has its permit
    passengers: int = 0
    task: asyncio.Future[Reply] = field(init=False, repr=False)


class Flights:
    """The requests under way of one client, in one event loop."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, Flight] = {}

    async def share(
        self, identity: Hashable, send: Callable[[Flight], Awaitable[Reply]], *, urgent: bool
    ) -> Reply:
        """The reply to a request: of ``send``, or of the one that is under way.

        It goes on as long as anybody waits for it. What is urgent does not wait for one that nobody waits for
        and that has no permit yet. Raises what ``send`` raises.
        """
        flight = self._under_way.get(identity)
        joined = flight is not None and (flight.sent or flight.urgent or not urgent)
        if flight is None or not joined:
            flight = self._begin(identity, send, urgent=urgent)
        flight.passengers += 1
        try:
            reply = await asyncio.shield(flight.task)
        except Refused as refused:
            if not joined:
                raise
            raise Refused(refused.outcome, refused.after, refused.code) from None
        finally:
            flight.passengers -= 1
            if not flight.passengers and not flight.task.done():
                self._end(identity, flight)
                flight.task.cancel()
                await asyncio.wait((flight.task,))
        # Each may do with its reply as it likes.
        return replace(reply, body=deepcopy(reply.body)) if joined else reply

    def _begin(
        self, identity: Hashable, send: Callable[[Flight], Awaitable[Reply]], *, urgent: bool
    ) -> Flight:
        flight = Flight(urgent)
        flight.task = asyncio.ensure_future(send(flight))
        self._under_way[identity] = flight

        def landed(task: asyncio.Future[Reply]) -> None:
            self._end(identity, flight)
            if not task.cancelled():
                task.exception()  # nobody may be left to look at it

        flight.task.add_done_callback(landed)
        return flight

    def _end(self, identity: Hashable, flight: Flight) -> None:
        if self._under_way.get(identity) is flight:
            del self._under_way[identity]
