"""Ids: what a record is called at each provider, made of its number so that it can be found again."""

from __future__ import annotations

import base64
import re
from typing import Literal, TypeAlias
from zlib import crc32

#: What there are records of; the order counts in ids of Wikidata.
Sort: TypeAlias = Literal["edition", "work", "person", "series", "publisher", "subject"]

_SORTS: tuple[Sort, ...] = ("edition", "work", "person", "series", "publisher", "subject")
_LETTERS: dict[Sort, str] = {"edition": "M", "work": "W", "person": "A"}
_FOLDERS: dict[Sort, str] = {"edition": "/books/", "work": "/works/", "person": "/authors/"}
_OLID = re.compile(r"(?:/?(?:books|works|authors)/)?OL([1-9]\d{0,9})([MWA])", re.ASCII)
_MADE_UP = re.compile(r"Q9(\d{10})([0-5])", re.ASCII)
_VIAF = re.compile(r"9(\d{10})", re.ASCII)
_ISNI = re.compile(r"00002(\d{10})[\dX]", re.ASCII)


def olid(sort: Sort, number: int) -> str:
    """Open Library's id: OL45804W."""
    return f"OL{number}{_LETTERS[sort]}"


def path(sort: Sort, number: int) -> str:
    """Open Library's key, the id with its folder: /works/OL45804W."""
    return _FOLDERS[sort] + olid(sort, number)


def read_olid(text: str) -> tuple[Sort, int] | None:
    """What an id or key of Open Library names; None when it is none."""
    found = _OLID.fullmatch(text)
    if found is None:
        return None
    sort = next(each for each, letter in _LETTERS.items() if letter == found[2])
    return sort, int(found[1])


def qid(sort: Sort, number: int) -> str:
    """An id of Wikidata that no true item has: they are much smaller."""
    return f"Q9{number:010}{_SORTS.index(sort)}"


def read_qid(text: str) -> tuple[Sort, int] | None:
    """What an id made by `qid` names; None for any other."""
    found = _MADE_UP.fullmatch(text)
    return (_SORTS[int(found[2])], int(found[1])) if found else None


def volume(number: int) -> str:
    """Google's id of an edition: twelve letters."""
    content = number.to_bytes(5, "big")
    return base64.urlsafe_b64encode(content + crc32(content).to_bytes(4, "big")).decode()


def read_volume(text: str) -> int | None:
    """The number in an id made by `volume`."""
    try:
        content = base64.urlsafe_b64decode(text.encode())
    except ValueError:
        return None
    number = int.from_bytes(content[:5], "big")
    return number if volume(number) == text else None


def viaf(number: int) -> str:
    """A person's number in VIAF."""
    return f"9{number:010}"


def read_viaf(text: str) -> int | None:
    """The number in an id made by `viaf`."""
    found = _VIAF.fullmatch(text)
    return int(found[1]) if found else None


def isni(number: int) -> str:
    """A person's ISNI, with the check character that it has to have (ISO 7064, MOD 11-2)."""
    stem = f"00002{number:010}"
    total = 0
    for digit in stem:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return stem + ("X" if check == 10 else str(check))  # noqa: PLR2004 - the standard's own figure


def read_isni(text: str) -> int | None:
    """The number in an id made by `isni`, with or without blanks."""
    found = _ISNI.fullmatch(text.replace(" ", ""))
    return int(found[1]) if found else None


def gnd(number: int) -> str:
    """A person's number in the German libraries' authority file."""
    return f"1{number:010}"


def named(text: str) -> int:
    """A number for what is known by its name alone."""
    return crc32(text.encode())
