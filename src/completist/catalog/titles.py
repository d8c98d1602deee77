"""Titles and names brought into the form in which search compares them."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from anyascii import anyascii

#: Words so frequent that asking for them costs time and finds nothing.
IDLE: Final = frozenset({"the", "a", "an", "and", "of"})

_WORD = re.compile(r"[^\W_]+")
_ALONE = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")  # written without spaces
_APOSTROPHES = str.maketrans("", "", "'\u2019\u2018\u02bc\u02bb\u02b9\u02ba\u00b4`")
_LATIN_END: Final = "\u0250"
#: "(The Belgariad, #2)" and the like at the end of a title.
_SUFFIX = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*$")
_BREAK = re.compile(r"\s*[:;/]\s+|\s+[-\u2013\u2014]\s+|\s*[(\[]")


def fold(text: str) -> str:
    """Lower case without accents and apostrophes; characters written without spaces stand apart."""
    if text.isascii():
        return text.replace("'", "").replace("`", "").lower()
    open_ = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    marks_off = "".join([c for c in open_ if not unicodedata.category(c).startswith("M")])
    latin = "".join([anyascii(c).lower() if "\x7f" < c < _LATIN_END else c for c in marks_off])
    composed = unicodedata.normalize("NFC", latin)
    return _ALONE.sub(r" \1 ", composed)


def words(text: str) -> list[str]:
    """The words of a text, folded."""
    return _WORD.findall(fold(text))


def telling(found: list[str]) -> list[str]:
    """The words worth asking for: all but the idle ones, or all when there are no others."""
    return [word for word in found if word not in IDLE] or found


def without_suffix(title: str) -> str:
    """A title without the series in brackets at its end."""
    return _SUFFIX.sub("", title) or title


def main_part(title: str) -> str:
    """What stands before the subtitle."""
    return _BREAK.split(title, maxsplit=1)[0] or title
