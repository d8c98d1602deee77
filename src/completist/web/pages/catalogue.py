"""Catalogue: what the world knows of a number or a title, and taking it into the library."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from completist.app.asking import Asked, ask
from completist.domain.errors import ActionRequired
from completist.domain.fields import Data
from completist.web.access import Visit
from completist.web.pages import frame, wording
from completist.web.pages.frame import Sight, Where
from completist.web.pages.routing import Actor, PageRoute, Reader, Sent, where
from completist.web.pages.telling import go, tell

router = APIRouter(include_in_schema=False, route_class=PageRoute)

HERE = "/catalogue"

#: The kind that catalogues are of.
KIND = "book"

#: What of a record is taken along when it is added; the rest is looked up.
TAKEN = ("title", "authors", "isbn13", "olid_work")


@router.get(HERE)
def catalogue(request: Request, visit: Reader) -> Response:
    """What it knows."""
    at = where(request)
    if any(not each for said in at.query.values() for each in said):  # fields of the form that hold nothing
        return RedirectResponse(Where(at.path, {name: at.all(name) for name in at.query}).url, 303)
    return frame.show(request, visit, look, at)


def around(visit: Visit, at: Where) -> Sight:
    """The page as far as it changes by itself: only what stands around it. Nothing is asked again."""
    del visit, at
    return Sight("catalogue.html", {"title": "Catalogue"})


def look(visit: Visit, at: Where) -> Sight:
    """The page."""
    query, author = at.one("q")[:200].strip(), at.one("author")[:200].strip()
    found, lacks = Asked(), ""
    try:
        found = ask(visit.app, query, author)
    except ActionRequired as error:
        lacks = error.message
    told = {
        "title": "Catalogue",
        "query": query,
        "author": author,
        "found": found,
        "lacks": lacks,
        "rows": _rows(visit, found),
        "take": _taken(found),
    }
    return Sight("catalogue.html", told)


def _rows(visit: Visit, found: Asked) -> list[tuple[str, str]]:
    """A record's fields with their labels."""
    labels = {each.name: each.label for each in visit.app.kinds()[KIND].fields}
    return [
        (labels[name], wording.text(data)) for name, data in found.record.items() if data and name in labels
    ]


def _taken(found: Asked) -> dict[str, str]:
    said: dict[str, Any] = {**found.record, "olid_work": found.record.get("work")}
    return {name: wording.typed(said[name]) for name in TAKEN if said.get(name)}


@router.post(HERE + "/add")
def add(visit: Actor, form: Sent) -> Response:
    """Take something into the library, as if it had been typed; whatever is missing is looked for at once."""
    said: dict[str, Data] = {name: text for name in TAKEN if (text := form.one(name).strip())}
    if isinstance(authors := said.get("authors"), str):
        said["authors"] = [each.strip() for each in authors.split(";") if each.strip()]
    for name in ("isbn13", "olid_work"):
        if name in said:
            said[name] = [str(said[name])]
    item = visit.app.add(KIND, said)
    visit.app.browsing.forget_counts()
    return go(f"/items/{item}", tell("It is in your library. What is missing is being looked for."))
