"""Entities of Wikidata as candidates for a book: editions with their work, or works.

Properties: https://www.wikidata.org/wiki/Wikidata:WikiProject_Books
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from completist.domain.fields import Data, Level
from completist.kinds.books.languages import language
from completist.kinds.books.providers.offering import first_date, isbn_lists, names, offer, series_fields
from completist.kinds.books.records import publisher
from completist.kinds.books.subjects import subjects
from completist.sdk import wikibase
from completist.sdk.adapter import Reading
from completist.sdk.finder import Related
from completist.sdk.jsondata import record
from completist.sdk.provider import Record
from completist.sdk.texts import heading

PROVIDER = "wikidata"

FILLS = frozenset({
    "title", "subtitle", "authors", "contributors", "series", "series_position", "isbn13", "isbn10", "olid",
    "olid_work", "goodreads", "librarything", "asin", "lccn", "oclc", "google", "publisher", "published",
    "first_published", "pages", "language", "subjects",
})  # fmt: skip

INSTANCE_OF, EDITION_OF, ISBN_13, ISBN_10, OPEN_LIBRARY = "P31", "P629", "P212", "P957", "P648"
AUTHOR, SERIES, PUBLISHER, LANGUAGE, GENRE = "P50", "P179", "P123", "P407", "P136"
_TITLE, _SUBTITLE, _PUBLISHED, _PAGES, _PLACE = "P1476", "P1680", "P577", "P1104", "P1545"
#: Translator, illustrator, editor, authors of a foreword and an afterword.
OTHERS = ("P655", "P110", "P98", "P2679", "P2680")

#: Who and what is called by its name there.
NAMED = (AUTHOR, SERIES, PUBLISHER, LANGUAGE, GENRE)

#: What is fetched of an edition and of a work: what can be read now, and what a later version may want.
KEPT = frozenset({
    INSTANCE_OF, EDITION_OF, ISBN_13, ISBN_10, OPEN_LIBRARY, AUTHOR, SERIES, PUBLISHER, LANGUAGE, GENRE, _TITLE,
    _SUBTITLE, _PUBLISHED, _PAGES, *OTHERS, "P1085", "P2969", "P8383", "P5749", "P675", "P1144", "P243", "P364",
    "P437", "P361", "P921", "P5331",
})  # fmt: skip
#: What is fetched of those whose names are wanted.
KEPT_OF_NAMED = frozenset({INSTANCE_OF, OPEN_LIBRARY, "P214", "P213"})

#: What a work is an instance of. An item that is one of these and has an ISBN mixes up a work with its editions.
WORKS = frozenset({"Q7725634", "Q47461344", "Q571", "Q8261", "Q277759", "Q1667921"})

_DIGITS = re.compile(r"[1-9]\d{0,18}", re.ASCII)
#: By field of an edition: the property of an edition's item, and the form of its ids.
_OF_EDITION = {
    "olid": (OPEN_LIBRARY, re.compile(r"OL[1-9]\d{0,11}M", re.ASCII)),
    "goodreads": ("P2969", _DIGITS),
    "asin": ("P5749", re.compile(r"B0[0-9A-Z]{8}", re.ASCII)),
    "google": ("P675", re.compile(r"[\w-]{12}", re.ASCII)),
    "lccn": ("P1144", re.compile(r"[a-z]{0,3}\d{8,10}", re.ASCII)),
    "oclc": ("P243", _DIGITS),
}
_WORK_KEY = re.compile(r"OL[1-9]\d{0,11}W", re.ASCII)
_AUTHOR_KEY = re.compile(r"OL[1-9]\d{0,11}A", re.ASCII)
_KINDS_OF_LANGUAGE = re.compile(r"(?:American|Austrian|Brazilian|British|Canadian|European|Mexican) (\w+)")


def editions(told: Record) -> Iterator[Reading]:
    """The edition that an ISBN led to, with what its work says if it is of one work alone."""
    edition, named = record(told.get("edition")), record(told.get("named"))
    works = [record(work) for work in record(told.get("works")).values()]
    work = works[0] if len(works) == 1 else {}
    title = next(iter(wikibase.texts(edition, _TITLE)), "") or wikibase.label(edition)
    if not (number := wikibase.number(edition)) or not heading(title):
        return
    published = wikibase.agreed(wikibase.dates(edition, _PUBLISHED))
    authors = wikibase.items(work, AUTHOR) or wikibase.items(edition, AUTHOR)
    fields: dict[str, Data] = {
        **_work_fields(work, named),
        "title": heading(title),
        "subtitle": heading(next(iter(wikibase.texts(edition, _SUBTITLE)), "")),
        "authors": names(_named(each, named) for each in authors),
        "contributors": names(
            (_named(each, named) for name in OTHERS for each in wikibase.items(edition, name)),
            (_named(each, named) for each in authors),
        ),
        **isbn_lists([*wikibase.texts(edition, ISBN_13), *wikibase.texts(edition, ISBN_10)]),
        **{name: wikibase.identifiers(edition, *ids) for name, ids in _OF_EDITION.items()},
        "librarything": wikibase.identifiers(work, "P1085", _DIGITS),
        "publisher": publisher(_named(each, named) for each in wikibase.items(edition, PUBLISHER)),
        "published": published,
        "first_published": first_date(wikibase.dates(work, _PUBLISHED), published),
        "pages": wikibase.whole(edition, _PAGES),
        "language": _language(edition, named),
    }
    candidate = offer(PROVIDER, number, Level.EDITION, fields, work=wikibase.number(work) or None)
    yield Reading(candidate, _related(authors, named))


def works(told: Record) -> Iterator[Reading]:
    """A work under each of its names: which of them a list uses depends on its language."""
    work, named = record(told.get("work")), record(told.get("named"))
    number, authors = wikibase.number(work), wikibase.items(work, AUTHOR)
    fields: dict[str, Data] = {
        **_work_fields(work, named),
        "authors": names(_named(each, named) for each in authors),
        "first_published": first_date(wikibase.dates(work, _PUBLISHED)),
    }
    called = [wikibase.label(work, ("en", "mul")), *wikibase.texts(work, _TITLE), *wikibase.labels(work)]
    titles: dict[str, str] = {}
    for each in called:
        titles.setdefault(heading(each).casefold(), heading(each))
    for title in filter(None, titles.values()) if number else ():
        candidate = offer(PROVIDER, number, Level.WORK, {**fields, "title": title}, work=number)
        yield Reading(candidate, _related(authors, named))


def _work_fields(work: Record, named: Mapping[str, Data]) -> dict[str, Data]:
    return {
        "olid_work": wikibase.identifiers(work, OPEN_LIBRARY, _WORK_KEY),
        "subjects": subjects(_named(each, named) for each in wikibase.items(work, GENRE)),
        **_series(work, named),
    }


def _series(work: Record, named: Mapping[str, Data]) -> dict[str, Data]:
    """The series that a work has a place in, before one without a place."""
    said = wikibase.statements(work, SERIES)
    placed = sorted(said, key=lambda each: not isinstance(wikibase.qualifier(each, _PLACE), str))
    for statement in placed:
        place = wikibase.qualifier(statement, _PLACE)
        name = _named(wikibase.item_of(wikibase.value(statement)), named)
        if found := series_fields(name, place if isinstance(place, str) else ""):
            return found
    return {}


def _language(edition: Record, named: Mapping[str, Data]) -> str | None:
    """The language of an edition that is in one language."""
    said = [_named(each, named) for each in wikibase.items(edition, LANGUAGE)]
    return language(_KINDS_OF_LANGUAGE.sub(r"\1", said[0])) if len(said) == 1 else None


def _related(authors: list[str], named: Mapping[str, Data]) -> tuple[Related, ...]:
    """The authors as items of their own, by their Open Library keys where Wikidata knows them."""
    found: list[Related] = []
    for item in authors:
        if name := _named(item, named):
            keys = [
                str(each) for each in wikibase.identifiers(record(named.get(item)), OPEN_LIBRARY, _AUTHOR_KEY)
            ]
            scheme, value = ("olid_author", keys[0]) if len(keys) == 1 else ("wikidata", item)
            fields: dict[str, Data] = {"name": name, "wikidata": [item]}
            found.append(Related("author", "author", scheme, value, fields, len(found)))
    return tuple(found)


def _named(item: str, named: Mapping[str, Data]) -> str:
    return wikibase.label(record(named.get(item)))
