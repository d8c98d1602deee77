"""Titles and names brought into the form in which search compares them."""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise
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


def latin(text: str) -> str:
    """The words of a text in Latin letters, folded; empty when it is written in them anyway."""
    if text.isascii():
        return ""
    folded = fold(text)
    return "" if folded.isascii() else " ".join(words(anyascii(folded)))


def pairs(found: list[str]) -> list[str]:
    """Neighbours among characters written without spaces: one of them says little, two nearly make a word."""
    return [one + two for one, two in pairwise(found) if _ALONE.fullmatch(one) and _ALONE.fullmatch(two)]


def searched(text: str) -> str:
    """A text as it is indexed: folded, with pairs of characters, and in Latin letters too."""
    folded = fold(text)
    if folded.isascii():
        return folded
    return " ".join([folded, *pairs(_WORD.findall(folded)), *latin(text).split()])


def terms(found: list[str]) -> list[str]:
    """Folded words as they are asked for: characters that have neighbours by pairs, which are far fewer."""
    single = [_ALONE.fullmatch(word) is not None for word in found]
    if not any(single):
        return found
    kept = [
        word
        for word, before, own, after in zip(
            found, [False, *single], single, [*single[1:], False], strict=False
        )
        if not own or not (before or after)
    ]
    return [*pairs(found), *kept]


def telling(found: list[str]) -> list[str]:
    """The words worth asking for: all but the idle ones, or all when there are no others."""
    return [word for word in found if word not in IDLE] or found


def without_suffix(title: str) -> str:
    """A title without the series in brackets at its end."""
    return _SUFFIX.sub("", title) or title


def main_part(title: str) -> str:
    """What stands before the subtitle."""
    return _BREAK.split(title, maxsplit=1)[0] or title
