"""Durations as people write them: ``90d``, ``12h``, ``2w``."""

from __future__ import annotations

import re

#: Milliseconds in each unit, the largest first.
UNITS = {"w": 7 * 86_400_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000}

#: The longest duration, in milliseconds: a century.
LONGEST = 36_525 * UNITS["d"]

_FORM = re.compile(r"(\d{1,9})\s*([wdhm])")


def read_duration(text: str) -> int:
    """A duration in milliseconds.

    Raises ValueError with a message for the person when it is none.
    """
    found = _FORM.fullmatch(text.strip().casefold())
    span = int(found[1]) * UNITS[found[2]] if found else 0
    if not 0 < span <= LONGEST:
        raise ValueError(f"takes a number of minutes, hours, days or weeks, such as 90d or 12h, not {text!r}")
    return span


def said_duration(span: int) -> str:
    """The same duration, the same text; weeks are told as days."""
    unit = next((u for u in "dhm" if span % UNITS[u] == 0), "m")
    return f"{span // UNITS[unit]}{unit}"
