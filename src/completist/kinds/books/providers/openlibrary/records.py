"""Documents of Open Library's API in the shape of the catalogue: a live answer reads as one of its dump does.

Source: https://openlibrary.org/type/edition (and work, author), and what real documents hold beyond it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from completist.domain.fields import Data
from completist.kinds.books.identifiers import isbn13
from completist.kinds.books.matching.candidates import Offered, offer_edition, offer_work
from completist.kinds.books.providers.openlibrary.documents import bare
from completist.sdk.catalogue import Author, Edition, EditionView, Work
from completist.sdk.jsondata import record, records, text, texts, trimmed, whole
from completist.sdk.provider import Record

MAX_PAGES = 100_000  #: more is a slip of the keyboard
MAX_IMAGE = 2**31

#: What is kept of documents: what is read, and what a later version may want to read.
_EDITION = frozenset({
    "key", "title", "title_prefix", "subtitle", "edition_name", "works", "authors", "by_statement", "contributions",
    "isbn_10", "isbn_13", "publishers", "publish_date", "number_of_pages", "pagination", "languages",
    "physical_format", "covers", "series", "subjects", "description", "identifiers", "lccn", "oclc_numbers",
})  # fmt: skip
_WORK = frozenset({
    "key", "title", "subtitle", "authors", "first_publish_date", "description", "subjects", "covers", "series",
})  # fmt: skip
_AUTHOR = frozenset({"key", "name", "personal_name"})


def edition_record(edition: Record, work: Record, authors: Iterable[Record]) -> Record:
    """What is kept of an edition, the work it belongs to, and whoever wrote it."""
    return {"edition": trimmed(edition, _EDITION), **work_record(work, authors)}


def work_record(work: Record, authors: Iterable[Record], year: Data = None) -> Record:
    """What is kept of a work and its authors, with the year in which a search says that it first came out."""
    kept: Record = {"authors": [trimmed(author, _AUTHOR) for author in authors]}
    if work:
        kept["work"] = trimmed(work, _WORK)
    return kept if year is None else {**kept, "year": year}


def offered(kept: Record) -> Offered | None:
    """The candidate in what was kept; None when it is of no edition and no work."""
    edition, work = read_edition(record(kept.get("edition"))), read_work(record(kept.get("work")))
    authors = tuple(author for one in records(kept.get("authors")) if (author := _read_author(one)))
    if edition is not None:
        return offer_edition(EditionView(edition, work, authors))
    if work is None:
        return None
    offer = offer_work(work, authors)
    year = whole(kept.get("year"))
    return offer if year is None else replace(offer, candidate=replace(offer.candidate, year=year))


def carries(edition: Record, isbn: str) -> bool:
    """Whether an ISBN-13 stands in an edition's document, in either form."""
    return isbn in {isbn13(each) for each in (*texts(edition.get("isbn_13")), *texts(edition.get("isbn_10")))}


def work_keys(edition: Record) -> list[str]:
    """The works that an edition belongs to."""
    return [key for one in records(edition.get("works")) if (key := bare(one))]


def author_keys(document: Record) -> list[str]:
    """The authors of an edition (``{"key": ...}``) or of a work (``{"author": {"key": ...}}``), in order."""
    return [key for one in records(document.get("authors")) if (key := bare(one.get("author") or one))]


def read_edition(document: Record) -> Edition | None:
    """The edition in a document; None when that is none."""
    if not (key := bare(document.get("key"))).endswith("M"):
        return None
    return Edition(
        key=key,
        title=" ".join(f"{_long(document.get('title_prefix'))} {_long(document.get('title'))}".split()),
        subtitle=_long(document.get("subtitle")),
        works=tuple(work_keys(document)),
        authors=tuple(author_keys(document)),
        by_statement=_long(document.get("by_statement")),
        isbn_10=_listed(document, "isbn_10"),
        isbn_13=_listed(document, "isbn_13"),
        publishers=_listed(document, "publishers"),
        publish_date=_long(document.get("publish_date")),
        number_of_pages=whole(document.get("number_of_pages"), MAX_PAGES),
        languages=tuple(
            code for one in records(document.get("languages")) if (code := _last(text(one.get("key"))))
        ),
        physical_format=_long(document.get("physical_format")),
        covers=_images(document),
        series=_listed(document, "series"),
        subjects=_listed(document, "subjects"),
        description=_long(document.get("description")),
        identifiers=_identifiers(document.get("identifiers")),
        lccn=_listed(document, "lccn"),
        oclc=_listed(document, "oclc_numbers"),
    )


def read_work(document: Record) -> Work | None:
    """The work in a document; None when that is none."""
    if not (key := bare(document.get("key"))).endswith("W"):
        return None
    return Work(
        key=key,
        title=_long(document.get("title")),
        subtitle=_long(document.get("subtitle")),
        authors=tuple(author_keys(document)),
        first_publish_date=_long(document.get("first_publish_date")),
        description=_long(document.get("description")),
        subjects=_listed(document, "subjects"),
        covers=_images(document),
        series=_listed(document, "series"),
    )


def _read_author(document: Record) -> Author | None:
    key = bare(document.get("key"))
    name = _long(document.get("name")) or _long(document.get("personal_name"))
    return Author(key=key, name=name) if key.endswith("A") else None


def _long(data: Data) -> str:
    """A text, also one with its type beside it as older documents have it."""
    return text(data.get("value") if isinstance(data, dict) else data).strip()


def _listed(document: Record, member: str) -> tuple[str, ...]:
    held = document.get(member)
    each = held if isinstance(held, list) else [held]
    return tuple(found for one in each if (found := _long(one)))


def _images(document: Record) -> tuple[int, ...]:
    held = document.get("covers")
    numbers = (whole(one, MAX_IMAGE) for one in (held if isinstance(held, list) else ()))
    return tuple(number for number in numbers if number is not None)


def _identifiers(data: Data) -> Mapping[str, tuple[str, ...]]:
    return {site: found for site, each in record(data).items() if (found := tuple(texts(each)))}


def _last(key: str) -> str:
    return key.rpartition("/")[2]
