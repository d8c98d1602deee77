"""Library: items with their gaps, filtered and sorted by the address; what is chosen of them, and all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from completist.app.browsing import SORTS, Look
from completist.domain.errors import NotFound
from completist.domain.kind import Kind
from completist.engine.choosing import MOST_IDS
from completist.web.access import Visit
from completist.web.pages import frame, pictures
from completist.web.pages.frame import Sight, Where
from completist.web.pages.routing import PageRoute, Reader, where

router = APIRouter(include_in_schema=False, route_class=PageRoute)

VIEWS = ("covers", "rows")


@router.get("/library")
def library(request: Request, visit: Reader) -> Response:
    """Items of a kind."""
    at = where(request)
    if not at.one("kind") and at.one("q"):  # a search from the top of any page
        return RedirectResponse(at.other(kind=first_kind(visit)), 303)
    return frame.show(request, visit, look, at)


def look(visit: Visit, at: Where) -> Sight:
    """The page."""
    app = visit.app
    kinds = app.kinds()
    totals = {name: count for name, count in app.browsing.totals().items() if count}
    chosen = meant(visit, at.query)
    kind = kinds[chosen.kind]
    standings = {each.kind.name: each for each in app.browsing.standings()}
    gaps = standings[kind.name].gaps if kind.name in standings else {}
    shelf = app.browsing.shelf(chosen, at.one("after"))
    told = {
        "title": "Library",
        "kind": kind,
        "chosen": chosen,
        "filtered": bool(chosen.missing or chosen.text or chosen.review or chosen.typed),
        "chips": chips(kind, gaps, chosen.missing),
        "shelf": shelf,
        "view": at.one("view", "covers") if at.one("view") in VIEWS else "covers",
        "matching": matching(visit, chosen, gaps, totals),
        "most": MOST_IDS,
        "formats": app.import_formats(),
        "thumbs": pictures.thumbs(visit, [card.view.id for card in shelf.cards]),
        "last": at.one("after"),
        "fetches": app.settings.cover_backfill and kind.name in app.covers.kinds(),
    }
    return Sight("library.html", told, ("live_chips", "live_grid"))


def first_kind(visit: Visit) -> str:
    """The kind that is looked at unless one is named: the first of which there is anything."""
    totals = visit.app.browsing.totals()
    return next((name for name, count in totals.items() if count), next(iter(totals)))


def meant(visit: Visit, query: Mapping[str, Sequence[str]]) -> Look:
    """What an address means. Raises NotFound where it names a kind that there is not."""
    at = Where("/library", query)
    kind = at.one("kind") or first_kind(visit)
    if kind not in visit.app.kinds():
        raise NotFound(f"There is no collection {kind!r}.")
    sort = at.one("sort")
    return Look(
        kind,
        at.all("missing"),
        at.one("q")[:200].strip(),
        at.one("review") == "yes",
        at.one("typed") == "yes",
        sort if sort in SORTS else SORTS[0],
    )


def chips(kind: Kind, gaps: Mapping[str, int], missing: Sequence[str]) -> list[dict[str, Any]]:
    """The fields that items lack, with how many do; and whether one is filtered by."""
    return [
        {"field": field, "count": gaps.get(field.name, 0), "on": field.name in missing}
        for field in kind.wanted
        if gaps.get(field.name) or field.name in missing
    ]


def matching(visit: Visit, chosen: Look, gaps: Mapping[str, int], totals: Mapping[str, int]) -> int:
    """How many items pass the filters; of more than can be chosen at once, one more than those."""
    if chosen.text or chosen.review or chosen.typed:
        return visit.app.browsing.count(chosen, MOST_IDS + 1)
    if len(chosen.missing) > 1:
        return visit.app.browsing.count(chosen)
    return gaps.get(chosen.missing[0], 0) if chosen.missing else totals.get(chosen.kind, 0)
