"""Relations: how one title stands to another, as a named relation with its penalty."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from completist.kinds.books.matching.titles import Title


class Relation(StrEnum):
    """How the title asked for and the title found go together, as reason codes."""

    EXACT = "title_exact"  #: the same words, subtitle and all
    EXTRA_ASKED = "subtitle_only_asked"  #: the same title; only the one asked for has a subtitle
    EXTRA_FOUND = "subtitle_only_found"  #: the same title; only the one found has a subtitle
    SIMILAR_SUBTITLE = "subtitle_similar"  #: the same title, subtitles alike
    OTHER_SUBTITLE = "subtitle_differs"  #: the same title, another subtitle
    SERIES_PREFIX = "series_prefix"  #: one side puts the series in front of the title
    SPELLING = "title_spelling"  #: a letter differs
    NUMBERED = "title_numbered"  #: the same but for a volume number that only one side has
    AS_SUBTITLE = "title_as_subtitle"  #: the title of one is the subtitle of the other
    LONGER = "title_longer"  #: one goes on for several words where the other ends
    ALIKE = "title_alike"  #: much the same words
    OTHER = "title_differs"


#: The penalty of each relation; that of the last two also grows with the difference.
PENALTY = {
    Relation.EXACT: 0.0,
    Relation.EXTRA_ASKED: 0.06,
    Relation.EXTRA_FOUND: 0.16,
    Relation.SIMILAR_SUBTITLE: 0.05,
    Relation.OTHER_SUBTITLE: 0.35,
    Relation.SERIES_PREFIX: 0.06,
    Relation.SPELLING: 0.1,
    Relation.NUMBERED: 0.2,
    Relation.AS_SUBTITLE: 0.3,
    Relation.LONGER: 0.3,
    Relation.ALIKE: 0.3,
    Relation.OTHER: 0.5,
}
_ALIKE = 80.0  #: rapidfuzz ratio, of 100, from which titles are worth a person's look
_SUBTITLES_ALIKE = 90.0
_GOES_ON = 4  #: words by which one title has to be longer to be the other with its subtitle
_SPELLABLE, _LONG = 4, 8  #: letters of a word in which one slip, and two, are taken for spelling
#: A subtitle of so many words, without its leading article, describes; after "a" or "an", and after a title as short
#: as a series' name, the bar is another.
_DESCRIPTIVE, _INDEFINITE, _NAME = 5, 4, 2
#: Words of titles that name a series rather than a book.
_SERIAL = re.compile(
    r"\b(?:chronicles?|saga|trilogy|series|cycle|quartet|adventures|tales|wars|trek|library|guide)\b"
)
#: Words of subtitles that make a book another one than that of the same title.
_ANOTHER = re.compile(
    r"\bother (?:stories|tales|poems|essays|plays|writings|novellas|works)\b"
    r"|\b(?:sequel|continued|revisited|trilogy|collection|omnibus)$"
)
#: What announces one more part of a subtitle, or one more title.
_FURTHER = (";", " / ", ": ")


@dataclass(frozen=True, slots=True)
class Related:
    """The relation of two titles, its penalty, and whether their numbers contradict one another."""

    relation: Relation
    penalty: float
    clash: bool = False  #: different volumes, parts, years: never the same book


def relate(asked: Title, found: Title) -> Related:
    """How ``found`` stands to ``asked``."""
    if asked.key == found.key:
        relation = Relation.EXACT if _tails_go(asked, found) else Relation.NUMBERED
        return _related(relation, _numbers_clash(asked, found))
    clash = _numbers_clash(asked, found)
    if asked.core_key == found.core_key:
        relation = _by_subtitle(asked, found) if _tails_go(asked, found) else Relation.NUMBERED
        return _related(relation, clash)
    if _series_in_front(asked, found) or _series_in_front(found, asked):
        return _related(Relation.SERIES_PREFIX, clash)
    if asked.numbers != found.numbers and asked.bare == found.bare and _rests_go(asked, found):
        more = PENALTY[_by_subtitle(asked, found)]
        return _related(Relation.NUMBERED, clash or _position_against(asked, found), more)
    if found.rest_key == asked.core_key or asked.rest_key == found.core_key:
        return _related(Relation.AS_SUBTITLE, clash)
    if asked.numbers == found.numbers and _one_letter_off(asked, found):
        sub = _by_subtitle(asked, found)
        if sub in (Relation.EXACT, Relation.EXTRA_ASKED, Relation.EXTRA_FOUND, Relation.SIMILAR_SUBTITLE):
            return _related(Relation.SPELLING, clash, PENALTY[sub])
        return _related(Relation.OTHER_SUBTITLE, clash, 0.1)
    if asked.numbers == found.numbers and _goes_on(asked, found):
        return _related(Relation.LONGER, clash)
    ratio = max(fuzz.ratio(asked.core, found.core), fuzz.token_sort_ratio(asked.core, found.core))
    if ratio >= _ALIKE:
        return _related(Relation.ALIKE, clash, (100 - ratio) / 100)
    return _related(Relation.OTHER, clash, (100 - ratio) / 100)


def _related(relation: Relation, clash: bool, more: float = 0.0) -> Related:  # noqa: FBT001 - private, one caller each
    return Related(relation, PENALTY[relation] + more, clash)


def _by_subtitle(asked: Title, found: Title) -> Relation:
    if asked.rest_key == found.rest_key:
        return Relation.EXACT
    if not found.rest:
        return Relation.EXTRA_ASKED
    if not asked.rest:
        return Relation.EXTRA_FOUND
    if _subtitles_alike(asked, found):
        return Relation.SIMILAR_SUBTITLE
    return Relation.OTHER_SUBTITLE if describes(asked) or describes(found) else Relation.OTHER


def _subtitles_alike(asked: Title, found: Title) -> bool:
    """Whether two subtitles are one, reworded or cut short.

    Those that name books of a series differ by a word ("The Secret of the Old Clock", "... of the Old Attic"), so
    a part of a subtitle counts only where it describes, and likeness has to be great.
    """
    if asked.rest_numbers != found.rest_numbers:
        return False
    mine, other = asked.rest.split(), found.rest.split()
    shorter = asked if len(mine) <= len(other) else found
    if describes(shorter) and (set(mine) <= set(other) or set(other) <= set(mine)):
        return True
    alike = max(fuzz.ratio(asked.rest, found.rest), fuzz.token_sort_ratio(asked.rest, found.rest))
    return alike >= _SUBTITLES_ALIKE


def describes(title: Title) -> bool:
    """Whether the subtitle says what the book is about or is a second title, rather than names one of a series.

    "Why generalists triumph in a specialized world" does, "The Two Towers" does not: length tells them apart
    well enough where the title itself does not speak of a series and the subtitle lists no titles.
    """
    if _ANOTHER.search(title.rest):
        return False
    if title.alternative:
        return True
    indefinite = title.subtitle[:2].lower() == "a " or title.subtitle[:3].lower() == "an "
    needed = _INDEFINITE if indefinite else _DESCRIPTIVE + (len(title.words) <= _NAME)
    if title.rest.count(" ") + 1 < needed or _SERIAL.search(title.core):
        return False
    return not any(sign in title.subtitle for sign in _FURTHER)


def _tails_go(asked: Title, found: Title) -> bool:
    """Whether the volume number at the end of either title is known to the other side."""
    mine, other = asked.end, found.end
    if mine == other:
        return True
    return (not mine or mine == found.position) and (not other or other == asked.position)


def _rests_go(asked: Title, found: Title) -> bool:
    return _by_subtitle(asked, found) not in (Relation.OTHER_SUBTITLE, Relation.OTHER)


def _series_in_front(long: Title, short: Title) -> bool:
    """Whether ``long`` reads "Series: Title" or "Series, Vol. 1: Title" where ``short`` is that title.

    The series has to be named in brackets by one of the two, and a number by neither or alike by both.
    """
    if not long.rest_key or long.rest_key != short.key:
        return False
    if long.numbers and short.position and long.numbers != {short.position}:
        return False
    return bool(long.bare) and long.bare in (short.series_key, long.series_key)


def _numbers_clash(asked: Title, found: Title) -> bool:
    if asked.numbers and found.numbers and asked.numbers != found.numbers:
        return True
    if asked.rest_numbers and found.rest_numbers and asked.rest_numbers.isdisjoint(found.rest_numbers):
        return True
    if asked.volumes and found.volumes and asked.volumes.isdisjoint(found.volumes):
        return True
    return _positions_clash(asked, found)


def _positions_clash(asked: Title, found: Title) -> bool:
    """Whether one series names two numbers for a book that is called like the series itself."""
    if not (asked.position and found.position) or asked.position == found.position:
        return False
    return asked.core_key in (asked.series_key, found.series_key)


def _position_against(asked: Title, found: Title) -> bool:
    """Whether the volume number that one title holds is not the series number of the other."""
    if asked.numbers and found.position and not found.numbers:
        return found.position not in asked.numbers
    if found.numbers and asked.position and not asked.numbers:
        return asked.position not in found.numbers
    return False


def _goes_on(asked: Title, found: Title) -> bool:
    """Whether one title begins with the other and goes on for several words: a subtitle without its colon."""
    mine, other = (f"{t.core} {t.rest}".split() for t in (asked, found))
    short, long = sorted((mine, other), key=len)
    return len(short) > 1 and len(long) - len(short) >= _GOES_ON and long[: len(short)] == short


def _one_letter_off(asked: Title, found: Title) -> bool:
    """Whether the cores differ in spelling only: one letter, or two in a long word, and not in a short word."""
    mine, other = asked.words, found.words
    if len(mine) != len(other):
        return False
    off = [(a, b) for a, b in zip(mine, other, strict=True) if a != b]
    if not off or len(off) > max(1, len(mine) // 3):
        return False
    return all(
        min(len(a), len(b)) >= _SPELLABLE
        and not a.isdigit()
        and not b.isdigit()
        and OSA.distance(a, b, score_cutoff=2) <= (1 if min(len(a), len(b)) < _LONG else 2)
        for a, b in off
    )
