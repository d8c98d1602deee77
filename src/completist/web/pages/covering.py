"""Covers: looking for those that are missing, a batch at a time, and picking the one of an item."""

from __future__ import annotations

from collections import Counter
from typing import Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from completist.app.covers import Backfilled
from completist.cli.words import CAUSES
from completist.domain.errors import ActionRequired, BadInput, CompletistError
from completist.web.access import Visit
from completist.web.pages import frame, wording
from completist.web.pages.frame import Sight, Where
from completist.web.pages.routing import Actor, Form, PageRoute, Reader, Sent, came_from, where
from completist.web.pages.telling import Told, go, tell
from completist.web.pages.wording import mark

router = APIRouter(include_in_schema=False, route_class=PageRoute)

#: What can be done about a cover that was changed.
BACK = mark("History takes it back.")

#: Why there is no picture, in words. A code that is missing here is told as it is.
REASONS = {
    "not_found": mark("nobody has one"),
    "missing_title_author_isbn": mark("no title, author or ISBN to ask with"),
    "uncertain": mark("not certain enough which one it is"),
    "not_looked_at": mark("nobody has looked at it yet"),
    "placeholder": mark("a placeholder of the source"),
    "tiny": mark("too small for a cover"),
    "blank": mark("a blank page"),
    "broken": mark("a damaged picture"),
    "truncated": mark("a damaged picture"),
    "not_an_image": mark("no picture"),
    "too_large": mark("too large"),
    "too_many_pixels": mark("too large"),
    "host_not_allowed": mark("its server is not one that covers are taken from"),
    "redirected": mark("it leads elsewhere"),
    "timeout": mark("its server is too slow"),
    "no_connection": mark("its server cannot be reached"),
}


def reason(code: str) -> str:
    """Why there is no picture, in words."""
    if code in REASONS:
        return REASONS[code]
    told = wording.cause(code) if code in CAUSES else wording.reason(code)
    return told[:1].lower() + told[1:].replace("_", " ")


# --- those that are missing -------------------------------------------------------------------------------------


@router.post("/library/covers")
def fetch(request: Request, visit: Actor, form: Sent) -> Response:
    """Look for the covers of the next items that have none; told in place, with the way to go on."""
    kind = form.one("kind", "book")
    told: dict[str, Any] = {
        "kind": kind,
        "error": None,
        "updated": 0,
        "processed": 0,
        "cursor": None,
        "why": [],
    }
    try:
        found = _batch(visit, kind, form)
    except CompletistError as error:
        told["error"] = error
    else:
        visit.app.browsing.forget_counts()
        failures = Counter(reason(each.reason) for each in found.failures)
        told |= {
            "updated": found.updated + _number(form, "updated"),
            "processed": found.processed + _number(form, "processed"),
            "cursor": found.cursor,
            "why": failures.most_common(4),
        }
    if "hx-request" in request.headers:
        return frame.plain(request, "backfilled.html", told)
    return go(came_from(request), _in_one_sentence(told))


def _batch(visit: Visit, kind: str, form: Form) -> Backfilled:
    if not visit.app.settings.cover_backfill:
        raise ActionRequired("Covers are not looked for on this server.")
    if kind not in visit.app.covers.kinds():
        raise BadInput("Nobody is asked about the pictures of these.")
    return visit.app.covers.backfill(cursor=_number(form, "cursor"), kind=kind)


def _number(form: Form, name: str) -> int:
    return (form.ids(name) or [0])[0]


def _in_one_sentence(told: dict[str, Any]) -> Told:
    if told["error"] is not None:
        return tell("%(message)s", bad=True, message=told["error"].message)
    more = mark("There are more: fetch again to go on.") if told["cursor"] else ""
    return tell(
        "%(updated)s/%(processed)s covers found.", more, updated=told["updated"], processed=told["processed"]
    )


# --- the one of an item -----------------------------------------------------------------------------------------


@router.get("/items/{item}/covers")
def covers(request: Request, visit: Reader, item: int) -> Response:
    """Every cover that is offered for an item; what is known at once, then what the sources say."""
    return frame.show(request, visit, look, where(request, item))


def look(visit: Visit, at: Where) -> Sight:
    """The page. Raises NotFound."""
    (item_id,) = at.ids
    view = visit.app.show(item_id)
    asked = at.one("look") == "yes"
    offered = visit.app.covers.offered(item_id, look=asked)
    shown = visit.app.covers.shown([item_id]).get(item_id)
    told = {
        "title": wording.title(view.kind, view.data),
        "view": view,
        "offered": offered,
        "asked": asked,
        "shown": shown,
        "reason": reason,
    }
    return Sight("covers.html", told, ())


@router.post("/items/{item}/cover/choose")
def choose(visit: Actor, item: int, form: Sent) -> Response:
    """Take one as one's own."""
    source = form.one("source")
    recorded = visit.app.covers.choose(item, form.one("url"))
    if source == "you":
        return _changed(
            visit,
            item,
            recorded.changes,
            tell("The cover that you chose is yours now: nothing replaces it.", BACK),
        )
    told = tell(
        "The cover from %(name)s is yours now: nothing replaces it.", BACK, name=wording.source(source)
    )
    return _changed(visit, item, recorded.changes, told)


@router.post("/items/{item}/cover/remove")
def remove(visit: Actor, item: int, form: Sent) -> Response:
    """Have none."""
    del form
    visit.app.covers.remove(item)
    visit.app.browsing.forget_counts()
    return go(f"/items/{item}", tell("The cover is removed, and stays removed.", BACK))


@router.post("/items/{item}/cover")
async def upload(request: Request, visit: Actor, item: int) -> Response:
    """Take a picture of one's own: the bytes of a PNG, JPEG, WebP or AVIF."""
    content = await request.body()
    try:
        if not content:
            raise BadInput("The file is empty.")
        recorded = await run_in_threadpool(visit.app.covers.upload, item, content)
    except CompletistError as error:
        return JSONResponse({"message": f"{error.message} {error.hint}".strip()}, 422)
    answer = _changed(
        visit, item, recorded.changes, tell("Your picture is the cover now: nothing replaces it.", BACK)
    )
    return JSONResponse({"to": f"/items/{item}"}, 201, {"set-cookie": answer.headers["set-cookie"]})


def _changed(visit: Visit, item: int, changes: object, told: Told) -> Response:
    visit.app.browsing.forget_counts()
    return go(f"/items/{item}", told if changes else tell("That was the cover already."))
