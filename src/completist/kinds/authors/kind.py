"""What an author is: the fields, and which of them are wanted."""

from __future__ import annotations

from completist.domain.kind import Field, FieldType, Kind

T = FieldType

AUTHOR = Kind(
    name="author",
    plural="authors",
    title="name",
    byline="birth_date",
    keys=("olid_author", "wikidata", "viaf", "isni"),
    fields=(
        Field("name", T.TEXT, "Name", wanted=True, weight=1, worth=25),
        Field("alternate_names", T.TEXTS, "Other names"),
        Field("olid_author", T.IDENTIFIER, "Open Library", wanted=True),
        Field("wikidata", T.IDENTIFIER, "Wikidata"),
        Field("viaf", T.IDENTIFIER, "VIAF"),
        Field("isni", T.IDENTIFIER, "ISNI"),
        Field("lc_naf", T.IDENTIFIER, "Library of Congress"),
        Field("goodreads_author", T.IDENTIFIER, "Goodreads"),
        Field("librarything_author", T.IDENTIFIER, "LibraryThing"),
        Field("birth_date", T.DATE, "Born", wanted=True, weight=1, worth=15),
        Field("death_date", T.DATE, "Died", worth=5),  # not wanted: many live
        Field("bio", T.LONG_TEXT, "Biography", wanted=True, weight=1, worth=35),
        Field("photo", T.IMAGE, "Photo", wanted=True, weight=1, worth=20),
    ),
)

#: Whom to believe first about fields of which some know more than others: the ends of a life, and a face to the name.
TRUSTED: dict[str, tuple[str, ...]] = dict.fromkeys(
    ("birth_date", "death_date", "photo"), ("wikidata", "openlibrary")
)
