"""Enrich: what programs tell of editions, works and authors, and the queue of what they want to have looked up."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from completist.engine.enrichment import telling as enrichment
from completist.engine.enrichment.telling import PRIORITY, Enrichment, Told, known_as
from completist.web.access import AsAdmin, AsMember, Gate, Visit
from completist.web.api.shapes import Name, Sent, Within, at, failing, maybe_at
from completist.web.api.telling import Author, Edition, Key, Telling, Work
from completist.web.faults import FaultsRoute, Faulty, called

router = APIRouter(prefix="/api/enrich", tags=["enrich"], route_class=FaultsRoute)

Priority = Annotated[int, Within(1, 10)]


class Wanted(Sent):
    """What is to be asked about, how urgently (10 first), and of whom; without names, of all who may be asked."""

    entity_type: Literal["work", "edition", "author"]
    entity_key: Key
    priority: Priority = PRIORITY
    providers_to_try: Annotated[list[Name], Field(min_length=1, max_length=20)] | None = None


class Enriched(BaseModel):
    """What stands now, with every field that is known by the names under which fields are sent."""

    model_config = ConfigDict(extra="allow")

    entity_type: str
    entity_key: str
    primary_provider: str
    contributors: list[str]
    metadata: dict[str, dict[str, JsonValue]]
    sources: dict[str, str]
    quality_score: int
    completeness_score: int
    fields_updated: list[str]
    created_at: str
    updated_at: str


class InQueue(BaseModel):
    """The request that was made, or the open one of the same thing."""

    id: str
    status: str
    priority: int
    providers_to_try: list[str]
    created_at: str


class Attempt(BaseModel):
    """One time that a provider was asked."""

    provider: str
    success: bool
    fields_updated: list[str]
    error_message: str | None
    response_time_ms: float
    created_at: str


class Standing(BaseModel):
    """How a request stands."""

    id: str
    entity_type: str
    entity_key: str
    priority: int
    status: Literal["pending", "processing", "completed", "failed"]
    providers_to_try: list[str]
    providers_attempted: list[str]
    providers_succeeded: list[str]
    retry_count: int
    max_retries: int
    error_message: str | None
    created_at: str
    started_at: str | None
    completed_at: str | None
    next_at: str | None
    attempts: list[Attempt]


_FAULTS: dict[int | str, dict[str, Any]] = {
    400: {"model": Faulty, "description": "No JSON, or fields that cannot be used."}
}
_TOLD = {**failing(400, body=True), **_FAULTS}


@router.post("/edition", status_code=201, responses=_TOLD)
def edition(visit: AsAdmin, request: Request, said: Edition) -> Enriched:
    """Tell of an edition. What stands there and is better stays; the same again changes nothing."""
    return _tell(visit, request, "edition", said)


@router.post("/work", status_code=201, responses=_TOLD)
def work(visit: AsAdmin, request: Request, said: Work) -> Enriched:
    """Tell of a work, likewise."""
    return _tell(visit, request, "work", said)


@router.post("/author", status_code=201, responses=_TOLD)
def author(visit: AsAdmin, request: Request, said: Author) -> Enriched:
    """Tell of an author, likewise."""
    return _tell(visit, request, "author", said)


@router.post("/queue", status_code=201, responses=_TOLD)
def queue(visit: AsMember, request: Request, said: Wanted) -> InQueue:
    """Have providers asked about something. As long as a request is open, the same one is answered with its id."""
    schemes = dict.fromkeys(("isbn13", "olid_work", "olid_author"), "entity_key")
    with called(schemes):
        made, _ = _desk(visit, request).request(
            visit.caller.who,
            said.entity_type,
            said.entity_key,
            priority=said.priority,
            providers=said.providers_to_try,
        )
    return InQueue(
        id=made.id,
        status=made.status,
        priority=made.priority,
        providers_to_try=list(made.providers_to_try),
        created_at=at(made.created_at),
    )


@router.get("/status/{id}", responses=failing())
def status(visit: AsMember, request: Request, id: str) -> Standing:  # noqa: A002 - as the path says
    """How a request of this library stands, and what was done for it."""
    return _standing(_desk(visit, request).standing(id))


def _desk(visit: Visit, request: Request) -> Enrichment:
    gate: Gate = request.app.state.gate
    return gate.app.enriching.of(visit.caller.library_id)


def _tell(visit: Visit, request: Request, entity: str, said: Telling) -> Enriched:
    desk, theirs = _desk(visit, request), {ours: name for name, ours in said.names.items()}
    by = known_as(desk.respondents, said.primary_provider) if said.primary_provider else visit.caller.who
    key: str = getattr(said, said.key)
    with called(theirs):
        return _enriched(desk.tell(entity, key, said.read(), by, said.metadata), said, theirs)


def _enriched(told: Told, said: Telling, theirs: dict[str, str]) -> Enriched:
    """A record by the names under which it is sent."""
    kept: dict[str, Any] = told.record
    fields = {theirs.get(name, name): each for name, each in kept["fields"].items()}
    shown = {said.key: told.key, **{name: said.send(name, each["data"]) for name, each in fields.items()}}
    return Enriched(
        entity_type=told.entity.name,
        entity_key=told.key,
        primary_provider=kept["primary_provider"],
        contributors=kept["contributors"],
        metadata=kept["metadata"],
        sources={name: each["by"] for name, each in fields.items()},
        quality_score=kept["quality"],
        completeness_score=kept["completeness"],
        fields_updated=[theirs.get(name, name) for name in told.updated],
        created_at=at(kept["created_at"]),
        updated_at=at(kept["updated_at"]),
        **shown,
    )


def _standing(found: enrichment.Standing) -> Standing:
    it = found.request
    return Standing(
        id=it.id,
        entity_type=it.entity_type,
        entity_key=it.entity_key,
        priority=it.priority,
        status=it.status.value,
        providers_to_try=list(it.providers_to_try),
        providers_attempted=list(it.providers_attempted),
        providers_succeeded=list(it.providers_succeeded),
        retry_count=it.retry_count,
        max_retries=it.max_retries,
        error_message=it.error_message,
        created_at=at(it.created_at),
        started_at=maybe_at(it.started_at),
        completed_at=maybe_at(it.completed_at),
        next_at=maybe_at(it.next_at),
        attempts=[
            Attempt(
                provider=each.provider,
                success=each.success,
                fields_updated=list(each.fields_updated),
                error_message=each.error_message,
                response_time_ms=each.response_time_ms,
                created_at=at(each.created_at),
            )
            for each in found.log
        ],
    )
