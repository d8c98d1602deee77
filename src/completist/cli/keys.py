"""Keys: single key strokes from a terminal, none of them lost while the screen is drawn."""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

#: Seconds in which the rest of what an arrow key sends arrives.
_SEQUENCE = 0.05
_LONGEST = 8  #: bytes of such a sequence

END = "\x04"  #: what `Keys.read` answers when there is nobody to press a key any more


class Keys:
    """The keyboard, unbuffered and without echo, for the time of a ``with`` block. Ctrl-C stays Ctrl-C."""

    def __init__(self) -> None:
        self._file = sys.stdin.fileno()
        self._before: list[Any] = []

    def __enter__(self) -> Self:
        """Listen to single keys from now on; what was typed before is not thrown away."""
        self._before = termios.tcgetattr(self._file)
        tty.setcbreak(self._file, termios.TCSADRAIN)
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the terminal as it was found."""
        termios.tcsetattr(self._file, termios.TCSADRAIN, self._before)

    def read(self) -> str:
        """The next key: a character, or the whole sequence of a key such as an arrow."""
        pressed = os.read(self._file, 1)
        if not pressed:
            return END
        if pressed == b"\x1b":
            while len(pressed) < _LONGEST and select.select([self._file], [], [], _SEQUENCE)[0]:
                pressed += os.read(self._file, 1)
                if pressed[-1:].isalpha() and pressed[-1:] != b"O":
                    break
        else:
            while len(pressed) < 4 and _unfinished(pressed):  # noqa: PLR2004 - no character of UTF-8 is longer
                pressed += os.read(self._file, 1)
        return pressed.decode("utf-8", "replace")

    @contextmanager
    def lines(self) -> Iterator[None]:
        """Whole lines with echo within this block, for a question that takes more than a key."""
        single = termios.tcgetattr(self._file)
        termios.tcsetattr(self._file, termios.TCSADRAIN, self._before)
        try:
            yield
        finally:
            termios.tcsetattr(self._file, termios.TCSADRAIN, single)


def _unfinished(pressed: bytes) -> bool:
    try:
        pressed.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return False
