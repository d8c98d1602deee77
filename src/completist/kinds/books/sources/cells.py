"""Cells: what the texts in exports of books mean, one small reader for each sort of cell.

Every reader takes the text as it stands in the file and gives data, None for what it does not understand, or
empty text for a cell that says "nothing" in its own way.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from completist.domain.fields import Data
from completist.sdk.dates import edtf_date

_SPACES = re.compile(r"\s+")
_INTEGER = re.compile(r"\s*(-?\d{1,9})(?:[.,]0*)?\s*(?:pages|pp?\.?|p\.)?\s*", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"\s*(-?\d{1,9})(?:[.,](\d{1,9}))?\s*", re.ASCII)
_BEST = 5.0  #: stars
_YES = frozenset(("yes", "true", "1", "y", "x", "owned"))
_NO = frozenset(("no", "false", "0", "n"))
#: Parts behind a comma that belong to the name before them.
_SUFFIXES = frozenset(
    ("jr.", "jr", "sr.", "sr", "ii", "iii", "iv", "phd", "ph.d.", "m.d.", "md", "d.d.", "esq.")
)
_PARTICLES = frozenset(
    ("de", "del", "della", "di", "da", "du", "la", "le", "van", "von", "der", "den", "ter", "el")
)
_SHELVES = {
    "want-to-read": "to-read",
    "planned": "to-read",
    "for-later": "to-read",
    "reading": "currently-reading",
    "in-progress": "currently-reading",
    "already-read": "read",
    "finished": "read",
    "completed": "read",
    "unfinished": "did-not-finish",
    "stopped-reading": "did-not-finish",
    "abandoned": "did-not-finish",
    "dnf": "did-not-finish",
    "to-read": "to-read",
    "currently-reading": "currently-reading",
    "read": "read",
    "did-not-finish": "did-not-finish",
}
_SPAN = re.compile(r"\s*(.*?\d)\s*(?:[-\u2013](?=\s*\d{4}[/-])|,|\|)\s*(.*?)\s*")
_NO_COVER = ("/nophoto/", "avatar_book", "no-cover", "nocover", "placeholder", "THUMBZZZ")


def said(cell: str) -> str | None:
    """The text without blanks around it."""
    return cell.strip() or None


def single_spaced(cell: str) -> str | None:
    """The text with every run of blanks made one space: names and publishers carry accidental ones."""
    return _SPACES.sub(" ", cell).strip() or None


def whole(cell: str) -> int | None:
    """A whole number above zero: ``192``, ``192.0``, ``590 p.``."""
    found = _INTEGER.fullmatch(cell)
    return (int(found[1]) or None) if found and int(found[1]) > 0 else None


def count(cell: str) -> int | None:
    """A whole number that may be zero."""
    found = _INTEGER.fullmatch(cell)
    return int(found[1]) if found and int(found[1]) >= 0 else None


def number(cell: str) -> float | None:
    """A number above zero, with point or comma."""
    found = _NUMBER.fullmatch(cell)
    return (float(f"{found[1]}.{found[2] or 0}") or None) if found and not cell.startswith("-") else None


def rating(cell: str) -> float | None:
    """Stars from above 0 to 5; 0 means unrated everywhere."""
    stars = number(cell)
    return stars if stars is not None and stars <= _BEST else None


@lru_cache(maxsize=8192)
def _split(cell: str, separator: str) -> tuple[str, ...]:
    parts = (_SPACES.sub(" ", part).strip() for part in cell.split(separator))
    return tuple(dict.fromkeys(part for part in parts if part))


def listed(cell: str, separator: str = ",") -> list[Data] | None:
    """The parts of a list, each once, in order."""
    return list(_split(cell, separator)) or None if cell else None


def names(cell: str) -> list[Data] | None:
    """People's names joined by commas; ``Jr.`` and the like stay with the name before them."""
    parts: list[str] = []
    for part in _split(cell, ",") if cell else ():
        if parts and part.lower() in _SUFFIXES:
            parts[-1] += f", {part}"
        else:
            parts.append(part)
    return list(parts) or None


def one_name(cell: str) -> list[Data] | None:
    """A cell that holds one name, as a list."""
    name = single_spaced(cell)
    return [name] if name else None


def direct(name: str) -> str:
    """A name given as ``Last, First`` in the order in which it is spoken; other names as they are.

    >>> direct("Guin, Ursula K. Le")
    'Ursula K. Le Guin'
    """
    name = _SPACES.sub(" ", name).strip()
    last, comma, first = name.partition(", ")
    if not comma or not first or first.lower() in _SUFFIXES:
        return name
    given, more, suffix = first.partition(", ")
    return f"{given} {last}, {suffix}" if more and suffix.lower() in _SUFFIXES else f"{first} {last}"


def authors(cell: str) -> list[Data] | None:
    """Several names as people write them: joined by ``;``, ``&`` or ``|``, else by commas."""
    for separator in (";", " & ", "|"):
        if separator in cell:
            return [direct(str(name)) for name in listed(cell, separator) or ()] or None
    return names(cell)


def author(cell: str) -> list[Data] | None:
    """As `authors`, in a column for one author: ``Last, First`` is a single name there."""
    first, comma, rest = cell.partition(",")
    if comma and not set(",;&|") & set(rest) and _is_surname(first.strip()):
        return [direct(cell)]
    return authors(cell)


def _is_surname(text: str) -> bool:
    """Whether a text before a comma can only be a surname: one word, or words behind a particle (``Le Guin``)."""
    return " " not in text or text.split(maxsplit=1)[0].lower() in _PARTICLES


def shelf(cell: str) -> str | None:
    """The exclusive shelf; the ways in which programs call the usual ones are made one, others are kept."""
    text = single_spaced(cell)
    return _SHELVES.get(text.lower().replace("_", "-").replace(" ", "-"), text) if text else None


def yes(cell: str) -> bool | None:
    """Yes or no, as exports write it."""
    low = cell.strip().lower()
    return True if low in _YES else False if low in _NO else None


@lru_cache(maxsize=8192)
def span(cell: str) -> str | None:
    """A time of reading as EDTF: ``2021/05/01-2021/06/02`` gives ``2021-05-01/2021-06-02``.

    One date stays one; a beginning without an end (``2021-05-01,``) is left open.
    """
    found = _SPAN.fullmatch(cell)
    if found is None:
        return edtf_date(cell.strip(" ,|"))
    begin, end = edtf_date(found[1]), edtf_date(found[2].strip(" ,|"))
    return f"{begin}/{end or '..'}" if begin else end


def spans(cell: str, separator: str = ",") -> list[Data] | None:
    """All times of reading in a cell."""
    found = (span(part) for part in cell.split(separator))
    return [each for each in found if each] or None


def cover_url(cell: str) -> str | None:
    """The address of a cover, over https; empty for thumbnails and pictures that stand for "no cover"."""
    text = cell.strip()
    if text.startswith("//"):
        text = f"https:{text}"
    if any(mark in text for mark in _NO_COVER):
        return ""
    if not text.startswith(("https://", "http://")):
        return None
    parts = urlsplit(text)
    query = "&".join(pair for pair in parts.query.split("&") if pair and pair != "edge=curl")
    return urlunsplit(parts._replace(scheme="https", query=query))
