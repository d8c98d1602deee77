"""Dates as EDTF (https://www.loc.gov/standards/datetime/): as exact as the text, never more."""

from __future__ import annotations

import re
from functools import lru_cache

_YMD = re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2})(?:[T ]\d.*)?)?", re.ASCII)
_MDY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?: \d.*)?", re.ASCII)
_YEAR = re.compile(r"(-?)0*(\d{1,4})(?:[.,]0+)?", re.ASCII)
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.? ([a-z]{3,9})\.?,? (\d{4})", re.IGNORECASE | re.ASCII)
_MONTH_FIRST = re.compile(
    r"([a-z]{3,9})\.?,? (?:(\d{1,2})(?:st|nd|rd|th)?,? )?(\d{4})", re.IGNORECASE | re.ASCII
)
_YEAR_MONTH = re.compile(r"(\d{4}),? ([a-z]{3,9})\.?", re.IGNORECASE | re.ASCII)
_ABOUT = re.compile(r"(?:c\.|ca\.?|circa|about|approx\.?|~)\s*(\d{3,4})|(\d{3,4})~", re.IGNORECASE | re.ASCII)
_COPYRIGHT = re.compile(r"(?:c|©|p|℗|\(c\))\s*(\d{4})", re.IGNORECASE | re.ASCII)
_DOUBT = re.compile(r"(\d{3,4})\?", re.ASCII)
_DECADE = re.compile(r"(\d{3})(?:0s|[-?X])", re.IGNORECASE | re.ASCII)
_CENTURY = re.compile(r"(\d{2})(?:--|-\?|XX)", re.IGNORECASE | re.ASCII)
_SPAN = re.compile(r"(\d{4})\s*[-\u2013/]\s*(\d{4})", re.ASCII)
_LONE_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)", re.ASCII)
_BRACKETS = str.maketrans("", "", "[]")
#: What the library is believed with: years, decades, seasons and spans. It makes up months ("1st ed. 1990").
_BELIEVED = re.compile(r"-?\d{2}[\dX]{2}(?:-2[1-4])?[?~%]?(?:/-?\d{4})?|/\d{4}|\d{4}/", re.ASCII)
_MONTH = re.compile(
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_PIVOT = 30  #: spreadsheets write 1930 to 2029 with two digits
_LONGEST = 64  #: no date is longer; what is longer is prose


@lru_cache(maxsize=65536)
def edtf_date(text: str) -> str | None:
    """The date as EDTF, or None when there is none: ``2015-02-17``, ``1982-07``, ``-0750``, ``1850~``.

    A year stays a year. Times of day are dropped, ``0`` and ``?`` are no date, and a day or month that cannot
    be is left off rather than guessed. ``4/5/2015`` is read as April 5th, the way spreadsheets write it.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    if found := _YMD.fullmatch(text):
        return _exact(found[1], found[2], found[3])
    if found := _YEAR.fullmatch(text):
        return _year(found[1], found[2])
    if found := _MDY.fullmatch(text):
        return _spreadsheet(found[1], found[2], found[3])
    bare = text.translate(_BRACKETS).strip(" .,;")
    return edtf_date(bare) if bare != text else _worded(text)


def typed_date(text: str) -> str | None:
    """The date that a person typed, or None when there is none or when it names a day or month that cannot be.

    A file is read as far as it makes sense; somebody who sits there is asked instead of shortened.
    """
    found = edtf_date(text)
    numbers = _YMD.fullmatch(text.strip()) or _MDY.fullmatch(text.strip())
    if found is None or numbers is None:
        return found
    return found if found.count("-") == sum(part is not None for part in numbers.groups()) - 1 else None


def _year(sign: str, digits: str) -> str | None:
    number = int(digits)
    return f"{sign}{number:04}" if number else None


def _exact(year: str, month: str, day: str | None) -> str | None:
    if year == "0000":
        return None
    number = int(month)
    if not 1 <= number <= len(_DAYS):
        return year
    if day is None or not 1 <= int(day) <= _month_days(int(year), number):
        return f"{year}-{number:02}"
    return f"{year}-{number:02}-{int(day):02}"


def _month_days(year: int, month: int) -> int:
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 28 if month == 2 and not leap else _DAYS[month - 1]  # noqa: PLR2004 (February)


def _spreadsheet(first: str, second: str, year: str) -> str | None:
    if len(year) == 2:  # noqa: PLR2004 (digits)
        year = ("20" if int(year) < _PIVOT else "19") + year
    if int(first) > len(_DAYS) >= int(second):
        first, second = second, first  # day first: 13/1/2021
    return _exact(year, first, second)


def _month(name: str) -> str | None:
    low = name.lower()
    return str(_MONTHS.index(low[:3]) + 1) if _MONTH.fullmatch(low) else None


def _worded(text: str) -> str | None:
    if (found := _DAY_FIRST.fullmatch(text)) and (month := _month(found[2])):
        return _exact(found[3], month, found[1])
    if (found := _MONTH_FIRST.fullmatch(text)) and (month := _month(found[1])):
        return _exact(found[3], month, found[2])
    if (found := _YEAR_MONTH.fullmatch(text)) and (month := _month(found[2])):
        return _exact(found[1], month, None)
    return _unsure(text) or _from_library(text)


def _unsure(text: str) -> str | None:
    """A year with the marks that cataloguers put beside it."""
    if found := _ABOUT.fullmatch(text):
        return f"{int(found[1] or found[2]):04}~"
    if found := _COPYRIGHT.fullmatch(text):
        return found[1]
    if found := _DOUBT.fullmatch(text):
        return f"{int(found[1]):04}?"
    if found := _DECADE.fullmatch(text):
        return f"{found[1]}X"
    if found := _CENTURY.fullmatch(text):
        return f"{found[1]}XX"
    if (found := _SPAN.fullmatch(text)) and found[1] < found[2]:
        return f"{found[1]}/{found[2]}"
    return None


def _from_library(text: str) -> str | None:
    """What the library reads in prose, as far as it can be believed; else the one year that stands there."""
    if not any(c.isdigit() for c in text):
        return None
    from edtf import text_to_edtf  # noqa: PLC0415 (takes 0.2 s to load, and few files need it)

    years = set(_LONE_YEAR.findall(text))
    if len(years) > 1:
        return None
    try:
        read = text_to_edtf(text)
    except (ValueError, OverflowError):  # its date parser trips over "19a8,-91"
        read = None
    if read and _BELIEVED.fullmatch(read):
        return str(read)
    return years.pop() if years else None
