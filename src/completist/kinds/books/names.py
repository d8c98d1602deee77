"""Names of authors: whether two spellings can be one person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from completist.kinds.books.folding import fold


class Likeness(IntEnum):
    """How well two names, or two lists of names, go together; higher is better."""

    DIFFERENT = 0  #: not the same person
    UNKNOWN = 1  #: one side names nobody
    LOOSE = 2  #: only a later author of a list, or a surname alone
    SIMILAR = 3  #: another spelling or transliteration
    COMPATIBLE = 4  #: initials or middle names differ in length only
    EXACT = 5  #: the same words, in any order and spacing


@dataclass(frozen=True, slots=True)
class Name:
    """A name in folded words, given names first when the order is known."""

    words: tuple[str, ...]
    turns: frozenset[str]  #: the words run together, begun at each word in turn
    nobody: bool  #: "unknown", "anonymous": says that no author is known


_ROLE = re.compile(r"[(\[][^)\]]*[)\]]?|\bet al\.?", re.IGNORECASE)
_INITIALS = re.compile(r"\b([A-Z])([A-Z])([A-Z])?(?=\s+[A-Z][a-z])")
_PARTICLES = frozenset({
    "le", "la", "de", "du", "des", "di", "da", "del", "della", "van", "von", "der", "den", "ten", "ter", "mc", "mac",
    "o", "st", "al", "el", "bin", "ibn", "ben", "dos", "das", "san", "saint", "d", "l",
})  # fmt: skip
_SUFFIXES = frozenset({
    "jr", "sr", "ii", "iii", "iv", "phd", "md", "dr", "prof", "professor", "sir", "rev", "reverend", "mr", "mrs", "ms",
    "dame", "lord", "lady", "esq", "ed", "eds", "editor",
})  # fmt: skip
#: How alike two words of a name are, of 1, to be spellings of one; less will do where the consonants agree.
_SPELLING, _SAME_CONSONANTS = 0.8, 0.6
_WHOLE = 3  #: letters; shorter beginnings of a word are not taken for its short form
_MIDDLE_NAMES = 2  #: words that one form of a name may leave out
_NOBODY = frozenset(
    {"anonymous", "unknown", "unknown author", "anon", "author unknown", "n a", "na", "none", "not a book"}
)
_MANY = frozenset({"various", "various authors", "multiple authors", "several authors", "others", "assorted"})


_JOINED = re.compile(r"\s+(?:&|and|with)\s+", re.IGNORECASE)
_HAN = re.compile(r"[\u3400-\u9fff]")


def split_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names of a list in which one entry may join several: "Ann Author & Bo Writer", "Author, A.; Writer, B."."""
    return tuple(
        part for name in names for entry in name.split(";") for part in _split_joined(entry.strip()) if part
    )


def _split_joined(entry: str) -> list[str]:
    parts = _JOINED.split(entry)
    return parts if all(" " in part for part in parts) else [entry]


@lru_cache(maxsize=8192)
def parse_name(text: str) -> Name:
    """A name as it stands in a list: ``Last, First``, initials with or without dots, roles in brackets, titles."""
    text = _ROLE.sub(" ", text).strip(" ,;")
    if text.count(",") >= 1:
        last, _, first = text.partition(",")
        if fold(first.split(",")[0]) not in _SUFFIXES:
            text = f"{first} {last}"
    if not text.isupper():
        text = _INITIALS.sub(lambda m: " ".join(g for g in m.groups() if g), text)
    folded = fold(text.replace(".", " ").replace("|", " "))
    words = [w for w in folded.split() if w not in _SUFFIXES] or folded.split()
    words = _join_particles(words)
    turns = frozenset("".join(words[i:] + words[:i]) for i in range(len(words)))
    return Name(tuple(words), turns, folded in _NOBODY)


def _join_particles(words: list[str]) -> list[str]:
    out: list[str] = []
    held = ""
    for i, word in enumerate(words):
        if word in _PARTICLES and i + 1 < len(words) and (out or held or len(words) > _MIDDLE_NAMES):
            held += word
        else:
            out.append(held + word)
            held = ""
    return out


@lru_cache(maxsize=8192)
def compare_names(mine: str, other: str) -> Likeness:
    """How well two names go together, whatever their order."""
    a, b = parse_name(mine), parse_name(other)
    if a.nobody or b.nobody:
        return Likeness.EXACT if a.nobody and b.nobody else Likeness.UNKNOWN
    if not a.words or not b.words:
        return Likeness.UNKNOWN
    if not a.turns.isdisjoint(b.turns):
        return Likeness.EXACT
    short, long = (a, b) if len(a.words) <= len(b.words) else (b, a)
    if bool(_HAN.search(mine)) != bool(_HAN.search(other)):
        return Likeness.UNKNOWN  # how Chinese signs are read depends on the language
    if len(short.words) == 1:
        return (
            Likeness.LOOSE
            if short.words[0] == long.words[-1] and len(short.words[0]) > _WHOLE
            else Likeness.DIFFERENT
        )
    return _align(short.words, long.words)


def _align(short: tuple[str, ...], long: tuple[str, ...]) -> Likeness:
    """Match each word of the shorter name with one of the longer; a surname must be among the full words."""
    left = list(long)
    worst = Likeness.EXACT
    surnames = {short[-1], long[-1]}
    surname_met = False
    for word in sorted(short, key=len, reverse=True):
        met, grade = _best(word, left)
        if met is None:
            return Likeness.DIFFERENT
        left.remove(met)
        if len(word) > 1 and len(met) > 1 and (word in surnames or met in surnames):
            surname_met = True
        worst = min(worst, grade)
    if not surname_met or len(left) > _MIDDLE_NAMES:
        return Likeness.DIFFERENT
    return min(worst, Likeness.COMPATIBLE)


def _best(word: str, among: Sequence[str]) -> tuple[str | None, Likeness]:
    if word in among:
        return word, Likeness.EXACT
    best, best_grade, best_score = None, Likeness.DIFFERENT, 0.0
    for other in among:
        grade, score = _compare_words(word, other)
        if (grade, score) > (best_grade, best_score):
            best, best_grade, best_score = other, grade, score
    return best, best_grade


def _compare_words(word: str, other: str) -> tuple[Likeness, float]:
    if len(word) == 1 or len(other) == 1:
        return (Likeness.COMPATIBLE, 0.5) if word[0] == other[0] else (Likeness.DIFFERENT, 0.0)
    score = Levenshtein.normalized_similarity(word, other)
    if score >= _SPELLING or (
        score >= _SAME_CONSONANTS and word[0] == other[0] and _skeleton(word) == _skeleton(other)
    ):
        return Likeness.SIMILAR, score
    if min(len(word), len(other)) >= _WHOLE and (word.startswith(other) or other.startswith(word)):
        return Likeness.SIMILAR, score
    return Likeness.DIFFERENT, 0.0


def _skeleton(word: str) -> str:
    """The consonants that survive transliteration."""
    word = word.replace("ph", "f").replace("ck", "k").replace("c", "k").replace("v", "f").replace("w", "f")
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[aeiouyhj]", "", word))


def compare_authors(mine: Sequence[str], others: Sequence[str]) -> Likeness:
    """How well two lists of authors go together: the first named of either must be among the other's.

    Lists that only share a later name (a translator, an illustrator) go together loosely at best.
    """
    mine = [n for n in mine if n and fold(n) not in _MANY]
    others = [n for n in others if n and fold(n) not in _MANY]
    if not mine or not others:
        return Likeness.UNKNOWN
    first = max(compare_names(mine[0], other) for other in others)
    if first > Likeness.LOOSE:
        straight = compare_names(mine[0], others[0]) > Likeness.LOOSE
        shared = straight or any(compare_names(name, others[0]) > Likeness.LOOSE for name in mine[1:])
        return first if shared else min(first, Likeness.LOOSE)
    later = max((compare_names(a, b) for a in mine[1:] for b in others), default=Likeness.DIFFERENT)
    return Likeness.LOOSE if later > Likeness.LOOSE else first
