"""Open Library: the reading log of "Settings, export your data"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from completist.kinds.books.identifiers import olid
from completist.kinds.books.sources.cells import names, rating, said, shelf
from completist.kinds.books.sources.drafts import Columns, Draft, Keys
from completist.kinds.books.sources.tables import Table


class OpenLibraryLog(Table):
    """Open Library reading log (CSV). It has no titles: its books are known by Open Library's own keys.

    The key of a row is its work, which is at most once on a person's shelves.
    """

    name = "openlibrary"
    format = "openlibrary-csv"
    label = "Open Library reading log (CSV)"
    required = ("work id", "edition id", "bookshelf")
    columns: ClassVar[Columns] = {
        "title": ("title", said),
        "authors": ("authors", names),
        "bookshelf": ("shelf", shelf),
        "my ratings": ("rating", rating),
    }

    def complete(self, draft: Draft, cells: Mapping[str, str], keys: Keys) -> str:
        """The keys of work and edition; see `Table.complete`."""
        draft.values.update(olid_work=None, olid=None)
        for column in ("work id", "edition id"):
            found = olid(cells[column])
            if found:
                draft.add(*found)
            elif cells[column].strip():
                draft.warn("olid_work" if column == "work id" else "olid", "not an Open Library key")
        work, edition = draft.values["olid_work"], draft.values["olid"]
        own = work if isinstance(work, list) else edition if isinstance(edition, list) else [""]
        return keys.of(draft.values, own=str(own[0]))
