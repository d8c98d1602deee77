"""Rows of Hardcover: the shapes in which its API tells editions and books."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from completist.simulator.answers import Json
from completist.simulator.world.isbns import isbn10
from completist.simulator.world.records import Edition, Part, Person, Work

ASSETS = "assets.hardcover.app"
_WIDTH, _HEIGHT = 400, 600
_YEAR, _MONTH = len("2003"), len("2003-05")


def edition_row(edition: Edition, isbn: str) -> Json:
    """A row of the table ``editions`` with its book; ``isbn`` is the one that it is found by."""
    language = edition.language
    return {
        "id": edition.hardcover,
        "isbn_13": isbn,
        "isbn_10": isbn10(isbn),
        "title": edition.title,
        "subtitle": edition.subtitle or None,
        "pages": edition.pages,
        "release_date": _date(edition.published),
        "release_year": int(edition.year) if edition.year else None,
        "edition_format": edition.binding or None,
        "cached_contributors": _contributors(edition.people),
        "language": language
        and {"code2": language.code2, "code3": language.code3, "language": language.name},
        "publisher": {"name": edition.publisher} if edition.publisher else None,
        "image": _image(edition),
        "book_id": edition.work.hardcover,
        "book": book_row(edition.work),
    }


def document(work: Work, editions: Iterable[Edition]) -> Json:
    """A document of the search."""
    return {
        "id": str(work.hardcover),
        "slug": work.slug,
        "title": work.title,
        "subtitle": work.subtitle,
        "alternative_titles": [*work.other_titles],
        "author_names": [part.person.name for part in work.parts],
        "contribution_types": [part.role or "Author" for part in work.parts],
        "contributions": _contributors(work.parts),
        "description": work.description,
        "featured_series": _series(work) or {},
        "series_names": [work.series.name] if work.series else [],
        "image": _cover(work.cover) or {},
        "isbns": [isbn for edition in editions for isbn in edition.isbns],
        "release_year": work.year,
        "users_count": work.popularity,
    }


def book_row(work: Work) -> Json:
    """A row of the table ``books``."""
    return {
        "id": work.hardcover,
        "canonical_id": work.merged_into,
        "slug": work.slug,
        "title": work.title,
        "subtitle": work.subtitle or None,
        "description": work.description or None,
        "pages": work.pages,
        "release_date": _date(work.first_published),
        "release_year": work.year,
        "users_count": work.popularity,
        "cached_contributors": _contributors(work.parts),
        "cached_featured_series": _series(work),
        "cached_image": _cover(work.cover) or {},
    }


def _contributors(parts: Sequence[Part]) -> list[Json]:
    return [{"author": _author(part.person), "contribution": part.role or None} for part in parts]


def _author(person: Person) -> Json:
    slug = person.name.lower().replace(" ", "-")
    return {"id": person.hardcover or person.number, "name": person.name, "slug": slug}


def _series(work: Work) -> Json | None:
    series = work.series
    if series is None:
        return None
    return {
        "id": series.number,
        "position": series.position,
        "details": None if series.position is None else f"{series.position:g}",
        "series": {
            "id": series.number,
            "name": series.name,
            "slug": series.name.lower().replace(" ", "-"),
        },
    }


def _date(text: str) -> str | None:
    """A date as Hardcover writes it: what is not known is the first."""
    if len(text) == _YEAR:
        return f"{text}-01-01"
    return (f"{text}-01" if len(text) == _MONTH else text) or None


def _image(edition: Edition) -> Json | None:
    if edition.image:
        return {"url": edition.image, "width": _WIDTH, "height": _HEIGHT}
    return _cover(edition.cover)


def _cover(number: int | None) -> Json | None:
    if number is None:
        return None
    return {"url": f"https://{ASSETS}/editions/{number}/{number}.jpg", "width": _WIDTH, "height": _HEIGHT}
