"""Folding: one plain spelling for texts that people would call the same."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

_APOSTROPHES = re.compile("['\u2019\u2018`\u00b4\u02bc\u02bb]")
_ACRONYM = re.compile(r"\b(?:[a-z]\.){2,}")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_OTHER = re.compile(r"[^a-z0-9]+")
#: Scripts written without spaces: each sign becomes a word of its own, so that no word boundary is invented.
_UNSPACED = re.compile(r"([\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")
_SIGNS = (("c++", "c plus plus"), ("c#", "c sharp"), ("&", " and "), (" / ", " and "), ("@", " at "))

_ONES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = (
    "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_NTHS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
_I_TO_XX = (
    "i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x",
    "xi", "xii", "xiii", "xiv", "xv", "xvi", "xvii", "xviii", "xix", "xx",
)  # fmt: skip
_UNITS = {word: n for n, word in enumerate(_ONES)}
_CARDINALS = _UNITS | {word: n for n, word in enumerate(_TEENS, 10)}
_DECADES = {word: n * 10 for n, word in enumerate(_TENS, 2)}
_ORDINALS = {word: n for n, word in enumerate(_NTHS, 1)}
_ORDINAL = re.compile(r"(\d+)(?:st|nd|rd|th)")
_ROMAN = {roman: n for n, roman in enumerate(_I_TO_XX, 1)}
#: Roman numerals that are also words or initials: read as numbers only after a word such as "volume".
_AMBIGUOUS = frozenset({"i", "v", "x", "xi", "xx"})
#: Words that announce a number, in one spelling.
LABELS = {
    "vol": "vol", "volume": "vol", "volumes": "vol", "band": "vol", "tome": "vol", "tomo": "vol",
    "part": "part", "parts": "part", "pt": "part", "teil": "part", "partie": "part", "parte": "part",
    "book": "book", "books": "book", "bk": "book", "bks": "book", "buch": "book", "livre": "book",
    "no": "no", "number": "no", "numbers": "no", "nr": "no", "issue": "no", "episode": "episode",
}  # fmt: skip


#: British spellings of which the American one only swaps or drops letters.
_BRITISH = {
    stem + "our": stem + "or"
    for stem in (
        "col", "hon", "fav", "harb", "neighb", "lab", "behavi", "arm", "rum", "hum", "od", "vap", "vig", "sav",
        "parl", "savi", "endeav", "clam", "tum", "ard", "ferv", "rig", "splend", "val", "cand", "flav",
    )
} | {
    stem + "re": stem + "er"
    for stem in ("cent", "theat", "fib", "met", "lit", "scept", "spect", "lust", "sab", "somb", "calib")
} | {
    "grey": "gray", "defence": "defense", "offence": "offense", "programme": "program", "catalogue": "catalog",
    "dialogue": "dialog", "mould": "mold", "plough": "plow", "tyre": "tire", "pyjamas": "pajamas",
    "jewellery": "jewelry", "traveller": "traveler", "marvellous": "marvelous", "woollen": "woolen",
    "colours": "colors", "coloured": "colored", "neighbours": "neighbors", "travellers": "travelers",
}  # fmt: skip


#: Words that may come to something else; without any, and without digits, all stay as they are.
_SPELLED = frozenset().union(_BRITISH, LABELS, _CARDINALS, _DECADES, _ORDINALS, _ROMAN)


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Lower-case ASCII words with single spaces: accents, punctuation and scripts are gone.

    Texts in other scripts are transliterated sign by sign. Text without any letter or digit folds to itself,
    in lower case and trimmed, so that a book called "?" is not like every other.
    """
    plain = text
    if not text.isascii():
        plain = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text))
        plain = anyascii(_UNSPACED.sub(r" \1 ", plain))
    plain = plain.lower()
    for sign, words in _SIGNS:
        if sign in plain:
            plain = plain.replace(sign, words)
    plain = _APOSTROPHES.sub("", plain)
    if "." in plain:
        plain = _ACRONYM.sub(lambda m: m.group().replace(".", ""), plain)
    if "," in plain:
        plain = _THOUSANDS.sub("", plain)
    return _OTHER.sub(" ", plain).strip() or text.casefold().strip()


def normalise(words: list[str]) -> list[str]:
    """``words`` with numerals in digits, and with labels and British spellings in one form.

    Shapes: ``nineteen eighty four`` becomes ``1984``; ``volume ii`` becomes ``vol 2``; ``i`` stays a word
    unless a label such as "part" stands before it.
    """
    if _SPELLED.isdisjoint(words) and "".join(words).isalpha():
        return list(words)  # as most are
    out: list[str] = []
    i = 0
    while i < len(words):
        after_label = bool(out) and out[-1] in LABELS
        at_end = bool(out) and i == len(words) - 1 and words[i] in _ROMAN
        value, used = _number(words, i, after_label=after_label or at_end)
        if used:
            out.append(str(value))
            i += used
        else:
            out.append(_spell(words, i))
            i += 1
    return out


def _spell(words: list[str], at: int) -> str:
    word = words[at]
    if word in _BRITISH:
        return _BRITISH[word]
    if word in LABELS and at + 1 < len(words) and _number(words, at + 1, after_label=True)[1]:
        return LABELS[word]
    return word


def _number(words: list[str], at: int, *, after_label: bool) -> tuple[int, int]:
    """The number that begins at ``at`` and how many words it takes; (0, 0) when there is none."""
    word = words[at]
    following = words[at + 1] if at + 1 < len(words) else ""
    if word.isdigit():
        return int(word), 1
    if word in _DECADES:
        return _tens(word, following)
    if word in _CARDINALS:
        if word in _TEENS and following in _DECADES:
            rest, used = _tens(following, words[at + 2] if at + 2 < len(words) else "")
            return _CARDINALS[word] * 100 + rest, used + 1
        return _CARDINALS[word], 1
    if word in _ROMAN and (after_label or word not in _AMBIGUOUS):
        return _ROMAN[word], 1
    if after_label and word in _ORDINALS:
        return _ORDINALS[word], 1
    if (match := _ORDINAL.fullmatch(word)) is not None:
        return int(match.group(1)), 1
    if word in _ORDINALS and following in LABELS:
        return _ORDINALS[word], 1
    return 0, 0


def _tens(word: str, following: str) -> tuple[int, int]:
    if following in _UNITS and _UNITS[following] > 0:
        return _DECADES[word] + _UNITS[following], 2
    return _DECADES[word], 1
