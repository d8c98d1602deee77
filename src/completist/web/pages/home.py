"""Home: how many gaps are left, how long that takes, what needs a person, what was filled a moment ago."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from completist.app.browsing import Standing
from completist.app.sources import Source, State
from completist.domain.fields import Origin
from completist.store.activity import Settled
from completist.store.shelves import ASKED, DUE, REVIEW
from completist.web.access import Visit, visitor
from completist.web.pages import frame, pictures, wording
from completist.web.pages.frame import Sight, Where
from completist.web.pages.routing import Actor, PageRoute, Sent, where
from completist.web.pages.telling import go, tell
from completist.web.pages.wording import mark

router = APIRouter(include_in_schema=False, route_class=PageRoute)

HOUR = 3_600_000

#: Points of the curve, each of half an hour.
POINTS = 48

#: Milliseconds over which the present speed is taken.
LATELY = 600_000

#: Gaps of a kind that are named.
NAMED = 3


@router.get("/")
def home(request: Request) -> Response:
    """What there is to do, for whoever is logged in."""
    visit = visitor(request)
    if visit is None:
        return frame.plain(request, "stranger.html", {})
    return frame.show(request, visit, look, where(request))


@router.post("/pause")
def pause(visit: Actor) -> Response:
    """Hand out nothing until it is let go on."""
    visit.app.ledger.pause()
    return go("/", tell("Paused. What is under way ends; nothing new begins."))


@router.post("/resume")
def resume(visit: Actor, form: Sent) -> Response:
    """Go on."""
    del form
    visit.app.ledger.resume()
    return go("/", tell("Going on."))


@router.post("/undo")
def undo(visit: Actor, form: Sent) -> Response:
    """Take back the last thing that a person did."""
    del form
    undone = visit.app.undo()
    visit.app.browsing.forget_counts()
    told = tell(
        "Values taken back: %(values)s. Changed since, and left alone: %(kept)s.",
        values=undone.values,
        kept=undone.kept,
    )
    return go("/", told)


def look(visit: Visit, at: Where) -> Sight:
    """The page."""
    app = visit.app
    standings = app.browsing.standings()
    if not standings:
        return Sight(
            "welcome.html", {"title": "Welcome", "formats": app.import_formats(), "running": _running(visit)}
        )
    settled = app.browsing.settled()
    now = app.now()
    sources = useful(visit, app.browsing.sources())
    heard = app.browsing.heard()
    working = app.browsing.working()
    feed = [_filled(change, view) for change, view in app.browsing.just_filled()]
    told = {
        "title": "Home",
        "whole": whole(standings),
        "rows": [_row(each) for each in standings],
        "pace": pace(settled, now),
        "due": sum(view.ready for view in app.browsing.pipelines() if view.pipeline.name in working),
        "curve": curve(settled, now),
        "sources": [each for each in sources if each.state is not State.OFF],
        "heard": heard,
        "state": _state,
        "needs": _needs(visit, sources),
        "feed": feed,
        "filled_today": sum(each.counts.get("filled", 0) for each in settled),
        "failed_today": sum(each.counts.get("failed", 0) for each in settled),
        "settled_today": sum(sum(v for v in each.counts.values() if isinstance(v, int)) for each in settled),
        "where_from": at,
        "thumbs": pictures.thumbs(visit, [each["view"].id for each in feed]),
    }
    return Sight(
        "home.html", told, ("live_hero", "live_kinds", "live_sources", "live_pace", "live_needs", "live_feed")
    )


def useful(visit: Visit, sources: Sequence[Source]) -> list[Source]:
    """Those of some sources that can be asked about anything there is."""
    held = {name for name, count in visit.app.browsing.totals().items() if count}
    mine = {view.pipeline.name for view in visit.app.browsing.pipelines() if view.pipeline.kind in held}
    return [each for each in sources if mine.intersection(each.pipelines)]


def _running(visit: Visit) -> bool:
    return any(each.state == "running" for each in visit.app.browsing.imports(3))


@dataclass(frozen=True, slots=True)
class Whole:
    """How all wanted fields stand: parts of 1 by the letters of the bar, and the gaps in numbers."""

    shares: Mapping[str, float]
    gaps: int
    review: int
    due: int
    asked: int

    @property
    def segments(self) -> list[tuple[str, float]]:
        """As the bar takes them."""
        return [(letter, 100 * share) for letter, share in self.shares.items()]


def whole(standings: Sequence[Standing]) -> Whole:
    """How the wanted fields of some kinds stand together."""
    total = sum(each.total for each in standings) or 1
    review, due, asked = (sum(each.lacking(state) for each in standings) for state in (REVIEW, DUE, ASKED))
    typed = sum(each.typed for each in standings)
    gaps = review + due + asked
    filled = max(0, total - gaps - typed)
    shares = {
        "f": filled / total,
        "l": typed / total,
        "u": review / total,
        "n": asked / total,
        "g": due / total,
    }
    return Whole(shares, gaps, review, due, asked)


def _row(standing: Standing) -> dict[str, Any]:
    biggest = sorted(standing.gaps.items(), key=lambda pair: -pair[1])
    there = [(standing.kind.by_name[name], count) for name, count in biggest if count]
    return {"kind": standing.kind, "items": standing.items, "whole": whole([standing]), "gaps": there[:NAMED]}


def pace(settled: Sequence[Settled], now: int) -> float:
    """Runs that came to a result per minute, lately."""
    lately = [each for each in settled if each.at >= now - LATELY]
    if not lately:
        return 0.0
    minutes = max(1.0, (now - lately[0].at) / 60_000)
    return sum(_results(each) for each in lately) / minutes


def _results(settled: Settled) -> int:
    return sum(settled.counts.get(name, 0) for name in ("filled", "empty", "review", "failed"))


def curve(settled: Sequence[Settled], now: int) -> dict[str, Any]:
    """Results per minute over a day, as the path of a drawing 288 wide and 84 high."""
    width = HOUR // 2
    counts = [0.0] * POINTS
    for each in settled:
        place = POINTS - 1 - min(POINTS - 1, max(0, now - each.at) // width)
        counts[place] += _results(each) / 30
    most = max(counts) or 1.0
    points = [(288 * n / (POINTS - 1), 82 - 78 * count / most) for n, count in enumerate(counts)]
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return {
        "line": line,
        "area": f"{line}L288 84L0 84Z",
        "most": most if any(counts) else 0,
        "begin": now - 24 * HOUR,
    }


def _state(source: Source) -> tuple[str, str]:
    """The dot of a source, and its state in words."""
    match source.state:
        case State.READY:
            return "ok", mark("Ready")
        case State.TRYING:
            return "gap", mark("Being tried again")
        case State.RESTS:
            return "gap", mark("Resting")
        case State.BREAKER:
            return "bad", mark("In trouble")
        case State.PAUSED:
            return "off", mark("Paused by you")
        case State.NEEDS_KEY:
            return "off", mark("Needs a key")
        case State.OFFLINE:
            return "off", mark("Offline")
        case _:
            return "off", mark("Turned off")


def _needs(visit: Visit, sources: Sequence[Source]) -> list[dict[str, Any]]:
    app = visit.app
    found: list[dict[str, Any]] = []
    if count := app.waiting():
        found.append({"chip": "rev", "count": count, "what": "review", "to": "/review"})
    failures = app.browsing.failures()
    if failures:
        count = sum(each.count for each in failures)
        found.append(
            {"chip": "bad", "count": count, "what": "failed", "causes": len(failures), "to": "/jobs#failures"}
        )
    lacking = [each for each in sources if each.state is State.NEEDS_KEY]
    if lacking:
        found.append({"chip": "gap", "count": len(lacking), "what": "keys", "to": "/settings#sources"})
    return found


def _filled(change: Any, view: Any) -> dict[str, Any]:  # noqa: ANN401 - a Change and its ItemView
    named = [
        name for name, origin, _ in change.after if origin is Origin.PROVIDER and name in view.kind.by_name
    ]
    wanted = [name for name in named if view.kind.by_name[name].wanted] or named
    return {
        "view": view,
        "fields": [view.kind.by_name[name].label for name in wanted],
        "source": change.source or next((source for _, _, source in change.after), ""),
        "at": change.at,
        "title": wording.title(view.kind, view.data),
    }
