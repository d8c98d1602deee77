"""Books of ISBNdb as candidates for a book.

Source: https://isbndb.com/isbndb-api-documentation-v2, and what real records hold beyond it.
"""

from __future__ import annotations

import re

from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate
from completist.domain.merging import STUB
from completist.kinds.books.identifiers import isbn13
from completist.kinds.books.languages import language
from completist.kinds.books.providers.offering import isbn_lists, offer
from completist.kinds.books.providers.volumes import people, title_fields
from completist.kinds.books.records import binding, publisher
from completist.kinds.books.sources.cells import cover_url
from completist.kinds.books.subjects import subjects
from completist.sdk.dates import edtf_date
from completist.sdk.jsondata import text, texts, trimmed, whole
from completist.sdk.provider import Record
from completist.sdk.texts import plain_text, tidy

PROVIDER = "isbndb"
MAX_PAGES = 100_000  #: more is a slip of the keyboard

#: What a book may say.
FILLS = frozenset({
    "title", "subtitle", "authors", "contributors", "series", "series_position", "isbn13", "isbn10", "publisher",
    "published", "pages", "binding", "language", "description", "subjects", "cover",
})  # fmt: skip
#: What is kept of one: neither prices nor the picture whose address is good for two hours.
_BOOK = frozenset({
    "title", "title_long", "isbn", "isbn10", "isbn13", "authors", "publisher", "language", "date_published", "edition",
    "pages", "binding", "synopsis", "overview", "subjects", "image", "dewey_decimal",
})  # fmt: skip

#: An author that ISBNdb has guessed.
_GUESSED = "~autofilled~"
#: Headings of libraries for people end in years; words shorter than three letters are marks of shelves.
_PERSON = re.compile(r"\d{4} \d{4}$", re.ASCII)
_SHORTEST = 3


def book_record(book: Record) -> Record:
    """What is kept of a book."""
    return trimmed(book, _BOOK)


def isbns(book: Record) -> list[str]:
    """The ISBNs of a book as they stand there."""
    return [found for name in ("isbn13", "isbn", "isbn10") if (found := text(book.get(name)))]


def authors(book: Record) -> list[str]:
    """Who wrote a book or took part in it, as far as that was not guessed."""
    return [name for name in texts(book.get("authors")) if _GUESSED not in name]


def candidate(book: Record, level: Level) -> Candidate | None:
    """The edition in a record; None when it has no valid ISBN, or no title.

    The year is left open: a record knows when its edition came out, not when the book first did.
    """
    key = next((found for said in isbns(book) if (found := isbn13(said))), None)
    titled = title_fields(*_titles(book))
    if key is None or not titled["title"]:
        return None
    fields: dict[str, Data] = {
        **titled,
        **people(authors(book)),
        **isbn_lists([key]),
        "publisher": publisher([text(book.get("publisher"))]),
        "published": edtf_date(text(book.get("date_published"))),
        "pages": whole(book.get("pages"), MAX_PAGES),
        "binding": binding(text(book.get("binding"))),
        "language": language(text(book.get("language"))),
        "description": _description(book),
        "subjects": subjects(each for each in texts(book.get("subjects")) if _tells(each)),
        "cover": cover_url(_web(text(book.get("image")))),
    }
    return offer(PROVIDER, key, level, fields)


def _titles(book: Record) -> tuple[str, str]:
    """Title and subtitle: the long title is both of them, joined by a colon."""
    title, whole_title = tidy(text(book.get("title"))), tidy(text(book.get("title_long")))
    if not title:
        title, whole_title = whole_title, ""
    begun = whole_title.casefold().startswith(f"{title.casefold()}:")
    subtitle = whole_title[len(title) + 1 :].strip() if begun else ""
    main, colon, rest = title.partition(": ")
    return (main, rest) if colon and rest and not subtitle else (title, subtitle)


def _description(book: Record) -> str:
    """The synopsis, else an overview long enough to be one: most only say that there is an index."""
    overview = plain_text(text(book.get("overview")))
    return plain_text(text(book.get("synopsis"))) or (overview if len(overview) >= STUB else "")


def _tells(subject: str) -> bool:
    return len(subject.strip()) >= _SHORTEST and not _PERSON.search(subject)


def _web(address: str) -> str:
    """An address whose scheme is in small letters."""
    scheme, mark, rest = address.partition("://")
    return f"{scheme.lower()}{mark}{rest}"
