"""Finding: tracks by words and by what they feel like, what is near to one, and the way out as a playlist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from completist.app.finding import State
from completist.domain.errors import ActionRequired, NotFound, Retryable
from completist.domain.fields import Data
from completist.engine.searching import MEANING, WORDS, Found, Hit, matched
from completist.engine.viewing import ItemView
from completist.sdk.vectors import Narrow
from completist.web.access import Visit
from completist.web.pages import frame, pictures, wording
from completist.web.pages.frame import Sight, Where
from completist.web.pages.routing import DIGITS, PageRoute, Reader, where

router = APIRouter(include_in_schema=False, route_class=PageRoute)

KIND = "track"

#: Hits on a page, and how many more the next step shows.
PAGE, MOST = 20, 100

#: What hits are narrowed by, as parameters of the address.
FILTERS = ("artist", "year_from", "year_to", "bpm_from", "bpm_to", "key")

#: Who ranks, as the address says it.
BY = {"": (WORDS, MEANING), "words": (WORDS,), "meaning": (MEANING,)}

#: Keys as the sources write them.
KEYS = tuple(
    f"{note} {mode}"
    for note in ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
    for mode in ("major", "minor")
)

#: Values of a hit that say what it is about, when its description says nothing.
_STYLE = ("genres", "tags", "tones")


@router.get("/search")
def search(request: Request, visit: Reader) -> Response:
    """Tracks that fit, or that are near to one."""
    at = where(request)
    if any(not each for said in at.query.values() for each in said):  # fields of the form that hold nothing
        return RedirectResponse(Where(at.path, {name: at.all(name) for name in at.query}).url, 303)
    return frame.show(request, visit, look, at)


def around(visit: Visit, at: Where) -> Sight:
    """The page as far as it changes by itself: only what stands around it. Nobody is asked to search again."""
    del visit, at
    return Sight("search.html", {"title": "Find tracks"})


def look(visit: Visit, at: Where) -> Sight:
    """The page. Raises NotFound."""
    app = visit.app
    query, narrow = at.one("q")[:200].strip(), _narrow(at)
    like = _like(visit, at.one("like"))
    limit = _limit(at.one("limit"))
    asked = bool(query) or like is not None
    outcome = _search(visit, query, like, narrow, limit, at.one("by")) if asked else Outcome()
    found = outcome.found
    state = None if found.hits and not (found.why or outcome.lacks) else app.finding.state(KIND)
    told = {
        "title": "Find tracks",
        "kind": app.kinds()[KIND],
        "query": query,
        "like": like,
        "asked": asked,
        "narrowed": not narrow.is_open,
        "held": {name: at.one(name) for name in FILTERS},
        "by": at.one("by") if at.one("by") in BY else "",
        "keys": KEYS,
        "hits": [_told(hit, query) for hit in found.hits],
        "thumbs": pictures.thumbs(visit, [hit.view.id for hit in found.hits]),
        "why": outcome.lacks or found.why,
        "more": limit + PAGE if len(found.hits) == limit < MOST else None,
        "state": state,
        "waiting": _waiting(state),
        "playlist": _playlist(query, like, narrow, limit, at.one("by")),
        "by_meaning": any(MEANING in hit.ranks for hit in found.hits),
    }
    return Sight("search.html", told)


_NONE = Found(())


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search came to, or what it lacks."""

    found: Found = _NONE
    lacks: str = ""


def _search(visit: Visit, query: str, like: ItemView | None, narrow: Narrow, limit: int, by: str) -> Outcome:
    try:
        if like is not None:
            return Outcome(visit.app.finding.similar(like.id, narrow, limit))
        return Outcome(visit.app.finding.find(query, narrow, limit, by=BY.get(by, BY[""])))
    except (ActionRequired, Retryable) as error:
        return Outcome(lacks=error.message)


def _like(visit: Visit, said: str) -> ItemView | None:
    """The track that others are to be near to. Raises NotFound."""
    if not said:
        return None
    if not (said.isascii() and said.isdecimal() and len(said) <= DIGITS):
        raise NotFound("There is no such track.")
    view = visit.app.show(int(said))
    if view.kind.name != KIND:
        raise NotFound("That is no track.")
    return view


def _limit(said: str) -> int:
    return min(MOST, max(PAGE, int(said))) if said.isascii() and said.isdecimal() and len(said) < 4 else PAGE  # noqa: PLR2004 - digits


def _narrow(at: Where) -> Narrow:
    """What the address narrows by; what is no number narrows nothing."""
    years = tuple(_number(at.one(name), 9999) for name in ("year_from", "year_to"))
    bpm = tuple(_number(at.one(name), 1000) for name in ("bpm_from", "bpm_to"))
    whole = tuple(None if year is None else int(year) for year in years)
    return Narrow(at.one("artist").strip(), (whole[0], whole[1]), (bpm[0], bpm[1]), at.one("key").strip())


def _number(said: str, most: float) -> float | None:
    try:
        number = float(said)
    except ValueError:
        return None
    return number if 0 < number <= most else None


def _waiting(state: State | None) -> int:
    """How many tracks can be found by words and not yet by meaning, without a reason."""
    if state is None or state.why:
        return 0
    return max(0, state.texts - state.vectors.get(state.model, 0) - sum(state.without.values()))


def _told(hit: Hit, query: str) -> Mapping[str, Any]:
    data = hit.view.data
    released, bpm = wording.text(data.get("released")), data.get("bpm")
    return {
        "view": hit.view,
        "places": [(who, hit.ranks[who]) for who in (WORDS, MEANING) if who in hit.ranks],
        "matched": matched(query, hit.view) if WORDS in hit.ranks else [],
        "line": _line((wording.byline(hit.view.kind, data), wording.text(data.get("album")), released[:4])),
        "about": _about(data) or _line(wording.text(data.get(name)) for name in _STYLE),
        "facts": _line((
            f"{round(bpm)} BPM" if isinstance(bpm, int | float) and not isinstance(bpm, bool) else "",
            wording.text(data.get("key")),
            wording.length(data.get("duration")),
        )),
    }  # fmt: skip


def _about(data: Mapping[str, Data]) -> str:
    """A description without its first sentence, if that names what stands above it anyway."""
    said, title, album = (wording.text(data.get(name)) for name in ("description", "title", "album"))
    if not title or not said.startswith(f"“{title}”"):
        return said
    named = said.find(album) + len(album) if album and album in said else len(title)
    return said[named:].partition(". ")[2]


def _playlist(query: str, like: ItemView | None, narrow: Narrow, limit: int, by: str) -> str:
    """Where the same search comes as a playlist; the form is to be added."""
    said = {
        "q": query if like is None else "",
        "like": like.id if like is not None else None,
        "artist": narrow.artist,
        "key": narrow.key,
        **dict(zip(("year_from", "year_to"), narrow.years, strict=True)),
        **dict(zip(("bpm_from", "bpm_to"), narrow.bpm, strict=True)),
        "limit": limit,
        "by": by if by in BY and like is None else "",
    }
    held = {name: each for name, each in said.items() if each not in (None, "")}
    return f"/api/v1/search/playlist?{urlencode(held)}&format="


def _line(parts: Iterable[str]) -> str:
    return " · ".join(part for part in parts if part)
