"""What a person types for a field of a track or an album, brought into the form in which it is kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from completist.domain.fields import Data
from completist.kinds.tracks.isrc import fault, isrc, suggestion
from completist.sdk.dates import typed_date

_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,2}):([0-5]\d)", re.ASCII)
_MOST_STARS, _MINUTE = 5, 60


def isrcs(data: Data) -> Data:
    """ISRCs in any of the ways in which they are shown.

    Raises:
        ValueError: One of them is none; the message offers the one that may be meant.
    """
    if data is None:
        return None
    texts = [str(each) for each in data] if isinstance(data, list) else [str(data)]
    return list(dict.fromkeys(_isrc(text) for text in texts))


def _isrc(text: str) -> str:
    found = isrc(text)
    if found is None:
        meant = suggestion(text)
        raise ValueError(f"{text}: {fault(text)}{f'; is it {meant}?' if meant else ''}")
    return found


def date(data: Data) -> Data:
    """A date in any usual spelling as EDTF. Raises ValueError when it is none."""
    if data is None:
        return None
    found = typed_date(str(data))
    if found is None:
        raise ValueError(f"not a date: {data!r}; write 1988-04-05, 1988-04 or 1988")
    return found


def duration(data: Data) -> Data:
    """Milliseconds from 1 up. Raises ValueError for anything else."""
    if data is None:
        return None
    if isinstance(data, bool) or not isinstance(data, int) or data < 1:
        raise ValueError(f"a duration is a whole number of milliseconds, not {data!r}")
    return data


def rating(data: Data) -> Data:
    """Stars from 0 to 5; 0 takes the rating back. Raises ValueError outside that."""
    if data is None:
        return None
    if isinstance(data, bool) or not isinstance(data, int | float) or not 0 <= data <= _MOST_STARS:
        raise ValueError(f"a rating is a number from 0 to 5, not {data!r}")
    return data or None


def milliseconds(text: str) -> int | None:
    """How long a text says that something takes: ``3:54`` or ``1:02:03``; whole numbers are seconds."""
    found = _CLOCK.fullmatch(text.strip())
    if found:
        return ((int(found[1] or 0) * _MINUTE + int(found[2])) * _MINUTE + int(found[3])) * 1000 or None
    digits = text.strip()
    return int(digits) * 1000 or None if digits.isascii() and digits.isdecimal() and len(digits) < 6 else None  # noqa: PLR2004 - a day has five digits of seconds


#: By field: brings what was typed into form, or raises ValueError with a message for the person.
TYPED: Mapping[str, Callable[[Data], Data]] = {
    "isrc": isrcs,
    "duration": duration,
    "rating": rating,
    **dict.fromkeys(("released", "date_added", "date_played"), date),
}
