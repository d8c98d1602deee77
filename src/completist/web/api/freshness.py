"""Freshness: how items stand in a pipeline."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, Field
from pydantic_core import PydanticCustomError

from completist.domain.pipeline import Freshness, StaleCause
from completist.web.access import AsMember
from completist.web.api.jobs import Standing
from completist.web.api.shapes import EXACT, Name, Position, Within, failing

router = APIRouter(prefix="/api/v1/freshness", tags=["freshness"])

Page = Annotated[int, Within(1, 10_000)]


def _are_ids(text: str) -> str:
    named = text.split(",")
    if not all(each.isascii() and each.isdigit() and 0 < int(each[:17]) <= EXACT for each in named):
        raise PydanticCustomError("ids", "takes ids with commas between them: 1,2,3")
    return text


Ids = Annotated[
    str,
    Field(max_length=60_000, json_schema_extra={"pattern": r"^[1-9][0-9]{0,14}(,[1-9][0-9]{0,14})*$"}),
    AfterValidator(_are_ids),
]


class Item(BaseModel):
    """Where an item stands; ``state`` is that of its run under the pipeline's version, if it has one."""

    item: int
    pipeline: str
    freshness: str
    cause: str | None
    state: str | None
    version: str


class Standings(BaseModel):
    """Items in order of id, and from where to go on; a page may be empty and not the last."""

    items: list[Item]
    next_cursor: int | None


class Summary(BaseModel):
    """How many items stand where."""

    missing: int
    fresh: int
    stale_code: int
    stale_data: int


@router.get("", responses=failing())
def freshness(
    visit: AsMember,
    pipeline: Name,
    ids: Ids | None = None,
    status: Standing | None = None,
    cursor: Position = 0,
    limit: Page = 100,
) -> Standings:
    """How items stand in a pipeline: those named, or the next ``limit`` behind the cursor."""
    ledger = visit.app.ledger
    found, more = ledger.freshness(
        pipeline,
        ids=None if ids is None else sorted({int(each) for each in ids.split(",")}),
        only=None if status is None else Freshness(status),
        after=cursor,
        limit=limit,
    )
    version = ledger.pipeline(pipeline)[1].version
    told = [
        Item(
            item=each.item_id,
            pipeline=pipeline,
            freshness=each.freshness.value,
            cause=each.cause.value if each.cause else None,
            state=each.state.value if each.state else None,
            version=version,
        )
        for each in found
    ]
    return Standings(items=told, next_cursor=more)


@router.get("/summary", responses=failing())
def summary(visit: AsMember, pipeline: Annotated[Name, Query()]) -> Summary:
    """How many items stand where in a pipeline."""
    counts = visit.app.ledger.freshness_summary(pipeline)
    return Summary(
        missing=counts.get((Freshness.MISSING, None), 0),
        fresh=counts.get((Freshness.FRESH, None), 0),
        stale_code=counts.get((Freshness.STALE, StaleCause.CODE), 0),
        stale_data=counts.get((Freshness.STALE, StaleCause.DATA), 0),
    )
