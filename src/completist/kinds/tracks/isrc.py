"""ISRCs: the numbers of recordings, in their normal form.

Twelve characters: two letters and three letters or digits (the prefix code), two digits for the year in which the
number was given, five more. They carry no meaning beyond that, and there is no check digit; "ISRC", blanks and
hyphens are a way to show them. Source: the ISRC Handbook, https://www.ifpi.org/isrc_handbook/ (ISO 3901:2019).
"""

from __future__ import annotations

import re
from unicodedata import category, normalize

from stdnum import isrc as registered

_ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}", re.ASCII)
_PRESENTED = re.compile(r"ISRC[:\s]*")
_LENGTH, _YEAR = 12, 5  #: characters; where the digits begin
_LOOKALIKES = str.maketrans("OIL", "011")


def compact(text: str) -> str:
    """The text in capitals, without all that only presents an ISRC: the word, blanks, dashes, dots, slashes."""
    upper = normalize("NFKC", text).upper().strip()
    bare = _PRESENTED.sub("", upper, count=1) if upper.startswith("ISRC") else upper
    return "".join(char for char in bare if not (char.isspace() or char in "._/" or category(char) == "Pd"))


def isrc(text: str) -> str | None:
    """The ISRC in a text; None when it is none.

    >>> isrc("ISRC us-rc1-76-07839")
    'USRC17607839'
    """
    if _ISRC.fullmatch(text):
        return text
    found = compact(text)
    return found if _ISRC.fullmatch(found) else None


def fault(text: str) -> str:
    """What is wrong with a text that is no ISRC, in a few words and without the text itself."""
    found = compact(text)
    if len(found) != _LENGTH:
        return f"an ISRC has 12 characters, not {len(found)}"
    if suggestion(text):
        return "a letter where an ISRC has digits"
    return "not of the form of an ISRC"


def suggestion(text: str) -> str | None:
    """The ISRC that may be meant where O stands for 0, or I and L for 1. To be offered, never taken unseen."""
    found = compact(text)
    meant = found[:_YEAR] + found[_YEAR:].translate(_LOOKALIKES)
    return meant if meant != found and _ISRC.fullmatch(meant) else None


def is_known_prefix(number: str) -> bool:
    """Whether an ISRC begins with letters that are known to be given out. Others may be newer than the list."""
    return bool(registered.is_valid(number))
