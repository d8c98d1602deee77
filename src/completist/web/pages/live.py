"""Live: one stream for each page that is looked at, over which its parts come whenever they have changed.

What is sent is what the page itself would show: the same blocks, told the same. The first message after each
connection holds all of them, so that a page that was away is true again at once; later ones hold what has changed, of
a table the rows alone.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from threading import Lock
from time import monotonic, thread_time
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
LOOK, DRAW, ANEW, BEAT = 0.5, 1.0, 15.0, 2.0

#: A row of a table that can be replaced by itself.
_ROW = re.compile(r'<tr id="([\w-]+)".*?</tr>', re.DOTALL)

#: Seconds between two drawings at most, when something happens: nobody sees what is older.
LATEST = 4.0

#: All that is watched is drawn once in as many times as long as drawing it takes.
SHARE = 30

#: Drawings that are kept for whoever looks at the same page.
KEPT = 64


@dataclass(frozen=True)
class Part:
    """A part of a page as it was drawn; ``around`` is what stands around the rows of its tables, by their ids."""

    html: str

    @cached_property
    def around(self) -> str:
        """All but the rows."""
        return _ROW.sub(r'<tr id="\1">', self.html)

    @cached_property
    def rows(self) -> dict[str, str]:
        """The rows that have an id."""
        return {match[1]: match[0] for match in _ROW.finditer(self.html)}

    def since(self, before: Part | None, name: str) -> dict[str, str]:
        """What has to be put in place of what was drawn before, by the id of what it replaces."""
        if before is not None and before.html == self.html:
            return {}
        if before is None or before.around != self.around:
            return {name.replace("_", "-"): self.html}
        return {row: html for row, html in self.rows.items() if before.rows[row] != html}


@dataclass
class Drawing:
    """The parts of a page as they were drawn last, for all who look at it."""

    parts: dict[str, Part] = field(default_factory=dict)
    marks: Sequence[int] = ()
    at: float = float("-inf")
    cost: float = 0.0  #: seconds that drawing took
    lock: Lock = field(default_factory=Lock)

    def is_old(self, marks: Sequence[int], pace: float) -> bool:
        """Whether to draw anew: something has happened since, and the last drawing is as long ago as the pace says."""
        age = monotonic() - self.at
        return age >= ANEW or (age >= pace and marks != self.marks)

    def renew(self, marks: Sequence[int], pace: float, draw: Callable[[], dict[str, str]]) -> None:
        """Draw anew, unless somebody else has just done so."""
        with self.lock:
            if self.is_old(marks, pace):
                begun = thread_time()
                parts = {name: Part(html) for name, html in draw().items()}
                self.cost = thread_time() - begun
                self.parts, self.marks, self.at = parts, marks, monotonic()


@dataclass
class Watch:
    """The marks of a library, read for all who watch it."""

    marks: Sequence[int] = ()
    at: float = float("-inf")
    lock: Lock = field(default_factory=Lock)

    @property
    def is_old(self) -> bool:
        """Whether to look again."""
        return monotonic() - self.at >= LOOK

    def renew(self, read: Callable[[], Sequence[int]]) -> None:
        """Look again, unless somebody else has just done so."""
        with self.lock:
            if self.is_old:
                self.marks, self.at = read(), monotonic()


@dataclass
class Studio:
    """Where pages are drawn, once for all who look at the same one."""

    drawings: dict[tuple[object, ...], Drawing] = field(default_factory=dict)
    watches: dict[int, Watch] = field(default_factory=dict)

    @property
    def pace(self) -> float:
        """Seconds between two drawings of a page: more, the more is watched that takes long to draw."""
        lately = monotonic() - 2 * ANEW
        watched = [each.cost for each in list(self.drawings.values()) if each.at >= lately]
        return min(LATEST, max(DRAW, SHARE * sum(watched)))

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
    sent: dict[str, Part] = field(default_factory=dict)
    seen: float = float("-inf")  #: when the drawing was made that was sent

    async def play(self) -> AsyncIterator[str]:
        """Messages of the parts that have changed, and signs of life between them."""
        yield "retry: 500\n: connected\n\n"
        said = asked = monotonic()
        while not self.stopped():
            begun = monotonic()
            watch, drawing = self._shared()
            old = watch.is_old or drawing.is_old(watch.marks, self.studio.pace)
            if old and not await run_in_threadpool(self._renew):
                return
            if begun - asked >= ANEW:
                asked = begun
                if not await run_in_threadpool(self.visit.still):
                    return
            changed = self._changed(drawing)
            if changed:
                yield message(changed)
            if changed or begun - said >= BEAT:
                said = begun
                yield "event: beat\ndata: .\n\n"
            await asyncio.sleep(max(0.0, begun + LOOK - monotonic()))

    def _shared(self) -> tuple[Watch, Drawing]:
        """What is looked at and drawn for all who look at the same."""
        caller = self.visit.caller
        key = (caller.library_id, caller.account_id, caller.role, self.where.url, self.spoken.name)
        return self.studio.watches.setdefault(caller.library_id, Watch()), self.studio.drawing(key)

    def _renew(self) -> bool:
        """Look and draw again; False for whoever is let in no more, or when the database has gone.

        The page comes again then, and is told all.
        """
        watch, drawing = self._shared()
        try:
            watch.renew(self.visit.app.browsing.marks)
            pace = self.studio.pace
            if drawing.is_old(watch.marks, pace):
                drawing.renew(
                    watch.marks, pace, lambda: frame.parts(self.visit, self.look, self.where, self.spoken)
                )
        except CompletistError:
            return False
        return True

    def _changed(self, drawing: Drawing) -> dict[str, str]:
        """What was not sent yet as it is, by the id of what it replaces."""
        if self.seen == drawing.at:
            return {}
        before, self.sent, self.seen = self.sent, drawing.parts, drawing.at
        changed: dict[str, str] = {}
        for name, part in self.sent.items():
            changed |= part.since(before.get(name), name)
        return changed


def message(parts: dict[str, str]) -> str:
    """Pieces of a page as one message, each with the id of what it replaces."""
    html = "".join(
        f'<hx-partial hx-target="#{place}" hx-swap="outerMorph">{part}</hx-partial>'
        for place, part in parts.items()
    )
    return "".join(f"data: {line}\n" for line in html.splitlines()) + "\n"
