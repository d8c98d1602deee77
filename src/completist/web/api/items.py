"""Items and the library at a glance, for reading."""

from __future__ import annotations

from itertools import islice
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, JsonValue

from completist.web.access import AsMember
from completist.web.api.shapes import Id, Name, Position, Within, failing

router = APIRouter(prefix="/api/v1", tags=["items"])

Page = Annotated[int, Within(1, 500)]


class ItemPage(BaseModel):
    """Items in order of id, and from where to go on."""

    items: list[dict[str, JsonValue]]
    next_cursor: int | None


class Status(BaseModel):
    """The library at a glance: items by kind, gaps by kind and field, runs by pipeline and state."""

    items: dict[str, int]
    total: int
    gaps: dict[str, dict[str, int]]
    runs: dict[str, dict[str, int]]
    review: int
    imports: int
    catalogue: dict[str, JsonValue] | None


@router.get("/status", responses=failing())
def status(visit: AsMember) -> Status:
    """The library at a glance."""
    found = visit.app.status()
    runs: dict[str, dict[str, int]] = {}
    for (pipeline, state), count in sorted(found.runs.items()):
        runs.setdefault(pipeline, {})[state] = count
    return Status(
        items=found.items,
        total=found.total,
        gaps=found.gaps,
        runs=runs,
        review=found.review,
        imports=found.imports,
        catalogue=found.catalogue,
    )


@router.get("/items", responses=failing())
def items(
    visit: AsMember,
    kind: Name | None = None,
    missing: Name | None = None,
    cursor: Position = 0,
    limit: Page = 100,
) -> ItemPage:
    """Items with all that was said about them, optionally of one kind or with one gap."""
    page = list(islice(visit.app.items(kind, missing, after=cursor), limit))
    return ItemPage(
        items=[visit.app.as_object(view) for view in page],
        next_cursor=page[-1].id if len(page) == limit else None,
    )


@router.get("/items/{item}", responses=failing())
def item(visit: AsMember, item: Id) -> dict[str, JsonValue]:
    """One item."""
    return visit.app.as_object(visit.app.show(item))
