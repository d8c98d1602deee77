"""Claims: workers outside take runs, say that they are still there, and hand in what they found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field, JsonValue

from completist.domain.fields import Level
from completist.domain.matching import Candidate
from completist.domain.run import Outcome, Run
from completist.engine.claiming import Outside, Taken
from completist.engine.judging import CONFIDENCE, Reported
from completist.engine.settling import Settled
from completist.web.access import AsWorker, Visit
from completist.web.api.shapes import LONGEST_WAIT, ClaimId, Fields, Id, Name, Sent, Text, Within, at, failing

router = APIRouter(prefix="/api/v1/claims", tags=["claims"])

Lease = Annotated[int, Within(60, 21_600)]
Limit = Annotated[int, Within(1, 100)]
Certainty = Annotated[float, Within(0, 1)]
Wait = Annotated[float, Within(0, LONGEST_WAIT)]
Year = Annotated[int, Within(-9999, 9999)]
Known = Literal["work", "edition"]
Said = Literal[
    "found",
    "not_found",
    "ambiguous",
    "rate_limited",
    "quota_exhausted",
    "blocked",
    "invalid_key",
    "transient",
    "bad_response",
]


class Offered(Sent):
    """A record that may be the item. A person is asked wherever it is not certain."""

    record: Annotated[Text, Field(min_length=1)]
    title: Text = ""
    byline: Text = ""
    year: Year | None = None
    level: Known = "work"
    work: Text | None = None
    fields: Fields = Field(default_factory=dict)

    def read(self) -> Candidate:
        """As the engine takes it."""
        return Candidate(
            "",
            self.record,
            Level(self.level),
            self.title,
            self.byline,
            self.year,
            self.work,
            fields=self.fields,
        )


class Result(Sent):
    """What was found for one run, or why nothing was."""

    run: Id
    outcome: Said
    candidates: Annotated[list[Offered], Field(default_factory=list, max_length=50)]
    values: Fields = Field(default_factory=dict)
    level: Known = "work"
    record: Text | None = None
    confidence: Certainty = CONFIDENCE
    retry_after: Wait | None = None
    error: Name | None = None

    def read(self) -> Reported:
        """As the engine takes it."""
        return Reported(
            self.run,
            Outcome(self.outcome),
            tuple(each.read() for each in self.candidates),
            self.values,
            Level(self.level),
            self.record,
            self.confidence,
            self.retry_after,
            self.error,
        )


Results = Annotated[list[Result], Field(max_length=100)]


class Wanted(Sent):
    """Which pipeline's runs are wanted, and what was found for those of the claim before."""

    pipeline: Name
    limit: Limit = 20
    lease_seconds: Lease = 1800
    previous_claim: ClaimId | None = None
    results: Results = Field(default_factory=list)


class Extension(Sent):
    """For how long the claim is wanted from now on."""

    lease_seconds: Lease = 1800


class Completion(Sent):
    """What was found; ``keep`` leaves the claim open for what is not reported yet."""

    results: Results
    keep: bool = False


class Counts(BaseModel):
    """What became of the runs that something was reported for."""

    filled: int
    empty: int
    review: int
    waiting: int
    failed: int


class TakenRun(BaseModel):
    """A run, with what is known of its item. ``rejected`` are records that a person turned down."""

    run: int
    item: int
    kind: str
    version: str
    attempt: int
    fields: dict[str, JsonValue]
    rejected: list[str]
    wanted: list[str]


class Claimed(BaseModel):
    """A claim with its runs, or no claim when nothing is due; and what became of the one before."""

    claim: str | None
    lease_until: str | None
    pipeline: str
    version: str
    runs: list[TakenRun]
    remaining: int
    settled: Counts
    returned: int


class Extended(BaseModel):
    """Until when the claim lasts, and the runs that it still holds."""

    lease_until: str
    runs: list[int]


class Completed(BaseModel):
    """What became of the runs that were reported, and how many went back."""

    settled: Counts
    returned: int


class Released(BaseModel):
    """How many runs went back."""

    returned: int


@router.post("", responses=failing(409, body=True, stale=True))
def take(visit: AsWorker, wanted: Wanted) -> Claimed:
    """Report for the claim before, give back the rest of it, and take the next runs: all of that, or nothing."""
    taken = _desk(visit).take(
        wanted.pipeline,
        wanted.limit,
        wanted.lease_seconds * 1000,
        wanted.previous_claim,
        [each.read() for each in wanted.results],
    )
    claim = taken.claim
    return Claimed(
        claim=claim.id if claim else None,
        lease_until=at(claim.lease_until) if claim else None,
        pipeline=taken.pipeline.name,
        version=taken.pipeline.version,
        runs=[_told(taken, run) for run in claim.runs] if claim else [],
        remaining=taken.remaining,
        settled=counts(taken.settled),
        returned=taken.settled.returned,
    )


@router.post("/{claim}/heartbeat", responses=failing(409, body=True))
def heartbeat(visit: AsWorker, claim: ClaimId, extension: Extension) -> Extended:
    """Keep a claim for longer. 409 says that it is closed and its runs are somebody else's."""
    held = _desk(visit).heartbeat(claim, extension.lease_seconds * 1000)
    return Extended(lease_until=at(held.lease_until), runs=ids(held.runs))


@router.post("/{claim}/complete", responses=failing(409, body=True, stale=True))
def complete(visit: AsWorker, claim: ClaimId, completion: Completion) -> Completed:
    """Report for a claim, and close it unless it is to be kept. 409 names the runs that it does not hold any more."""
    settled = _desk(visit).complete(claim, [each.read() for each in completion.results], keep=completion.keep)
    return Completed(settled=counts(settled), returned=settled.returned)


@router.post("/{claim}/release", responses=failing(400))
def release(visit: AsWorker, claim: ClaimId) -> Released:
    """Give back all that a claim still holds, as if it had not been tried."""
    return Released(returned=_desk(visit).release(claim))


def counts(settled: Settled) -> Counts:
    """What became of reported runs, by result."""
    return Counts(**settled.counts)


def ids(runs: Sequence[Run]) -> list[int]:
    """The ids of runs."""
    return [run.id for run in runs]


def _desk(visit: Visit) -> Outside:
    return visit.app.ledger.outside(visit.caller.who)


def _told(taken: Taken, run: Run) -> TakenRun:
    subject = taken.subjects[run.item_id]
    return TakenRun(
        run=run.id,
        item=run.item_id,
        kind=taken.pipeline.kind,
        version=run.version,
        attempt=run.attempts,
        fields=dict(subject.values),
        rejected=sorted(subject.rejected),
        wanted=list(taken.wanted[run.item_id]),
    )
