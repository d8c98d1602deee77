"""Commits: how they stand, in batches."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, Field, JsonValue
from pydantic_core import PydanticCustomError

from completist.app.cards import CommitView
from completist.web.access import AsMember
from completist.web.api.shapes import EXACT, Id, Name, Sent, Within, failing

router = APIRouter(prefix="/api", tags=["commits"])

Status = Literal["new", "processed", "needs_rerun", "failed"]


def _is_sha(text: str) -> str:
    if not (7 <= len(text) <= 64 and all(char in "0123456789abcdefABCDEF" for char in text)):  # noqa: PLR2004 - as git has them
        raise PydanticCustomError("sha", "is no commit: 7 to 64 hex digits")
    return text.lower()


Sha = Annotated[
    str, Field(json_schema_extra={"pattern": "^[0-9a-fA-F]{7,64}$"}, max_length=64), AfterValidator(_is_sha)
]
Shas = Annotated[list[Sha], Field(min_length=1, max_length=1000)]


class Asked(Sent):
    """Commits by sha."""

    commit_ids: Shas


class Standing(BaseModel):
    """How a commit stands. One that is not here yet is new."""

    status: str
    left_out: str | None = None
    pipeline_version: str | None = None


class Statuses(BaseModel):
    """By sha as it was given, and how many stand so."""

    statuses: dict[str, Standing]
    summary: dict[str, int]


class Commit(BaseModel):
    """A commit. ``metrics`` are blocks, and cards by what became of them; ``pipeline_version`` worked on it last."""

    id: int
    sha: str
    subject: str
    committed: str
    repository: str
    status: str
    left_out: str | None
    metrics: dict[str, JsonValue] | None
    pipeline_version: str | None


class Commits(BaseModel):
    """The latest commits first, and from where to go on."""

    commits: list[Commit]
    next_cursor: int | None


@router.post("/v1/commits/status", responses=failing(400, body=True))
@router.post("/commits/status", responses=failing(400, body=True))
def statuses(visit: AsMember, asked: Asked) -> Statuses:
    """How commits stand: new, processed, needs_rerun or failed."""
    found = visit.app.cards.statuses(asked.commit_ids)
    told = {sha: Standing(status="new") if view is None else standing(view) for sha, view in found.items()}
    return Statuses(statuses=told, summary=dict(Counter(each.status for each in told.values())))


@router.get("/v1/commits", responses=failing(400))
@router.get("/git/commits", responses=failing(400))
def listing(
    visit: AsMember,
    repository: Name | None = None,
    status: Status | None = None,
    cursor: Id | None = None,
    limit: Annotated[int, Within(1, 500), Query()] = 50,
) -> Commits:
    """The latest commits."""
    page = visit.app.cards.commits(repository=repository, status=status, before=cursor or EXACT, limit=limit)
    return Commits(
        commits=[told(each) for each in page], next_cursor=page[-1].item_id if len(page) == limit else None
    )


def standing(view: CommitView) -> Standing:
    """How a commit stands, in short."""
    return Standing(status=view.status, left_out=view.left_out, pipeline_version=view.stages)


def told(view: CommitView) -> Commit:
    """A commit as it is answered."""
    return Commit(
        id=view.item_id,
        sha=view.sha,
        subject=view.subject,
        committed=view.committed,
        repository=view.repository,
        status=view.status,
        left_out=view.left_out,
        metrics=None if view.metrics is None else dict(view.metrics),
        pipeline_version=view.stages,
    )
