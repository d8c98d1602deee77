"""Rows in Goodreads' own export format, which Goodreads and most readers' sites import."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from completist.domain.fields import Data
from completist.kinds.books.identifiers import isbn10
from completist.sdk.source import Layout

HEADER = (
    "Book Id", "Title", "Author", "Author l-f", "Additional Authors", "ISBN", "ISBN13", "My Rating",
    "Average Rating", "Publisher", "Binding", "Number of Pages", "Year Published",
    "Original Publication Year", "Date Read", "Date Added", "Bookshelves", "Bookshelves with positions",
    "Exclusive Shelf", "My Review", "Spoiler", "Private Notes", "Read Count", "Recommended For",
    "Recommended By", "Owned Copies", "Original Purchase Date", "Original Purchase Location", "Condition",
    "Condition Description", "BCID",
)  # fmt: skip

#: Characters of the short form of an ISBN.
_SHORT = 10
#: The only exclusive shelf that Goodreads does not repeat among the bookshelves.
_READ = "read"
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?![\dX-])", re.ASCII)
_YEAR = re.compile(r"(-?)0*(\d+)(?![\dX])", re.ASCII)


class GoodreadsCsv:
    """One book as the 31 cells of a Goodreads export.

    ISBNs stand as ``="0142001805"`` (``=""`` without one), as Goodreads writes them to keep spreadsheets from
    dropping zeros. Every other cell holds the text as it is, also one that begins with ``=``, ``+``, ``-`` or
    ``@``: a guard in front would become part of the title or review of whoever imports the file.

    Goodreads knows whole stars only, and 0 for "not rated": half stars are rounded up (4.5 becomes 5, 4.25
    becomes 4), and what is rated keeps at least one star. Dates keep the precision they have (``2021/05``).
    An ISBN that is not valid is given back as it came where no valid one is known.
    """

    layout = Layout("goodreads-csv", "Goodreads export (CSV)", "book", HEADER)

    def row(self, values: Mapping[str, Data]) -> tuple[str, ...]:
        """The cells of one book, by the values that count; what is not known is an empty cell."""
        author, *others = _texts(values, "authors") or [""]
        isbn = _first(values, "isbn13")
        short = (isbn10(isbn) or "") if isbn else _first(values, "isbn10")
        if not (isbn or short):
            isbn, short = _given(_texts(values, "invalid_isbn"))
        condition, _, detail = _text(values, "condition").partition(": ")
        return (
            _first(values, "goodreads"),
            _text(values, "title"),
            author,
            last_first(author),
            ", ".join(others + [name for name in _texts(values, "contributors") if name not in others]),
            f'="{short}"',
            f'="{isbn}"',
            str(whole_stars(values.get("rating"))),
            _average(values.get("average_rating")),
            _text(values, "publisher"),
            _text(values, "binding"),
            _text(values, "pages"),
            year(values.get("published")),
            year(values.get("first_published")),
            slashed(values.get("date_read")) or _last_reading(_texts(values, "dates_read")),
            slashed(values.get("date_added")),
            ", ".join(_bookshelves(values)),
            _text(values, "shelf_positions"),
            _text(values, "shelf"),
            _text(values, "review"),
            "true" if values.get("spoiler") is True else "",
            _text(values, "private_notes"),
            _text(values, "read_count"),
            _text(values, "recommended_for"),
            _text(values, "recommended_by"),
            _text(values, "owned_copies"),
            slashed(values.get("purchase_date")),
            _text(values, "purchase_place"),
            condition,
            detail,
            _text(values, "bcid"),
        )


def _given(texts: list[str]) -> tuple[str, str]:
    """What stood in the columns of the long and of the short ISBN, as far as can be told by the length."""
    long = next((text for text in texts if len(text) > _SHORT), "")
    return long, next((text for text in texts if text != long), "")


def last_first(name: str) -> str:
    """A name as Goodreads sorts it: ``Guin, Ursula K. Le``; a single word is doubled: ``Homer, Homer``."""
    *given, last = name.split() or [""]
    return f"{last}, {' '.join(given) or last}" if last else ""


def whole_stars(rating: Data) -> int:
    """Whole stars for a rating of 0.25 to 5, half stars rounded up, at least 1; 0 for none."""
    if isinstance(rating, bool) or not isinstance(rating, int | float) or rating <= 0:
        return 0
    return min(5, max(1, math.floor(rating + 0.5)))


def slashed(date: Data) -> str:
    """An EDTF date with slashes, as exact as it is: ``2021/05/01``, ``2021/05``, ``2021``."""
    found = _DATE.match(date) if isinstance(date, str) else None
    return "/".join(part for part in found.groups() if part) if found else ""


def year(date: Data) -> str:
    """The year of an EDTF date, ``-750`` for before our era; empty for a decade or a century."""
    found = _YEAR.match(date) if isinstance(date, str) else None
    return found[1] + found[2] if found else ""


def _bookshelves(values: Mapping[str, Data]) -> list[str]:
    shelf, shelves = _text(values, "shelf"), _texts(values, "shelves")
    return shelves if shelf in ("", _READ, *shelves) else [shelf, *shelves]


def _last_reading(readings: list[str]) -> str:
    """The day the latest of several readings ended."""
    return max((slashed(reading.rpartition("/")[2]) for reading in readings), default="")


def _average(rating: Data) -> str:
    return f"{rating:.2f}" if isinstance(rating, int | float) else ""


def _text(values: Mapping[str, Data], name: str) -> str:
    data = values.get(name)
    return "" if data is None or isinstance(data, list | dict) else str(data)


def _texts(values: Mapping[str, Data], name: str) -> list[str]:
    data = values.get(name)
    if isinstance(data, list):
        return [str(each) for each in data]
    return [str(data)] if data else []


def _first(values: Mapping[str, Data], name: str) -> str:
    return next(iter(_texts(values, name)), "")
