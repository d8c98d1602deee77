"""What a person types for a field of a book, brought into the form in which it is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from completist.domain.fields import Data
from completist.kinds.books import identifiers
from completist.kinds.books.languages import language
from completist.sdk.dates import typed_date

_MOST_STARS = 5


def isbns(data: Data) -> Data:
    """ISBNs of either length as ISBN-13.

    Raises:
        ValueError: One of them fails its check digit or is no ISBN.
    """
    return _each(data, _isbn)


def short_isbns(data: Data) -> Data:
    """ISBNs of either length as ISBN-10.

    Raises:
        ValueError: One of them is no ISBN, or has no short form (979).
    """
    return _each(data, lambda text: _short(_isbn(text)))


def date(data: Data) -> Data:
    """A date in any usual spelling as EDTF.

    Raises:
        ValueError: It is no date.
    """
    if data is None:
        return None
    found = typed_date(str(data))
    if found is None:
        raise ValueError(f"not a date: {data!r}; write 2021-05-01, 2021-05, 2021 or 1850~")
    return found


def rating(data: Data) -> Data:
    """Stars from 0.25 to 5; 0 takes the rating back.

    Raises:
        ValueError: It is outside that.
    """
    if data is None:
        return None
    if isinstance(data, bool) or not isinstance(data, int | float) or not 0 <= data <= _MOST_STARS:
        raise ValueError(f"a rating is a number from 0 to 5, not {data!r}")
    return data or None


def language_code(data: Data) -> Data:
    """A language by its code or its English name as a code.

    Raises:
        ValueError: There is no such language.
    """
    if data is None:
        return None
    found = language(str(data))
    if found is None:
        raise ValueError(f"no known language: {data!r}; write a code such as en or de, or its English name")
    return found


def count(data: Data) -> Data:
    """A number of things that one has: 0 or more.

    Raises:
        ValueError: It is negative or no whole number.
    """
    return _whole(data, least=0)


def pages(data: Data) -> Data:
    """A number of pages: 1 or more.

    Raises:
        ValueError: It is less, or no whole number.
    """
    return _whole(data, least=1)


def _whole(data: Data, *, least: int) -> Data:
    if data is None:
        return None
    if isinstance(data, bool) or not isinstance(data, int) or data < least:
        raise ValueError(f"it takes a whole number from {least} up, not {data!r}")
    return data


def open_library(scheme: str) -> Callable[[Data], Data]:
    """Keys of Open Library, of editions (``olid``) or of works (``olid_work``), also from an address."""

    def read(text: str) -> str:
        found = identifiers.olid(text)
        if found is None or found[0] != scheme:
            form = "OL7353617M, an edition's" if scheme == "olid" else "OL45804W, a work's"
            raise ValueError(f"{text}: not a key such as {form}")
        return found[1]

    return lambda data: _each(data, read)


def _isbn(text: str) -> str:
    found = identifiers.isbn13(text)
    if found is None:
        reason = identifiers.read_identifier(text).reason or "not an ISBN"
        raise ValueError(f"{text}: {reason}")
    return found


def _short(isbn: str) -> str:
    found = identifiers.isbn10(isbn)
    if found is None:
        raise ValueError(f"{isbn}: an ISBN that begins with 979 has no ten-digit form")
    return found


def _each(data: Data, read: Callable[[str], str]) -> Data:
    """Every entry read, each once."""
    if data is None:
        return None
    texts = [str(each) for each in data] if isinstance(data, list) else [str(data)]
    return list(dict.fromkeys(read(text) for text in texts))


_DATES = (
    "published", "first_published", "date_added", "date_started", "date_read", "purchase_date",
)  # fmt: skip

#: By field: brings what was typed into form, or raises ValueError with a message for the person.
TYPED: Mapping[str, Callable[[Data], Data]] = {
    "isbn13": isbns,
    "isbn10": short_isbns,
    "olid": open_library("olid"),
    "olid_work": open_library("olid_work"),
    "rating": rating,
    "language": language_code,
    "pages": pages,
    "read_count": count,
    "owned_copies": count,
    **dict.fromkeys(_DATES, date),
}
