"""Entities of Inventaire as candidates for a book: editions with their work, or works.

It describes them with Wikidata's properties, simplified: https://api.inventaire.io. Its data are CC0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from completist.domain.fields import Data, Level
from completist.kinds.books.languages import language
from completist.kinds.books.providers.offering import first_date, isbn_lists, names, offer, series_fields
from completist.kinds.books.records import publisher
from completist.kinds.books.subjects import subjects
from completist.sdk.adapter import Reading
from completist.sdk.dates import edtf_date
from completist.sdk.finder import Related
from completist.sdk.jsondata import record, text, texts, trimmed, whole
from completist.sdk.provider import Record
from completist.sdk.texts import heading

PROVIDER = "inventaire"
SITE = "https://inventaire.io"

FILLS = frozenset({
    "title", "subtitle", "authors", "contributors", "series", "series_position", "isbn13", "isbn10", "olid",
    "olid_work", "goodreads", "librarything", "asin", "publisher", "published", "first_published", "pages", "language",
    "subjects", "cover",
})  # fmt: skip

AUTHOR, SERIES, EDITION_OF, PUBLISHER, GENRE = "wdt:P50", "wdt:P179", "wdt:P629", "wdt:P123", "wdt:P136"
ISBN_13, ISBN_10, OPEN_LIBRARY = "wdt:P212", "wdt:P957", "wdt:P648"
_TITLE, _SUBTITLE, _PUBLISHED, _PAGES, _PLACE = "wdt:P1476", "wdt:P1680", "wdt:P577", "wdt:P1104", "wdt:P1545"
#: Translator, illustrator, editor, authors of a foreword and an afterword.
_OTHERS = ("wdt:P655", "wdt:P110", "wdt:P98", "wdt:P2679", "wdt:P2680")
#: Who and what is called by its name there.
NAMED = (AUTHOR, SERIES, PUBLISHER, GENRE, *_OTHERS)
_AUTHORED = (AUTHOR, "wdt:P58")  #: of a comic, its story is told under screenwriter

#: What is kept of an entity: not its links to every Wikipedia.
_KEPT = frozenset({"uri", "type", "claims", "originalLang", "image"})

#: Languages in which works are called as English readers call them, then as anybody else may.
_LANGUAGES = ("en", "mul", "fromclaims", "de", "fr", "es", "it", "pt", "nl", "sv", "pl", "cs", "ru", "ja")

_DIGITS = re.compile(r"[1-9]\d{0,18}", re.ASCII)
_EDITION_KEY = re.compile(r"OL[1-9]\d{0,11}M", re.ASCII)
_WORK_KEY = re.compile(r"OL[1-9]\d{0,11}W", re.ASCII)
_AUTHOR_KEY = re.compile(r"OL[1-9]\d{0,11}A", re.ASCII)
_ASIN = re.compile(r"B0[0-9A-Z]{8}", re.ASCII)
_WIKIDATA = re.compile(r"wd:(Q[1-9]\d{0,11})", re.ASCII)
_PICTURE = re.compile(r"/img/entities/[0-9a-f]{40}", re.ASCII)


def editions(told: Record) -> Iterator[Reading]:
    """The edition that an ISBN led to, with what its work says if it is of one work alone."""
    edition, named = record(told.get("edition")), record(told.get("named"))
    found = [record(work) for work in record(told.get("works")).values()]
    work = found[0] if len(found) == 1 else {}
    title = heading(_one(edition, _TITLE) or _label(edition))
    uri = text(edition.get("uri"))
    if not uri or not title:
        return
    authors = _authors(work) or _authors(edition)
    published = edtf_date(_one(edition, _PUBLISHED))
    fields: dict[str, Data] = {
        **_work_fields(work, named),
        "title": title,
        "subtitle": heading(_one(edition, _SUBTITLE)),
        "authors": names(_name(each, named) for each in authors),
        "contributors": names(
            (_name(each, named) for claim in _OTHERS for each in claims(edition, claim)),
            (_name(each, named) for each in authors),
        ),
        **isbn_lists(isbns(edition)),
        "olid": _ids(edition, OPEN_LIBRARY, _EDITION_KEY),
        "goodreads": _ids(edition, "wdt:P2969", _DIGITS),
        "asin": _ids(edition, "wdt:P5749", _ASIN),
        "librarything": _ids(work, "wdt:P1085", _DIGITS),
        "publisher": publisher(_name(each, named) for each in claims(edition, PUBLISHER)),
        "published": published,
        "first_published": first_date(_dates(work), published),
        "pages": whole(_one(edition, _PAGES), 99_999),
        "language": language(text(edition.get("originalLang"))),
        "cover": _cover(edition),
    }
    candidate = offer(PROVIDER, uri, Level.EDITION, fields, work=text(work.get("uri")) or None)
    yield Reading(candidate, _related(authors, named))


def works(told: Record) -> Iterator[Reading]:
    """A work under each of its names: which of them a list uses depends on its language."""
    work, named = record(told.get("work")), record(told.get("named"))
    uri, authors = text(work.get("uri")), _authors(work)
    fields: dict[str, Data] = {
        **_work_fields(work, named),
        "subtitle": heading(_one(work, _SUBTITLE)),
        "authors": names(_name(each, named) for each in authors),
        "first_published": first_date(_dates(work)),
    }
    titles: dict[str, str] = {}
    for each in [*_labels(work)[:1], *claims(work, _TITLE), *_labels(work)]:
        titles.setdefault(heading(each).casefold(), heading(each))
    for title in filter(None, titles.values()) if uri else ():
        candidate = offer(PROVIDER, uri, Level.WORK, {**fields, "title": title}, work=uri)
        yield Reading(candidate, _related(authors, named))


def kept(entity: Record) -> Record:
    """What is kept of an entity: of its hundred names those that are read, or else one."""
    told = record(entity.get("labels"))
    labels = trimmed(told, frozenset(_LANGUAGES)) or dict([*told.items()][:1])
    return {**trimmed(entity, _KEPT), "labels": labels}


def isbns(edition: Record) -> list[str]:
    """The ISBNs of an edition, else the one in its URI."""
    return [*claims(edition, ISBN_13), *claims(edition, ISBN_10)] or [
        text(edition.get("uri")).removeprefix("isbn:")
    ]


def claims(entity: Record, name: str) -> list[str]:
    """What an entity says of a property, each once."""
    return list(dict.fromkeys(texts(record(entity.get("claims")).get(name))))


def _work_fields(work: Record, named: Mapping[str, Data]) -> dict[str, Data]:
    return {
        "olid_work": _ids(work, OPEN_LIBRARY, _WORK_KEY),
        "subjects": subjects(_name(each, named) for each in claims(work, GENRE)),
        **_series(work, named),
    }


def _series(work: Record, named: Mapping[str, Data]) -> dict[str, Data]:
    """The first series of a work; its place is known when there is one series and one place."""
    said, places = claims(work, SERIES), claims(work, _PLACE)
    place = places[0] if len(said) == len(places) == 1 else ""
    return next((found for each in said if (found := series_fields(_name(each, named), place))), {})


def _authors(entity: Record) -> list[str]:
    return list(dict.fromkeys(each for claim in _AUTHORED for each in claims(entity, claim)))


def _related(authors: Sequence[str], named: Mapping[str, Data]) -> tuple[Related, ...]:
    """The authors as items of their own, by their Open Library keys, else by Wikidata's ids; others have neither."""
    found: list[Related] = []
    for uri in authors:
        name, item = _name(uri, named), _WIKIDATA.fullmatch(uri)
        keys = _ids(record(named.get(uri)), OPEN_LIBRARY, _AUTHOR_KEY)
        fields: dict[str, Data] = {"name": name, **({"wikidata": [item[1]]} if item else {})}
        if name and (item or len(keys) == 1):
            scheme, value = (
                ("olid_author", str(keys[0])) if len(keys) == 1 else ("wikidata", item[1] if item else "")
            )
            found.append(Related("author", "author", scheme, value, fields, len(found)))
    return tuple(found)


def _dates(entity: Record) -> list[str]:
    return [date for each in claims(entity, _PUBLISHED) if (date := edtf_date(each))]


def _ids(entity: Record, name: str, form: re.Pattern[str]) -> list[Data]:
    return [each for each in claims(entity, name) if form.fullmatch(each)]


def _cover(edition: Record) -> str | None:
    found = _PICTURE.fullmatch(text(record(edition.get("image")).get("url")))
    return f"{SITE}{found[0]}" if found else None


def _one(entity: Record, name: str) -> str:
    return next(iter(claims(entity, name)), "")


def _name(uri: str, named: Mapping[str, Data]) -> str:
    return heading(_label(record(named.get(uri))))


def _label(entity: Record) -> str:
    return next(iter(_labels(entity)), "")


def _labels(entity: Record) -> list[str]:
    """The names of an entity, those of the usual languages first; of a few others only where there is none of these."""
    told = record(entity.get("labels"))
    usual = [text(told.get(each)) for each in _LANGUAGES]
    return [each for each in usual if each.strip()] or texts(list(told.values()))[:1]
