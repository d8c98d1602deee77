"""What a book is: its fields, which of them are wanted, and at which level each is true."""

from __future__ import annotations

from completist.domain.fields import Level
from completist.domain.kind import Field, FieldType, Kind

T = FieldType
WORK, EDITION = Level.WORK, Level.EDITION

BOOK = Kind(
    name="book",
    plural="books",
    title="title",
    byline="authors",
    keys=(
        "isbn13",
        "olid",
        "goodreads",
        "asin",
    ),  # LibraryThing's public ids are of works, shared by editions
    fields=(
        Field("title", T.TEXT, "Title", wanted=True, level=WORK, weight=1, worth=15),
        Field("subtitle", T.TEXT, "Subtitle", level=WORK),
        Field("authors", T.TEXTS, "Authors", wanted=True, level=WORK, worth=10),
        Field("contributors", T.TEXTS, "Contributors", level=EDITION),
        Field("series", T.TEXT, "Series", level=WORK),
        Field("series_position", T.TEXT, "Number in series", level=WORK, beside="series"),
        Field("isbn13", T.IDENTIFIER, "ISBN-13", wanted=True, level=EDITION),
        Field("isbn10", T.IDENTIFIER, "ISBN-10", level=EDITION),
        Field("olid", T.IDENTIFIER, "Open Library edition", level=EDITION),
        Field("olid_work", T.IDENTIFIER, "Open Library work", wanted=True, level=WORK),
        Field("goodreads", T.IDENTIFIER, "Goodreads", level=EDITION),
        Field("librarything", T.IDENTIFIER, "LibraryThing", level=EDITION),
        Field("asin", T.IDENTIFIER, "ASIN", level=EDITION),
        Field("lccn", T.IDENTIFIER, "LCCN", level=EDITION),
        Field("oclc", T.IDENTIFIER, "OCLC", level=EDITION),
        Field("upc", T.IDENTIFIER, "UPC / EAN", level=EDITION),
        Field("calibre", T.IDENTIFIER, "calibre", level=EDITION),
        Field("google", T.IDENTIFIER, "Google Books", level=EDITION),
        Field("hardcover", T.IDENTIFIER, "Hardcover", level=WORK),
        Field("hardcover_edition", T.IDENTIFIER, "Hardcover edition", level=EDITION),
        Field("hardcover_slug", T.TEXT, "Hardcover page", level=WORK),
        Field("publisher", T.TEXT, "Publisher", wanted=True, level=EDITION, weight=1, worth=10),
        Field("published", T.DATE, "Published", wanted=True, level=EDITION, weight=1, worth=10),
        Field("first_published", T.DATE, "First published", wanted=True, level=WORK),
        Field("pages", T.INTEGER, "Pages", wanted=True, level=EDITION, weight=1, worth=10),
        Field("binding", T.TEXT, "Binding", level=EDITION, worth=5),
        Field("language", T.TEXT, "Language", wanted=True, level=EDITION, weight=1, worth=5),
        Field("description", T.LONG_TEXT, "Description", wanted=True, level=WORK, weight=1, worth=15),
        Field("subjects", T.TEXTS, "Subjects", wanted=True, level=WORK, weight=1, worth=10),
        Field("cover", T.IMAGE, "Cover", wanted=True, level=WORK, weight=1, worth=10),
        # The owner's own: no provider fills them.
        Field("rating", T.NUMBER, "My rating", personal=True),  # 0.25 to 5
        Field("shelf", T.TEXT, "Shelf", personal=True),  # the exclusive one: to-read, read, did-not-finish
        Field("shelves", T.TEXTS, "Shelves and tags", personal=True),
        Field("date_added", T.DATE, "Date added", personal=True),
        Field("date_started", T.DATE, "Date started", personal=True),
        Field("date_read", T.DATE, "Date read", personal=True),
        Field("dates_read", T.TEXTS, "All dates read", personal=True),  # "2021-05-01/2021-06-02"
        Field("read_count", T.INTEGER, "Times read", personal=True, noticed=False),
        Field("review", T.LONG_TEXT, "My review", personal=True),
        Field("spoiler", T.BOOLEAN, "Review has spoilers", personal=True),
        Field("private_notes", T.LONG_TEXT, "Private notes", personal=True),
        Field("owned_copies", T.INTEGER, "Copies owned", personal=True),
        Field("condition", T.TEXT, "Condition", personal=True),
        Field("purchase_date", T.DATE, "Bought on", personal=True),
        Field("purchase_place", T.TEXT, "Bought at", personal=True),
        Field("recommended_by", T.TEXT, "Recommended by", personal=True),
        Field("recommended_for", T.TEXT, "Recommended for", personal=True),
        Field("bcid", T.TEXT, "BookCrossing id", personal=True),
        Field("moods", T.TEXTS, "Moods", personal=True),
        Field("pace", T.TEXT, "Pace", personal=True),
        Field("content_warnings", T.TEXTS, "Content warnings", personal=True),
        Field("shelf_positions", T.TEXT, "Places on shelves", personal=True, noticed=False),
        Field(
            "invalid_isbn", T.TEXTS, "ISBN as given, not valid", personal=True
        ),  # nothing is looked up by it
        Field("average_rating", T.NUMBER, "Average rating", personal=True, noticed=False),
    ),
)

#: Whom to believe first about fields of which some know more than others: who describes books, who keeps series,
#: the national libraries about editions.
TRUSTED: dict[str, tuple[str, ...]] = {
    "description": ("hardcover", "googlebooks", "openlibrary", "isbndb"),
    **dict.fromkeys(("series", "series_position"), ("hardcover", "wikidata", "openlibrary")),
    "first_published": ("wikidata", "openlibrary"),
    **dict.fromkeys(("publisher", "published", "pages", "language"), ("dnb", "bnf", "isbndb", "openlibrary")),
}
