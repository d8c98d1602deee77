"""Records of Hardcover as candidates for a book."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from completist.domain.fields import Data, Level, is_empty
from completist.domain.matching import Candidate
from completist.kinds.books.identifiers import isbn13, isbn_fields
from completist.kinds.books.languages import language
from completist.kinds.books.matching.decision import agree
from completist.kinds.books.records import binding, publisher
from completist.sdk.dates import edtf_date
from completist.sdk.jsondata import text as sound
from completist.sdk.provider import Record
from completist.sdk.texts import heading, plain_text

PROVIDER = "hardcover"

#: Hardcover's own ids, and all that its records may say.
IDS = frozenset({"hardcover", "hardcover_edition", "hardcover_slug"})
FILLS = IDS | frozenset({
    "title", "subtitle", "authors", "series", "series_position", "isbn13", "isbn10", "publisher", "published",
    "first_published", "pages", "binding", "language", "description", "cover",
})  # fmt: skip

#: Contributions that make an author. Translators, illustrators and narrators are named with theirs.
_AUTHOR = frozenset({"", "author", "co-author", "coauthor", "writer"})
_POSITION = re.compile(r"\d{1,3}(?:\.\d{1,2})?(?:\s*-\s*\d{1,3})?")
#: What stands for "some time that year" where a whole date is asked for.
_NEW_YEAR = "-01-01"


def edition_candidate(record: Record) -> Candidate | None:
    """The edition that an ISBN led to, with its book; None when the record names no book.

    ``record`` is the book's id, after a merger that of the book it went into. A first year that is later than
    the edition is left out, since one of the two is wrong. The candidate is called like the edition, but for one
    that seems to be filed under another book: then like that book, whose id and description it brings.
    """
    book = _object(record.get("book"))
    title, filed = heading(_text(record.get("title"))), heading(_text(book.get("title")))
    title = title or filed
    moved, own = _id(book.get("canonical_id")), _id(book.get("id"))
    if not title or not (moved or own):
        return None
    year, published = _whole(book.get("release_year")), _date(record.get("release_date"))
    first = None if published and year and int(published[:4]) < year else _year(year)
    authors = _authors(record.get("cached_contributors")) or _authors(book.get("cached_contributors"))
    fields: dict[str, Data] = {
        "hardcover": [moved or own],
        "hardcover_edition": [edition] if (edition := _id(record.get("id"))) else None,
        "hardcover_slug": None if moved else _text(book.get("slug")),
        "title": title,
        "subtitle": heading(_text(record.get("subtitle")) or _text(book.get("subtitle"))),
        "authors": authors,
        **isbn_fields(isbn13(_text(record.get("isbn_13")))),
        "pages": _whole(record.get("pages")),
        "published": published,
        "first_published": first,
        **_series(book.get("cached_featured_series")),
        "language": _language(_object(record.get("language"))),
        "publisher": publisher([_text(_object(record.get("publisher")).get("name"))]),
        "binding": binding(_text(record.get("edition_format"))),
        "description": plain_text(_text(book.get("description"))),
        "cover": _cover(record.get("image")) or _cover(book.get("cached_image")),
    }
    candidate = _candidate(moved or own, Level.EDITION, year, fields)
    return replace(candidate, title=filed) if _is_misfiled(fields, book, filed) else candidate


def book_candidate(document: Record) -> Candidate | None:
    """The book that a search found, as a work; None when the document names none.

    Nothing of any one edition is in it: the ISBNs of a hit belong to all sorts of editions.
    """
    record, title = _id(document.get("id")), heading(_text(document.get("title")))
    if not record or not title:
        return None
    year = _whole(document.get("release_year"))
    fields: dict[str, Data] = {
        "hardcover": [record],
        "hardcover_slug": _text(document.get("slug")),
        "title": title,
        "subtitle": heading(_text(document.get("subtitle"))),
        "authors": _hit_authors(document),
        "first_published": _year(year),
        **_series(document.get("featured_series")),
        "description": plain_text(_text(document.get("description"))),
        "cover": _cover(document.get("image")),
    }
    return _candidate(record, Level.WORK, year, fields)


def _is_misfiled(edition: Mapping[str, Data], book: Record, title: str) -> bool:
    """Whether an edition has hardly anything to do with its book; that of a translation is called otherwise."""
    if not title:
        return False
    authors: dict[str, Data] = {"authors": _authors(book.get("cached_contributors"))}
    translated = edition["language"] not in (None, "en")
    theirs: dict[str, Data] = {**authors, "title": edition["title"] if translated else title}
    mine = {name: edition[name] for name in ("title", "authors")}
    return not agree(mine, theirs)


def _candidate(record: str, level: Level, year: int | None, fields: dict[str, Data]) -> Candidate:
    authors = fields["authors"]
    byline = ", ".join(str(name) for name in authors) if isinstance(authors, list) else ""
    said = {name: data for name, data in fields.items() if not is_empty(data)}
    return Candidate(PROVIDER, record, level, str(fields["title"]), byline, year, work=record, fields=said)


def _authors(contributors: Data) -> list[Data]:
    """The authors among contributors in order, each once."""
    return list(dict.fromkeys(name for name, role in _contributors(contributors) if role in _AUTHOR))


def _contributors(contributors: Data) -> Iterator[tuple[str, str]]:
    for entry in contributors if isinstance(contributors, list) else ():
        named = _object(entry)
        if name := heading(_text(_object(named.get("author")).get("name"))):
            yield name, _text(named.get("contribution")).strip().casefold()


def _hit_authors(document: Record) -> list[Data]:
    """The authors of a search hit: its list of names holds everyone, the list beside it their parts."""
    if authors := _authors(document.get("contributions")):
        return authors
    names, roles = document.get("author_names"), document.get("contribution_types")
    if not isinstance(names, list):
        return []
    if not isinstance(roles, list) or len(roles) != len(names):
        roles = [""] * len(names)
    told = zip(names, roles, strict=True)
    authors = [heading(_text(name)) for name, role in told if _text(role).strip().casefold() in _AUTHOR]
    return list(dict.fromkeys(name for name in authors if name))


def _series(featured: Data) -> dict[str, Data]:
    """The series that a book is shown under, and its place in it."""
    entry = _object(featured)
    name = heading(_text(_object(entry.get("series")).get("name")))
    if not name:
        return {}
    position = entry.get("position")
    said = f"{position:g}" if isinstance(position, int | float) else _text(entry.get("details")).strip()
    return {"series": name, "series_position": said if _POSITION.fullmatch(said) else None}


def _date(text: Data) -> str | None:
    """The date as EDTF; New Year's Day is how Hardcover writes a year of which no more is known."""
    return edtf_date(_text(text).removesuffix(_NEW_YEAR))


def _year(year: int | None) -> str | None:
    return f"{year:04}" if year else None


def _language(said: Record) -> str | None:
    return language(_text(said.get("code2"))) or language(_text(said.get("code3")))


def _cover(image: Data) -> str | None:
    url = _text(_object(image).get("url"))
    return url if url.startswith("https://") else None


def _id(number: Data) -> str:
    """An id as text: editions give numbers, the search gives texts."""
    text = str(number) if isinstance(number, int) and not isinstance(number, bool) else _text(number)
    return text if text.isascii() and text.isdecimal() and text.strip("0") else ""


def _whole(number: Data) -> int | None:
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else None


def _text(data: Data) -> str:
    return sound(data) if isinstance(data, str) else ""


def _object(data: Data) -> Record:
    return data if isinstance(data, dict) else {}
