"""Wording: which words of a title tell one book from another, and which only describe it or its edition."""

from __future__ import annotations

import re
from itertools import pairwise

from completist.kinds.books.matching.folding import LABELS, fold, normalise

ARTICLES = frozenset({"the", "a", "an"})

_FORMS = "novel|memoir|thriller|mystery|romance|novella"
#: Subtitles that say what sort of book it is and not which: "a novel", "a memoir of the craft", "stories".
_FORM = re.compile(
    rf"""an?\ (?:\w+\ ){{0,4}}(?:{_FORMS})s?(?:\ (?:of|about|in|from|based|featuring|set|by)\ .*)?
        |(?:the\ )?(?:{_FORMS})s?|roman|novela|short\ stories|stories|poems|essays|plays|nonfiction|fiction
        |(?:\w+\ ){{0,3}}(?:classics?|masterworks|paperbacks?|reprints?)
        |an?\ (?:\w+\ ){{0,2}}(?:story|autobiography|biography|fable|fairy\ tale|novelization)""",
    re.VERBOSE,
)
#: Words that describe an edition when they stand before "edition" at the end of a title.
_EDITION_WORDS = frozenset({
    "revised", "updated", "expanded", "enlarged", "new", "anniversary", "special", "deluxe", "collectors",
    "collector", "international", "illustrated", "paperback", "hardcover", "kindle", "ebook", "large", "print",
    "unabridged", "movie", "film", "tv", "media", "tie", "in", "student", "annotated", "corrected", "limited",
    "classic", "classics", "mass", "market", "trade", "library", "authorized", "definitive", "reissue", "reprint",
    "american", "british", "uk", "us", "english", "global", "critical", "norton", "bilingual", "original", "premium",
    "year", "full", "color", "colour", "completely", "fully", "and", "the", "a", "th", "s",
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
})  # fmt: skip
_EDITION = frozenset({"edition", "ed", "edn", "editions"})
_ORDINAL = re.compile(r"\d+(?:st|nd|rd|th)")
#: Notes on an edition without that word, at the end of a title.
_NOTES = (
    ("unabridged",), ("large", "print"), ("movie", "tie", "in"), ("film", "tie", "in"), ("annotated",),
    ("paperback",), ("hardcover",), ("a", "novel"), ("a", "memoir"), ("audiobook",), ("kindle",), ("audio", "cd"),
)  # fmt: skip
#: The same by their last word.
_NOTES_ON = {note[-1]: [each for each in _NOTES if each[-1] == note[-1]] for note in _NOTES}
_SERIES_WORDS = frozenset({
    "series", "trilogy", "quartet", "quintet", "duology", "saga", "cycle", "chronicles", "novels", "novel", "library",
})  # fmt: skip


def title_words(text: str) -> list[str]:
    """The words of a main title: folded, numbers in digits, no leading article, no notes on the edition."""
    return _telling(without_edition(fold(text).split())) if text else []


def subtitle_words(text: str) -> list[str]:
    """The words of a subtitle, likewise; none when it only says what sort of book it is."""
    words = without_edition(fold(text).split()) if text else []
    return [] if _FORM.fullmatch(" ".join(words)) else _telling(words)


def series_words(text: str) -> list[str]:
    """The words of a series' name, likewise, without "series", "trilogy" and the like at the end."""
    words = _telling(fold(text).split()) if text else []
    while len(words) > 1 and words[-1] in _SERIES_WORDS:
        words = words[:-1]
    return words


def _telling(words: list[str]) -> list[str]:
    return normalise(words[1:] if len(words) > 1 and words[0] in ARTICLES else words)


def without_edition(words: list[str]) -> list[str]:
    """``words`` without notes on the edition at their end; some word always stays."""
    while (shorter := _cut(words)) is not words:
        words = shorter
    return words


def _cut(words: list[str]) -> list[str]:
    if words and words[-1] in _EDITION:
        at = len(words) - 1
        while at > 0 and (words[at - 1] in _EDITION_WORDS or _ORDINAL.fullmatch(words[at - 1])):
            at -= 1
        if at < len(words) - 1:
            return words[:at]
    for note in _NOTES_ON.get(words[-1], ()) if words else ():
        if len(words) > len(note) and tuple(words[-len(note) :]) == note:
            return words[: -len(note)]
    return words


def key(words: list[str]) -> str:
    """The words without spaces, articles and labels before a number: "the vol 1" and "1" are one."""
    last = len(words) - 1
    return "".join(
        w
        for i, w in enumerate(words)
        if i == last or not (w in ARTICLES or (w in LABELS and words[i + 1].isdigit()))
    )


def bare_key(words: list[str]) -> str:
    """The same without any number."""
    last = len(words) - 1
    kept = [w for i, w in enumerate(words) if i == last or not (w in LABELS and words[i + 1].isdigit())]
    return key([w for w in kept if not w.isdigit()])


def volumes(words: list[str]) -> frozenset[str]:
    """The numbers announced as those of a volume, part, book, number or episode."""
    return frozenset(number for label, number in pairwise(words) if label in LABELS and number.isdigit())
