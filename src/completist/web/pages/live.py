"""Live: one stream for each page that is looked at, over which its parts come whenever they have changed.

What is sent is what the page itself would show: the same blocks, told the same. The first message after each
connection holds all of them, so that a page that was away is true again at once.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from threading import Lock
from time import monotonic
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from completist.domain.errors import CompletistError, NotFound
from completist.web.access import Visit
from completist.web.pages import frame, views
from completist.web.pages.frame import Look, Where
from completist.web.pages.routing import PageRoute, Reader
from completist.web.pages.wording import Tongue

router = APIRouter(include_in_schema=False, route_class=PageRoute)

#: Seconds: between two looks at whether anything happened; at least between two drawings of a page; after which
#: it is drawn anew although nothing happened, since times move on; between two signs of life.
LOOK, DRAW, ANEW, BEAT = 0.25, 1.0, 15.0, 2.0

#: Drawings that are kept for whoever looks at the same page.
KEPT = 64


@dataclass
class Drawing:
    """The parts of a page as they were drawn last, for all who look at it."""

    parts: dict[str, str] = field(default_factory=dict)
    marks: Sequence[int] = ()
    at: float = float("-inf")
    lock: Lock = field(default_factory=Lock)

    def take(self, marks: Sequence[int], draw: Callable[[], dict[str, str]]) -> dict[str, str]:
        """The parts, drawn anew if anything has happened since and the last drawing is a moment ago."""
        with self.lock:
            age = monotonic() - self.at
            if age >= ANEW or (age >= DRAW and marks != self.marks):
                self.parts, self.marks = draw(), marks
                self.at = monotonic()
            return self.parts


@dataclass
class Watch:
    """The marks of a library, read for all who watch it."""

    marks: Sequence[int] = ()
    at: float = float("-inf")
    lock: Lock = field(default_factory=Lock)

    def look(self, read: Callable[[], Sequence[int]]) -> Sequence[int]:
        """The marks, a moment old at most."""
        with self.lock:
            if monotonic() - self.at >= LOOK:
                self.marks, self.at = read(), monotonic()
            return self.marks


@dataclass
class Studio:
    """Where pages are drawn, once for all who look at the same one."""

    drawings: dict[tuple[object, ...], Drawing] = field(default_factory=dict)
    watches: dict[int, Watch] = field(default_factory=dict)

    def drawing(self, key: tuple[object, ...]) -> Drawing:
        """The drawing of a page; one of those that nobody looks at gives way."""
        while len(self.drawings) >= KEPT and key not in self.drawings:
            self.drawings.pop(min(self.drawings, key=lambda each: self.drawings[each].at))
        return self.drawings.setdefault(key, Drawing())


@router.get("/live")
def live(
    request: Request, visit: Reader, at: Annotated[str, Query(max_length=4000)] = "/"
) -> StreamingResponse:
    """The parts of the page ``at``, as they change."""
    look, where = _found(at)
    studio: Studio = request.app.state.studio
    stream = Stream(visit, look, where, frame.language(request), studio, request.app.state.stop.is_set)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream.play(), media_type="text/event-stream", headers=headers)


def _found(at: str) -> tuple[Look, Where]:
    parts = urlsplit(at)
    found = views.find(parts.path)
    if found is None:
        raise NotFound("There is no such page.")
    look, ids = found
    return look, Where(parts.path, parse_qs(parts.query), ids)


@dataclass
class Stream:
    """What one page is sent, until it goes, the server stops, or its reader is let in no more."""

    visit: Visit
    look: Look
    where: Where
    spoken: Tongue
    studio: Studio
    stopped: Callable[[], bool]
    sent: dict[str, bytes] = field(default_factory=dict)

    async def play(self) -> AsyncIterator[str]:
        """Messages of the parts that have changed, and signs of life between them."""
        yield "retry: 500\n: connected\n\n"
        said = begun = monotonic()
        while not self.stopped():
            begun = monotonic()
            changed = await run_in_threadpool(self._changed)
            if changed is None:
                return
            if changed:
                yield message(changed)
            if changed or begun - said >= BEAT:
                said = begun
                yield "event: beat\ndata: .\n\n"
            await asyncio.sleep(max(0.0, begun + LOOK - monotonic()))

    def _changed(self) -> dict[str, str] | None:
        try:
            app = self.visit.app
            watch = self.studio.watches.setdefault(app.library_id, Watch())
            marks = watch.look(app.browsing.marks)
            caller = self.visit.caller
            key = (app.library_id, caller.account_id, caller.role, self.where.url, self.spoken.name)
            drawing = self.studio.drawing(key)
            before = drawing.at
            parts = drawing.take(marks, lambda: frame.parts(self.visit, self.look, self.where, self.spoken))
            if drawing.at != before and not self.visit.still():
                return None
        except CompletistError:
            return None  # the page comes again, and is told all
        digests = {name: blake2b(html.encode(), digest_size=8).digest() for name, html in parts.items()}
        changed = {name: html for name, html in parts.items() if self.sent.get(name) != digests[name]}
        self.sent = digests
        return changed


def message(parts: dict[str, str]) -> str:
    """Parts of a page as one message, each with the place where it belongs."""
    html = "".join(
        f'<hx-partial hx-target="#{name.replace("_", "-")}" hx-swap="outerMorph">{part}</hx-partial>'
        for name, part in parts.items()
    )
    return "".join(f"data: {line}\n" for line in html.splitlines()) + "\n"
