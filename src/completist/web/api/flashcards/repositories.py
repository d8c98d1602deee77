"""Repositories: which are read. Only folders that the operator allows can be."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field, JsonValue

from completist.web.access import AsAdmin, AsMember
from completist.web.api.shapes import Id, Name, Sent, Text, failing, maybe_at

router = APIRouter(prefix="/api/v1/repositories", tags=["repositories"])


class New(Sent):
    """A repository: a folder on the server below an allowed one, or an address where those are allowed."""

    source: Annotated[Text, Field(min_length=1)]
    name: Name | None = None
    deck: Name | None = None
    since: Annotated[date, Field(strict=False)] | None = None
    paths: Annotated[list[Name], Field(max_length=50, default_factory=list)]


class Repository(BaseModel):
    """A repository, its cards by state, and the job that works on it now."""

    id: int
    name: str
    deck: str
    since: JsonValue
    paths: list[str]
    head: str | None
    synced_at: str | None
    trouble: str | None
    cards: dict[str, int]
    active_job: int | None


class Repositories(BaseModel):
    """All of a library."""

    repositories: list[Repository]


class Synced(BaseModel):
    """What reading a repository came to."""

    id: int
    name: str
    new: int
    head: str


@router.get("", responses=failing())
def listing(visit: AsMember) -> Repositories:
    """The registered repositories."""
    return Repositories(
        repositories=[
            Repository(
                id=each.id,
                name=each.name,
                deck=each.deck,
                since=each.rules.get("since"),
                paths=list(each.rules.get("paths", ())),
                head=each.head or None,
                synced_at=maybe_at(each.synced_at),
                trouble=each.trouble,
                cards=dict(counts),
                active_job=None if by is None else by.job_id,
            )
            for each, counts, by in visit.app.cards.repositories()
        ]
    )


@router.post("", status_code=201, responses=failing(400, body=True))
def add(visit: AsAdmin, new: New) -> Synced:
    """Register one and read its commits."""
    made = visit.app.cards.shelf.add(
        new.source, name=new.name or "", deck=new.deck or "", since=new.since, paths=new.paths
    )
    return Synced(id=made.repository.id, name=made.repository.name, new=made.new, head=made.repository.head)


@router.post("/{repository}/sync", responses=failing(400))
def sync(visit: AsMember, repository: Id) -> Synced:
    """Fetch what is new."""
    shelf = visit.app.cards.shelf
    made = shelf.sync(shelf.named(str(repository)))
    return Synced(id=made.repository.id, name=made.repository.name, new=made.new, head=made.repository.head)


@router.delete("/{repository}", status_code=204, responses=failing())
def remove(visit: AsAdmin, repository: Id) -> None:
    """Forget one, with its commits and its cards."""
    shelf = visit.app.cards.shelf
    shelf.remove(shelf.named(str(repository)))
