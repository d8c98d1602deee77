"""Processing as the program of before called it: a run is a job, and its stream is what the job says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from threading import Event as Flag
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from completist.app.cards import Selector
from completist.domain.errors import BadInput, CompletistError
from completist.engine.requesting import JobView
from completist.web.access import AsMember, Visit
from completist.web.api.flashcards.commits import Sha
from completist.web.api.shapes import EXACT, Name, Sent, failing

router = APIRouter(prefix="/api", tags=["process"])

#: Seconds between two looks, and the most for which a stream lasts.
LOOK, LONGEST = 0.25, 3600.0

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
        "description": "`progress` events with the counts of the job's runs, then one `done`.",
    }
}


class Process(Sent):
    """Which commits: by sha, since one (which belongs to it), of a repository; without any, all that are due."""

    commit_ids: Annotated[list[Sha], Field(max_length=1000, default_factory=list)]
    since: Sha | None = None
    repository: Name | None = None
    force: bool = False


class Begun(BaseModel):
    """The job that was made or found. ``runId`` is its number as text; ``activeJob`` works before it."""

    runId: str  # noqa: N815 - as the program of before called it
    jobId: int  # noqa: N815 - likewise
    state: str
    activeJob: int | None  # noqa: N815 - likewise


@router.post("/process", status_code=201, responses={**failing(400, 409, body=True), 200: {"model": Begun}})
def process(visit: AsMember, asked: Process, response: Response) -> Begun:
    """Make a job (201), or find the open one of the same request (200)."""
    selector = Selector(tuple(asked.commit_ids), first=asked.since or "", repository=asked.repository or "")
    view, new, active = visit.app.cards.reprocess(selector, force=asked.force)
    response.status_code = 201 if new else 200
    return Begun(runId=str(view.job.id), jobId=view.job.id, state=view.job.state, activeJob=active)


@router.post("/process/{run}/kill", responses=failing(400, 409))
def kill(visit: AsMember, run: str) -> Begun:
    """Call a run off. 409 when it is over."""
    view = visit.app.ledger.cancel_job(_number(run))
    return Begun(runId=run, jobId=view.job.id, state=view.job.state, activeJob=None)


@router.get("/process/stream", responses={**failing(400), **_STREAM}, response_class=StreamingResponse)
def stream(
    visit: AsMember,
    request: Request,
    runId: Annotated[str, Query(max_length=20)],  # noqa: N803 - as the program of before called it
) -> StreamingResponse:
    """What a run does, until it is over."""
    view = visit.app.ledger.job(_number(runId))
    tape = Tape(visit, request.app.state.stop, view.job.id)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(tape.play(), media_type="text/event-stream", headers=headers)


@dataclass(slots=True)
class Tape:
    """One listener to one job."""

    visit: Visit
    stop: Flag
    job_id: int
    said: str = ""

    async def play(self) -> AsyncIterator[str]:
        """Progress whenever it changes, then the end."""
        yield "retry: 2000\n: connected\n\n"
        for _ in range(int(LONGEST / LOOK)):
            if self.stop.is_set():
                return
            view = await run_in_threadpool(self._look)
            if view is None:
                return
            told = json.dumps(_progress(view), separators=(",", ":"))
            if told != self.said:
                self.said = told
                yield f"event: progress\ndata: {told}\n\n"
            if view.job.state in ("done", "cancelled"):
                yield f"event: done\ndata: {told}\n\n"
                return
            await asyncio.sleep(LOOK)

    def _look(self) -> JobView | None:
        try:
            return self.visit.app.ledger.job(self.job_id) if self.visit.still() else None
        except CompletistError:
            return None


def _progress(view: JobView) -> dict[str, Any]:
    done = sum(view.progress.get(state, 0) for state in ("filled", "empty", "review"))
    return {
        "runId": str(view.job.id),
        "jobId": view.job.id,
        "state": view.job.state,
        "total": view.job.total,
        "done": done,
        "failed": view.progress.get("failed", 0),
        "skipped": view.job.skipped,
    }


def _number(run: str) -> int:
    if not (run.isascii() and run.isdecimal() and 0 < int(run[:20]) <= EXACT):
        raise BadInput("runId takes what /api/process answered.")
    return int(run)
