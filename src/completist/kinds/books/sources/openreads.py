"""Openreads: the CSV of "Backup, export CSV"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from completist.domain.fields import Data
from completist.kinds.books.identifiers import olid
from completist.kinds.books.sources.cells import (
    author,
    listed,
    rating,
    said,
    shelf,
    single_spaced,
    spans,
    whole,
    yes,
)
from completist.kinds.books.sources.drafts import Columns, Draft, Keys
from completist.kinds.books.sources.tables import Table
from completist.sdk.dates import edtf_date
from completist.sdk.source import Skipped


def _tags(cell: str) -> list[Data] | None:
    return listed(cell, "|||||")


def _readings(cell: str) -> list[Data] | None:
    """``start|finish|minutes`` for each reading, joined by ``;``."""
    return spans(";".join("|".join(each.split("|")[:2]) for each in cell.split(";")), ";")


class Openreads(Table):
    """Openreads export (CSV). The key of a row is its ISBN, else a digest of title and authors."""

    name = "openreads"
    format = "openreads-csv"
    label = "Openreads export (CSV)"
    required = ("title", "author", "status", "olid", "readings")
    columns: ClassVar[Columns] = {
        "title": ("title", said),
        "subtitle": ("subtitle", said),
        "author": ("authors", author),
        "description": ("description", said),
        "status": ("shelf", shelf),
        "rating": ("rating", rating),
        "pages": ("pages", whole),
        "publication_year": ("published", edtf_date),
        "tags": ("shelves", _tags),
        "my_review": ("review", said),
        "notes": ("private_notes", said),
        "book_format": ("binding", single_spaced),
        "readings": ("dates_read", _readings),
        "date_added": ("date_added", edtf_date),
    }

    def complete(self, draft: Draft, cells: Mapping[str, str], keys: Keys) -> str | Skipped:
        """Identifiers, the last day of reading, favourites; see `Table.complete`."""
        if yes(cells.get("deleted", "")):
            return Skipped(draft.row, "in the bin of Openreads")
        draft.first_isbn((("isbn13", cells.get("isbn", "")),))
        if found := olid(cells["olid"]):
            draft.add(*found)
        values = draft.values
        readings = values.get("dates_read")
        if isinstance(readings, list):
            last = str(readings[-1]).rpartition("/")[2]
            values["date_read"] = last if last != ".." else None
        if yes(cells.get("favourite", "")):
            shelves = values.get("shelves")
            values["shelves"] = [*(shelves if isinstance(shelves, list) else ()), "favourite"]
        return keys.of(values)
