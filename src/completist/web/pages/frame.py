"""The frame: how a page becomes HTML, whole or a block of it, with what stands around every page."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from completist import __version__
from completist.web.access import Visit
from completist.web.pages import assets, piles, telling, wording
from completist.web.pages.wording import Tongue

#: Blocks of the frame that are kept up to date on every page.
SHELL = ("live_side", "live_jobs", "live_floor", "live_tabs")

#: Milliseconds for which a job that is done is told of.
STAYS = 30_000

#: Bodies shorter than this are not worth being compressed.
SHORT = 800


@dataclass(frozen=True, slots=True)
class Where:
    """Which page is looked at: the parts of its path that vary, and its query."""

    path: str
    query: Mapping[str, Sequence[str]] = field(default_factory=dict)
    ids: tuple[int, ...] = ()

    def one(self, name: str, usual: str = "") -> str:
        """The last value of a parameter."""
        return (self.query.get(name) or [usual])[-1]

    def all(self, name: str) -> tuple[str, ...]:
        """All values of a parameter that are not empty, once each."""
        return tuple(dict.fromkeys(each for each in self.query.get(name, ()) if each))

    @property
    def url(self) -> str:
        """Where it lies."""
        pairs = [(name, each) for name, said in self.query.items() for each in said]
        return self.path + (f"?{urlencode(pairs)}" if pairs else "")

    def other(self, **changed: str | Sequence[str] | None) -> str:
        """The same page with other parameters; None leaves one out. Begins at the first page again."""
        query = {name: list(said) for name, said in self.query.items() if name != "after"}
        for name, said in changed.items():
            query.pop(name, None)
            if said:
                query[name] = [said] if isinstance(said, str) else list(said)
        pairs = [(name, each) for name, said in query.items() for each in said]
        return self.path + (f"?{urlencode(pairs)}" if pairs else "")


@dataclass(frozen=True, slots=True)
class Sight:
    """What a page shows: its template, what it is told, and the blocks of it that are kept up to date."""

    template: str
    told: Mapping[str, Any]
    live: tuple[str, ...] = ()


#: What a page makes of a visit and a place.
Look = Callable[[Visit, Where], Sight]


@cache
def _environment(name: str) -> Environment:
    made = Environment(
        loader=PackageLoader("completist.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    spoken = wording.tongue(name)
    made.install_gettext_translations(spoken.words, newstyle=True)  # type: ignore[attr-defined]  # of the extension
    made.globals.update(
        icon=_icon,
        asset=assets.url,
        version=__version__,
        words=wording,
        tongue=spoken,
    )
    made.filters["spoken"] = spoken.say  # of what was marked elsewhere
    made.filters.update(number=spoken.number, percent=spoken.percent, span=spoken.span, moment=spoken.moment)
    made.globals["m"] = made.get_template("macros.html").module
    return made


def prepare() -> None:
    """Load what all pages are made of, which takes longer than any of them."""
    environment = _environment(wording.WRITTEN_IN)
    for name in environment.list_templates():
        environment.get_template(name)


@cache
def _icon(name: str, size: str = "") -> Markup:
    """An icon, drawn into the page: whoever listens to it is not told of it."""
    drawn = files("completist.web").joinpath("static", "icons", f"{name}.svg").read_text("utf-8")
    inner = " ".join(drawn.partition(">")[2].rpartition("</svg>")[0].split())
    return Markup(f'<svg class="i {size}" viewBox="0 0 24 24" aria-hidden="true">{inner}</svg>')  # noqa: S704 - our own files


def show(request: Request, visit: Visit, look: Look, where: Where, status: int = 200) -> Response:
    """A whole page."""
    spoken = language(request)
    sight = look(visit, where)
    around = _around(visit, where, sight, spoken)
    told = {**around, **sight.told, "said": telling.read(request), "prefs": _prefs(request)}
    answer = respond(request, _environment(spoken.name).get_template(sight.template).render(told), status)
    if "hx-request" in request.headers:
        answer.headers["HX-Replace-Url"] = where.url  # an action goes on to a page by itself
    telling.forget(request, answer)
    return answer


def parts(visit: Visit, look: Look, where: Where, spoken: Tongue) -> dict[str, str]:
    """The blocks of a page that are kept up to date, as the page itself shows them, by name."""
    sight = look(visit, where)
    told = {**_around(visit, where, sight, spoken), **sight.told, "said": None, "prefs": _USUAL}
    drawn: dict[str, str] = {}
    for names, file in ((SHELL, "base.html"), (sight.live, sight.template)):
        template = _environment(spoken.name).get_template(file)
        context = template.new_context(told)
        drawn |= {name: "".join(template.blocks[name](context)) for name in names}
    return drawn


def plain(request: Request, template: str, told: Mapping[str, Any], status: int = 200) -> Response:
    """A page for whoever is not let in, or where nothing else is to be shown."""
    spoken = language(request)
    page = _environment(spoken.name).get_template(template)
    return respond(request, page.render({"here": "", "prefs": _prefs(request), **told}), status)


@dataclass(frozen=True, slots=True)
class Prefs:
    """What a browser prefers: a theme, or its own; whether single keys do things."""

    theme: str = ""
    singles: str = "on"


_USUAL = Prefs()


def _prefs(request: Request) -> Prefs:
    theme = request.cookies.get("theme", "")
    return Prefs(
        theme if theme in ("light", "dark") else "",
        "off" if request.cookies.get("single_keys") == "off" else "on",
    )


def language(request: Request) -> Tongue:
    """In which language a reader is told."""
    return wording.chosen(request.headers.get("accept-language", ""))


def respond(request: Request, body: str, status: int = 200) -> Response:
    """HTML, compressed where that is understood."""
    raw = body.encode()
    headers = {"Vary": "Accept-Encoding, Accept-Language"}
    if len(raw) > SHORT and "gzip" in request.headers.get("accept-encoding", ""):
        raw = gzip.compress(raw, 5)
        headers["Content-Encoding"] = "gzip"
    return Response(raw, status, headers, "text/html; charset=utf-8")


def _around(visit: Visit, where: Where, sight: Sight, spoken: Tongue) -> dict[str, Any]:
    app = visit.app
    kinds = app.kinds()
    totals = app.browsing.totals()
    now = app.now()
    done = [
        each for each in app.ledger.jobs(state="done", limit=2) if now - (each.job.finished_at or 0) < STAYS
    ]
    pile = piles.pile(visit)
    return {
        "visit": visit,
        "where": where,
        "here": where.path,
        "now": now,
        "when": lambda at: spoken.when(at, now),
        "kinds": kinds,
        "totals": {name: count for name, count in totals.items() if count},
        "total": sum(totals.values()),
        "reviews": app.waiting(),
        "open_jobs": app.browsing.open_jobs(4),
        "done_jobs": done,
        "open_count": app.browsing.open_count(),
        "paused": app.browsing.paused(),
        "pile": pile,
        "cards_made": piles.cards_made(visit, done) if pile.commits and done else {},
        "live": sight.live,
        "backend": app.database.dialect,
    }
