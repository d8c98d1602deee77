"""Health: what `completist doctor` checks, with a button where one mends it; the index of meanings; the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from completist.app.errands import Errands
from completist.app.finding import KIND
from completist.domain.errors import BadInput, NotFound
from completist.engine.checking import Check, Remedy
from completist.web.access import Visit
from completist.web.failures import Forbidden
from completist.web.pages import frame, wording
from completist.web.pages.frame import Sight, Where
from completist.web.pages.routing import Actor, PageRoute, Reader, Sent, where
from completist.web.pages.telling import Told, go, tell
from completist.web.pages.wording import mark

router = APIRouter(include_in_schema=False, route_class=PageRoute)

HERE = "/settings/health"

#: What checks are called. A name that is missing here is shown as it is.
NAMES = {
    "python": mark("Python"),
    "plugins": mark("Kinds of items"),
    "data folder": mark("Data folder"),
    "disk": mark("Room on the disk"),
    "database": mark("Database"),
    "tables": mark("Tables"),
    "integrity": mark("Integrity"),
    "process": mark("Process"),
    "workers": mark("Workers"),
    "paused": mark("Paused"),
    "queue": mark("Queue"),
    "catalogue": mark("Catalogue"),
    "contact": mark("Contact"),
    "source keys": mark("Keys of sources"),
    "sources": mark("Sources"),
    "source": mark("Source"),
    "covers": mark("Covers"),
}

#: What the button says that mends a finding; a key is typed elsewhere.
REMEDIES: Mapping[Remedy, str] = {
    Remedy.RESUME: mark("Go on"),
    Remedy.ASK_AGAIN: mark("Ask again"),
    Remedy.COVERS: mark("Clear up"),
    Remedy.CATALOGUE: mark("Load newer dumps"),
    Remedy.KEY: mark("Change the key"),
}

#: The errands of a library's own, and those of the server, by the path of the form that begins them.
OWN: Mapping[str, Callable[[Errands], bool]] = {
    "verify-index": Errands.verify_index,
    "reconcile-index": Errands.reconcile_index,
    "rebuild-index": Errands.rebuild_index,
}
SERVER: Mapping[str, Callable[[Errands], bool]] = {
    "set-up-model": Errands.set_up_model,
    "verify-catalogue": Errands.verify_catalogue,
    "prune-catalogue": Errands.prune_catalogue,
}

#: The errands of the index, of which one is under way at a time.
INDEX = ("verify-index", "reconcile-index", "rebuild-index")
CATALOGUE = ("verify-catalogue", "prune-catalogue")


@router.get(HERE)
def health(request: Request, visit: Reader) -> Response:
    """How everything is."""
    return frame.show(request, visit, look, where(request))


def look(visit: Visit, at: Where) -> Sight:
    """The page."""
    del at
    app, admin = visit.app, visit.caller.may("admin")
    seen = app.errands.seen()
    check = seen.get("check")
    checks = None if check is None or not admin else check.outcome or check.before
    found = urgent(checks) if isinstance(checks, list) else None
    told = {
        "title": "Health",
        "admin": admin,
        "check": check if admin else None,
        "found": found,
        "worst": worst(found or []),
        "name_of": lambda each: NAMES.get(each.name, each.name),
        "remedies": REMEDIES,
        "meaning": app.finding.state(opened=False) if app.browsing.totals().get(KIND) else None,
        "where_index": app.settings.index,
        "indexing": latest(seen, INDEX),
        "model": seen.get("set-up-model") if admin else None,
        "catalogue": app.catalogue_info() if admin else None,
        "followed": app.upkeeping.last_sync() if admin else None,
        "following": seen.get("follow-changes") if admin else None,
        "cataloguing": latest(seen, CATALOGUE) if admin else None,
    }
    return Sight("health.html", told, ("live_checks", "live_meaning", "live_catalogue"))


def urgent(found: Sequence[Check]) -> list[Check]:
    """Checks, those first that want a look."""
    return sorted(found, key=lambda each: ("fail", "warn", "ok").index(each.state))


def worst(found: Sequence[Check]) -> Mapping[str, int]:
    """How many checks ended in each way."""
    counts = {"fail": 0, "warn": 0, "ok": 0}
    for each in found:
        counts[each.state] += 1
    return counts


def latest(seen: Mapping[str, Any], names: tuple[str, ...]) -> Any:  # noqa: ANN401 - an errand, or None
    """The one that was begun last."""
    return max((seen[name] for name in names if name in seen), key=lambda each: each.begun_at, default=None)


@router.post(HERE + "/check")
def check(visit: Actor, form: Sent) -> Response:
    """Look at everything, and perhaps ask each source something."""
    app = _admin(visit).app
    begun = app.errands.check(_when(visit), call=form.one("sources") == "yes")
    return go(HERE, _begun(begun=begun))


@router.post(HERE + "/mend")
def mend(visit: Actor, form: Sent) -> Response:
    """Do what a check offers, and look again."""
    app = _admin(visit).app
    if form.one("remedy") not in {each.value for each in Remedy}:
        raise NotFound("There is no such remedy.")
    remedy, of = Remedy(form.one("remedy")), form.one("of")
    return go(HERE, _begun(begun=app.errands.mend(_when(visit), remedy, of)))


@router.post(HERE + "/follow-changes")
def follow(visit: Actor, form: Sent) -> Response:
    """Follow what has changed at Open Library, perhaps again since a day."""
    said = form.one("since").strip()
    try:
        since = date.fromisoformat(said) if said else None
    except ValueError as error:
        raise BadInput("That is no day.", hint="Such as 2026-09-01.") from error
    return go(f"{HERE}#catalogue", _begun(begun=_admin(visit).app.errands.follow_changes(since)))


@router.post(HERE + "/stop")
def stop(visit: Actor, form: Sent) -> Response:
    """Stop an errand."""
    name = form.one("name")
    if name not in OWN:
        _admin(visit)
    if not visit.app.errands.stop(name):
        return go(HERE, tell("That is over already."))
    return go(HERE, tell("It stops. What was done stays."))


@router.post(HERE + "/{errand}")
def begin(visit: Actor, errand: str) -> Response:
    """Begin something that takes a while."""
    if errand in OWN:
        return go(f"{HERE}#meaning", _begun(begun=OWN[errand](visit.app.errands)))
    if errand not in SERVER:
        raise NotFound("There is no such errand.")
    anchor = "meaning" if errand == "set-up-model" else "catalogue"
    return go(f"{HERE}#{anchor}", _begun(begun=SERVER[errand](_admin(visit).app.errands)))


def _begun(*, begun: bool) -> Told:
    return (
        tell("Begun. You need not wait here.")
        if begun
        else tell("Something of the sort is under way already.")
    )


def _when(visit: Visit) -> Callable[[int], str]:
    return lambda at: wording.tongue("en").when(at, visit.app.now())


def _admin(visit: Visit) -> Visit:
    if not visit.caller.may("admin"):
        raise Forbidden("This is for an admin of the server.")
    return visit
