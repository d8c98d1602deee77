"""Documents of Open Library: editions, works and authors as its database holds them.

Shapes: https://openlibrary.org/developers/api, and what real documents hold beyond it: dates in any form, texts with
and without their type, covers of -1, authors on the edition or on the work alone.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from completist.simulator.answers import Json
from completist.simulator.world import ids
from completist.simulator.world.isbns import isbn10
from completist.simulator.world.records import Edition, Person, Work

_STAMP: Final = {"type": "/type/datetime", "value": "2026-03-01T12:00:00.000000"}
_YEAR, _MONTH, _DAY = len("2003"), len("2003-05"), len("2003-05-17")


def edition(held: Edition) -> Json:
    """An edition's document. Some name their authors, some leave that to the work."""
    number = held.number
    thirteen = [*held.isbns]
    ten = [short for isbn in thirteen if (short := isbn10(isbn))]
    authors = held.authors if number % 3 else ()
    document: Json = {
        "type": {"key": "/type/edition"},
        "key": ids.path("edition", number),
        "title": held.title,
        "works": [{"key": ids.path("work", held.work.number)}],
        "authors": [{"key": ids.path("person", person.number)} for person in authors],
        # Older records have one form of their ISBN alone.
        "isbn_13": thirteen if number % 7 or not ten else [],
        "isbn_10": ten if number % 5 else [],
        "publishers": [held.publisher] if held.publisher else [],
        "publish_date": _date(held.published, number),
        "languages": [{"key": f"/languages/{held.language.marc}"}] if held.language else [],
        "physical_format": held.binding,
        "covers": [held.cover] if held.cover else [-1] if number % 4 == 0 else [],
        "series": _series(held.work),
        "contributions": [f"{part.person.name} ({part.role})" for part in held.others],
        "identifiers": {"goodreads": [held.goodreads]} if held.goodreads else {},
        "lccn": [held.lccn] if held.lccn else [],
        "oclc_numbers": [held.oclc] if held.oclc else [],
        "subtitle": held.subtitle,
        "number_of_pages": held.pages,
        **_kept(number),
    }
    return _said(document)


def work(held: Work) -> Json:
    """A work's document."""
    role = {"key": "/type/author_role"}
    return _said({
        "type": {"key": "/type/work"},
        "key": ids.path("work", held.number),
        "title": held.title,
        "subtitle": held.subtitle,
        "authors": [
            {"type": role, "author": {"key": ids.path("person", person.number)}} for person in held.authors
        ],
        "description": _long(held.description, held.number),
        "subjects": [*held.subjects],
        "covers": [held.cover] if held.cover else [],
        "first_publish_date": str(held.year) if held.year and held.number % 2 else "",
        **_kept(held.number),
    })  # fmt: skip


def author(held: Person) -> Json:
    """An author's document."""
    return _said({
        "type": {"key": "/type/author"},
        "key": ids.path("person", held.number),
        "name": held.name,
        "personal_name": held.name,
        "alternate_names": [*held.names],
        "birth_date": spoken_date(held.born),
        "death_date": spoken_date(held.died),
        "bio": _long(held.bio, held.number),
        "photos": [held.photo] if held.photo else [],
        "remote_ids": {
            "viaf": ids.viaf(held.number),
            "wikidata": held.wikidata or ids.qid("person", held.number),
            "isni": ids.isni(held.number),
        },
        **_kept(held.number),
    })  # fmt: skip


def redirect(key: str, location: str) -> Json:
    """The document of a key that was given up for another."""
    return {"type": {"key": "/type/redirect"}, "key": key, "location": location, **_kept(2)}


def spoken_date(text: str) -> str:
    """A date in words: ``16 December 1775``, ``384 BC``."""
    if text.startswith("-"):
        return f"{int(text[1:5]) + 1} BC"
    if len(text) < _DAY:
        return text
    day = date.fromisoformat(text)
    return f"{day.day} {day:%B} {day.year}"


def _date(text: str, number: int) -> str:
    """A date as somebody typed it: in one of the usual forms."""
    if len(text) == _MONTH:
        return f"{date.fromisoformat(f'{text}-01'):%B} {text[:_YEAR]}"
    if len(text) < _DAY or number % 3 == 0:
        return text
    day = date.fromisoformat(text)
    return f"{day:%B} {day.day}, {day.year}" if number % 3 == 1 else f"{day:%b} {day.day:02}, {day.year}"


def _series(held: Work) -> list[str]:
    if held.series is None:
        return []
    place = held.series.position
    return [held.series.name if place is None else f"{held.series.name} ; {place:g}"]


def _long(text: str, number: int) -> Json | str:
    """A text, with its type as most documents have it, or without."""
    return {"type": "/type/text", "value": text} if text and number % 3 else text


def _kept(number: int) -> Json:
    revision = 1 + number % 9
    return {"latest_revision": revision, "revision": revision, "created": _STAMP, "last_modified": _STAMP}


def _said(document: Json) -> Json:
    return {name: value for name, value in document.items() if value not in (None, "", [], {})}
