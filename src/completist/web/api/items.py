"""Items and the library at a glance."""

from __future__ import annotations

from dataclasses import asdict
from itertools import islice
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, JsonValue

from completist.app import ItemView
from completist.web.access import AsMember
from completist.web.api.shapes import Id, Name, Sent, Within, failing

router = APIRouter(prefix="/api/v1", tags=["items"])

Page = Annotated[int, Within(1, 500)]
Percentage = Annotated[int, Within(1, 100)]
Cursor = Annotated[str, Field(pattern=r"^(\d{1,3}:)?\d{1,15}$")]


class ItemPage(BaseModel):
    """Items in order of id, or the least complete first, and from where to go on."""

    items: list[dict[str, JsonValue]]
    next_cursor: str | int | None


class Scores(BaseModel):
    """How complete items are: on average, how many from each percentage up to the next, and those not scored yet."""

    average: float | None
    bands: dict[int, int]
    unscored: int


class Status(BaseModel):
    """The library at a glance: items by kind, gaps by kind and field, runs by pipeline and state, scores by kind."""

    items: dict[str, int]
    total: int
    gaps: dict[str, dict[str, int]]
    runs: dict[str, dict[str, int]]
    review: int
    imports: int
    catalogue: dict[str, JsonValue] | None
    scores: dict[str, Scores]


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
        scores={kind: Scores(**asdict(each)) for kind, each in found.scores.items()},
    )


@router.get("/items", responses=failing())
def items(
    visit: AsMember,
    kind: Name | None = None,
    missing: Name | None = None,
    score_below: Percentage | None = None,
    sort: Literal["id", "score"] = "id",
    cursor: Cursor = "0",
    limit: Page = 100,
) -> ItemPage:
    """Items with all that was said about them, optionally of one kind, with one gap, or less complete than a score.

    ``sort=score`` begins with the least complete ones. ``cursor`` is the ``next_cursor`` of the page before, of the
    same sort.
    """
    place, _, last = cursor.rpartition(":")
    if sort == "score":
        after = (int(place or -1), int(last))
        views = visit.app.least_complete(kind, missing, after, below=score_below)
    else:
        views = visit.app.items(kind, missing, int(last), below=score_below)
    page = list(islice(views, limit))
    return ItemPage(
        items=[visit.app.as_object(view) for view in page],
        next_cursor=_behind(page[-1], sort) if len(page) == limit else None,
    )


def _behind(view: ItemView, sort: str) -> str | int:
    return f"{view.completeness}:{view.id}" if sort == "score" else view.id


class New(Sent):
    """An item to be made: its kind, and what is known of it."""

    kind: Name = "book"
    fields: dict[Name, JsonValue]


@router.post("/items", responses=failing(body=True), status_code=201)
def add(visit: AsMember, new: New) -> dict[str, JsonValue]:
    """Make an item of what a person typed. Whatever is missing is looked for at once, its cover too."""
    return visit.app.as_object(visit.app.show(visit.app.add(new.kind, new.fields)))


@router.get("/items/{item}", responses=failing())
def item(visit: AsMember, item: Id) -> dict[str, JsonValue]:
    """One item."""
    return visit.app.as_object(visit.app.show(item))
