"""A small catalogue of books that never were, and a reader's list of them: enough for every kind of verdict."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

_COLOURS = ("Amber", "Crimson", "Ivory", "Cobalt", "Saffron", "Verdant", "Umber", "Lilac", "Scarlet", "Azure")
_PLACES = ("Harbour", "Orchard", "Lighthouse", "Meadow", "Parliament", "Quarry", "Monastery", "Glacier")
_FIRST = ("Ada", "Bruno", "Clara", "Dmitri", "Edith", "Felix", "Greta", "Hugo")
_LAST = ("Wetherby", "Castellano", "Lindqvist", "Okonkwo")

#: Title and author of each book that the catalogue knows; the number is that of its work.
BOOKS = [
    (f"The {colour} {place}", f"{_FIRST[number % 8]} {_LAST[number % 4]}")
    for number, (colour, place) in enumerate(product(_COLOURS, _PLACES))
]
#: Every so many books there is another of the same title, and the reader does not say whose is meant.
TWIN = 8


def _other(author: str) -> str:
    return next(name for _, name in BOOKS if name.split()[1] != author.split()[1])


def isbn13(number: int) -> str:
    """The ISBN of a book's edition; with the check digit that it has to have."""
    digits = f"978014{number:06d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return digits + str(-total % 10)


def write_dump(path: Path) -> Path:
    """The catalogue as a dump of Open Library's form."""
    path.write_text("\n".join(_lines()) + "\n", encoding="utf-8")
    return path


def _lines() -> Iterator[str]:
    authors = {
        name: f"OL{number}A" for number, name in enumerate(dict.fromkeys(a for _, a in BOOKS), start=1)
    }
    for name, key in authors.items():
        yield _line("author", f"/authors/{key}", {"name": name, "birth_date": "1801"})
    for number, (title, author) in enumerate(BOOKS, start=1):
        yield from _book(number, title, authors[author])
        if number % TWIN == 0:
            yield from _book(1000 + number, title, authors[_other(author)])


def _book(number: int, title: str, author: str) -> Iterator[str]:
    role = {"type": {"key": "/type/author_role"}, "author": {"key": f"/authors/{author}"}}
    work = {
        "title": title,
        "authors": [role],
        "subjects": ["Fiction"],
        "first_publish_date": str(1820 + number % 90),
    }
    edition = {
        "title": title,
        "works": [{"key": f"/works/OL{number}W"}],
        "isbn_13": [isbn13(number)],
        "publishers": ["Penguin"],
        "publish_date": str(1950 + number % 50),
        "number_of_pages": 100 + number,
        "languages": [{"key": "/languages/eng"}],
    }
    yield _line("work", f"/works/OL{number}W", work)
    yield _line("edition", f"/books/OL{number}M", edition)


def _line(kind: str, key: str, record: Mapping[str, object]) -> str:
    full = {"key": key, "type": {"key": f"/type/{kind}"}, **record}
    return "\t".join([f"/type/{kind}", key, "1", "2026-01-01T00:00:00", json.dumps(full)])


def write_export(path: Path, copies: int = 1) -> Path:
    """A reader's export in Goodreads' form: a third with ISBN, the rest by title, some that nobody knows.

    With more ``copies``, every book stands there so often, each time as another one of its own id.
    """
    columns = ["Book Id", "Title", "Author", "ISBN", "ISBN13", "My Rating", "Exclusive Shelf"]
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(columns)
        for copy in range(copies):
            for number, (title, author) in enumerate(BOOKS, start=1):
                isbn = f'="{isbn13(number)}"' if number % 3 == 0 else '=""'
                if number % TWIN == 0:
                    author, isbn = "", '=""'  # noqa: PLW2901 - left out
                if number % 11 == 0:
                    title, author, isbn = f"Zymurgy volume {number}", "Quentin Nemo", '=""'  # noqa: PLW2901 - unknown
                row = [copy * 10_000 + number, title, author, '=""', isbn, number % 6, "read"]
                table.writerow(row)
    return path
