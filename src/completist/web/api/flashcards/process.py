"""Processing as the program of before called it: a run is a job, and its stream is what the job says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from threading import Event as Flag
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from completist.app.cards import Logged, Selector
from completist.domain.errors import BadInput, CompletistError
from completist.engine.requesting import JobView
from completist.web.access import AsMember, Visit
from completist.web.api.flashcards.commits import Sha
from completist.web.api.shapes import EXACT, Name, Sent, failing

router = APIRouter(prefix="/api", tags=["process"])

#: Seconds between two looks, and the most for which a stream lasts.
LOOK, LONGEST = 0.25, 3600.0

#: Milliseconds after which no earlier result can turn up any more: other workers settle side by side.
CALM = 1_000

#: Lines of the log that are read at once.
LINES = 500

#: A place in the log, as the id of an event.
PLACE = "^[0-9]{1,15}-[0-9]{1,15}$"

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
        "description": "A `log` event for each commit that is through, with an `id` to go on behind; `progress` events "
        "with the counts of the job's runs; then one `done`.",
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
    last: Annotated[
        str | None,
        Header(alias="Last-Event-ID", pattern=PLACE, description="Go on behind this event of the log."),
    ] = None,
) -> StreamingResponse:
    """What a run does, until it is over: from its beginning, or from where a listener was cut off.

    In dev mode each line of the log tells blocks, versions and what was left out, too.
    """
    view = visit.app.ledger.job(_number(runId))
    after = (0, 0) if last is None else _place(last)
    tape = Tape(visit, request.app.state.stop, view.job.id, visit.app.cards.preferences.dev_mode, after)
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    return StreamingResponse(tape.play(), media_type="text/event-stream", headers=headers)


@dataclass(slots=True)
class Tape:
    """One listener to one job; ``after`` is the place in the job's log up to which it has been told."""

    visit: Visit
    stop: Flag
    job_id: int
    verbose: bool = False
    after: tuple[int, int] = (0, 0)
    said: str = ""

    async def play(self) -> AsyncIterator[str]:
        """The log as it grows, progress whenever it changes, then the end."""
        yield "retry: 2000\n: connected\n\n"
        for _ in range(int(LONGEST / LOOK)):
            if self.stop.is_set():
                return
            seen = await run_in_threadpool(self._look)
            if seen is None:
                return
            view, lines = seen
            for line in lines:
                self.after = line.place
                yield self._line(line)
            if len(lines) == LINES:
                continue
            told = json.dumps(_progress(view), separators=(",", ":"))
            if told != self.said:
                self.said = told
                yield f"event: progress\ndata: {told}\n\n"
            if view.job.state in ("done", "cancelled"):
                yield f"event: done\ndata: {told}\n\n"
                return
            await asyncio.sleep(LOOK)

    def _look(self) -> tuple[JobView, list[Logged]] | None:
        """How the job stands, and what came of it since; None when the listener is let in no more."""
        try:
            if not self.visit.still():
                return None
            app = self.visit.app
            view = app.ledger.job(self.job_id)  # before the log: of a job that is over, all is in it
            lines = app.cards.job_log(self.job_id, after=self.after, limit=LINES)
        except CompletistError:
            return None
        over = view.job.state in ("done", "cancelled")
        calm = app.now() - CALM
        return view, lines if over else [line for line in lines if line.place[0] <= calm]

    def _line(self, line: Logged) -> str:
        view = line.view
        told: dict[str, Any] = {
            "sha": view.sha,
            "status": line.state,
            "cards": (view.metrics or {}).get("added", 0),
            "error": view.error,
        }
        if self.verbose:
            told |= {
                "left_out": view.left_out,
                "metrics": dict(view.metrics or {}),
                "pipeline_version": view.stages,
            }
        place = "-".join(map(str, line.place))
        return f"id: {place}\nevent: log\ndata: {json.dumps(told, separators=(',', ':'))}\n\n"


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


def _place(said: str) -> tuple[int, int]:
    at, _, run = said.partition("-")
    return int(at), int(run)
