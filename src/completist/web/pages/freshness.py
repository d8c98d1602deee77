"""Freshness: how up to date each pipeline's results are, and doing again what is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from completist.domain.errors import BadInput
from completist.engine.rerunning import Fresh
from completist.web.access import Visit
from completist.web.failures import Forbidden
from completist.web.pages import frame, wording
from completist.web.pages.frame import Sight, Where
from completist.web.pages.routing import Actor, PageRoute, Reader, Sent, where
from completist.web.pages.telling import go, tell

router = APIRouter(include_in_schema=False, route_class=PageRoute)

HERE = "/jobs/pipelines"


@router.get(HERE)
def pipelines(request: Request, visit: Reader) -> Response:
    """Every pipeline for which there is anything."""
    return frame.show(request, visit, look, where(request))


def look(visit: Visit, at: Where) -> Sight:
    """The page."""
    del at
    rows = visit.app.browsing.freshness()
    told = {
        "title": "Pipelines",
        "rows": [
            {"view": view, "fresh": fresh, "labels": _labels(visit, view.pipeline)} for view, fresh in rows
        ],
        "shares": shares,
        "dev": visit.app.cards.preferences.dev_mode,
    }
    return Sight("pipelines.html", told, ("live_fresh",))


def shares(fresh: Fresh) -> list[tuple[str, float]]:
    """How items stand as parts of a bar."""
    all_ = fresh.total or 1
    parts = (("f", fresh.fresh), ("u", fresh.code), ("a", fresh.data), ("g", fresh.missing))
    return [(letter, 100 * count / all_) for letter, count in parts]


def _labels(visit: Visit, pipeline: Any) -> Mapping[str, list[str]]:  # noqa: ANN401 - a Pipeline
    """What a pipeline reads and fills, as people say it."""
    kind = visit.app.kinds()[pipeline.kind]
    names = {"reads": pipeline.inputs, "fills": pipeline.fills}
    return {
        what: [kind.by_name[name].label if name in kind.by_name else name for name in held]
        for what, held in names.items()
    }


@router.get(HERE + "/{pipeline}/again")
def ask(request: Request, visit: Reader, pipeline: str) -> Response:
    """Before a pipeline does something again: how much, counted as it will be done."""
    ledger = visit.app.ledger
    dev = visit.app.cards.preferences.dev_mode
    told = {
        "pipeline": ledger.pipeline(pipeline)[1],
        "fresh": ledger.fresh(pipeline),
        "count": ledger.count_rerun(pipeline, "stale"),
        "forceable": ledger.count_rerun(pipeline, "force") if dev else 0,
    }
    return frame.plain(request, "again.html", told)


@router.post(HERE + "/{pipeline}/again")
def again(visit: Actor, pipeline: str, form: Sent) -> Response:
    """Do again what is out of date; all of it only in dev mode."""
    app, which = visit.app, form.one("which", "stale")
    if which not in ("stale", "force"):
        raise BadInput("What is out of date is done again, or all of it.")
    if which == "force" and not app.cards.preferences.dev_mode:
        raise Forbidden("What is up to date is done again in dev mode alone: Settings, Developer.")
    if not app.ledger.count_rerun(pipeline, which):
        return go(HERE, tell("There was nothing left to do."))
    job = app.ledger.rerun(pipeline, which, chunks=2).job
    app.browsing.forget_counts()
    link, label = f"/jobs/{job.id}", f"#{job.id}"
    return go(HERE, tell("Queued: %(names)s.", link=link, label=label, names=wording.job_name(job)))
