"""BookWyrm: the CSV of "Export book list"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from completist.kinds.books.identifiers import olid
from completist.kinds.books.sources.cells import names, rating, said, shelf
from completist.kinds.books.sources.drafts import Columns, Draft, Keys
from completist.kinds.books.sources.tables import Table
from completist.sdk.dates import edtf_date

#: The shelves that every account has; a book is on at most one of them.
_STATES = frozenset(("to-read", "reading", "read", "stopped-reading"))


class BookWyrm(Table):
    """BookWyrm export (CSV). The key of a row is the book's address on its server."""

    name = "bookwyrm"
    format = "bookwyrm-csv"
    label = "BookWyrm export (CSV)"
    required = ("title", "author_text", "remote_id", "shelf")
    columns: ClassVar[Columns] = {
        "title": ("title", said),
        "author_text": ("authors", names),
        "start_date": ("date_started", edtf_date),
        "finish_date": ("date_read", edtf_date),
        "rating": ("rating", rating),
        "review_content": ("review", said),
        "shelf_date": ("date_added", edtf_date),
    }

    def complete(self, draft: Draft, cells: Mapping[str, str], keys: Keys) -> str:
        """Identifiers, shelf and the review's heading; see `Table.complete`."""
        _identify(draft, cells)
        values = draft.values
        slug, name = cells["shelf"].strip(), cells.get("shelf_name", "").strip()
        values["shelf"] = shelf(slug) if slug in _STATES else None
        values["shelves"] = None if slug in _STATES or not slug else [name or slug]
        heading = cells.get("review_name", "").strip()
        if heading:
            review = values.get("review")
            values["review"] = f"{heading}\n\n{review}" if review else heading
        return keys.of(values, own=cells["remote_id"].strip())


def _identify(draft: Draft, cells: Mapping[str, str]) -> None:
    draft.first_isbn((("isbn13", cells.get("isbn_13", "")), ("isbn10", cells.get("isbn_10", ""))))
    if found := olid(cells.get("openlibrary_key", "")):
        draft.add(*found)
    for column, scheme in (("librarything_key", "librarything"), ("goodreads_key", "goodreads")):
        if number := cells.get(column, "").strip():
            draft.add(scheme, number)
    if asin := cells.get("asin", "").strip():
        draft.add("asin", asin.upper())
    if oclc := cells.get("oclc_number", "").strip().lstrip("ocmn"):
        draft.add("oclc", oclc)
