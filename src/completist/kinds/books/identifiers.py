"""Identifiers of books: what a cell of a list really holds, in one normal form for each scheme."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from stdnum import ean

from completist.domain.fields import Data

#: Hyphens, dashes and spaces of all kinds: people and programs group ISBNs with any of them.
_GROUPING = re.compile(r"[\s\u00ad\u2010-\u2015\u2212\ufe63\uff0d\u200b-\u200d\ufeff-]+")
_PREFIX = re.compile(r"(?:urn:)?isbn(?:[-_ ]?1[03])?[:\s]*", re.IGNORECASE)
_FLOAT = re.compile(r"\d+(?:[.,]\d+)?E\+?\d+")
_ASIN = re.compile(r"B0[0-9A-Z]{8}")
_OLID = re.compile(r"(?:^|/)(OL[1-9]\d*([MWA]))\b", re.IGNORECASE)
_ISBN13_LENGTH, _ISBN10_LENGTH, _UPC_LENGTH = 13, 10, 12
_SHORTEST = 8  #: a spreadsheet drops the zeros in front; groups with more than two are unheard of
_TEN = re.compile(r"\d{9}[\dX]")
_NINE = re.compile(r"\d{7,8}[\dX]")


@dataclass(frozen=True, slots=True)
class Identified:
    """What a text that should be an identifier turned out to be.

    ``scheme`` is a field of a book (``isbn13``, ``asin``, ``upc``), or None when the text identifies nothing.
    ``reason`` says what was odd, without the text itself; None when nothing was, or the text was blank.
    """

    scheme: str | None
    value: str
    reason: str | None = None


NOTHING = Identified(None, "")


@lru_cache(maxsize=4096)
def isbn13(text: str) -> str | None:
    """The thirteen digits of an ISBN written in any usual way, or None when it is none or fails its check.

    ISBN-10 and ISBN-13, hyphens, spaces, a spreadsheet's ``="..."`` or ``.0``, the word ISBN are understood;
    an ISBN-10 of eight or nine characters has lost its leading zeros to a spreadsheet and gets them back if
    the check digit then holds. A number rounded by a spreadsheet (``9.78E+12``) is none.
    """
    return _isbn13(_compact(text))


def isbn10(isbn13: str) -> str | None:
    """The ten characters of the same ISBN; None for 979, which has no short form.

    Expects a valid ISBN-13 of thirteen digits. Rule: https://www.isbn-international.org/content/isbn-users-manual
    """
    if not isbn13.startswith("978"):
        return None
    return isbn13[3:12] + _check10(isbn13[3:12])


def isbn_fields(isbn13: str | None) -> dict[str, Data]:
    """The fields ``isbn13`` and ``isbn10`` of a book whose ISBN is certain; both None without one."""
    if isbn13 is None:
        return {"isbn13": None, "isbn10": None}
    short = isbn10(isbn13)
    return {"isbn13": [isbn13], "isbn10": [short] if short else None}


@lru_cache(maxsize=4096)
def read_identifier(text: str) -> Identified:
    """What stands in a column that promises ISBNs: an ISBN, another product's number, or nothing usable."""
    compact = _compact(text)
    if not compact:
        return NOTHING
    if found := _isbn13(compact):
        return Identified("isbn13", found)
    if _FLOAT.fullmatch(compact):
        return Identified(None, compact, "a number rounded by a spreadsheet, not an ISBN")
    if _ASIN.fullmatch(compact):
        return Identified("asin", compact, "an ASIN, not an ISBN")
    if compact.isdecimal() and compact.isascii():
        return _number(compact)
    if _TEN.fullmatch(compact) or _NINE.fullmatch(compact):
        return Identified(None, compact, "wrong check digit")
    return Identified(None, compact, "not an identifier")


def olid(text: str) -> tuple[str, str] | None:
    """The scheme (``olid``, ``olid_work``) and value of an Open Library key, with or without its path.

    Authors' keys belong to another kind and give None.
    """
    found = _OLID.search(text.strip())
    if found is None:
        return None
    scheme = {"M": "olid", "W": "olid_work"}.get(found[2].upper())
    return (scheme, found[1].upper()) if scheme else None


def _compact(text: str) -> str:
    """Upper case, without grouping, wrapper and label."""
    text = text.strip(" \t=[]'\"")
    if text.isdecimal():
        return text
    if text[:3].lower() in ("isb", "urn"):
        text = _PREFIX.sub("", text, count=1)
    return _GROUPING.sub("", text).upper().removesuffix(".0")


def _isbn13(compact: str) -> str | None:
    size = len(compact)
    if not compact.isascii():
        return None
    if size == _ISBN13_LENGTH:
        # 979-0 is printed music (ISMN), not a book.
        book = compact.startswith(("978", "979")) and not compact.startswith("9790")
        return compact if book and _holds13(compact) else None
    if size == _ISBN10_LENGTH:
        return _from_ten(compact)
    if _SHORTEST <= size < _ISBN10_LENGTH:
        return _from_ten(compact.zfill(_ISBN10_LENGTH))
    return None


def _from_ten(text: str) -> str | None:
    body = text[:9]
    if not body.isdecimal() or text[9] != _check10(body) or body == "000000000":
        return None
    return f"978{body}{ean.calc_check_digit('978' + body)}"


def _holds13(text: str) -> bool:
    return text.isdecimal() and bool(ean.calc_check_digit(text[:12]) == text[12])


def _check10(body: str) -> str:
    """The check character of nine digits, weighted 10 to 2, modulo 11."""
    rest = -sum(int(digit) * weight for digit, weight in zip(body, range(10, 1, -1), strict=True)) % 11
    return "X" if rest == _ISBN10_LENGTH else str(rest)


def _number(digits: str) -> Identified:
    """What a row of digits is that is no ISBN."""
    size = len(digits)
    if size in (_UPC_LENGTH, _ISBN13_LENGTH):
        if digits.startswith(("978", "979")) and not digits.startswith("9790"):
            reason = "wrong check digit" if size == _ISBN13_LENGTH else "an ISBN-13 cut short"
            return Identified(None, digits, reason)
        if _holds13(digits.zfill(_ISBN13_LENGTH)) and digits.strip("0"):
            return Identified("upc", digits, "a UPC or EAN of a product, not an ISBN")
        return Identified(None, digits, "wrong check digit")
    if size in (_ISBN10_LENGTH, _ISBN10_LENGTH + 1) and digits.startswith(("978", "979")):
        return Identified(None, digits, "an ISBN-13 cut short")
    if size == _ISBN10_LENGTH:
        return Identified(None, digits, "wrong check digit")
    if size < _ISBN10_LENGTH:
        return Identified(None, digits, "a number too short for an ISBN")
    return Identified(None, digits, "not an identifier")
