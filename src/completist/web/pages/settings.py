"""Settings: the sources with their order and keys, people and their keys, a copy of everything, how all is."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from completist.app import Access
from completist.app.explaining import result_of, state_of
from completist.app.sources import State
from completist.domain.errors import ActionRequired, BadInput, NotFound
from completist.domain.matching import Verdict
from completist.domain.run import Outcome
from completist.store.access import ApiKey
from completist.web.access import Visit
from completist.web.failures import Forbidden
from completist.web.pages import answering, frame, schedules, wording
from completist.web.pages.frame import Sight, Where
from completist.web.pages.review import sureness
from completist.web.pages.routing import Actor, PageRoute, Reader, Sent, where
from completist.web.pages.telling import Told, go, tell

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/settings")
def settings(request: Request, visit: Reader) -> Response:
    """What may be chosen."""
    return frame.show(request, visit, look, where(request))


def look(visit: Visit, at: Where) -> Sight:
    """The page."""
    app = visit.app
    admin = visit.caller.may("admin")
    sources = app.browsing.sources()
    asked = [each for each in sources if each.state is not State.OFF]
    told = {
        "title": "Settings",
        "admin": admin,
        "sources": [*asked, *(each for each in sources if each.state is State.OFF)],
        "order": [each.name for each in asked],
        "dot": {
            State.READY: "ok",
            State.TRYING: "gap",
            State.RESTS: "gap",
            State.BREAKER: "bad",
        },
        "told": lambda source: (
            "needs a key"
            if source.state is State.NEEDS_KEY
            else state_of(source, lambda at_: wording.tongue("en").when(at_, app.now())).text
        ),
        "key_for": at.one("key"),
        "accounts": app.access.accounts() if admin else [],
        "api_keys": _valid(app.access) if admin else [],
        "shown_once": at.one("shown"),
        "offline": app.settings.offline,
        "believed": believed(visit),
        "contact": app.settings.contact,
        "catalogue": app.catalogue_info(),
        "data": str(app.settings.data) if admin else "",
        "waiting": app.waiting(),
        "sure": (sure := sureness(app.browsing.confidences())),
        "heights": heights(sure),
        "verdicts": decided(visit),
        "schedules": schedules.rows(visit),
        "about": schedules.about,
        "index": app.settings.index,
        "cards": app.cards.preferences,
        "anki": app.settings.anki_connect,
        "ages": answering.AGES,
        "forgetting": answering.offer(visit, at),
    }
    return Sight("settings.html", told, ("live_answers",))


def decided(visit: Visit) -> dict[str, int]:
    """How many decisions about records were certain, left to a person, or came to nothing."""
    found = {verdict.value: 0 for verdict in Verdict}
    for (verdict, _), count in visit.app.browsing.verdicts().items():
        found[verdict] = found.get(verdict, 0) + count
    return found


def heights(sure: Sequence[int]) -> list[float]:
    """How many are how sure, as fifty columns of a drawing 24 high."""
    counts = [sure[at] - (sure[at + 2] if at < 98 else 0) for at in range(0, 100, 2)]  # noqa: PLR2004 - percent
    most = max(counts) or 1
    return [22 * count / most for count in counts]


def _valid(access: Access) -> list[ApiKey]:
    held = access.keys()
    return [each for each in held if each.revoked_at is None]


def believed(visit: Visit) -> list[tuple[str, str, list[str]]]:
    """Whom to believe first about fields of which some know more than others: kind, field, sources in order."""
    return [
        (kind.plural, kind.by_name[name].label, [wording.source(each) for each in order])
        for kind, name, order in visit.app.beliefs()
    ]


def _admin(visit: Visit) -> Visit:
    if not visit.caller.may("admin"):
        raise Forbidden("This is for an admin of the server.")
    return visit


# --- sources ----------------------------------------------------------------------------------------------------


@router.post("/settings/sources/{source}/move")
def move(visit: Actor, source: str, form: Sent) -> Response:
    """Ask a source earlier, or later."""
    sources = _admin(visit).app.sources
    without = visit.app.settings.without
    order = [name for name in sources.order() if name not in without]
    if source not in order:
        raise NotFound(f"There is no source {source!r} that is asked.")
    place = order.index(source)
    other = place + (1 if form.one("to") == "down" else -1)
    if 0 <= other < len(order):
        order[place], order[other] = order[other], order[place]
        sources.arrange(order, without)
    return go(
        "/settings#sources",
        tell(
            "%(name)s is asked as number %(place)s.",
            name=sources.plan(source).label,
            place=order.index(source) + 1,
        ),
    )


@router.post("/settings/sources/{source}/use")
def use(visit: Actor, source: str, form: Sent) -> Response:
    """Ask a source, or leave it out."""
    sources = _admin(visit).app.sources
    without = set(visit.app.settings.without)
    on = form.one("on") == "yes"
    without = without - {source} if on else without | {source}
    sources.arrange([name for name in sources.order() if name not in without], without)
    label = sources.plan(source).label
    return go("/settings#sources", _asked(label, on=on))


@router.post("/settings/sources/{source}/key")
def key(visit: Actor, source: str, form: Sent) -> Response:
    """Keep the key of a source; an empty one is forgotten."""
    sources = _admin(visit).app.sources
    label = sources.plan(source).label
    secret = form.one("key").strip()
    if not secret or form.one("forget") == "yes":
        sources.forget_key(source)
        return go("/settings#sources", tell("The key of %(name)s is forgotten.", name=label))
    sources.keep_key(source, secret, form.one("plan"))
    return go(
        "/settings#sources",
        tell("The key of %(name)s is kept, and never shown again. Test makes one call.", name=label),
    )


@router.post("/settings/sources/{source}/test")
def test(visit: Actor, source: str) -> Response:
    """Make one real call."""
    app = _admin(visit).app
    trial = app.sources.test(source)
    told = result_of(trial, lambda at: wording.tongue("en").when(at, app.now()))
    fix = "" if told.fix.startswith("completist") else told.fix
    return go(
        "/settings#sources",
        tell(
            "%(name)s %(said)s.",
            fix,
            bad=trial.outcome is not Outcome.FOUND,
            name=trial.label,
            said=told.text,
        ),
    )


def _asked(label: str, *, on: bool) -> Told:
    return (
        tell("%(name)s is asked.", name=label) if on else tell("%(name)s is not asked any more.", name=label)
    )


# --- people -----------------------------------------------------------------------------------------------------


@router.post("/settings/accounts")
def add_account(visit: Actor, form: Sent) -> Response:
    """Make an account. The first one is of whoever makes it, who is led to log in with it."""
    access = _admin(visit).app.access
    first = not access.has_accounts()
    made = access.add_account(form.one("name"), "admin" if first else form.one("role", "member"))
    if first:
        return go(f"/login?token={access.login_token(made.name)}")
    return go("/settings#people", tell("%(name)s has an account. A link lets them in.", name=made.name))


@router.post("/settings/accounts/link")
def link(request: Request, visit: Actor, form: Sent) -> Response:
    """A link that logs an account in, once, within a quarter of an hour."""
    token = _admin(visit).app.access.login_token(form.one("name"))
    at = f"{str(request.base_url).rstrip('/')}/login?token={token}"
    return go("/settings#people", tell("For %(name)s, once, within 15 minutes:", at, name=form.one("name")))


@router.post("/settings/keys")
def add_key(visit: Actor, form: Sent) -> Response:
    """Make a key for a program; it is shown this once."""
    _, secret = _admin(visit).app.access.add_key(
        form.one("account"), form.one("name") or "key", form.one("role", "worker")
    )
    return go("/settings#people", tell("The key, shown this once:", secret))


@router.post("/settings/keys/{key_id}/revoke")
def revoke(visit: Actor, key_id: int) -> Response:
    """Revoke a key."""
    _admin(visit).app.access.revoke_key(key_id)
    return go("/settings#people", tell("Key %(id)s is revoked.", id=key_id))


# --- the whole --------------------------------------------------------------------------------------------------


@router.get("/backup")
def backup(visit: Reader) -> Response:
    """A copy of the whole library as a file."""
    app = _admin(visit).app
    if app.database.path is None:
        raise ActionRequired("This library is on PostgreSQL.", hint="pg_dump makes a copy of it.")
    folder = tempfile.TemporaryDirectory(prefix="completist-")
    path = Path(folder.name) / "library.db"
    app.copy_to(path)

    def read() -> Iterator[bytes]:
        with folder, path.open("rb") as file:
            while chunk := file.read(1 << 18):
                yield chunk

    headers = {
        "Content-Disposition": 'attachment; filename="completist-library.db"',
        "Content-Length": str(path.stat().st_size),
    }
    return StreamingResponse(read(), media_type="application/vnd.sqlite3", headers=headers)


@router.post("/settings/dev")
def dev(visit: Actor, form: Sent) -> Response:
    """Show how things work and offer to force, or not."""
    on = form.one("on") == "yes"
    visit.app.cards.prefer(dev_mode=on)
    told = tell("Dev mode is on: what is up to date can be forced.") if on else tell("Dev mode is off.")
    return go("/settings#developer", told)


@router.post("/settings/target")
def target(visit: Actor, form: Sent) -> Response:
    """Where flashcards go."""
    visit.app.cards.prefer(sync_target=form.one("target"))
    return go("/settings#targets", tell("Kept."))


@router.post("/settings/browser")
def browser(visit: Actor, form: Sent) -> Response:
    """What this browser alone prefers."""
    del visit
    answer = go("/settings#browser")
    for name, known in (("single_keys", ("on", "off")), ("theme", ("light", "dark", ""))):
        if name in form:
            if form.one(name) not in known:
                raise BadInput(f"{name} cannot be that.")
            answer.set_cookie(name, form.one(name), 31_536_000, samesite="lax", path="/")
    return answer
