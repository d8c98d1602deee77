"""Sources of books: one module for each format of file."""

from __future__ import annotations

from completist.kinds.books.sources.bookwyrm import BookWyrm
from completist.kinds.books.sources.calibre_csv import CalibreCsv
from completist.kinds.books.sources.calibre_db import CalibreDb
from completist.kinds.books.sources.generic_csv import GenericCsv
from completist.kinds.books.sources.goodreads import Goodreads
from completist.kinds.books.sources.isbn_list import IsbnList
from completist.kinds.books.sources.librarything_json import LibraryThingJson
from completist.kinds.books.sources.librarything_tsv import LibraryThingTsv
from completist.kinds.books.sources.openlibrary_log import OpenLibraryLog
from completist.kinds.books.sources.openreads import Openreads
from completist.kinds.books.sources.opf import Opf
from completist.kinds.books.sources.storygraph import StoryGraph
from completist.sdk.source import Source

#: Most specific first: the first that does not refuse a file reads it.
SPECIFIC: tuple[Source, ...] = (
    Goodreads(),
    StoryGraph(),
    LibraryThingJson(),
    LibraryThingTsv(),
    CalibreDb(),
    CalibreCsv(),
    Opf(),
    OpenLibraryLog(),
    BookWyrm(),
    Openreads(),
)

#: What reads almost anything, and so is asked when no other kind's source wants the file either.
LAST_RESORTS: tuple[Source, ...] = (GenericCsv(), IsbnList())

SOURCES = (*SPECIFIC, *LAST_RESORTS)

__all__ = ["LAST_RESORTS", "SOURCES", "SPECIFIC"]
