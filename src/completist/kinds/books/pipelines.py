"""Pipelines of books that no finder here fills: workers outside claim their runs over HTTP."""

from __future__ import annotations

from completist.domain.pipeline import Pipeline
from completist.kinds.books.kind import BOOK

#: The book's id at Hardcover. Who claims a book of this pipeline finds it by ISBN, else by title and author.
HARDCOVER = Pipeline(
    name="hardcover",
    kind=BOOK.name,
    version="1",
    inputs=("title", "subtitle", "authors", "isbn13", "isbn10", "first_published"),
    fills=(
        "hardcover", "hardcover_edition", "hardcover_slug", "title", "authors", "series", "series_position",
        "isbn13", "isbn10", "publisher", "published", "first_published", "pages", "language", "description", "cover",
    ),
    priority=6,
    goal="hardcover",
    yields_to="book-metadata",
    yields_wholly=True,
)  # fmt: skip
