"""The books that the simulated Hardcover knows: ``books.json``, and the shapes in which its API tells them.

Titles, names, dates and ISBNs are those of the demo's library, about two thirds of it; every id is invented. A book
has ``id``, ``slug``, ``title``, ``contributors`` (``id``, ``name``, ``role``) and ``editions`` (``id``, ``isbn_13``,
``language`` as its three names, and what else is known); optional are ``series`` (``id``, ``name``, ``position``),
``alternative_titles``, ``image``, and ``canonical_id``, the book that it was merged into. ``odd`` says what is wrong
with it on purpose. Books without editions are found by the search alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from simulator.answers import Json

FILE = Path(__file__).with_name("books.json")


@cache
def standard_books() -> tuple[Json, ...]:
    """The books of ``books.json``; nobody may change them."""
    held: list[Json] = json.loads(FILE.read_text(encoding="utf-8"))
    return tuple(held)


def edition_rows(books: Sequence[Json]) -> dict[str, list[Json]]:
    """The rows of the table ``editions`` by ISBN-13, each with its book."""
    rows: dict[str, list[Json]] = {}
    for book in books:
        for edition in book["editions"]:
            rows.setdefault(edition["isbn_13"], []).append(_edition(edition, book))
    return rows


def documents(books: Sequence[Json]) -> list[Json]:
    """The documents of the search; a merged book is found as what it was merged into."""
    return [_document(book) for book in books if not book.get("canonical_id")]


def _edition(edition: Json, book: Json) -> Json:
    language, publisher = edition.get("language"), edition.get("publisher")
    return {
        "id": edition["id"],
        "isbn_13": edition["isbn_13"],
        "isbn_10": edition.get("isbn_10"),
        "title": edition.get("title") or book["title"],
        "subtitle": edition.get("subtitle"),
        "pages": edition.get("pages"),
        "release_date": edition.get("release_date"),
        "release_year": int(edition["release_date"][:4]) if edition.get("release_date") else None,
        "edition_format": edition.get("format"),
        "cached_contributors": _contributors(edition.get("contributors") or book["contributors"]),
        "language": language and {"code2": language[0], "code3": language[1], "language": language[2]},
        "publisher": publisher and {"name": publisher},
        "image": _image(edition),
        "book_id": book["id"],
        "book": _book(book),
    }


def _book(book: Json) -> Json:
    return {
        "id": book["id"],
        "canonical_id": book.get("canonical_id"),
        "slug": book["slug"],
        "title": book["title"],
        "subtitle": book.get("subtitle"),
        "description": book.get("description"),
        "pages": book.get("pages"),
        "release_date": book.get("release_date"),
        "release_year": book.get("release_year"),
        "users_count": book.get("users_count", 0),
        "cached_contributors": _contributors(book["contributors"]),
        "cached_featured_series": _series(book),
        "cached_image": _image(book) or {},
    }


def _document(book: Json) -> Json:
    people = book["contributors"]
    return {
        "id": str(book["id"]),
        "slug": book["slug"],
        "title": book["title"],
        "subtitle": book.get("subtitle") or "",
        "alternative_titles": book.get("alternative_titles", []),
        "author_names": [person["name"] for person in people],
        "contribution_types": [person.get("role") or "Author" for person in people],
        "contributions": _contributors(people),
        "description": book.get("description") or "",
        "featured_series": _series(book) or {},
        "series_names": [book["series"]["name"]] if book.get("series") else [],
        "image": _image(book) or {},
        "isbns": [edition["isbn_13"] for edition in book["editions"]],
        "release_year": book.get("release_year"),
        "users_count": book.get("users_count", 0),
    }


def _contributors(people: Sequence[Json]) -> list[Json]:
    return [
        {
            "author": {
                "id": person["id"],
                "name": person["name"],
                "slug": person["name"].lower().replace(" ", "-"),
            },
            "contribution": person.get("role"),
        }
        for person in people
    ]


def _series(book: Json) -> Json | None:
    series = book.get("series")
    if not series:
        return None
    position = series.get("position")
    return {
        "id": series["id"],
        "position": position,
        "details": None if position is None else f"{position:g}",
        "series": {
            "id": series["id"],
            "name": series["name"],
            "slug": series["name"].lower().replace(" ", "-"),
        },
    }


def _image(thing: Json) -> Json | None:
    return {"url": thing["image"], "width": 400, "height": 600} if thing.get("image") else None
