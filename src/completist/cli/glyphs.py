"""Glyphs: text from files and catalogues made harmless for a terminal, and measured as the eye sees it.

A title may come from anywhere. What commands a terminal (control characters, also those of the second set) or
turns the direction of everything behind it is replaced; the joiners and marks that scripts such as Persian or
Hebrew and joined emoji are written with stay.
"""

from __future__ import annotations

import unicodedata

_BREAKS = frozenset("\n\t\r\v\f\x85\u2028\u2029")
#: Embeddings, overrides and isolates reach beyond the text that they stand in (Unicode Annex 9), and the
#: deprecated format characters and the byte order mark mean nothing inside one.
_REACHING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff") | frozenset(
    map(chr, range(0x206A, 0x2070))
)


def visible(text: str) -> str:
    """The text on one line, each character that would command a terminal replaced by another."""
    if text.isprintable():
        return text
    return "".join(" " if c in _BREAKS else _shown(c) for c in text)


def harmless(text: str) -> str:
    """Text of several lines, each character that would command a terminal replaced; line ends and tabs stay."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(c if c in "\n\t" else _shown(c) for c in text.replace("\r\n", "\n"))


def _shown(character: str) -> str:
    commands = unicodedata.category(character) in ("Cc", "Cs") or character in _REACHING
    return "\ufffd" if commands else character


def columns(text: str) -> int:
    """How many columns a text takes: wide characters take two, combining and joining ones none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.category(c) in ("Mn", "Me", "Cf") for c in text)
