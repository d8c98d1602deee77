"""Layout: how wide the columns of a table may be, so that none that matters vanishes on a narrow terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Columns that one which may be cut keeps as long as another can go instead.
LEAST = 12
#: Between two columns.
GUTTER = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. ``grows`` may be cut where a terminal is narrow, or wrapped with ``wraps``.

    ``spare`` may be left out there. ``width`` fixes its width on a terminal.
    """

    title: str = ""
    right: bool = False
    grows: bool = False
    wraps: bool = False
    spare: bool = False
    width: int | None = None


def fit(columns: Sequence[Column], needs: Sequence[int], room: int) -> list[int]:
    """The width of each column whose texts need ``needs``, in ``room`` altogether; 0 leaves a column out.

    Those that may be cut give way first, the widest most; then spare ones go, the last first; only where that is
    not enough does every column give way.
    """
    widths = [min(column.width or need, room) for column, need in zip(columns, needs, strict=True)]
    shown = [place for place, width in enumerate(widths) if width]
    spare = [place for place in shown if columns[place].spare]
    while True:
        fitted = {place: widths[place] for place in shown}
        excess = sum(fitted.values()) + GUTTER * (len(shown) - 1) - room
        cut = [place for place in shown if columns[place].grows or columns[place].wraps]
        excess = _narrow(fitted, cut, excess, LEAST)
        if excess > 0 and spare:
            shown.remove(spare.pop())
            continue
        _narrow(fitted, shown, excess, 1)
        return [fitted.get(place, 0) for place in range(len(columns))]


def _narrow(widths: dict[int, int], places: Sequence[int], excess: int, least: int) -> int:
    """Take from the widest of some columns until nothing is in excess or all are at their least; what is left."""
    while excess > 0 and places:
        widest = max(places, key=lambda place: widths[place])
        if widths[widest] <= least:
            break
        widths[widest] -= 1
        excess -= 1
    return excess
