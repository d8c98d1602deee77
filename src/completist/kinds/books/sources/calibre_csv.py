"""calibre: the CSV of "Create catalogue"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from completist.domain.fields import Data
from completist.kinds.books.languages import language
from completist.kinds.books.sources.calibre import date, people, position, take_identifiers
from completist.kinds.books.sources.cells import listed, rating, said, single_spaced
from completist.kinds.books.sources.drafts import Columns, Draft, Keys
from completist.kinds.books.sources.prose import plain_text
from completist.kinds.books.sources.tables import Table

_ISBN10_WITHOUT_X = 9


def _authors(cell: str) -> list[Data] | None:
    return list(people(cell.split(" & ") if " & " in cell else cell.split(", "))) or None


def _tongue(cell: str) -> str | None:
    first = cell.split(",", 1)[0]
    return language(first) or single_spaced(first)


class CalibreCsv(Table):
    """calibre catalogue (CSV). The key of a row is the book's uuid."""

    name = "calibre"
    format = "calibre-csv"
    label = "calibre catalogue (CSV)"
    required = ("title", "authors", "author_sort", "uuid")
    columns: ClassVar[Columns] = {
        "title": ("title", said),
        "authors": ("authors", _authors),
        "rating": ("rating", rating),
        "timestamp": ("date_added", date),
        "comments": ("description", plain_text),
        "tags": ("shelves", listed),
        "series": ("series", single_spaced),
        "series_index": ("series_position", position),
        "languages": ("language", _tongue),
        "publisher": ("publisher", single_spaced),
        "pubdate": ("published", date),
    }

    def complete(self, draft: Draft, cells: Mapping[str, str], keys: Keys) -> str:
        """Identifiers; see `Table.complete`."""
        pairs = [tuple(pair.split(":", 1)) for pair in cells.get("identifiers", "").split(",") if ":" in pair]
        isbn = cells.get("isbn", "").strip()
        if isbn and not any(kind.strip() == "isbn" for kind, _ in pairs):
            # The catalogue keeps digits only, so a check character X is lost.
            pairs.append(("isbn", f"{isbn}X" if len(isbn) == _ISBN10_WITHOUT_X else isbn))
        take_identifiers(draft, [(kind, value) for kind, value in pairs])
        uuid = cells["uuid"].strip()
        draft.values["calibre"] = [uuid] if uuid else None
        if not draft.values.get("series"):
            draft.values["series_position"] = None
        return uuid or keys.of(draft.values)
