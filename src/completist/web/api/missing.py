"""Missing: the queue of a pipeline as the first clients speak to it, in camelCase and for admins alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from completist.domain.errors import BadInput, Stale
from completist.domain.fields import Data, Level
from completist.domain.kind import FieldType, Kind
from completist.domain.pipeline import Pipeline
from completist.domain.run import Outcome
from completist.engine.claiming import USUAL
from completist.engine.judging import Reported
from completist.web.access import AsAdmin, Visit
from completist.web.api.claims import Known, Limit, Offered, Wait
from completist.web.api.shapes import ClaimId, Fields, Id, Name, Sent, Within, at, failing

router = APIRouter(prefix="/api", tags=["missing"])

_LISTS = (FieldType.TEXTS, FieldType.IDENTIFIER)
Minutes = Annotated[int, Within(0, 525_600)]
_CAPITAL = re.compile(r"(?<=[a-z0-9])([A-Z])")


class Missing(BaseModel):
    """A book of the queue, with what is known of it: every field that the pipeline reads."""

    model_config = ConfigDict(extra="allow")

    bookId: int  # noqa: N815 - the first clients read it so
    title: str | None = None
    authors: list[str] = []
    isbn13: list[str] = []
    isbn10: list[str] = []


class Queue(BaseModel):
    """A claim on books, or none when nothing is due, and how many more are."""

    processingId: str | None  # noqa: N815 - the first clients read it so
    remainingUnclaimed: int  # noqa: N815 - likewise
    claimTime: str | None  # noqa: N815 - likewise
    books: list[Missing]


class Found(BaseModel):
    """What was found for one book.

    Either fields by their names in camelCase, an identifier's with or without ``Id`` (``hardcoverId``,
    ``hardcoverSlug``), or ``values``, or ``candidates``; or else ``notFound``, or after how many seconds to ask again.
    """

    model_config = ConfigDict(extra="allow", strict=True)
    __pydantic_extra__: dict[str, JsonValue]

    bookId: Id  # noqa: N815 - the first clients write it so
    notFound: bool = False  # noqa: N815 - likewise
    retryAfter: Wait | None = None  # noqa: N815 - likewise
    values: Fields | None = None
    level: Known | None = None
    candidates: Annotated[list[Offered], Field(max_length=50)] | None = None

    def read(self, kind: Kind, run_id: int) -> Reported:
        """As the engine takes it. Raises BadInput when it says nothing, or several things at once."""
        fields = dict(self.__pydantic_extra__ or {})
        ways = (
            self.notFound,
            self.retryAfter is not None,
            bool(self.values),
            bool(self.candidates),
            bool(fields),
        )
        if sum(ways) != 1:
            raise BadInput(
                f"The result of book {self.bookId} is not one of notFound, retryAfter, values, candidates or fields."
            )
        if self.notFound:
            return Reported(run_id, Outcome.NOT_FOUND)
        if self.retryAfter is not None:
            return Reported(run_id, Outcome.RATE_LIMITED, retry_after=self.retryAfter)
        if self.candidates:
            offered = [each.read() for each in self.candidates]
            named = [replace(each, fields=_named(kind, self.bookId, each.fields)) for each in offered]
            return Reported(run_id, Outcome.AMBIGUOUS, tuple(named))
        said = _named(kind, self.bookId, self.values or fields)
        return Reported(run_id, Outcome.FOUND, values=said, level=self._level(kind, said))

    def _level(self, kind: Kind, said: Mapping[str, Data]) -> Level:
        """The level named; else, whoever names something of an edition is sure of the edition."""
        if self.level is not None:
            return Level(self.level)
        named = any(kind.by_name[name].level is Level.EDITION for name in said)
        return Level.EDITION if named and not self.values else Level.WORK


class Report(Sent):
    """What was found for books of a claim; without the claim's id, of the one claim of this key that holds them."""

    processingId: ClaimId | None = None  # noqa: N815 - the first clients write it so
    results: Annotated[list[Found], Field(max_length=100)]


class Reportage(BaseModel):
    """What became of the books."""

    updated: int
    notFound: int  # noqa: N815 - the first clients read it so
    review: int
    waiting: int
    failed: int


class Reset(BaseModel):
    """How many books came back into the queue."""

    resetCount: int  # noqa: N815 - the first clients read it so


class Cleanup(BaseModel):
    """How many books left the queue."""

    removedCount: int  # noqa: N815 - the first clients read it so


@router.get("/missing/{pipeline}", responses=failing(400))
def claim(
    visit: AsAdmin,
    pipeline: Name,
    limit: Limit = 100,
    previous: Annotated[ClaimId | None, Query(alias="previousProcessingId")] = None,
) -> Queue:
    """Claim the next books. What the previous claim still holds goes back into the queue."""
    taken = visit.app.ledger.outside(visit.caller.who).take(pipeline, limit, previous=previous)
    kind, declared = visit.app.ledger.pipeline(pipeline)
    held = taken.claim
    return Queue(
        processingId=held.id if held else None,
        remainingUnclaimed=taken.remaining,
        claimTime=at(held.lease_until - USUAL) if held else None,
        books=[_book(kind, declared, taken.subjects[run.item_id].values, run.item_id) for run in held.runs]
        if held
        else [],
    )


@router.post("/missing/{pipeline}", responses=failing(409, body=True, stale=True))
def report(visit: AsAdmin, pipeline: Name, said: Report) -> Reportage:
    """Report what was found; books that are not named stay claimed. 409 names those that are not claimed any more."""
    kind, _ = visit.app.ledger.pipeline(pipeline)
    books = [each.bookId for each in said.results]
    if len(books) != len(set(books)):
        raise BadInput("A book is reported twice.")
    desk = visit.app.ledger.outside(visit.caller.who)
    claim_id = said.processingId or _claim_of(visit, pipeline, books)
    held = desk.runs_of(claim_id)
    # A book that is not held goes under a number that no run has: it is for the engine to refuse it.
    reported = [each.read(kind, held.get(each.bookId, -each.bookId)) for each in said.results]
    try:
        settled = desk.complete(claim_id, reported, keep=True)
    except Stale as error:
        by_run = {run_id: item_id for item_id, run_id in held.items()}
        lost = sorted(by_run.get(run_id, -run_id) for run_id in error.runs)
        raise Stale(
            f"{len(lost)} of these books are not claimed any more; nothing was written.",
            lost,
            hint=error.hint,
        ) from error
    return Reportage(
        updated=settled.filled,
        notFound=settled.empty,
        review=settled.review,
        waiting=settled.waiting,
        failed=settled.failed,
    )


@router.post("/admin/{pipeline}-queue/reset", responses=failing())
def reset(
    visit: AsAdmin,
    pipeline: Name,
    minutes: Annotated[Minutes, Query(alias="olderThan")] = 30,
) -> Reset:
    """Take back the claims that are older than some minutes."""
    return Reset(resetCount=visit.app.ledger.reset_claims(pipeline, minutes))


@router.delete("/admin/{pipeline}-queue/claims/{processingId}", responses=failing(400))
def reset_claim(visit: AsAdmin, pipeline: Name, processingId: ClaimId) -> Reset:  # noqa: N803 - as the path says
    """Take back one claim."""
    visit.app.ledger.pipeline(pipeline)
    return Reset(resetCount=visit.app.ledger.outside(visit.caller.who).release(processingId))


@router.post("/admin/{pipeline}-queue/cleanup", responses=failing())
def cleanup(visit: AsAdmin, pipeline: Name) -> Cleanup:
    """Take books out of the queue that have got what it is there for."""
    return Cleanup(removedCount=visit.app.ledger.clean(pipeline))


def _claim_of(visit: Visit, pipeline: str, books: list[int]) -> str:
    """The claim of this key that holds these books."""
    desk = visit.app.ledger.outside(visit.caller.who)
    found = {desk.claim_of(pipeline, [book]) for book in books}
    if found <= {None}:
        raise Stale(
            "None of these books is claimed by this key; nothing was written.",
            sorted(books),
            hint="Leave these out, or name the claim by processingId.",
        )
    if len(found - {None}) > 1:
        raise BadInput("These books belong to several claims.", hint="Name one by processingId.")
    return next(each for each in found if each is not None)


def _book(kind: Kind, pipeline: Pipeline, values: Mapping[str, Data], item_id: int) -> Missing:
    told: dict[str, Any] = {
        _camel(name): values.get(name) or ([] if kind.by_name[name].type in _LISTS else None)
        for name in pipeline.inputs
    }
    return Missing(bookId=item_id, **told)


def _named(kind: Kind, book: int, said: Mapping[str, Data]) -> dict[str, Data]:
    """Fields by the kind's own names."""
    named: dict[str, Data] = {}
    for name, data in said.items():
        snake = _CAPITAL.sub(r"_\1", name).lower()
        field = next((f for f in (name, snake, snake.removesuffix("_id")) if f in kind.by_name), None)
        if field is None:
            raise BadInput(
                f"The result of book {book} names {name[:60]!r}, and a {kind.name} has no such field."
            )
        named[field] = data
    return named


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
