"""Goodreads: the CSV of "Import and export", in every set of columns it has had, also from a spreadsheet."""

from __future__ import annotations

from collections.abc import Mapping

from completist.domain.fields import Data
from completist.kinds.books.identifiers import isbn10
from completist.kinds.books.sources.cells import (
    count,
    listed,
    names,
    number,
    one_name,
    rating,
    said,
    single_spaced,
    spans,
    whole,
    yes,
)
from completist.kinds.books.sources.drafts import Columns, Draft, Keys
from completist.kinds.books.sources.tables import Table
from completist.sdk.dates import edtf_date


def _genres(cell: str) -> list[Data] | None:
    """The genres that Enhance-GoodReads-Export adds: ``Fantasy,Epic Fantasy|120;Fiction|98``."""
    paths = [group.partition("|")[0] for group in cell.split(";")]
    return listed(",".join(paths))


def _all_readings(cell: str) -> list[Data] | None:
    """The readings that the same tool adds: ``2019-12-01,2020-01-10;2021-05-02,``."""
    return spans(cell, ";")


COLUMNS: Columns = {
    "title": ("title", said),
    "author": ("authors", one_name),
    "additional authors": ("contributors", names),
    "my rating": ("rating", rating),
    "average rating": ("average_rating", number),
    "publisher": ("publisher", single_spaced),
    "binding": ("binding", said),
    "number of pages": ("pages", whole),
    "year published": ("published", edtf_date),
    "original publication year": ("first_published", edtf_date),
    "date read": ("date_read", edtf_date),
    "date started": ("date_started", edtf_date),
    "date added": ("date_added", edtf_date),
    "bookshelves": ("shelves", listed),
    "bookshelves with positions": ("shelf_positions", said),
    "exclusive shelf": ("shelf", said),
    "my review": ("review", said),
    "spoiler": ("spoiler", yes),
    "private notes": ("private_notes", said),
    "read count": ("read_count", count),
    "recommended for": ("recommended_for", said),
    "recommended by": ("recommended_by", said),
    "owned copies": ("owned_copies", count),
    "original purchase date": ("purchase_date", edtf_date),
    "original purchase location": ("purchase_place", said),
    "condition": ("condition", said),
    "condition description": ("condition_description", said),
    "bcid": ("bcid", said),
    "read_dates": ("dates_read", _all_readings),
    "genres": ("subjects", _genres),
}


class Goodreads(Table):
    """Goodreads export (CSV). The key of a row is its Book Id."""

    name = "goodreads"
    format = "goodreads-csv"
    label = "Goodreads export (CSV)"
    required = ("book id", "title", "author", "exclusive shelf")
    columns = COLUMNS

    def complete(self, draft: Draft, cells: Mapping[str, str], keys: Keys) -> str:
        """Identifiers and condition; see `Table.complete`."""
        _identify(draft, cells)
        _condition(draft.values)
        book = draft.values["goodreads"]
        return str(book[0]) if isinstance(book, list) else keys.of(draft.values)


def _identify(draft: Draft, cells: Mapping[str, str]) -> None:
    """The ISBN, of the longer column if the two disagree, and the Book Id."""
    book = cells["book id"].strip().removesuffix(".0")
    draft.values["goodreads"] = [book] if book.isdecimal() else None
    if "isbn" not in cells and "isbn13" not in cells:
        return
    long, short = cells.get("isbn13", ""), cells.get("isbn", "")
    found = draft.identify("isbn13", long) if long else None
    if short and (found is None or isbn10(found) != short):
        other = draft.identify("isbn10", short)
        if other and found and other != found:
            draft.warn("isbn10", "belongs to another edition than the ISBN-13, left out")
        found = found or other
    draft.isbn(found)


def _condition(values: dict[str, Data]) -> None:
    """One field for the condition and its description."""
    detail = values.pop("condition_description", None)
    if detail:
        values["condition"] = f"{values.get('condition') or 'unspecified'}: {detail}"
