"""Open Library's keys as numbers: ``OL45804W`` is 45804 of the works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

Table: TypeAlias = Literal["ed", "wk", "au"]

#: Beyond this no key was ever given out; a number that large is damage.
MAX_NUMBER: Final = 2**31 - 1

LETTERS: Final[dict[str, Table]] = {"M": "ed", "W": "wk", "A": "au"}
_LETTER: Final[dict[Table, str]] = {table: letter for letter, table in LETTERS.items()}
_PATH: Final[dict[Table, str]] = {"ed": "/books/OL", "wk": "/works/OL", "au": "/authors/OL"}
SAFE: Final = len(str(MAX_NUMBER))  #: digits; a number with fewer is below the limit
_PLACE: Final[dict[Table, int]] = {"au": 1, "ed": 2, "wk": 3}


def parse(key: str) -> tuple[Table, int] | None:
    """The table and number of a key, with or without its path; None when it is no such key."""
    bare = key[key.rfind("/") + 1 :]
    table = LETTERS.get(bare[-1:])
    digits = bare[2:-1]
    if table is None or bare[:2] != "OL" or not (digits.isascii() and digits.isdecimal()):
        return None
    number = int(digits) if len(digits) <= SAFE else 0
    return (table, number) if 0 < number <= MAX_NUMBER else None


def _reader(table: Table) -> Callable[[str], int]:
    path, letter = _PATH[table], _LETTER[table]
    digits = slice(len(path), -1)

    def number(key: str) -> int:
        try:  # the common form: this runs several times for every line of a dump
            found = int(key[digits])
        except ValueError:
            found = 0
        if 0 < found <= MAX_NUMBER and key == f"{path}{found}{letter}":
            return found
        parsed = parse(key)
        return parsed[1] if parsed is not None and parsed[0] == table else 0

    return number


#: The number of a key that should be a work's or an author's, or 0.
work_number = _reader("wk")
author_number = _reader("au")


def name(table: Table, number: int) -> str:
    """The key of a number."""
    return f"OL{number}{_LETTER[table]}"


def code(table: Table, number: int) -> int:
    """One number for a key of any table: what the table of moves is keyed by."""
    return number * 4 + _PLACE[table]


def uncode(code: int) -> tuple[Table, int]:
    """The inverse of `code`."""
    place = code % 4
    table: Table = "au" if place == _PLACE["au"] else "ed" if place == _PLACE["ed"] else "wk"
    return table, code // 4
