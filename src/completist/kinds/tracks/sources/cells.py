"""Cells: what the texts in exports of music mean. Each reader gives data, or None for what it does not understand."""

from __future__ import annotations

import re

from completist.domain.fields import Data
from completist.kinds.tracks.typed import milliseconds
from completist.sdk.dates import edtf_date
from completist.sdk.texts import tidy

_WHOLE = re.compile(r"(\d{1,12})(?:\.0*)?", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,15})?", re.ASCII)
_SPOTIFY = re.compile(
    r"(?:spotify:track:|https://open\.spotify\.com/(?:intl-\w+/)?track/)([0-9A-Za-z]{22})(?:\?.*)?"
)
_TIGHT, _BARE = re.compile(r"(?<!\d),(?! )|,(?![\d ])"), re.compile(r"(?<!\\),")
_YES, _NO = frozenset(("true", "yes", "1")), frozenset(("false", "no", "0"))
_SECONDS = 10_000  #: a whole number below this is one of seconds: no track lasts ten of them, or three hours
#: Which of an instant to keep.
_DAY = 10


def said(cell: str) -> str | None:
    """The text in one line."""
    return tidy(cell) or None


def one(cell: str) -> list[Data] | None:
    """One name, as a list."""
    name = tidy(cell)
    return [name] if name else None


def listed(cell: str) -> list[Data] | None:
    """Names joined by semicolons, else by commas and blanks, each once."""
    parts = cell.split(";") if ";" in cell else re.split(r", (?!Jr\b|Sr\b|the\b|The Creator\b)", cell)
    return [*dict.fromkeys(name for part in parts if (name := tidy(part)))] or None


def joined(cell: str) -> list[Data] | None:
    """Names joined by semicolons, else by commas without a blank: ``Earth, Wind & Fire`` and ``10,000`` are whole.

    Some programs put a backslash before the commas of a name.
    """
    parts = cell.split(";") if ";" in cell else re.split(_BARE if "\\," in cell else _TIGHT, cell)
    return [*dict.fromkeys(name for part in parts if (name := tidy(part.replace("\\,", ","))))] or None


def whole(cell: str) -> int | None:
    """A whole number above zero."""
    found = _WHOLE.fullmatch(cell.strip())
    return int(found[1]) or None if found else None


def count(cell: str) -> int | None:
    """A whole number that may be zero."""
    found = _WHOLE.fullmatch(cell.strip())
    return int(found[1]) if found else None


def number(cell: str) -> float | None:
    """A number."""
    text = cell.strip().replace(",", "") if "." in cell else cell.strip()
    return float(text) if _NUMBER.fullmatch(text) else None


def duration(cell: str) -> int | None:
    """Milliseconds: given so, as ``3:54``, or as seconds."""
    given = whole(cell)
    return given if given is not None and given >= _SECONDS else milliseconds(cell)


def yes(cell: str) -> bool | None:
    """Yes or no."""
    low = cell.strip().casefold()
    return True if low in _YES else False if low in _NO else None


def date(cell: str) -> str | None:
    """A date, or the day of an instant such as ``2025-06-29T04:33:36Z``."""
    text = cell.strip()
    return edtf_date(text[:_DAY] if "T" in text else text)


def spotify(cell: str) -> list[Data] | None:
    """Spotify's id of a track, out of its URI or address; empty for a file of one's own."""
    if cell.startswith("spotify:local:"):
        return []
    found = _SPOTIFY.fullmatch(cell.strip())
    return [found[1]] if found else None


def picture(cell: str) -> str | None:
    """The address of a picture, over https."""
    return cell.strip() if cell.startswith("https://") else None
