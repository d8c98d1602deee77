"""JSON files too large to hold: the members of one top-level object, one at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import NoReturn

from completist.domain.errors import BadInput
from completist.sdk.files import text_chunks

LARGEST_MEMBER = 16 * 1024 * 1024  #: characters

_LONE = re.compile("[\ud800-\udfff]")
_BLANK = re.compile(r"[ \t\r\n]*")
_HALVES = "\\ud"  #: how JSON escapes one half of a character outside the basic plane
_NEAR_END = 16  #: an error this close to the end of what was read may be gone with the next piece


def members(path: Path) -> Generator[tuple[int, str, object]]:
    """The members of the object that a JSON file holds: the line of the value, the name, the value.

    Memory is bounded by the largest member. An empty list counts as an object without members (that is how
    some languages write one).

    Raises:
        BadInput: The file cannot be read as text, is not one such object, is damaged, cut off or followed by
            something else, or has a member of more than `LARGEST_MEMBER` characters; the line is named.
    """
    with closing(text_chunks(path)) as chunks:
        yield from _Scanner(path.name, chunks).members()


class _Scanner:
    """A window that slides over the text."""

    def __init__(self, name: str, chunks: Iterator[str]) -> None:
        self._name = name
        self._chunks = chunks
        self._text = ""
        self._at = 0
        self._line = 1  # at the place up to which lines are counted
        self._counted = 0
        self._decode = json.JSONDecoder().raw_decode

    def members(self) -> Iterator[tuple[int, str, object]]:
        opening = self._next()
        if opening == "[" and self._next() == "]":
            self._finish()
            return
        if opening != "{":
            self._fail("expected an object")
        mark = self._peek()
        if mark == "}":
            self._next()
        while mark != "}":
            self._peek()
            name = self._value()
            if not isinstance(name, str) or self._next() != ":":
                self._fail("expected a name and a colon")
            self._peek()
            line = self._count_to(self._at)
            yield line, name, self._value()
            mark = self._next()
            if mark not in (",", "}"):
                self._fail("expected a comma or the end of the object")
        self._finish()

    def _finish(self) -> None:
        if self._peek():
            self._at += 1
            self._fail("there is more after the end of the object")

    def _peek(self) -> str:
        """The next character that is not blank; empty at the end of the file."""
        while True:
            self._at = _blank_end(self._text, self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _next(self) -> str:
        character = self._peek()
        self._at += len(character)
        return character

    def _value(self) -> object:
        while True:
            try:
                value, end = self._decode(self._text, self._at)
            except json.JSONDecodeError as error:
                offset = error.pos - self._at
                cut = error.msg.startswith(("Unterminated", "Invalid \\")) or self._is_near_end(error.pos)
                if cut and self._more():
                    continue
                self._at += offset + 1
                self._fail(error.msg.lower())
            except (ValueError, RecursionError):
                self._at += 1
                self._fail("a number too long, or lists nested too deep")
            # A bare number at the very end may go on in the next piece.
            length = end - self._at
            if end == len(self._text) and self._more():
                continue
            halves = _HALVES in self._text[self._at : end].lower()
            self._at += length
            return _mended(value) if halves else value

    def _is_near_end(self, position: int) -> bool:
        return position >= len(self._text) - _NEAR_END

    def _more(self) -> bool:
        """Drop what is done and read on; False at the end of the file."""
        if len(self._text) - self._at > LARGEST_MEMBER:
            self._at += 1
            self._fail(f"more than {LARGEST_MEMBER // 1024**2} MiB in one entry")
        chunk = next(self._chunks, "")
        self._count_to(self._at)
        self._text = self._text[self._at :] + chunk
        self._at = self._counted = 0
        return bool(chunk)

    def _count_to(self, position: int) -> int:
        """The line at a position; positions never go back."""
        self._line += self._text.count("\n", self._counted, position)
        self._counted = max(self._counted, position)
        return self._line

    def _fail(self, reason: str) -> NoReturn:
        """Report the line of the character before the window's position."""
        line = self._count_to(self._at - 1)
        raise BadInput(f"{self._name}, line {line}: the JSON is damaged: {reason}.")


def _mended(value: object) -> object:
    """The value with U+FFFD for each half of a character whose other half is missing: no text may hold one."""
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mended(each) for each in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(each) for name, each in value.items()}
    return value


def _blank_end(text: str, start: int) -> int:
    found = _BLANK.match(text, start)
    return found.end() if found else start
