"""Events: what happens in a library, as it happens, over one connection that may be taken up again.

https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from threading import Event as Flag
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from completist.app import Event
from completist.domain.errors import CompletistError
from completist.web.access import AsMember, Visit
from completist.web.api.shapes import Position, at, failing

router = APIRouter(prefix="/api/v1", tags=["events"])

#: Seconds between two looks, and so between two messages; and after how many of silence something is said anyway.
LOOK, PING = 0.25, 15.0

#: Events in one message.
MOST = 500

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
        "description": "`id` is the number of the last event of a message, `data` a list of "
        '`{"seq", "type", "ref", "data", "at"}`.',
    }
}


@router.get("/events", responses={**failing(), **_STREAM}, response_class=StreamingResponse)
def events(
    visit: AsMember,
    request: Request,
    after: Annotated[Position | None, Query(description="Begin behind this event.")] = None,
    last: Annotated[
        Position | None, Header(alias="Last-Event-ID", description="The same, and goes first.")
    ] = None,
) -> StreamingResponse:
    """What happens from now on, or behind an event; at most four messages a second."""
    begin = last if last is not None else after
    tape = Tape(visit, request.app.state.stop, visit.app.ledger.last_event() if begin is None else begin)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(tape.play(), media_type="text/event-stream", headers=headers)


@dataclass(slots=True)
class Tape:
    """One listener's events, behind the number ``after``, until the server stops or the listener is let in no more."""

    visit: Visit
    stop: Flag
    after: int

    async def play(self) -> AsyncIterator[str]:
        """Messages. A listener that is slow to take them holds up nobody but itself."""
        clock = asyncio.get_running_loop().time
        yield "retry: 2000\n: connected\n\n"
        said = clock()
        while not self.stop.is_set():
            begun = clock()
            found = await run_in_threadpool(self._next)
            if found is None:
                return
            if found:
                self.after = found[-1].seq
                yield message(found)
                said = clock()
            elif begun - said >= PING:
                if not await run_in_threadpool(self.visit.still):
                    return
                yield ": ping\n\n"
                said = clock()
            await asyncio.sleep(max(0.0, begun + LOOK - clock()))

    def _next(self) -> list[Event] | None:
        """The next events; None when the listener may not have them any more, or the database has gone."""
        try:
            found = self.visit.app.ledger.events(self.after, MOST)
            return found if not found or self.visit.still() else None
        except CompletistError:
            return None  # the listener comes again, and goes on behind the last message


def message(found: list[Event]) -> str:
    """Several events as one message."""
    told = [
        {"seq": each.seq, "type": each.type, "ref": each.ref, "data": each.data, "at": at(each.at)}
        for each in found
    ]
    return f"id: {found[-1].seq}\nevent: events\ndata: {json.dumps(told, separators=(',', ':'))}\n\n"
