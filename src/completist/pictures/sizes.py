"""Sizes of thumbnails."""

from __future__ import annotations

from typing import Literal, TypeAlias

Size: TypeAlias = Literal["s", "m", "l"]

#: Pixels that a thumbnail is wide and high at most, for a list, for a page of covers, for a page of one item; each
#: looks sharp at half of that.
BOXES: dict[Size, tuple[int, int]] = {"s": (96, 144), "m": (240, 360), "l": (480, 720)}
