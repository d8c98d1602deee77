"""Words: how the simulated searches compare what was asked for with what there is."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from unicodedata import combining, normalize

_WORD = re.compile(r"\w+")


def words(text: str) -> set[str]:
    """The words of a text without case and accents."""
    plain = "".join(letter for letter in normalize("NFKD", text.casefold()) if not combining(letter))
    return set(_WORD.findall(plain))


def all_words(texts: Iterable[str]) -> set[str]:
    """The words of several texts."""
    return set[str]().union(*(words(text) for text in texts))


def share(asked: Collection[str], held: Collection[str]) -> float:
    """The share of the words asked for that are held; one fits a word that begins with it."""
    if not asked:
        return 0.0
    fits = sum(any(there.startswith(word) for there in held) for word in asked)
    return fits / len(asked)


class Index:
    """Which things hold words that begin with a word."""

    def __init__(self) -> None:
        self._held: defaultdict[str, set[int]] = defaultdict(set)

    def add(self, number: int, held: Iterable[str]) -> None:
        """Enter the words of one thing."""
        for word in held:
            self._held[word].add(number)

    def shares(self, asked: Collection[str]) -> Mapping[int, float]:
        """The share of the words asked for that each thing holds, as `share` tells it; others hold none."""
        counted = Counter(number for word in asked for number in self._holding(word))
        return {number: count / len(asked) for number, count in counted.items()}

    def _holding(self, word: str) -> set[int]:
        found = set[int]()
        at = bisect_left(self._ordered, word)
        while at < len(self._ordered) and self._ordered[at].startswith(word):
            found |= self._held[self._ordered[at]]
            at += 1
        return found

    @cached_property
    def _ordered(self) -> list[str]:
        return sorted(self._held)
