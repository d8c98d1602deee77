"""The application: every route, and what stands around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from threading import Event
from time import monotonic

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute

from completist import __version__
from completist.app import App
from completist.web import failures
from completist.web.access import Gate
from completist.web.api import (
    claims,
    covers,
    enrich,
    events,
    freshness,
    graphql,
    health,
    isbn,
    items,
    jobs,
    missing,
    pipelines,
    search,
    sources,
    tracks,
)
from completist.web.api.flashcards import cards, commits, process, repositories
from completist.web.limits import BodyLimit
from completist.web.pages import (
    answering,
    asking,
    assets,
    covering,
    filling,
    finding,
    home,
    importing,
    item,
    library,
    live,
    login,
    review,
    routing,
    schedules,
    settings,
    undoing,
)
from completist.web.pages import cards as card_pages
from completist.web.pages import catalogue as catalogue_pages
from completist.web.pages import commits as commit_pages
from completist.web.pages import freshness as freshness_pages
from completist.web.pages import health as health_pages
from completist.web.pages import jobs as job_pages
from completist.web.places import Bound
from completist.web.recording import Recorder

#: In the order in which a call is compared with them: those first that are called most.
_ROUTES = (
    isbn,
    covers,
    claims,
    missing,
    enrich,
    jobs,
    pipelines,
    sources,
    freshness,
    events,
    items,
    commits,
    process,
    repositories,
    cards,
    search,
    tracks,
    graphql,
    health,
    login,
    assets,
    live,
    home,
    library,
    finding,
    filling,
    item,
    covering,
    catalogue_pages,
    commit_pages,
    card_pages,
    review,
    asking,
    undoing,
    freshness_pages,
    job_pages,
    importing,
    schedules,
    answering,
    health_pages,
    settings,
)

_ABOUT = """Fills the gaps of a library. Outside workers take runs at `/api/v1/claims` and hand in what they found."""


def create_api(
    app: App,
    bound: Bound | None = None,
    *,
    stop: Event | None = None,
    uptime: Callable[[], float] | None = None,
) -> FastAPI:
    """The HTTP API over an open library's database.

    ``bound`` is the address at which it answers: on loopback, as long as there is no account, it serves the person at
    this machine without a key. When ``stop`` is set, streams end. ``uptime`` tells for how many seconds it has run.
    """
    begun = monotonic()
    api = FastAPI(
        title="Completist",
        version=__version__,
        description=_ABOUT,
        docs_url=None,  # the page would come from a CDN
        redoc_url=None,
        redirect_slashes=False,
    )
    api.state.gate = Gate(app, bound or Bound())
    api.state.stop = stop or Event()
    api.state.studio = live.Studio()
    api.state.uptime = uptime or (lambda: monotonic() - begun)
    failures.install(api)
    routing.show_missing(api)
    api.router.routes.extend(_routes())
    api.add_middleware(BodyLimit)
    api.add_middleware(Recorder)
    return api


@cache
def _routes() -> Sequence[BaseRoute]:
    """Every route, for all applications of this process.

    What FastAPI works out of each, when a call is first compared with it, stays there: all of that takes as long as a
    hundred calls.
    """
    router = APIRouter()
    for each in _ROUTES:
        router.include_router(each.router)
    return router.routes
