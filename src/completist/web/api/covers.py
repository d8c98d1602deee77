"""Covers: looked for in batches, picked by a person, and served in three sizes."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Body, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field

from completist.app.covers import USUAL, Backfilled, Offered, Shown, as_candidate, as_cover
from completist.domain.errors import ActionRequired, BadInput, NotFound
from completist.web.access import AsMember, Visit
from completist.web.api.shapes import Id, Sent, Within, failing

router = APIRouter(tags=["covers"])

#: What a copy may be kept for by whoever got it: it lies under its digest, and never changes.
_FOREVER = "private, max-age=31536000, immutable"

#: Items of a page, and digits of an id.
_PAGE, _DIGITS = 500, 15

Limit = Annotated[int, Within(1, 50)]
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
Address = Annotated[str, Field(max_length=2000, pattern=r"^https?://")]


class Wanted(Sent):
    """How many books, from where on, and perhaps which; ``cursor`` is the ``nextCursor`` of the call before."""

    model_config = ConfigDict(extra="forbid", strict=True, populate_by_name=True)

    limit: Limit = USUAL
    cursor: Annotated[str, Field(pattern=r"^\d{1,15}$")] | None = None
    book_ids: list[Id] | None = Field(default=None, alias="bookIds", max_length=10_000)


class Failure(BaseModel):
    """A book that has no cover afterwards, and why: a stable code."""

    bookId: int  # noqa: N815 - the names of this route's contract
    reason: str


class Report(BaseModel):
    """What a call came to. Without a ``nextCursor``, that was all."""

    processed: int
    updated: int
    failures: list[Failure]
    nextCursor: str | None = None  # noqa: N815 - likewise


class Cover(BaseModel):
    """A picture: by ``sha256`` it is found at ``/covers/{sha256}/{s|m|l}.webp``. Pixels are those of the picture."""

    url: str
    source: str  #: who offers it: a provider, a file, or you
    sha256: str | None
    width: int | None
    height: int | None
    colour: str | None
    blurhash: str | None
    code: str  #: why there is no copy of it


class Candidate(Cover):
    """A cover that is offered for an item."""

    record: str
    level: Literal["work", "edition"] | None
    chosen: bool


class Candidates(BaseModel):
    """All covers that are offered for an item, the best first."""

    candidates: list[Candidate]


class Shelf(BaseModel):
    """The covers of items; those that have none are absent."""

    covers: dict[int, Cover]


class Choice(Sent):
    """The address of the cover to take."""

    url: Address


class Changed(BaseModel):
    """The cover that the item has now; none, if it has none."""

    cover: Cover | None


@router.post("/api/covers/backfill", responses=failing(409, body=True), response_model_exclude_none=True)
def backfill(visit: AsMember, wanted: Annotated[Wanted | None, Body()] = None) -> Report:
    """Look for the covers of the next books that have none: of the caller's library alone.

    A cover that anybody named is left alone. The call may be repeated, and made twice at once.
    """
    if not visit.app.settings.cover_backfill:
        raise ActionRequired(
            "Covers are not looked for on this server.", hint="COMPLETIST_COVER_BACKFILL=yes"
        )
    asked = wanted or Wanted()
    found = visit.app.covers.backfill(limit=asked.limit, cursor=int(asked.cursor or 0), ids=asked.book_ids)
    return _report(found)


@router.get("/api/v1/covers", responses=failing())
def covers(visit: AsMember, ids: Annotated[str, Field(pattern=r"^[0-9,]{1,8000}$")]) -> Shelf:
    """The covers of up to 500 items, by their ids: told by rows alone, for pages of them."""
    named = ids.split(",")
    if len(named) > _PAGE or not all(1 <= len(each) <= _DIGITS for each in named):
        raise BadInput(f"ids takes up to {_PAGE} ids with a comma between them.")
    shown = visit.app.covers.shown([int(each) for each in named])
    return Shelf(covers={item_id: _cover(each) for item_id, each in shown.items()})


@router.get("/api/v1/items/{item}/covers", responses=failing())
def candidates(visit: AsMember, item: Id, *, look: bool = True) -> Candidates:
    """Every cover that is offered for an item. With ``look``, providers are asked, and new pictures looked at."""
    return Candidates(candidates=[_candidate(each) for each in visit.app.covers.offered(item, look=look)])


@router.put("/api/v1/items/{item}/cover", responses=failing(body=True))
def choose(visit: AsMember, item: Id, choice: Choice) -> Changed:
    """Take a cover as one's own: nothing replaces it."""
    visit.app.covers.choose(item, choice.url)
    return _changed(visit, item)


@router.post(
    "/api/v1/items/{item}/cover",
    responses=failing(413),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}}
                for kind in ("image/png", "image/jpeg", "image/webp", "image/avif")
            },
        }
    },
)
async def upload(visit: AsMember, item: Id, request: Request) -> Changed:
    """Upload a cover as one's own: the bytes of a PNG, JPEG, WebP or AVIF. Nothing replaces it."""
    content = await request.body()
    if not content:
        raise BadInput("The body has to be a picture.")
    return await run_in_threadpool(_uploaded, visit, item, content)


@router.delete("/api/v1/items/{item}/cover", responses=failing())
def remove(visit: AsMember, item: Id) -> Changed:
    """Have no cover: it stays removed."""
    visit.app.covers.remove(item)
    return _changed(visit, item)


@router.get(
    "/covers/{sha256}/{size}.webp",
    response_class=Response,
    responses={**failing(), 200: {"content": {"image/webp": {}}}, 304: {"description": "Still the same."}},
)
def thumbnail(visit: AsMember, request: Request, sha256: Digest, size: Literal["s", "m", "l"]) -> Response:
    """A cover as WebP: ``s`` for lists, ``m`` for pages of covers, ``l`` for a page of one item. It never changes."""
    headers = {
        "ETag": f'"{sha256[:32]}-{size}"',
        "Cache-Control": _FOREVER,
        "X-Content-Type-Options": "nosniff",
    }
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    content = visit.app.covers.thumbnail(sha256, size)
    if content is None:
        raise NotFound("There is no such cover.")
    return Response(content, media_type="image/webp", headers=headers)


def _uploaded(visit: Visit, item: int, content: bytes) -> Changed:
    visit.app.covers.upload(item, content)
    return _changed(visit, item)


def _changed(visit: Visit, item: int) -> Changed:
    shown = visit.app.covers.shown([item]).get(item)
    return Changed(cover=None if shown is None else _cover(shown))


def _report(found: Backfilled) -> Report:
    return Report(
        processed=found.processed,
        updated=found.updated,
        failures=[Failure(bookId=each.item_id, reason=each.reason) for each in found.failures],
        nextCursor=None if found.cursor is None else str(found.cursor),
    )


def _cover(shown: Shown) -> Cover:
    return Cover(**as_cover(shown))


def _candidate(offered: Offered) -> Candidate:
    return Candidate(**as_candidate(offered))
