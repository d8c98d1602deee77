"""Records of the catalogue (Open Library's shape) as fields of a book."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from completist.domain.fields import Data, is_empty
from completist.domain.merging import STUB
from completist.kinds.books.identifiers import isbn10, isbn13
from completist.kinds.books.languages import language
from completist.kinds.books.series_statement import story_series
from completist.kinds.books.subjects import subjects
from completist.sdk.catalogue import Author, Edition, EditionView, Work
from completist.sdk.dates import edtf_date
from completist.sdk.finder import Related
from completist.sdk.texts import heading, plain_text, tidy

#: A cover by its id, at most 500 x 500 pixels: https://openlibrary.org/dev/docs/api/covers
COVER = "https://covers.openlibrary.org/b/id/{}-L.jpg"

#: Bindings as readers' sites call them, by the ways in which catalogues write them.
BINDINGS = {
    "paper": "Paperback", "paperback": "Paperback", "pbk": "Paperback", "softcover": "Paperback",
    "soft cover": "Paperback", "trade paperback": "Paperback", "perfect paperback": "Paperback",
    "taschenbuch": "Paperback", "broché": "Paperback", "hardback": "Hardcover", "hardcover": "Hardcover",
    "hard cover": "Hardcover", "hardbound": "Hardcover", "gebunden": "Hardcover", "relié": "Hardcover",
    "mass market paperback": "Mass Market Paperback", "mass market": "Mass Market Paperback",
    "library binding": "Library Binding", "school & library binding": "Library Binding",
    "spiral-bound": "Spiral-bound", "board book": "Board book", "e-book": "ebook", "ebook": "ebook",
    "electronic resource": "ebook", "kindle edition": "Kindle Edition", "kindle": "Kindle Edition",
    "audio cd": "Audio CD", "cd": "Audio CD", "audio cassette": "Audio Cassette", "audiobook": "Audiobook",
    "audio book": "Audiobook", "sound recording": "Audiobook",
}  # fmt: skip
_NO_BINDING = frozenset({"unknown binding", "unknown", "book", "text", "other", "print"})
_NO_PUBLISHER = frozenset({
    "s.n", "sn", "s.n.", "unknown", "n/a", "na", "none", "unknown publisher", "publisher not identified",
    "publisher unknown", "not avail", "not available", "-",
})  # fmt: skip

_ASIN = re.compile(r"B0[0-9A-Z]{8}")
_DIGITS = re.compile(r"[1-9]\d*", re.ASCII)
_OCLC = re.compile(r"(?:\(ocolc\))?\s*(?:oc[mn]|on)?0*([1-9]\d*)", re.IGNORECASE)
_LCCN = re.compile(r"[a-z]{0,3}\d{8,10}")


def edition_fields(view: EditionView) -> dict[str, Data]:
    """All that one certain edition and its work say about a book, by field; what is empty is left out.

    The edition's own title, description and cover come before the work's; a description too short to say much
    gives way to the longer one.
    """
    edition, work = view.edition, view.work or Work(key="")
    isbns = _isbns(edition)
    published, first = edtf_date(edition.publish_date), edtf_date(work.first_publish_date)
    series = story_series(work.series, edition.series)
    return _said({
        "title": heading(edition.title) or heading(work.title),
        "subtitle": heading(edition.subtitle),
        "authors": author_names(view.authors),
        "series": series.name if series else None,
        "series_position": series.position if series else None,
        "isbn13": [*isbns],
        "isbn10": [short for isbn in isbns if (short := isbn10(isbn))],
        "olid": [edition.key],
        "olid_work": [key] if (key := work.key or next(iter(edition.works), "")) else None,
        "goodreads": _numbers(edition, "goodreads"),
        "librarything": _numbers(edition, "librarything"),
        "asin": [asin for asin in edition.identifiers.get("amazon", ()) if _ASIN.fullmatch(asin)],
        "google": [*edition.identifiers.get("google", ())],
        "lccn": _lccns(edition.lccn),
        "oclc": [found[1] for number in edition.oclc if (found := _OCLC.fullmatch(number.strip()))],
        "publisher": publisher(edition.publishers),
        "published": published,
        "first_published": None if _contradicts(published, first) else first,
        "pages": edition.number_of_pages if (edition.number_of_pages or 0) > 0 else None,
        "binding": binding(edition.physical_format),
        "language": _language(edition.languages),
        "description": _description(edition.description, work.description),
        "subjects": subjects(work.subjects, edition.subjects),
        "cover": _cover(edition.covers) or _cover(work.covers),
    })  # fmt: skip


def work_fields(work: Work, authors: Sequence[Author]) -> dict[str, Data]:
    """What is true of every edition of a work, by field; what is empty is left out."""
    series = story_series(work.series)
    return _said({
        "title": heading(work.title),
        "subtitle": heading(work.subtitle),
        "authors": author_names(authors),
        "series": series.name if series else None,
        "series_position": series.position if series else None,
        "olid_work": [work.key],
        "first_published": edtf_date(work.first_publish_date),
        "description": _description("", work.description),
        "subjects": subjects(work.subjects),
        "cover": _cover(work.covers),
    })  # fmt: skip


def related_authors(authors: Sequence[Author]) -> tuple[Related, ...]:
    """The authors of a book as items of their own, found by their Open Library keys, in order."""
    return tuple(
        Related("author", "author", "olid_author", author.key, {"name": heading(author.name)}, position)
        for position, author in enumerate(a for a in authors if a.name.strip())
    )


def author_names(authors: Sequence[Author]) -> list[Data]:
    """The names in order, each once."""
    return list(dict.fromkeys(name for author in authors if (name := heading(author.name))))


def publisher(names: Iterable[str]) -> str | None:
    """The first name that names a publisher."""
    for name in names:
        line = tidy(name).strip("[]() ,:;")
        if line and line.casefold() not in _NO_PUBLISHER:
            return line
    return None


def binding(text: str) -> str | None:
    """The usual word for a binding or a medium, or the text itself; None when it says nothing."""
    if not text:
        return None
    line = tidy(text).strip("[](). /:;,")
    low = line.casefold()
    return BINDINGS.get(low) or (line[:1].upper() + line[1:] if line and low not in _NO_BINDING else None)


def _contradicts(published: str | None, first: str | None) -> bool:
    """Whether an edition came out before its work did: the work's date is then a later edition's."""
    return bool(published and first and published[:4] < first[:4] and "-" not in (published[0], first[0]))


def _said(fields: dict[str, Data]) -> dict[str, Data]:
    return {name: data for name, data in fields.items() if not is_empty(data)}


def _isbns(edition: Edition) -> list[str]:
    return list(
        dict.fromkeys(found for text in (*edition.isbn_13, *edition.isbn_10) if (found := isbn13(text)))
    )


def _numbers(edition: Edition, scheme: str) -> list[Data]:
    return [number for number in edition.identifiers.get(scheme, ()) if _DIGITS.fullmatch(number)]


def _lccns(numbers: Iterable[str]) -> list[Data]:
    """Normalised as https://www.loc.gov/marc/lccn-namespace.html says: no blanks, a serial of six digits."""
    found: list[Data] = []
    for number in numbers:
        prefix, hyphen, serial = "".join(number.split()).partition("/")[0].lower().partition("-")
        normal = prefix + serial.zfill(6) if hyphen else prefix
        if _LCCN.fullmatch(normal):
            found.append(normal)
    return found


def _language(codes: Sequence[str]) -> str | None:
    """The language of an edition that is in one language."""
    return language(codes[0]) if len(codes) == 1 else None


def _description(own: str, work: str) -> str:
    text = plain_text(own) if own else ""
    if len(text) >= STUB or not work:
        return text
    return max(text, plain_text(work), key=len)


def _cover(ids: Iterable[int]) -> str | None:
    return next((COVER.format(number) for number in ids if number > 0), None)
