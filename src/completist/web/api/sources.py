"""Sources: the live providers of the whole server, how each stands, and what an admin may change about that."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel

from completist.app import App
from completist.app.explaining import result_of, state_of
from completist.app.sources import Source, Trial
from completist.web.access import AsAdmin, AsMember, Gate
from completist.web.api.shapes import Name, at, failing, maybe_at

router = APIRouter(prefix="/api/v1", tags=["sources"])


class Answers(BaseModel):
    """Answers kept: all, those that say "not known", and those that have expired."""

    kept: int
    unknown: int
    expired: int


class Takes(BaseModel):
    """What is due, and what a source needs for it: bounds, since nobody knows before how many it is asked about."""

    items: int
    calls_least: int
    calls_most: int
    seconds_most: int
    days: int


class SourceState(BaseModel):
    """A live source as it stands. ``state`` is for programs, ``told`` for people, ``fix`` what mends it."""

    name: str
    label: str
    pipelines: list[str]
    state: str
    told: str
    fix: str
    until: str | None
    has_key: bool | None
    quota: int | None
    left_today: int | None
    quota_resets: str | None
    milliseconds_a_call: int
    answers: Answers
    takes: Takes


class Changed(BaseModel):
    """Whether it was otherwise before."""

    changed: bool


class Test(BaseModel):
    """What one real call came to."""

    ok: bool
    outcome: str
    code: str
    told: str
    fix: str
    seconds: float


def _app(request: Request) -> App:
    """The server's own: sources are the same for all libraries, and so are the connections to them."""
    gate: Gate = request.app.state.gate
    return gate.app


@router.get("/sources", responses=failing())
def sources(_visit: AsMember, request: Request) -> list[SourceState]:
    """Every live source, in the order in which it is asked."""
    return [_told(each) for each in _app(request).sources.all()]


@router.post("/sources/{name}/pause", responses=failing())
def pause(_visit: AsAdmin, request: Request, name: Name) -> Changed:
    """Ask a source nothing until it is resumed."""
    return Changed(changed=_app(request).sources.pause(name))


@router.post("/sources/{name}/resume", responses=failing())
def resume(_visit: AsAdmin, request: Request, name: Name) -> Changed:
    """Ask a source again, also one that is left alone because it was in trouble."""
    return Changed(changed=_app(request).sources.resume(name))


@router.post("/sources/{name}/test", responses=failing(409))
def test(_visit: AsAdmin, request: Request, name: Name) -> Test:
    """Make one real call, and say what came of it."""
    return _result(_app(request).sources.test(name))


def _told(source: Source) -> SourceState:
    told = state_of(source, at)
    return SourceState(
        name=source.name,
        label=source.label,
        pipelines=list(source.pipelines),
        state=source.state,
        told=told.text,
        fix=told.fix,
        until=maybe_at(source.until),
        has_key=None if source.key is None else bool(source.key.shown),
        quota=source.quota,
        left_today=source.left,
        quota_resets=maybe_at(source.resets_at),
        milliseconds_a_call=source.rate.interval_ms,
        answers=Answers(kept=source.kept.answers, unknown=source.kept.unknown, expired=source.kept.expired),
        takes=Takes(
            items=source.needed.items,
            calls_least=source.needed.least,
            calls_most=source.needed.most,
            seconds_most=source.needed.seconds_most,
            days=source.needed.days,
        ),
    )


def _result(tested: Trial) -> Test:
    told = result_of(tested, at)
    return Test(
        ok=tested.outcome == "found",
        outcome=tested.outcome,
        code=tested.code,
        told=told.text,
        fix=told.fix,
        seconds=tested.seconds,
    )
