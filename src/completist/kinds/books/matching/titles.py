"""Titles: what stands in a title, taken apart: the title itself, its subtitle, its series, and what it warns of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import NamedTuple

from completist.kinds.books.matching.folding import LABELS, fold, normalise
from completist.kinds.books.matching.vetoes import marks_of
from completist.kinds.books.matching.wording import (
    bare_key,
    key,
    series_words,
    subtitle_words,
    title_words,
    volumes,
)

_DASH = r"\-\u2013\u2014"  # hyphen, en dash, em dash, inside square brackets of a pattern
_NUMBER = r"(?:\d+(?:\.\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|[ivx]+)"
#: What brackets hold when they name a series: "Dune, #1", "Dark Tower, Book 2", "Discworld, #1; Rincewind #1".
_SERIES = re.compile(
    rf"""^(?P<name>.*?)[\s,:;.{_DASH}]*
        (?:(?:\#|\b(?:vol(?:ume)?s?|books?|bks?|parts?|pt|nos?|number|episode|tome|band|teil)\b\.?)\s*\#?|(?<=,)\s*)
        (?P<first>{_NUMBER})\s*(?:(?:[{_DASH}&+]|,|to|and)\s*\#?{_NUMBER}\s*)*\.?(?:\s*[;,/|].*)?$""",
    re.IGNORECASE | re.VERBOSE,
)
_SERIES_BARE = re.compile(r"^(?P<name>.*\D)[\s,](?P<first>\d{1,3})$")
_SEVERAL = re.compile(
    rf"^\s*#?(\d+(?:\.\d+)?)\s*(?:[{_DASH}&+]|,|to|and)\s*#?(?:.*\D)?(\d+(?:\.\d+)?)", re.IGNORECASE
)
_SET = re.compile(r"\b(?:box|set|omnibus|collection)\b", re.IGNORECASE)
#: Editions for learners count levels: that is no series.
_LEVEL = re.compile(r"\b(?:readers?|bookworms|level|stage)\b", re.IGNORECASE)
_HASH = re.compile(r"^(?P<rest>.+?),?\s+#(?P<number>\d+(?:\.\d+)?)$")
_ARTICLE_BEHIND = re.compile(
    r"^(?P<rest>.+?),\s*(?P<article>the|an?|le|la|les|der|die|das|el|los|las|il)$", re.IGNORECASE
)
_SUBTITLE = re.compile(
    rf"""(?P<alternative>\s*[,;:]\s*or(?:,\s*|:\s*|\s+)|\s+or,\s+)
        |(?<!\d)\s*:\s+|\s+:\s*|:(?=\D)|\s+[{_DASH}]+\s+|\u2014|(?<=[?!])\s+(?=[A-Z])|\s*;\s+""",
    re.VERBOSE,
)
#: What every place holds where a subtitle begins.
_MARK = re.compile(rf"[,;:?!{_DASH}]")
#: "The Sandman Book 3 Dream Country": what follows the number of a volume is the subtitle.
_AFTER_NUMBER = re.compile(r"(?<=\s)(?:vol(?:ume)?|book|part)\.?\s+\d+(?P<gap>,?\s+)(?=[A-Z])", re.IGNORECASE)
#: The word before a number: catalogues write it in too many ways to search for.
_LABEL = re.compile(r"[,\s]+(?:vol(?:ume)?|book|part|no|number)\b\.?\s+(?=\d)", re.IGNORECASE)
#: A subtitle that only names the series, in normal words: "book 4 of the stormlight archive".
_SERIES_SAID = re.compile(
    r"(?:an? |the )?"
    r"(?:(?:book|part|vol|volume|no) (?P<number>\d+)|(?:first|next|last|final|\d+|\w+th) (?:book|volume|novel))"
    r" (?:of|in) .+"
)
#: A longer subtitle describes: no book is called so by itself.
_NAME_WORDS = 5
_VOLUME_DIGITS = 2  #: of a number; more are years
_UP_TO_OF = re.compile(r"^.*?\b(?:of|in)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True, eq=False)
class Title:
    """A title taken apart. The ``*_key`` forms have no spaces: equal keys mean equal words.

    ``text``, ``subtitle`` and ``series`` are as written; ``core`` and ``rest`` are title and subtitle in normal
    words, without leading article, notes on the edition and phrases such as "a novel". Two titles are compared
    by their parts; as objects they are equal only when they are one.
    """

    written: str  #: all of it, in lower case
    text: str
    subtitle: str
    series: str
    position: str  #: in the series: "1", "0.5", "1-3"; empty when not known
    core: str
    rest: str
    key: str  #: core and rest together
    core_key: str
    rest_key: str
    bare: str  #: the core's key without numbers
    series_key: str
    numbers: frozenset[str]  #: in the core
    rest_numbers: frozenset[str]
    tail: str  #: the number of a volume at the very end, which is not part of ``rest``
    volumes: frozenset[str]  #: numbers announced as volume, part, book or episode, anywhere
    marks: frozenset[str]  #: what kind of derived work it says to be: see `vetoes`
    alternative: bool  #: the subtitle is a second title: "or, The Whale"
    tidy: bool  #: nothing had to be left out: neither brackets nor notes on the edition

    @property
    def words(self) -> list[str]:
        """The words of the core."""
        return self.core.split()

    @property
    def end(self) -> str:
        """The number of a volume at the very end, the last word of the subtitle where that is a small number."""
        last = self.rest.rpartition(" ")[2]
        return self.tail or (last if last.isdigit() and len(last) <= _VOLUME_DIGITS else "")

    @property
    def spans(self) -> bool:
        """Whether the series number names several books."""
        return "-" in self.position

    @property
    def searched(self) -> tuple[str, ...]:
        """What to search for, the likeliest first: the title, then other readings of it; never nothing.

        Where brackets name the series and the title begins with it, the subtitle is the book's own name.
        """
        main = _LABEL.sub(" ", self.text)
        whole = f"{main}: {self.subtitle}" if self.subtitle else main
        digits = self.core if not self.numbers <= set(fold(self.text).split()) else ""
        if self.series_key and self.bare == self.series_key:
            readings = (self.subtitle, whole, digits)
        else:
            own_name = self.subtitle if self.rest.count(" ") < _NAME_WORDS else ""
            readings = (whole, digits, own_name)
        return tuple(dict.fromkeys(text for text in readings if text)) or (self.written,)


class _Series(NamedTuple):
    name: str = ""
    position: str = ""
    tail: str = ""


@lru_cache(maxsize=8192)
def parse_title(title: str, subtitle: str = "") -> Title:
    """Take a title apart, as it stands in a list or a catalogue.

    Understands ``(Series, #n)``, ``(Series, Book n)``, ``#1-3``, ``#0.5``, several and nested brackets,
    ``X, The``, subtitles after a colon, a dash or "; or,", and notes on the edition.
    """
    if "&" in title and ";" in title:
        title = unescape(title)
    if subtitle.strip() and not title.casefold().rstrip(")] ").endswith(subtitle.strip().casefold()):
        title = f"{title.rstrip(' :;')}: {subtitle.strip()}"
    plain, asides = _take_brackets(title)
    plain, series, left = _read_series(plain, asides)
    main, rest, alternative = _split(plain)
    core_words, rest_words = title_words(main), subtitle_words(rest)
    if not core_words:
        main, rest = rest or main, ""
        core_words, rest_words = rest_words or [fold(title)], []
    announced = volumes(core_words) | volumes(rest_words) | ({series.tail} - {""})
    rest_words, series = _read_end(rest_words, rest, series)
    core_key, rest_key = key(core_words), key(rest_words)
    if rest_key == core_key:
        rest_words, rest_key = [], ""
    numbers = frozenset([w for w in core_words if w.isdigit()])
    return Title(
        written=title.casefold().strip(),
        text=main,
        subtitle=rest,
        series=series.name,
        position=series.position,
        core=" ".join(core_words),
        rest=" ".join(rest_words),
        key=core_key + rest_key,
        core_key=core_key,
        rest_key=rest_key,
        bare=bare_key(core_words) if numbers else core_key,
        series_key=key(series_words(series.name)),
        numbers=numbers,
        rest_numbers=frozenset([w for w in rest_words if w.isdigit()]),
        tail=series.tail,
        volumes=announced,
        marks=marks_of(fold(main), fold(rest), tuple(fold(aside) for aside in left)),
        alternative=alternative,
        tidy=not asides and not (rest and not rest_words),
    )


def _take_brackets(text: str) -> tuple[str, list[str]]:
    """The text outside brackets, and what stands in each outermost pair. A text all in brackets stays."""
    if "(" not in text and "[" not in text:
        return " ".join(text.split()), []
    outside: list[str] = []
    asides: list[list[str]] = []
    depth = 0
    for sign in text:
        if sign in "([":
            depth += 1
            if depth == 1:
                asides.append([])
                outside.append(" ")
                continue
        elif sign in ")]" and depth:
            depth -= 1
            if depth == 0:
                continue
        (asides[-1] if depth else outside).append(sign)
    plain = re.sub(r"\s+([:,;.!?])", r"\1", " ".join("".join(outside).split())).strip(" :;,-")
    if not plain:
        return " ".join(text.strip("()[] ").split()), []
    return plain, ["".join(aside).strip() for aside in asides]


def _read_series(plain: str, asides: list[str]) -> tuple[str, _Series, list[str]]:
    """The title, the first series that the asides name, and the asides that name none."""
    series, left = _Series(), []
    for aside in asides:
        found = None if _LEVEL.search(aside) else _SERIES.match(aside) or _SERIES_BARE.match(aside)
        if found is None or (series.position and _SET.search(aside)):
            left.append(aside)
        elif not series.position:
            series = _Series(found["name"].strip(" ,;:-#("), _position(aside, found))
    if (hashed := _HASH.match(plain)) is not None:
        plain, number = hashed["rest"], hashed["number"]
        name = series.name or (plain if ":" not in plain else "")
        series = _Series(name, series.position or number, number)
    return plain, series, left


def _position(aside: str, found: re.Match[str]) -> str:
    several = _SEVERAL.match(aside[found.start("first") :].partition(";")[0])
    if several is not None:
        return f"{several[1]}-{several[2]}"
    number = found["first"]
    if "." in number:
        return number.rstrip("0").rstrip(".")
    return normalise(["vol", number.lower()])[-1]


def _split(plain: str) -> tuple[str, str, bool]:
    """Main title, subtitle, and whether that is a second title."""
    plain = _article_in_front(plain)
    cut = (_SUBTITLE.search(plain) if _MARK.search(plain) else None) or _AFTER_NUMBER.search(plain)
    if cut is None or cut.start() == 0 or cut.end() >= len(plain):
        return plain.strip(" :;") or plain, "", False
    start = cut.start("gap") if "gap" in cut.re.groupindex else cut.start()
    alternative = bool(cut.groupdict().get("alternative"))
    return _article_in_front(plain[:start].strip()), plain[cut.end() :].strip(), alternative


def _article_in_front(text: str) -> str:
    behind = _ARTICLE_BEHIND.match(text)
    return f"{behind['article']} {behind['rest']}" if behind is not None else text


def _read_end(words: list[str], text: str, series: _Series) -> tuple[list[str], _Series]:
    """The subtitle's words without a series or the number of a volume at their end, and what these add."""
    if (said := _SERIES_SAID.fullmatch(" ".join(words))) is not None:
        name = series.name or _UP_TO_OF.sub("", text)
        return [], _Series(name, series.position or said["number"] or "", series.tail)
    *front, label, number = words if len(words) > 2 else ["", "", ""]  # noqa: PLR2004 - a label, a number, a word
    if front and label in LABELS and number.isdigit():
        return front, _Series(series.name, series.position, series.tail or number)
    return words, series
