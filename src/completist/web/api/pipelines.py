"""Pipelines: which there are, pausing them, filling their queues, and doing again what is out of date."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from completist.web.access import AsMember, AsWorker
from completist.web.api.jobs import CHUNKS, Chosen, Job, selected, told
from completist.web.api.shapes import Name, Sent, failing

router = APIRouter(prefix="/api/v1", tags=["pipelines"])


class PipelineState(BaseModel):
    """A pipeline as it stands in this library. Of one that is ``outside`` only workers outside take runs."""

    name: str
    kind: str
    version: str
    outside: bool
    paused: bool
    due: int
    claimed: int


class Paused(BaseModel):
    """Whether it is paused by that name now, and whether it was not so before."""

    paused: bool
    changed: bool


class Populated(BaseModel):
    """Runs made now, and those that were pending before."""

    created: int
    present: int


class Rerun(Sent):
    """What to do again: what is ``stale``, or with ``force`` whatever is selected. ``dry_run`` counts alone."""

    which: Literal["stale", "force"]
    selection: Chosen | None = None
    dry_run: bool = False


class Rerunning(BaseModel):
    """How many runs that are, and the job that does them."""

    count: int
    job: Job | None


@router.get("/pipelines", responses=failing())
def pipelines(visit: AsWorker) -> list[PipelineState]:
    """Every pipeline by name."""
    return [
        PipelineState(
            name=view.pipeline.name,
            kind=view.pipeline.kind,
            version=view.pipeline.version,
            outside=view.outside,
            paused=view.paused,
            due=view.ready,
            claimed=view.claimed,
        )
        for view in visit.app.ledger.pipelines()
    ]


@router.post("/pipelines/{pipeline}/pause", responses=failing())
def pause(visit: AsMember, pipeline: Name) -> Paused:
    """Hand out nothing of a pipeline until it is resumed."""
    return Paused(paused=True, changed=visit.app.ledger.pause(pipeline))


@router.post("/pipelines/{pipeline}/resume", responses=failing())
def resume(visit: AsMember, pipeline: Name) -> Paused:
    """Hand out runs of a pipeline again."""
    return Paused(paused=False, changed=visit.app.ledger.resume(pipeline))


@router.post("/pause", responses=failing())
def pause_all(visit: AsMember) -> Paused:
    """Hand out nothing at all."""
    return Paused(paused=True, changed=visit.app.ledger.pause())


@router.post("/resume", responses=failing())
def resume_all(visit: AsMember) -> Paused:
    """Hand out runs again, of every pipeline that is not paused by its own name."""
    return Paused(paused=False, changed=visit.app.ledger.resume())


@router.post("/pipelines/{pipeline}/populate", responses=failing())
def populate(visit: AsMember, pipeline: Name) -> Populated:
    """Put every item into the queue that needs a run and has none. Again, it makes none."""
    made = visit.app.ledger.populate(pipeline)
    return Populated(created=made.created, present=made.present)


@router.post("/pipelines/{pipeline}/rerun", responses=failing(409, body=True))
def rerun(visit: AsMember, pipeline: Name, wanted: Rerun) -> Rerunning:
    """Do again exactly what is out of date, or whatever is selected, as a job."""
    chosen = None if wanted.selection is None else selected(visit, pipeline, wanted.selection)
    ledger = visit.app.ledger
    count = ledger.count_rerun(pipeline, wanted.which, chosen)
    if wanted.dry_run:
        return Rerunning(count=count, job=None)
    return Rerunning(count=count, job=told(ledger.rerun(pipeline, wanted.which, chosen, chunks=CHUNKS)))
