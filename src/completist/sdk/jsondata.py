"""Data out of somebody else's JSON: each read as what it should be, or as nothing. For records nobody has checked."""

from __future__ import annotations

from completist.domain.fields import Data
from completist.domain.kind import EXACT
from completist.sdk.provider import Record


def text(data: Data) -> str:
    """A text, or a whole number as it is written; empty for anything else.

    It holds neither NUL nor halves of characters, which no database keeps.
    """
    if isinstance(data, int) and not isinstance(data, bool) and abs(data) < EXACT:
        return str(data)
    if not isinstance(data, str):
        return ""
    return data.replace("\0", "").encode(errors="replace").decode()


def texts(data: Data) -> list[str]:
    """The texts of a list that say anything; one by itself stands for a list of one."""
    each = data if isinstance(data, list) else [data]
    return [found for one in each if (found := text(one)).strip()]


def whole(data: Data, most: int = EXACT - 1) -> int | None:
    """A whole number from 1 to ``most``, also one in a text."""
    if isinstance(data, str):
        digits = data.strip()
        data = (
            int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < len(str(EXACT)) else None
        )
    if isinstance(data, bool) or not isinstance(data, int) or not 0 < data <= most:
        return None
    return data


def record(data: Data) -> Record:
    """An object; an empty one for anything else."""
    return data if isinstance(data, dict) else {}


def records(data: Data) -> list[Record]:
    """The objects of a list."""
    return [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []


def trimmed(data: Record, members: frozenset[str]) -> Record:
    """An object without all its other members."""
    return {name: held for name, held in data.items() if name in members}
