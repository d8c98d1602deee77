"""Volumes of Google Books as candidates for a book.

Source: https://developers.google.com/books/docs/v1/reference/volumes
"""

from __future__ import annotations

from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate
from completist.kinds.books.languages import language
from completist.kinds.books.providers.offering import isbn_lists, offer
from completist.kinds.books.providers.volumes import people, title_fields
from completist.kinds.books.records import publisher
from completist.kinds.books.sources.cells import cover_url
from completist.kinds.books.subjects import subjects
from completist.sdk.dates import edtf_date
from completist.sdk.jsondata import record, records, text, texts, trimmed, whole
from completist.sdk.provider import Record
from completist.sdk.texts import plain_text

PROVIDER = "googlebooks"
MAX_PAGES = 100_000  #: more is a slip of the keyboard

#: What a volume may say.
FILLS = frozenset({
    "title", "subtitle", "authors", "contributors", "series", "series_position", "isbn13", "isbn10", "google",
    "publisher", "published", "pages", "language", "description", "subjects", "cover",
})  # fmt: skip
#: What is asked for and kept of one.
INFO = frozenset({
    "title", "subtitle", "authors", "publisher", "publishedDate", "description", "industryIdentifiers", "pageCount",
    "printType", "mainCategory", "categories", "language", "imageLinks", "seriesInfo",
})  # fmt: skip

_ISBN = frozenset({"ISBN_10", "ISBN_13"})
#: Sizes of a cover, the largest first: about 1280, 800, 575, 300, 128 and 80 pixels wide.
_SIZES = ("extraLarge", "large", "medium", "small", "thumbnail", "smallThumbnail")


def volume_record(volume: Record) -> Record:
    """What is kept of a volume."""
    return {"id": text(volume.get("id")), "volumeInfo": trimmed(record(volume.get("volumeInfo")), INFO)}


def isbns(volume: Record) -> list[str]:
    """The ISBNs of a volume as they stand there."""
    said = records(record(volume.get("volumeInfo")).get("industryIdentifiers"))
    return [text(each.get("identifier")) for each in said if text(each.get("type")) in _ISBN]


def candidate(volume: Record, level: Level) -> Candidate | None:
    """The book in a volume; None when it has neither id nor title.

    The year is left open: a volume knows when it came out, not when the book first did.
    """
    info, key = record(volume.get("volumeInfo")), text(volume.get("id")).strip()
    titled = title_fields(text(info.get("title")), text(info.get("subtitle")))
    if not key or not titled["title"]:
        return None
    fields: dict[str, Data] = {
        **_placed(titled, record(info.get("seriesInfo"))),
        **people(texts(info.get("authors"))),
        **isbn_lists(isbns(volume)),
        "google": [key],
        "publisher": publisher([text(info.get("publisher"))]),
        "published": edtf_date(text(info.get("publishedDate"))),
        "pages": whole(info.get("pageCount"), MAX_PAGES),
        "language": language(text(info.get("language"))),
        "description": plain_text(text(info.get("description"))),
        "subjects": subjects(texts(info.get("mainCategory")), texts(info.get("categories"))),
        "cover": _cover(record(info.get("imageLinks"))),
    }
    return offer(PROVIDER, key, level, fields)


def _placed(titled: dict[str, Data], series: Record) -> dict[str, Data]:
    """The title's own series with the place that Google shows beside it; Google has no name for it."""
    place = text(series.get("bookDisplayNumber")).strip()
    if not titled.get("series") or titled.get("series_position") or not place.replace(".", "", 1).isdecimal():
        return titled
    return {**titled, "series_position": place}


def _cover(links: Record) -> str | None:
    """The largest picture."""
    return next((url for size in _SIZES if (url := cover_url(text(links.get(size))))), None)
