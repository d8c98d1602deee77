"""Offering: a provider's record as a candidate for a book, with the rules that all of them share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from completist.domain.fields import Data, Level, is_empty
from completist.domain.matching import Candidate
from completist.kinds.books.identifiers import isbn10, isbn13
from completist.kinds.books.kind import BOOK
from completist.kinds.books.matching.asking import texts, year_of
from completist.kinds.books.series_statement import story_series

_POSITION = re.compile(r"\d{1,3}(?:\.\d{1,2})?(?:\s*[-\u2013]\s*\d{1,3})?", re.ASCII)
#: What a record of a work leaves unsaid.
EDITION_FIELDS = frozenset(field.name for field in BOOK.fields if field.level is Level.EDITION)


def offer(
    provider: str,
    record: str,
    level: Level,
    fields: Mapping[str, Data],
    *,
    work: str | None = None,
    year: int | None = None,
) -> Candidate:
    """A candidate called as its fields say; one for a work without what is true of a single edition."""
    said = {name: data for name, data in fields.items() if not is_empty(data)}
    if level is Level.WORK:
        said = {name: data for name, data in said.items() if name not in EDITION_FIELDS}
    byline = ", ".join(texts(said.get("authors")))
    title = said.get("title")
    year = year if year is not None else year_of(said.get("first_published"))
    return Candidate(
        provider, record, level, title if isinstance(title, str) else "", byline, year, work, fields=said
    )


def isbn_lists(said: Iterable[str]) -> dict[str, Data]:
    """The fields ``isbn13`` and ``isbn10``, out of ISBNs in whatever form."""
    found = list(dict.fromkeys(isbn for text in said if (isbn := isbn13(text))))
    return {"isbn13": [*found], "isbn10": [short for isbn in found if (short := isbn10(isbn))]}


def series_fields(name: str, place: str = "") -> dict[str, Data]:
    """The series of a story and the place in it; nothing for a publisher's list."""
    series = story_series([name]) if name.strip() else None
    if series is None:
        return {}
    said = place.strip().removeprefix("#")
    return {"series": series.name, "series_position": said if _POSITION.fullmatch(said) else series.position}


def first_date(dates: Sequence[str], published: str | None = None) -> str | None:
    """The earliest of the dates of a work; None if it is later than an edition, since one of the two is wrong."""
    known = [date for date in dates if date and not date.startswith("-") and date[:4].isdecimal()]
    first = min(known, key=lambda date: (date[:4], -len(date)), default=None) or next(iter(dates), None)
    later = first and published and "-" not in (first[0], published[0]) and first[:4] > published[:4]
    return None if later else first


def names(said: Iterable[str], besides: Iterable[str] = ()) -> list[Data]:
    """The names in order, each once, without those named ``besides``."""
    left_out = set(besides)
    return [name for name in dict.fromkeys(said) if name and name not in left_out]
