"""Which works and authors the editions of a partial load refer to: a bit for each number, in a file that all may map.

The file is as long as the largest number wants it and takes room only where bits are set. It is part of an unfinished
generation only.
"""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Final

from completist.catalog.keys import MAX_NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

BYTES: Final = (MAX_NUMBER >> 3) + 1


class Referred:
    """Numbers of one table that something refers to."""

    def __init__(self, path: Path, *, new: bool = False) -> None:
        if new:
            with path.open("wb") as file:
                file.truncate(BYTES)
        access = mmap.ACCESS_WRITE if new else mmap.ACCESS_READ
        with path.open("r+b" if new else "rb") as file:
            self._bits = mmap.mmap(file.fileno(), BYTES, access=access)

    def add(self, numbers: Iterable[int]) -> None:
        """Take numbers in."""
        bits = self._bits
        for number in numbers:
            bits[number >> 3] |= 1 << (number & 7)

    def __contains__(self, number: int) -> bool:
        return self._bits[number >> 3] >> (number & 7) & 1 == 1

    def close(self) -> None:
        """Let go of the file."""
        self._bits.close()
