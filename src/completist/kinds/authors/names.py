"""Names of people: whether two of them may mean the same one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz.distance import Levenshtein

from completist.domain.fields import Data

_OTHER = re.compile(r"[^a-z]+")
_APOSTROPHES = re.compile(r"['`\u00b4\u02bb\u02bc\u2018\u2019]")
#: Ranks and generations, which one record has and another leaves out.
_TITLES = frozenset({
    "dr", "prof", "sir", "dame", "lord", "lady", "saint", "st", "mr", "mrs", "ms", "miss", "rev", "jr", "sr",
    "ii", "iii", "iv", "phd", "md", "pseud",
})  # fmt: skip
#: Transliterations of one name differ by a letter or two: Fyodor and Fedor, Dostoyevsky and Dostoevskii.
#: Loose, because an identifier has already said that they are one; this guards against a wrong identifier.
_ALIKE = 0.65
_LONG = 5  #: letters from which a word may be spelled differently and still be the same


def agree(mine: Mapping[str, Data], other: Mapping[str, Data]) -> bool:
    """Whether two sets of an author's data may be one person; a name that is missing contradicts nothing."""
    names, others = _names(mine), _names(other)
    return not names or not others or any(compatible(a, b) for a in names for b in others)


def compatible(name: str, other: str) -> bool:
    """Whether every word of the shorter name has its partner in the longer one, in any order.

    Partners are equal words, an initial and a word that begins with it, and long words spelled nearly alike;
    at least one partner is a whole word. Scripts are transliterated; years, ranks and generations do not
    count. ``J. R. R. Tolkien`` goes with ``Tolkien, John Ronald Reuel, 1892-1973``, ``Stephen King`` not with
    ``Tabitha King``.
    """
    if name.casefold().split() == other.casefold().split():
        return True
    words, others = sorted((_words(name), _words(other)), key=len)
    return _paired(words, others) or _paired(_initials_joined(words), _initials_joined(others))


def _names(data: Mapping[str, Data]) -> list[str]:
    alternate = data.get("alternate_names")
    names: Iterable[Data] = [data.get("name"), *(alternate if isinstance(alternate, list) else ())]
    return [name for name in names if isinstance(name, str) and name.strip()]


@lru_cache(maxsize=8192)
def _words(name: str) -> tuple[str, ...]:
    plain = anyascii(_APOSTROPHES.sub("", name)).casefold()
    words = tuple(word for word in _OTHER.split(plain) if word)
    return tuple(word for word in words if word not in _TITLES) or words


def _initials_joined(words: tuple[str, ...]) -> tuple[str, ...]:
    """``j k rowling`` as ``jk rowling``: some write initials as one word."""
    initials = "".join(word for word in words if len(word) == 1)
    whole = tuple(word for word in words if len(word) > 1)
    return (initials, *whole) if initials else whole


def _paired(words: tuple[str, ...], others: tuple[str, ...]) -> bool:
    words, others = sorted((words, others), key=len)
    free = list(others)
    whole = False
    for word in sorted(words, key=len, reverse=True):
        partner = max(free, key=lambda other, word=word: _likeness(word, other), default="")  # type: ignore[misc]  # a default argument binds the word of this turn
        if not partner or not _likeness(word, partner):
            return False
        whole = whole or (len(word) > 1 and len(partner) > 1)
        free.remove(partner)
    return whole


def _likeness(word: str, other: str) -> float:
    """1 for equal words, 0.5 for an initial that fits, 0 for different words."""
    if word == other:
        return 1.0
    if len(word) == 1 or len(other) == 1:
        return 0.5 if word[0] == other[0] else 0.0
    if min(len(word), len(other)) < _LONG or word[0] != other[0]:
        return 0.0
    likeness = Levenshtein.normalized_similarity(word, other)
    return likeness if likeness >= _ALIKE else 0.0
