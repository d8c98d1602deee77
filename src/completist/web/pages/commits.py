"""Commits: the repositories that cards are made of, how each commit stands, and making cards of those chosen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from completist.app.cards import Selector, Synced, selector_of
from completist.cli.flashcards.told import REASONS
from completist.domain.errors import BadInput, CompletistError
from completist.engine.cards.statuses import STATUSES
from completist.engine.requesting import JobView
from completist.web.access import Visit
from completist.web.failures import Forbidden
from completist.web.pages import frame
from completist.web.pages.frame import Sight, Where
from completist.web.pages.routing import Actor, Form, PageRoute, Reader, Sent, came_from, where
from completist.web.pages.telling import Said, Told, go, say, several, tell
from completist.web.pages.wording import mark

router = APIRouter(include_in_schema=False, route_class=PageRoute)

#: Commits on a page.
PAGE = 60

#: Of each status: the colour, the icon and the word of its badge.
BADGES = {
    "new": ("gap", "plus", mark("New")),
    "processed": ("ok", "check", mark("Processed")),
    "needs_rerun": ("rev", "refresh-cw", mark("Needs re-run")),
    "failed": ("bad", "triangle-alert", mark("Failed")),
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
    job, total = view.job.id, view.job.total
    link = f"/jobs/{job}"
    if view.job.finished_at:
        return tell(
            "Already processed: there is nothing to do.", link=link, label=say("Job %(job)s", job=str(job))
        )
    if not new:
        return tell(
            "Job already running",
            "The same was asked for before.",
            link=link,
            label=say("Open job %(job)s", job=str(job)),
        )
    if active is not None:
        waits = several(
            "%(num)s commit waits until job %(job)s is done with the same repository.",
            "%(num)s commits wait until job %(job)s is done with the same repository.",
            total,
            job=str(active),
        )
        link, label = f"/jobs/{active}", say("Open job %(job)s", job=str(active))
        return tell("Another process is running", waits, link=link, label=label)
    counted = several("%(num)s commit.", "%(num)s commits.", total)
    return tell("Processing queued", counted, link=link, label=say("Job %(job)s", job=str(job)))


@router.post("/commits/repositories")
def add(visit: Actor, form: Sent) -> Response:
    """Register a repository, and read its commits."""
    shelf = _admin(visit).app.cards.shelf
    source, since = form.one("source").strip(), form.one("since").strip()
    if not source:
        raise BadInput("A repository is a folder on this server, or an address.")
    try:
        day = date.fromisoformat(since) if since else None
    except ValueError as error:
        raise BadInput("That is no day.", hint="Such as 2026-09-01.") from error
    paths = [each.strip() for each in form.one("paths").splitlines() if each.strip()]
    made = shelf.add(
        source, name=form.one("name").strip(), deck=form.one("deck").strip(), since=day, paths=paths
    )
    visit.app.browsing.forget_counts()
    read = several(
        "%(name)s: %(num)s commit read.",
        "%(name)s: %(num)s commits read.",
        made.new,
        name=made.repository.name,
    )
    return go("/commits", tell(read))


@router.post("/commits/repositories/sync")
def sync_all(request: Request, visit: Actor) -> Response:
    """Fetch what is new in each repository; what keeps one from being read stands beside it."""
    shelf, told = visit.app.cards.shelf, []
    for each in shelf.all():
        try:
            told.append(_news(shelf.sync(each)))
        except CompletistError as error:
            told.append(say("%(name)s: %(message)s", name=each.name, message=error.message))
    visit.app.browsing.forget_counts()
    return go(came_from(request), tell("Read anew.", told))


@router.post("/commits/repositories/{repository}/sync")
def sync(request: Request, visit: Actor, repository: int) -> Response:
    """Fetch what is new."""
    shelf = visit.app.cards.shelf
    made = shelf.sync(shelf.named(str(repository)))
    visit.app.browsing.forget_counts()
    return go(came_from(request), tell(_news(made)))


@router.get("/commits/repositories/{repository}/remove")
def ask_to_remove(request: Request, visit: Reader, repository: int) -> Response:
    """Before a repository is forgotten: what goes, and what stays."""
    shelf = _admin(visit).app.cards.shelf
    found = shelf.named(str(repository))
    return frame.plain(request, "forget.html", {"repository": found, "held": shelf.holding(found)})


@router.post("/commits/repositories/{repository}/remove")
def remove(visit: Actor, repository: int) -> Response:
    """Forget a repository, its commits and its cards."""
    shelf = _admin(visit).app.cards.shelf
    found = shelf.named(str(repository))
    count = shelf.remove(found)
    visit.app.browsing.forget_counts()
    gone = several(
        "%(name)s is forgotten, with %(num)s commit.",
        "%(name)s is forgotten, with %(num)s commits.",
        count,
        name=found.name,
    )
    return go("/commits", tell(gone))


def _admin(visit: Visit) -> Visit:
    if not visit.caller.may("admin"):
        raise Forbidden("Repositories are on the server: an admin sees to them.")
    return visit


def _news(made: Synced) -> Said:
    return several(
        "%(name)s: %(num)s new commit.", "%(name)s: %(num)s new commits.", made.new, name=made.repository.name
    )
