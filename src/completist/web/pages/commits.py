"""Commits: the repositories that cards are made of, how each commit stands, and making cards of those chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from completist.app.cards import Selector, selector_of
from completist.cli.flashcards.told import REASONS
from completist.domain.errors import BadInput, CompletistError
from completist.engine.cards.statuses import STATUSES
from completist.engine.requesting import JobView
from completist.web.access import Visit
from completist.web.failures import Forbidden
from completist.web.pages import frame
from completist.web.pages.frame import Sight, Where
from completist.web.pages.routing import Actor, Form, PageRoute, Reader, Sent, came_from, where
from completist.web.pages.telling import Told, go

router = APIRouter(include_in_schema=False, route_class=PageRoute)

#: Commits on a page.
PAGE = 60

#: Of each status: the colour, the icon and the word of its badge.
BADGES = {
    "new": ("gap", "plus", "New"),
    "processed": ("ok", "check", "Processed"),
    "needs_rerun": ("rev", "refresh-cw", "Needs re-run"),
    "failed": ("bad", "triangle-alert", "Failed"),
}


#: What commits are narrowed down by besides repository and status, as parameters of the address.
NARROW = ("since", "until", "path", "first", "last")


@router.get("/commits")
def commits(request: Request, visit: Reader) -> Response:
    """The latest commits."""
    at = where(request)
    if any(not each for name in NARROW for each in at.query.get(name, ())):  # fields that hold nothing
        return RedirectResponse(Where(at.path, {name: at.all(name) for name in at.query}).url, 303)
    return frame.show(request, visit, look, at)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What of the commits is looked at, and how many of those a button would process."""

    selector: Selector
    due: int
    forced: int  #: in dev mode, when what is done is done again


def meant(said: Where | Form) -> Selector | None:
    """What an address or a form narrows down to; None where it does not. Raises BadInput."""
    if not any(said.one(name).strip() for name in NARROW):
        return None
    return selector_of(
        {
            "range": {"first": said.one("first").strip(), "last": said.one("last").strip()},
            "date_range": {"since": said.one("since").strip(), "until": said.one("until").strip()},
            "paths": [each.strip() for each in said.one("path").split(";") if each.strip()],
            "repository": said.one("repository"),
            "status": said.one("status") if said.one("status") in STATUSES else "",
        }
    )


def look(visit: Visit, at: Where) -> Sight:
    """The page. Raises NotFound."""
    desk = visit.app.cards
    repositories = desk.repositories()
    status = at.one("status") if at.one("status") in STATUSES else None
    named = at.one("repository") or None
    before = at.one("after")
    admin = visit.caller.may("admin")
    behind = int(before) if before.isdecimal() and len(before) < 16 else 2**53  # noqa: PLR2004 - digits of an id
    narrowed, wrong = _narrowed(visit, at)
    if narrowed is not None:
        page, _ = desk.selected(narrowed.selector, before=behind, limit=PAGE)
        _, tally = desk.selected(replace(narrowed.selector, status=""), limit=0)
    else:
        page = [] if wrong else desk.commits(repository=named, status=status, before=behind, limit=PAGE)
        tally = desk.tally(named)
    told = {
        "title": "Commits",
        "repositories": repositories,
        "named": named,
        "status": status,
        "page": page,
        "further": page[-1].item_id if len(page) == PAGE else None,
        "later": bool(before),
        "tally": tally,
        "narrowed": narrowed,
        "wrong": wrong,
        "held": {name: at.one(name) for name in NARROW},
        "badges": BADGES,
        "why": REASONS,
        "dev": desk.preferences.dev_mode,
        "admin": admin,
        "roots": [str(each) for each in visit.app.settings.repositories] if admin else [],
        "around": desk.shelf.around() if admin and not before else [],
        "chosen": set(at.all("pick")),
    }
    return Sight(
        "commits.html",
        told,
        ("live_repositories", "live_tally", "live_due", "live_commits") if repositories else (),
    )


def _narrowed(visit: Visit, at: Where) -> tuple[Narrowed | None, CompletistError | None]:
    """What is looked at, unless it is everything; or what is wrong about how that was said."""
    desk = visit.app.cards
    try:
        selector = meant(at)
        if selector is None:
            return None, None
        forced = desk.foresee(selector, force=True) if desk.preferences.dev_mode else 0
        return Narrowed(selector, desk.foresee(selector), forced), None
    except CompletistError as error:
        return None, error


# --- what a person does -----------------------------------------------------------------------------------------


@router.post("/commits/process")
def process(request: Request, visit: Actor, form: Sent) -> Response:
    """Make cards of what is chosen, or of all that is due."""
    desk = visit.app.cards
    shas = form.all("commit")
    if not shas and form.one("all") != "yes":
        raise BadInput("No commit is chosen.", hint="Choose some first.")
    force = form.one("force") == "yes" and desk.preferences.dev_mode
    selector = None if shas else meant(form)
    if selector is None:
        selector = Selector(tuple(shas), repository=form.one("repository"))
    view, new, active = desk.reprocess(selector, force=force)
    return go(came_from(request), _queued(view, active, new=new))


def _queued(view: JobView, active: int | None, *, new: bool) -> Told:
    link, label = f"/jobs/{view.job.id}", f"Job {view.job.id}"
    if view.job.finished_at:
        return Told("Already processed: there is nothing to do.", link=link, label=label)
    if not new:
        return Told(
            "Job already running",
            "The same was asked for before.",
            link=link,
            label=f"Open job {view.job.id}",
        )
    counted = f"{view.job.total:,} commit{'' if view.job.total == 1 else 's'}"
    if active is not None:
        first = f"{counted} wait until job {active} is done with the same repository."
        return Told("Another process is running", first, link=f"/jobs/{active}", label=f"Open job {active}")
    return Told("Processing queued", f"{counted}.", link=link, label=label)


@router.post("/commits/repositories")
def add(visit: Actor, form: Sent) -> Response:
    """Register a repository, and read its commits."""
    if not visit.caller.may("admin"):
        raise Forbidden("Repositories are on the server: an admin registers them.")
    source = form.one("source").strip()
    if not source:
        raise BadInput("A repository is a folder on this server, or an address.")
    made = visit.app.cards.shelf.add(source, deck=form.one("deck").strip())
    visit.app.browsing.forget_counts()
    return go("/commits", Told(f"{made.repository.name}: {made.new:,} commits read."))


@router.post("/commits/repositories/{repository}/sync")
def sync(request: Request, visit: Actor, repository: int) -> Response:
    """Fetch what is new."""
    shelf = visit.app.cards.shelf
    made = shelf.sync(shelf.named(str(repository)))
    visit.app.browsing.forget_counts()
    return go(came_from(request), Told(f"{made.repository.name}: {made.new:,} new commits."))


@router.post("/commits/dev")
def dev(request: Request, visit: Actor, form: Sent) -> Response:
    """Show digests and offer to force, or not."""
    on = form.one("on") == "yes"
    visit.app.cards.prefer(dev_mode=on)
    return go(
        came_from(request), Told("Dev mode is on: reprocessing can be forced." if on else "Dev mode is off.")
    )
