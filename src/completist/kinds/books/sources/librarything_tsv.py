"""LibraryThing: the tab-delimited text of "Import/export". Its encoding is a mixture, and quotes are text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import zip_longest
from typing import ClassVar

from completist.domain.fields import Data
from completist.kinds.books.languages import language
from completist.kinds.books.sources.cells import count, listed, rating, said, single_spaced, whole
from completist.kinds.books.sources.drafts import Columns, Draft, Keys
from completist.kinds.books.sources.librarything import (
    publisher,
    take_collections,
    take_isbns,
    take_people,
    take_products,
)
from completist.kinds.books.sources.tables import Table
from completist.sdk.dates import edtf_date


def _last_date(cell: str) -> str | None:
    """The latest of dates like ``[2007-04-16], [2009-01-02]``."""
    found = [date for date in map(edtf_date, cell.split(",")) if date]
    return max(found, default=None)


def _subjects(cell: str) -> list[Data] | None:
    return listed(cell.replace(" > ", " -- "), "|")


def _tongue(cell: str) -> str | None:
    first = cell.split(",", 1)[0].strip()
    return language(first) or single_spaced(first)


class LibraryThingTsv(Table):
    """LibraryThing export (tab-delimited). The key of a row is its Book Id."""

    name = "librarything"
    format = "librarything-tsv"
    label = "LibraryThing export (tab-delimited)"
    required = ("book id", "title", "primary author", "isbns")
    quoted = False
    columns: ClassVar[Columns] = {
        "title": ("title", said),
        "publication": ("publisher", publisher),
        "date": ("published", edtf_date),
        "review": ("review", said),
        "rating": ("rating", rating),
        "private comment": ("private_notes", said),
        "media": ("binding", single_spaced),
        "page count": ("pages", whole),
        "lccn": ("lccn", listed),
        "acquired": ("purchase_date", _last_date),
        "date started": ("date_started", _last_date),
        "date read": ("date_read", _last_date),
        "bcid": ("bcid", said),
        "languages": ("language", _tongue),
        "subjects": ("subjects", _subjects),
        "copies": ("owned_copies", count),
        "entry date": ("date_added", edtf_date),
        "from where": ("purchase_place", said),
    }

    def complete(self, draft: Draft, cells: Mapping[str, str], keys: Keys) -> str:
        """People, identifiers and shelves; see `Table.complete`."""
        names = [cells["primary author"], *cells.get("secondary author", "").split("|")]
        roles = [cells.get("primary author role", ""), *cells.get("secondary author roles", "").split("|")]
        take_people(draft, list(zip_longest(names, roles[: len(names)], fillvalue="")))
        take_isbns(draft, [cells.get("isbn", ""), *cells["isbns"].split(",")])
        take_products(draft, [cells.get("barcode", "").strip()])
        collections = listed(cells.get("collections", "")) or []
        take_collections(
            draft, list(map(str, collections)), list(map(str, listed(cells.get("tags", "")) or []))
        )
        for column, scheme in (("work id", "librarything"), ("oclc", "oclc")):
            if number := re.sub(r"\D", "", cells.get(column, "")):
                draft.add(scheme, number)
        comment = said(cells.get("comment", ""))
        if comment:
            draft.values["private_notes"] = "\n\n".join(
                filter(None, (comment, str(draft.values.get("private_notes") or "")))
            )
        return cells["book id"].strip() or keys.of(draft.values)
