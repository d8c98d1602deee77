"""Names of authors: whether two spellings can be one person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from completist.kinds.books.matching.folding import fold


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
    bare: tuple[str, ...]  #: the same words without the particles joined to them
    turns: frozenset[str]  #: the words run together, begun at each word in turn
    nobody: bool  #: "unknown", "anonymous": says that no author is known


_ROLE = re.compile(r"[(\[][^)\]]*[)\]]?|\bet al\.?", re.IGNORECASE)
_INITIALS = re.compile(r"\b([A-Z])([A-Z])([A-Z])?(?=\s+[A-Z][a-z])")
_PARTICLES = frozenset({
    "le", "la", "de", "du", "des", "di", "da", "del", "della", "van", "von", "der", "den", "ten", "ter", "mc", "mac",
    "st", "al", "el", "bin", "ibn", "ben", "dos", "das", "san", "saint",
})  # fmt: skip
#: Those with which a surname is often written and as often not: "von Goethe", "de Balzac".
_LEFT_OUT = frozenset({
    "le", "la", "de", "du", "des", "di", "da", "del", "della", "van", "von", "der", "den", "ten", "ter", "dos", "das",
})  # fmt: skip
_SUFFIXES = frozenset({
    "jr", "sr", "ii", "iii", "iv", "phd", "md", "dr", "prof", "professor", "sir", "rev", "reverend", "mr", "mrs", "ms",
    "dame", "lord", "lady", "esq", "ed", "eds", "editor",
})  # fmt: skip
#: How alike two words of a name are, of 1, to be spellings of one; less will do where the consonants agree.
_SPELLING, _SAME_CONSONANTS = 0.8, 0.6
_FULL = 3  #: letters, at least, of the longest word of a name that stands for a person by itself
_WHOLE = 3  #: letters; shorter beginnings of a word are not taken for its short form
_SHORT_FORM = 5  #: letters, at most, of one; in words so short one letter makes another name
_MIDDLE_NAMES = 2  #: words that one form of a name may leave out
_NOBODY = frozenset(
    {"anonymous", "unknown", "unknown author", "anon", "author unknown", "n a", "na", "none", "not a book"}
)
_MANY = frozenset({"various", "various authors", "multiple authors", "several authors", "others", "assorted"})


_JOINED = re.compile(r"\s+(?:&|and|with)\s+", re.IGNORECASE)
_DIGIT = re.compile(r"\d")  # of dates in a heading: "Homer ca. 8th cent. B.C."
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
    words, bare = _join_particles(words)
    turns = frozenset("".join(words[i:] + words[:i]) for i in range(len(words)))
    return Name(tuple(words), tuple(bare), turns, folded in _NOBODY)


def _join_particles(words: list[str]) -> tuple[list[str], list[str]]:
    """The words with particles joined to what follows, and without; what stands first is a given name: "Ben", "Al"."""
    joined: list[str] = []
    bare: list[str] = []
    held = kept = ""
    for i, word in enumerate(words):
        if word in _PARTICLES and joined and i + 1 < len(words):
            held += word
            kept += "" if word in _LEFT_OUT else word
        else:
            joined.append(held + word)
            bare.append(kept + word)
            held = kept = ""
    return joined, bare


@lru_cache(maxsize=32768)
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
    if _is_surname(short, long):
        return Likeness.LOOSE
    if len(short.words) == 1:
        return Likeness.DIFFERENT
    likeness = _align(short.words, long.words)
    if likeness is Likeness.DIFFERENT and (short.bare, long.bare) != (short.words, long.words):
        return min(_align(short.bare, long.bare), Likeness.SIMILAR)
    return likeness


def _is_surname(name: Name, full: Name) -> bool:
    """Whether a name is no more than the surname of another, with or without its particle."""
    whole = "".join(name.words)
    return len(full.words) > 1 and len(whole) > _WHOLE and whole in (full.words[-1], full.bare[-1])


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
        if grade is Likeness.SIMILAR and surnames.isdisjoint((word, met)) and not _one_given(word, met):
            grade = Likeness.LOOSE
        left.remove(met)
        if len(word) > 1 and len(met) > 1 and (word in surnames or met in surnames):
            surname_met = True
        worst = min(worst, grade)
    if not surname_met or len(left) > _MIDDLE_NAMES:
        return Likeness.DIFFERENT
    if worst is not Likeness.EXACT and long[0] in left and len(long[0]) > 1:
        return Likeness.LOOSE  # "R. Harris", "Rich Harris": hardly Judith Rich Harris
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
    short = min(len(word), len(other))
    if score >= _SPELLING and short > _SHORT_FORM:
        return Likeness.SIMILAR, score
    if score >= _SAME_CONSONANTS and word[0] == other[0] and _sound_alike(word, other):
        return Likeness.SIMILAR, score
    if _WHOLE <= short <= _SHORT_FORM and word[:short] == other[:short]:
        return Likeness.SIMILAR, score
    return Likeness.DIFFERENT, 0.0


def _one_given(word: str, other: str) -> bool:
    """Whether given names spelled alike are not those of a man and a woman: "Stefan" and "Stefanie"."""
    short, long = sorted((word, other), key=len)
    if long.startswith(short) and len(short) <= _SHORT_FORM:
        return len(long) - len(short) > 1 or long[-1] in ("e", short[-1])
    return _ends_open(word) == _ends_open(other)


def _ends_open(word: str) -> bool:
    """Whether a word ends in a vowel that is heard: not the last one of "Anne"."""
    return word[-2:].rstrip("e").endswith(("a", "i", "o", "u", "y", "j"))


def _sound_alike(word: str, other: str) -> bool:
    """Whether two words have the same consonants, or differ in no more than a silent one: "Jon" and "John"."""
    bones = _skeleton(word)
    return bones == _skeleton(other) and (len(bones) > 1 or word.replace("h", "") == other.replace("h", ""))


def _skeleton(word: str) -> str:
    """The consonants that survive transliteration."""
    word = word.replace("ph", "f").replace("ck", "k").replace("c", "k").replace("v", "f").replace("w", "f")
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[aeiouyhj]", "", word))


def compare_authors(
    mine: Sequence[str], others: Sequence[str], aliases: Sequence[Sequence[str]] = ()
) -> Likeness:
    """How well two lists of authors go together: the first named of either must be among the other's.

    Lists that only share a later name (a translator, an illustrator) go together loosely at best. ``aliases`` are
    further names of each of ``others``, by which a person is known at most as well as `compare_person` says.
    """
    mine = [n for n in mine if n and fold(n) not in _MANY]
    also = [*aliases, *[()] * (len(others) - len(aliases))]
    known = [(n, a) for n, a in zip(others, also, strict=True) if n and fold(n) not in _MANY]
    if not mine or not known:
        return Likeness.UNKNOWN
    first = max(compare_person(mine[0], *other) for other in known)
    if first > Likeness.LOOSE:
        shared = any(compare_person(name, *known[0]) > Likeness.LOOSE for name in mine)
        return first if shared else min(first, Likeness.LOOSE)
    later = max((compare_person(a, *b) for a in mine[1:] for b in known), default=Likeness.DIFFERENT)
    return Likeness.LOOSE if later > Likeness.LOOSE else first


def compare_person(mine: str, name: str, aliases: Sequence[str] = ()) -> Likeness:
    """How well a name goes together with a person of several names, of which ``name`` is the usual one.

    The others may be anybody's: catalogues file a co-author, a translator, a mere surname among them. One that is
    the name asked for word for word, and a whole name, counts as compatible; one that is like it, loosely.
    """
    likeness = compare_names(mine, name)
    if likeness >= Likeness.COMPATIBLE or not aliases or parse_name(mine).nobody:
        return likeness
    best = max(compare_names(mine, alias) for alias in aliases)
    if best is Likeness.EXACT and _is_whole(parse_name(mine), (name, *aliases)):
        return Likeness.COMPATIBLE
    return max(likeness, Likeness.LOOSE) if best > Likeness.LOOSE else likeness


def _is_whole(name: Name, names: Sequence[str]) -> bool:
    """Whether a name is that of one person: "Plato", "M. Twain"; neither initials nor a part of one of ``names``."""
    whole = "".join(name.words)
    if max(map(len, name.words), default=0) < _FULL:
        return False
    known = [parse_name(each) for each in names if not _DIGIT.search(each)]
    return not any(whole in (*each.words, *each.bare) for each in known if len(set(each.words)) > 1)
