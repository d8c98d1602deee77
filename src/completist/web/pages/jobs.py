"""Jobs: what was asked for, how far it is, why parts of it failed; the lanes of the sources; pausing and going on."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from completist.app.cards import Logged
from completist.app.sources import Source, State
from completist.domain.errors import BadInput
from completist.engine.requesting import JobView
from completist.web.access import Visit
from completist.web.failures import Forbidden
from completist.web.pages import frame, home, wording
from completist.web.pages.commits import BADGES
from completist.web.pages.frame import Sight, Where
from completist.web.pages.routing import Actor, PageRoute, Reader, Sent, came_from, where
from completist.web.pages.telling import Told, go, tell
from completist.web.pages.wording import mark

router = APIRouter(include_in_schema=False, route_class=PageRoute)

#: Jobs on a page, and items of a job that are named.
PAGE, NAMED = 20, 12

#: Commits of a job that are named.
COMMITS = 60

STATES = ("running", "planning", "done", "cancelled")

_CHIPS = {
    "planning": ("", "clock"),
    "running": ("run", "refresh-cw"),
    "done": ("ok", "check"),
    "cancelled": ("line", "x"),
}


@router.get("/jobs")
def jobs(request: Request, visit: Reader) -> Response:
    """What was asked for."""
    return frame.show(request, visit, look, where(request))


@router.get("/jobs/{job}")
def job(request: Request, visit: Reader, job: int) -> Response:
    """The same, with one of them open."""
    return frame.show(request, visit, look, where(request, job))


def look(visit: Visit, at: Where) -> Sight:
    """The page. Raises NotFound."""
    app = visit.app
    wanted = at.one("state") if at.one("state") in STATES else None
    before = at.one("after")
    page = app.ledger.jobs(
        state=wanted,
        before=int(before) if before.isdecimal() and len(before) < 16 else None,  # noqa: PLR2004 - digits of an id
        limit=PAGE,
    )
    drawer = app.ledger.job(at.ids[0]) if at.ids else None
    dev = app.cards.preferences.dev_mode
    told = {
        "title": "Jobs",
        "wanted": wanted,
        "counts": app.browsing.job_counts(),
        "page": page,
        "chip": chip,
        "drawer": drawer,
        "named": _named(visit, drawer),
        "lanes": [
            lane(each)
            for each in home.useful(visit, app.browsing.sources())
            if each.state not in (State.OFF, State.NEEDS_KEY, State.OFFLINE)
        ],
        "pipelines": app.browsing.pipelines(),
        "failures": [(each, app.browsing.cards(each.items[:NAMED])) for each in app.browsing.failures()],
        "further": page[-1].job.id if len(page) == PAGE else None,
        "seconds_left": seconds_left(drawer, app.now()) if drawer else None,
        "log": _log(visit, at.ids[0]) if at.ids and dev else [],
        "dev": dev,
        "commits": _commits(visit, drawer),
        "commit_log": _commit_log(visit, drawer),
        "badges": BADGES,
    }
    live = ("live_states", "live_lanes", "live_jobs_list", "live_pipelines", "live_failures")
    return Sight("jobs.html", told, (*live, "live_drawer") if drawer else live)


def chip(view: JobView) -> tuple[str, str, str]:
    """The colour, the icon and the word for how a job stands."""
    if view.job.state == "done" and view.progress.get("failed"):
        return "bad", "triangle-alert", mark("Failed in part")
    if view.job.state == "running" and not view.progress.get("claimed") and not view.progress.get("ready"):
        return "gap", "pause", mark("Waiting")
    look_, drawn = _CHIPS.get(view.job.state, ("", "clock"))
    return look_, drawn, wording.state(view.job.state)


def seconds_left(view: JobView, now: int) -> float | None:
    """How long a job still takes, at its own speed so far; None while there is none to tell by."""
    pending = sum(view.progress.get(each, 0) for each in ("ready", "waiting", "claimed"))
    done = view.job.total - pending
    if not pending or done < 5 or view.job.state != "running":  # noqa: PLR2004 - fewer tell nothing
        return None
    return pending * (now - view.job.created_at) / 1000 / done


def _named(visit: Visit, view: JobView | None) -> list[tuple[Any, Any]]:
    """The causes of failures of a job, with the first items of each."""
    if view is None:
        return []
    return [(each, visit.app.browsing.cards(each.items[:NAMED])) for each in view.failures]


def _commits(visit: Visit, view: JobView | None) -> list[Any]:
    """The commits of a job that makes cards, with how each stands and what came of it in this job."""
    desk = visit.app.cards
    return (
        desk.job_commits(view.job.id, limit=COMMITS) if view is not None and desk.is_about_cards(view) else []
    )


def _commit_log(visit: Visit, view: JobView | None) -> list[Logged]:
    """In dev mode, what came of each commit of such a job in detail, the latest last."""
    desk = visit.app.cards
    if view is None or not desk.is_about_cards(view) or not desk.preferences.dev_mode:
        return []
    return desk.job_log(view.job.id, limit=COMMITS)


def _log(visit: Visit, job_id: int) -> list[Any]:
    return visit.app.browsing.log_of(job_id)


def lane(source: Source) -> dict[str, Any]:
    """A source as the lane that its calls go through."""
    share = 0.0 if not source.quota else 100 * (source.quota - (source.left or 0)) / source.quota
    resting = source.state in (State.RESTS, State.BREAKER, State.TRYING)
    paused = source.state is State.PAUSED
    dot = "off" if paused else ("bad" if resting else "ok")
    return {
        "source": source,
        "dot": dot,
        "share": 100.0 if resting or (not source.quota and source.needed.most) else share,
        "bar": "b" if resting else "f",
        "paused": paused,
        "resting": resting,
    }


# --- what a person does -----------------------------------------------------------------------------------------


@router.post("/jobs/{job}/cancel")
def cancel(request: Request, visit: Actor, job: int) -> Response:
    """Call a job off."""
    visit.app.ledger.cancel_job(job)
    return go(came_from(request), tell("Job %(job)s is called off. What it found stays.", job=job))


@router.post("/jobs/{job}/retry")
def retry(request: Request, visit: Actor, job: int) -> Response:
    """Try again what failed of a job."""
    _, count = visit.app.ledger.retry_job(job)
    visit.app.browsing.forget_counts()
    return go(
        came_from(request), tell("Tried again of job %(job)s: %(count)s look-ups.", job=job, count=count)
    )


@router.post("/jobs/{job}/hold")
def hold(request: Request, visit: Actor, job: int) -> Response:
    """Hold a job back."""
    _, count = visit.app.ledger.hold_job(job)
    return go(
        came_from(request),
        tell(
            "Job %(job)s is held back, with %(count)s look-ups, until you let it go on.", job=job, count=count
        ),
    )


@router.post("/jobs/{job}/go")
def let_go(request: Request, visit: Actor, job: int) -> Response:
    """Let a job go on."""
    _, count = visit.app.ledger.let_job_go(job)
    return go(came_from(request), tell("Job %(job)s goes on, with %(count)s look-ups.", job=job, count=count))


@router.post("/failures/retry")
def retry_failures(request: Request, visit: Actor, form: Sent) -> Response:
    """Try again what failed for one reason."""
    count = visit.app.browsing.retry(form.one("pipeline"), form.one("code"))
    visit.app.browsing.forget_counts()
    return go(came_from(request), tell("Tried again: %(count)s look-ups.", count=count))


@router.post("/pipelines/{pipeline}/{verb}")
def pause(request: Request, visit: Actor, pipeline: str, verb: str) -> Response:
    """Pause a pipeline, let it go on, or queue what it has not seen."""
    ledger = visit.app.ledger
    if verb == "populate":
        made = ledger.populate(pipeline)
        visit.app.browsing.forget_counts()
        return go(
            came_from(request),
            tell("%(name)s: %(count)s more are queued.", name=pipeline, count=made.created),
        )
    if verb not in ("pause", "resume"):
        raise BadInput("A pipeline is paused, resumed or populated.")
    (ledger.pause if verb == "pause" else ledger.resume)(pipeline)
    return go(came_from(request), _paused(pipeline, verb))


@router.post("/sources/{source}/{verb}")
def pause_source(request: Request, visit: Actor, source: str, verb: str) -> Response:
    """Pause a source for everybody, or let it be called again at once."""
    if not visit.caller.may("admin"):
        raise Forbidden("Sources are for all libraries: an admin changes them.")
    if verb not in ("pause", "resume"):
        raise BadInput("A source is paused or resumed.")
    sources = visit.app.sources
    (sources.pause if verb == "pause" else sources.resume)(source)
    label = sources.plan(source).label
    return go(came_from(request), _paused(label, verb))


def _paused(name: str, verb: str) -> Told:
    return tell("%(name)s is paused.", name=name) if verb == "pause" else tell("%(name)s goes on.", name=name)
