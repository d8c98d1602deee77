"""The StoryGraph: the CSV of "Manage account, export library"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from completist.domain.fields import Data
from completist.kinds.books.sources.cells import (
    count,
    listed,
    names,
    rating,
    said,
    shelf,
    single_spaced,
    spans,
    yes,
)
from completist.kinds.books.sources.drafts import Columns, Draft, Keys
from completist.kinds.books.sources.tables import Table
from completist.sdk.dates import edtf_date

#: The site's own id of an edition without ISBN.
_UID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)


def _owned(cell: str) -> int | None:
    answer = yes(cell)
    return None if answer is None else int(answer)


def _warnings(cell: str) -> list[Data] | None:
    return listed(cell, ";" if ";" in cell else ",")


class StoryGraph(Table):
    """StoryGraph export (CSV). The key of a row is its ISBN or UID, else a digest of title and authors."""

    name = "storygraph"
    format = "storygraph-csv"
    label = "StoryGraph export (CSV)"
    required = ("title", "authors", "isbn/uid", "read status")
    columns: ClassVar[Columns] = {
        "title": ("title", said),
        "authors": ("authors", names),
        "contributors": ("contributors", names),
        "format": ("binding", single_spaced),
        "read status": ("shelf", shelf),
        "date added": ("date_added", edtf_date),
        "last date read": ("date_read", edtf_date),
        "dates read": ("dates_read", spans),
        "read count": ("read_count", count),
        "moods": ("moods", listed),
        "pace": ("pace", said),
        "star rating": ("rating", rating),
        "review": ("review", said),
        "content warnings": ("content_warnings", _warnings),
        "tags": ("shelves", listed),
        "owned?": ("owned_copies", _owned),
    }

    def complete(self, draft: Draft, cells: Mapping[str, str], keys: Keys) -> str:
        """The ISBN, or the site's own id as the key; see `Table.complete`."""
        uid = cells["isbn/uid"].strip()
        if _UID.fullmatch(uid):
            draft.isbn(None)
            return keys.of(draft.values, own=uid.lower())
        draft.first_isbn((("isbn13", uid),))
        return keys.of(draft.values)
