"""Jobs: what was asked to be done, how far it is, and why parts of it failed."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Discriminator, Field, JsonValue, Tag

from completist.app.cards import selector_of
from completist.domain.errors import BadInput
from completist.domain.run import RunState
from completist.engine.requesting import PRIORITY, JobView
from completist.web.access import AsMember, Visit
from completist.web.api.flashcards.commits import Sha
from completist.web.api.shapes import Id, Name, Sent, Within, at, failing, maybe_at

router = APIRouter(prefix="/api", tags=["jobs"])

#: Parts of a job that are planned before it is answered; a worker goes on with the others.
CHUNKS = 20

Standing = Literal["missing", "fresh", "stale"]
JobState = Literal["planning", "running", "done", "cancelled"]
Priority = Annotated[int, Within(1, 10)]
Count = Annotated[int, Within(1, 100)]
_PENDING = (RunState.READY.value, RunState.WAITING.value)


class Filter(Sent):
    """Items of the pipeline's kind for which all of this holds.

    They have one of the gaps ``missing``, are less than ``score_below`` percent complete, were ``never_asked`` about,
    were not looked up for ``older_than`` (90d, 12h; those looked up before that are done again), and stand in the
    pipeline as ``freshness`` says.
    """

    kind: Name | None = None
    missing: Name | Annotated[list[Name], Field(min_length=1, max_length=100)] | None = None
    score_below: Annotated[int, Within(1, 100)] | None = None
    never_asked: bool | None = None
    older_than: Annotated[str, Field(pattern=r"^\d{1,9}[wdhm]$")] | None = None
    freshness: Standing | None = None


class Chosen(Sent):
    """One of: items by id, a filter, those of another job (perhaps by how they ended there), or all."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=10_000)] | None = None
    filter: Filter | None = None
    job: Id | None = None
    state: (
        Literal["ready", "waiting", "claimed", "filled", "empty", "review", "failed", "cancelled"] | None
    ) = None
    all: Literal[True] | None = None


class Options(Sent):
    """``force`` does again what is done; ``priority`` goes from 1 (first) to 10."""

    force: bool = False
    priority: Priority = PRIORITY


class Request(Sent):
    """What is to be done. The same request, or the same key, while it is open: the same job."""

    pipeline: Name
    selection: Chosen = Chosen()
    options: Options = Options()
    idempotency_key: Name | None = None


class Range(Sent):
    """From one commit to another, which both belong to it."""

    first: Sha | None = None
    last: Sha | None = None


class Days(Sent):
    """Commits of these days, which both belong to it."""

    since: Annotated[date, Field(strict=False)] | None = None
    until: Annotated[date, Field(strict=False)] | None = None


class Selector(Sent):
    """Which commits: all that is given has to hold. ``paths`` are globs of files in which something was found."""

    commit_ids: Annotated[list[Sha], Field(max_length=1000, default_factory=list)]
    range: Range | None = None
    date_range: Days | None = None
    paths: Annotated[list[Name], Field(max_length=50, default_factory=list)]
    repository: Name | None = None
    status: Literal["new", "processed", "needs_rerun", "failed"] | None = None


class Reprocess(Sent):
    """Cards are to be made of commits. The same request, or the same key, while it is open: the same job.

    With ``force`` what is done is done again, and the job is always a new one unless it carries a key.
    """

    type: Literal["reprocess"]
    selector: Annotated[Selector, Field(default_factory=lambda: Selector.model_validate({}))]
    force: bool = False
    idempotency_key: Name | None = None


def _which(said: object) -> str:
    given = said if isinstance(said, dict) else {}
    return "reprocess" if "type" in given or isinstance(said, Reprocess) else "pipeline"


Asked = Annotated[
    Annotated[Request, Tag("pipeline")] | Annotated[Reprocess, Tag("reprocess")], Discriminator(_which)
]


class Result(BaseModel):
    """What a job came to for one commit: queued, running, success, failed or cancelled."""

    sha: str
    status: str
    commit_status: str
    error: str | None
    left_out: str | None
    metrics: dict[str, JsonValue] | None
    pipeline_version: str | None


class Artifact(BaseModel):
    """A file that a job made possible."""

    name: str
    url: str


class Progress(BaseModel):
    """How many runs stand where. ``pending`` are due or wait for a time; ``skipped`` items were done already."""

    pending: int
    claimed: int
    filled: int
    empty: int
    review: int
    failed: int
    cancelled: int
    skipped: int


class Cause(BaseModel):
    """Why runs failed or wait, with the first items concerned."""

    code: str
    count: int
    items: list[int]
    next_retry_at: str | None


class Job(BaseModel):
    """A job."""

    id: int
    pipeline: str
    state: str
    selection: dict[str, JsonValue]
    options: dict[str, JsonValue]
    idempotency_key: str
    total: int
    progress: Progress
    created_at: str
    finished_at: str | None
    failures: list[Cause]
    type: str = "pipeline"
    active_job: int | None = None  #: works on the same repository first
    commits: list[Result] | None = None  #: of a job about commits, the first 500
    metrics: dict[str, int] | None = None
    artifacts: list[Artifact] | None = None


class Jobs(BaseModel):
    """The latest jobs first, and from where to go on."""

    jobs: list[Job]
    next_cursor: int | None


@router.post("/v1/jobs", status_code=201, responses={**failing(409, body=True), 200: {"model": Job}})
@router.post("/jobs", status_code=201, responses={**failing(409, body=True), 200: {"model": Job}})
def create(visit: AsMember, request: Asked, response: Response) -> Job:
    """Make a job (201), or find the open one of the same request (200).

    With ``type: reprocess`` it makes cards of commits; ``active_job`` names the one that has the repository before it.
    """
    if isinstance(request, Reprocess):
        chosen = selector_of(request.selector.model_dump(mode="json", exclude_none=True))
        made, is_new, active = visit.app.cards.reprocess(
            chosen, force=request.force, key=request.idempotency_key
        )
        response.status_code = 201 if is_new else 200
        return _about_commits(visit, made, active)
    view, new = visit.app.ledger.create_job(
        request.pipeline,
        selected(visit, request.pipeline, request.selection),
        priority=request.options.priority,
        force=request.options.force,
        key=request.idempotency_key,
        chunks=CHUNKS,
    )
    response.status_code = 201 if new else 200
    return told(view)


@router.get("/v1/jobs", responses=failing())
@router.get("/jobs", responses=failing())
def listing(
    visit: AsMember, state: JobState | None = None, cursor: Id | None = None, limit: Count = 20
) -> Jobs:
    """The latest jobs."""
    page = visit.app.ledger.jobs(state=state, before=cursor, limit=limit)
    return Jobs(
        jobs=[told(view) for view in page], next_cursor=page[-1].job.id if len(page) == limit else None
    )


@router.get("/v1/jobs/{job}", responses=failing())
@router.get("/jobs/{job}", responses=failing())
def one(visit: AsMember, job: Id) -> Job:
    """A job, with the causes of what failed or waits; of one about commits, what came of each."""
    view = visit.app.ledger.job(job)
    if visit.app.cards.is_about_cards(view):
        return _about_commits(
            visit, view, visit.app.cards.active(job) if view.job.finished_at is None else None
        )
    return told(view)


@router.post("/v1/jobs/{job}/cancel", responses=failing(409))
@router.post("/jobs/{job}/cancel", responses=failing(409))
def cancel(visit: AsMember, job: Id) -> Job:
    """Call a job off. 409 when it is over."""
    return told(visit.app.ledger.cancel_job(job))


@router.post("/v1/jobs/{job}/retry", responses=failing(409))
@router.post("/jobs/{job}/retry", responses=failing(409))
def retry(visit: AsMember, job: Id) -> Job:
    """Make what failed of a job due again. 409 when nothing did."""
    return told(visit.app.ledger.retry_job(job)[0])


@router.post("/v1/jobs/{job}/hold", responses=failing(409))
def hold(visit: AsMember, job: Id) -> Job:
    """Hold back what no worker has begun of a job. 409 when it is over."""
    return told(visit.app.ledger.hold_job(job)[0])


@router.post("/v1/jobs/{job}/release", responses=failing(409))
def release(visit: AsMember, job: Id) -> Job:
    """Let go what is held back of a job. 409 when it is over."""
    return told(visit.app.ledger.let_job_go(job)[0])


def _about_commits(visit: Visit, view: JobView, active: int | None) -> Job:
    """A job about commits: the same, with what came of each commit."""
    results = visit.app.cards.job_commits(view.job.id)
    metrics: Counter[str] = Counter()
    for each, _ in results:
        metrics.update({name: count for name, count in (each.metrics or {}).items() if count})
    return told(view).model_copy(
        update={
            "type": "reprocess",
            "active_job": active,
            "commits": [
                Result(
                    sha=each.sha,
                    status=state,
                    commit_status=each.status,
                    error=each.error,
                    left_out=each.left_out,
                    metrics=None if each.metrics is None else dict(each.metrics),
                    pipeline_version=each.stages,
                )
                for each, state in results
            ],
            "metrics": {"commits": len(results), **metrics},
            "artifacts": [
                Artifact(name="cards.apkg", url=f"/api/v1/cards/export?format=apkg&job={view.job.id}")
            ],
        }
    )


def selected(visit: Visit, pipeline: str, chosen: Chosen) -> dict[str, Any]:
    """A selection as the engine reads it. Raises NotFound, or BadInput when it is of another kind of item."""
    kind, _ = visit.app.ledger.pipeline(pipeline)
    said = chosen.model_dump(exclude_none=True)
    named = said.get("filter", {}).pop("kind", kind.name)
    if named != kind.name:
        raise BadInput(f"Pipeline {pipeline} is for {kind.plural}, not for {named!r}.")
    return said


def told(view: JobView) -> Job:
    """A job as it is answered."""
    job, progress = view.job, view.progress
    ended = ("claimed", "filled", "empty", "review", "failed", "cancelled")
    return Job(
        id=job.id,
        pipeline=job.pipeline,
        state=job.state,
        selection=dict(job.selection),
        options=dict(job.options),
        idempotency_key=job.idempotency_key,
        total=job.total,
        progress=Progress(
            pending=sum(progress.get(state, 0) for state in _PENDING),
            skipped=job.skipped,
            **{state: progress.get(state, 0) for state in ended},
        ),
        created_at=at(job.created_at),
        finished_at=maybe_at(job.finished_at),
        failures=[
            Cause(
                code=each.code,
                count=each.count,
                items=list(each.items),
                next_retry_at=maybe_at(each.next_retry_at),
            )
            for each in view.failures
        ],
    )
