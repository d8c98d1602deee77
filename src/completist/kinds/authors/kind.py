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
        Field("name", T.TEXT, "Name", wanted=True),
        Field("alternate_names", T.TEXTS, "Other names"),
        Field("olid_author", T.IDENTIFIER, "Open Library", wanted=True),
        Field("wikidata", T.IDENTIFIER, "Wikidata"),
        Field("viaf", T.IDENTIFIER, "VIAF"),
        Field("isni", T.IDENTIFIER, "ISNI"),
        Field("lc_naf", T.IDENTIFIER, "Library of Congress"),
        Field("goodreads_author", T.IDENTIFIER, "Goodreads"),
        Field("librarything_author", T.IDENTIFIER, "LibraryThing"),
        Field("birth_date", T.DATE, "Born", wanted=True),
        Field("death_date", T.DATE, "Died"),  # not wanted: many live
        Field("bio", T.LONG_TEXT, "Biography", wanted=True),
        Field("photo", T.IMAGE, "Photo", wanted=True),
    ),
)
