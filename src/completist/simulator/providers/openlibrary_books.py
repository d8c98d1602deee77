"""Open Library's books API: editions under keys of any sort, in three forms."""

from __future__ import annotations

import json
import re

from completist.simulator.answers import Answer, Json, Request, answer
from completist.simulator.providers import openlibrary_documents as documents
from completist.simulator.world import ids
from completist.simulator.world.isbns import isbn10, isbn13
from completist.simulator.world.records import Edition, Person
from completist.simulator.world.view import View

SITE = "https://openlibrary.org"
COVERS = "https://covers.openlibrary.org"
_KEY = re.compile(r"(?:(ISBN|OLID|LCCN|OCLC|ID):)?(.+)", re.IGNORECASE)


def bibkeys(request: Request) -> list[str]:
    """The keys that a call asks for, as they stand there."""
    return [key for key in request.params.get("bibkeys", "").split(",") if key]


def books(request: Request, view: View) -> Answer:
    """What is known under each key; an unknown one is absent."""
    form = _FORMS.get(request.params.get("jscmd", ""), _brief)
    found = {key: form(key, held) for key in bibkeys(request) if (held := _held(key, view)) is not None}
    if request.path.endswith(".json") or request.params.get("format") == "json":
        return answer(200, found)
    text = json.dumps(found, ensure_ascii=False)
    callback = request.params.get("callback")
    script = f"{callback}({text});" if callback else f"var _OLBookInfo = {text};"
    return Answer(200, script.encode(), kind="text/javascript")


def _held(key: str, view: View) -> Edition | None:
    """The first edition under a key."""
    found = _KEY.fullmatch(key.strip())
    if found is None:
        return None
    sort, text = (found[1] or "").upper(), found[2].strip()
    if sort in ("OLID", "") and (place := ids.read_olid(text)) is not None:
        return view.edition(place[1]) if place[0] == "edition" else None
    isbn = isbn13(text) if sort in ("ISBN", "") else ""
    return next(iter(view.by_isbn(isbn)), None) if isbn else None


def address(key: str, title: str) -> str:
    """The page of a record."""
    return f"{SITE}{key}/{'_'.join(re.findall(r'[A-Za-z0-9]+', title)) or '_'}"


def _brief(key: str, held: Edition) -> Json:
    page = address(ids.path("edition", held.number), held.title)
    brief = {"bib_key": key, "info_url": page, "preview": "noview", "preview_url": page}
    if held.cover:
        brief["thumbnail_url"] = f"{COVERS}/b/id/{held.cover}-S.jpg"
    return brief


def _details(key: str, held: Edition) -> Json:
    """The document, with the names of its authors beside their keys."""
    document = documents.edition(held)
    named = {ids.path("person", each.number): each.name for each in held.authors}
    if authors := document.get("authors"):
        document["authors"] = [{**each, "name": named[each["key"]]} for each in authors]
    return {**_brief(key, held), "details": document}


def _data(key: str, held: Edition) -> Json:
    """What pages of other sites show: no description, no language, and not the work."""
    del key
    own = ids.path("edition", held.number)
    identifiers = {
        "isbn_10": [short for isbn in held.isbns if (short := isbn10(isbn))],
        "isbn_13": [*held.isbns],
        "goodreads": [held.goodreads] if held.goodreads else [],
        "lccn": [held.lccn] if held.lccn else [],
        "oclc": [held.oclc] if held.oclc else [],
        "openlibrary": [ids.olid("edition", held.number)],
    }
    said: Json = {
        "url": address(own, held.title),
        "key": own,
        "title": held.title,
        "subtitle": held.subtitle,
        "authors": [_person(each) for each in held.authors],
        "number_of_pages": held.pages,
        "identifiers": {name: numbers for name, numbers in identifiers.items() if numbers},
        "publishers": [{"name": held.publisher}] if held.publisher else [],
        "publish_date": documents.edition(held).get("publish_date"),
        "subjects": [{"name": each, "url": f"{SITE}/subjects/{_slug(each)}"} for each in held.work.subjects],
        "cover": _cover(held.cover),
    }
    return {name: value for name, value in said.items() if value not in (None, "", [], {})}


def _person(person: Person) -> Json:
    return {"url": address(ids.path("person", person.number), person.name), "name": person.name}


def _cover(number: int | None) -> Json | None:
    sizes = {"small": "S", "medium": "M", "large": "L"}
    return {name: f"{COVERS}/b/id/{number}-{size}.jpg" for name, size in sizes.items()} if number else None


def _slug(text: str) -> str:
    return "_".join(re.findall(r"\w+", text.lower()))


_FORMS = {"data": _data, "details": _details}
