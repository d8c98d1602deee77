"""Scoring: one hit of the catalogue beside what was asked: its penalties by name, its vetoes, its doubts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from completist.domain.matching import Distance
from completist.kinds.books.matching.asking import Asked
from completist.kinds.books.matching.names import Likeness, compare_authors, compare_person
from completist.kinds.books.matching.relations import Related, Relation, describes, relate
from completist.kinds.books.matching.titles import Title, parse_title
from completist.kinds.books.matching.vetoes import marks_of
from completist.kinds.books.matching.wording import ARTICLES
from completist.sdk.catalogue import Hit

#: The penalty of each likeness of the authors.
AUTHOR_PENALTY = {
    Likeness.EXACT: 0.0,
    Likeness.COMPATIBLE: 0.02,
    Likeness.SIMILAR: 0.05,
    Likeness.LOOSE: 0.2,
    Likeness.UNKNOWN: 0.3,
    Likeness.DIFFERENT: 1.0,
}
#: The penalty of one doubt: enough that nothing doubtful looks certain.
DOUBT_PENALTY = 0.06
#: The penalty by the years between the two first publications, at most.
_YEARS_APART = ((0, 0.0), (1, 0.01), (5, 0.03), (100_000, 0.06))
_UNKNOWN_YEAR = 0.05  #: of a record without a year where the list names one
_OTHER_POSITION = 0.05  #: of another number in the series; series are counted in several ways
_UNTIDY = 0.01  #: of a record that looks less well kept: only orders records of one work
_SLIP = 2  #: years by which lists and catalogues differ about a first publication
_TELLING = 3  #: words of a title from which it is hardly that of a series
_SMALL = ARTICLES | {"and", "of", "in", "on", "to", "for", "with"}
_SHORT = 4  #: letters; a title of one such word needs more than itself

_QUALITIES = "new|collected|selected|complete|assorted|early|later|best|great|greatest|short|major|other"
_CONTENTS = "poems|poetry|stories|tales|works|essays|plays|writings|letters|fiction|novels|prose|lyrics|verse"
#: Titles that say what is inside and not which book it is: many books of one author may be called so.
_GENERIC = re.compile(
    rf"(?:(?:{_QUALITIES}|and) )*(?:{_CONTENTS})|diary|diaries|journals|memoirs|autobiography|notebooks"
)


@dataclass(frozen=True, slots=True)
class Scored:
    """A hit beside what was asked: its distance by named penalties, and why it can or cannot be the one."""

    hit: Hit
    title: Title  #: the form of its title that fits best
    relation: Relation
    authors: Likeness
    distance: Distance
    reasons: tuple[str, ...]
    veto: str = ""  #: the reason why it is a different book; empty when it may be the one
    doubts: tuple[str, ...] = ()  #: reasons why a person has to look
    aliased: bool = False  #: the author is known only by another name


def score(wanted: Asked, hit: Hit) -> Scored:
    """Compare one hit with what was asked."""
    authors, aliased = _compare_authors(wanted, hit)
    title, related = _closest(wanted.title, hit)
    later = _later(wanted.year, hit.year)
    veto = _veto(wanted.title, title, related, authors, later)
    doubts = () if veto else _doubts(wanted, hit, title, related.relation, authors, aliased=aliased)
    penalties = {
        "title": round(related.penalty, 4),
        "author": AUTHOR_PENALTY[authors],
        "year": _year_penalty(later, asked=wanted.year is not None),
        "series": _OTHER_POSITION if _counted_otherwise(wanted.title, title) else 0.0,
        "record": _record_penalty(wanted, hit, title),
        "doubts": round(DOUBT_PENALTY * len(doubts), 4),
    }
    return Scored(
        hit=hit,
        title=title,
        relation=related.relation,
        authors=authors,
        distance=Distance({name: penalty for name, penalty in penalties.items() if penalty}),
        reasons=(
            related.relation.value,
            "author_alias" if aliased else f"author_{authors.name.lower()}",
            _year_reason(later),
        ),
        veto=veto,
        doubts=doubts,
        aliased=aliased,
    )


def _compare_authors(wanted: Asked, hit: Hit) -> tuple[Likeness, bool]:
    """How the authors go together, and whether that rests on another name of one of them."""
    direct = compare_authors(wanted.authors, hit.authors)
    if direct >= Likeness.COMPATIBLE or not hit.aliases:
        return direct, False
    likeness = compare_authors(wanted.authors, hit.authors, hit.aliases)
    return likeness, likeness > Likeness.LOOSE >= direct


def _closest(wanted: Title, hit: Hit) -> tuple[Title, Related]:
    """The form of the hit's title that fits best, its main title where others fit no better."""
    main = parse_title(hit.title, hit.subtitle)
    best = (main, relate(wanted, main))
    best_rank = _rank(wanted, *best)
    for other in hit.other_titles:
        if best_rank == (False, False, 0.0):
            break
        title = parse_title(other)
        related = relate(wanted, title)
        if (rank := _rank(wanted, title, related)) < best_rank:
            best, best_rank = (title, related), rank
    return best


def _rank(wanted: Title, title: Title, related: Related) -> tuple[bool, bool, float]:
    """How well a title fits: the least is the best."""
    return related.clash, title.marks != wanted.marks, related.penalty


def _later(mine: int | None, other: int | None) -> int | None:
    """How many years later the record's first publication is; None when either is unknown."""
    return None if mine is None or other is None else other - mine


def _near(later: int | None) -> bool:
    return later is not None and abs(later) <= 1


def _veto(wanted: Title, title: Title, related: Related, authors: Likeness, later: int | None) -> str:
    """Why a hit is another book, however alike; empty when it may be the one."""
    if related.relation is Relation.OTHER:
        return "veto_title"
    if (marks := wanted.marks ^ title.marks) and not (marks == {"adaptation"} and _near(later)):
        return f"veto_{min(marks)}"
    if related.clash:
        return "veto_number"
    return "veto_author" if authors is Likeness.DIFFERENT else ""


def _doubts(
    wanted: Asked, hit: Hit, title: Title, relation: Relation, authors: Likeness, *, aliased: bool
) -> tuple[str, ...]:
    """Why a hit that may be the one is not certain enough to be written."""
    later = _later(wanted.year, hit.year)
    near, exact, mine = _near(later), relation is Relation.EXACT, wanted.title
    spelled = authors is Likeness.SIMILAR and not near
    misnamed = aliased and not _alias_suffices(relation, later)
    unlike = later > 1 if later is not None else not exact
    doubts = {
        "no_author": not wanted.authors,
        "author_unconfirmed": bool(wanted.authors) and (authors <= Likeness.LOOSE or spelled or misnamed),
        "title_unconfirmed": not _title_suffices(relation, mine, title, later),
        "other_contributor": unlike and _names_another(hit, wanted.authors),
        "short_title": _is_short(mine) and not (near or (exact and authors is Likeness.EXACT)),
        "generic_title": not near and _GENERIC.fullmatch(mine.core) is not None,
        "series_range": not near and _ranges_differ(mine, title),
        "adaptation": mine.marks != title.marks,
    }
    return tuple(name for name, doubtful in doubts.items() if doubtful)


def _ranges_differ(mine: Title, other: Title) -> bool:
    """Whether only one side speaks of several volumes, under the name of the series or of its first volume."""
    if mine.spans == other.spans or mine.marks or mine.numbers:
        return False
    ranging = mine if mine.spans else other
    return not ranging.series_key or ranging.series_key == ranging.core_key


def _alias_suffices(relation: Relation, later: int | None) -> bool:
    """Whether all else leaves no doubt that another name is this author's: the title, and no earlier record."""
    return relation in (Relation.EXACT, Relation.SERIES_PREFIX) and (later is None or later >= -_SLIP)


def _names_another(hit: Hit, mine: Sequence[str]) -> bool:
    """Whether a record names a second person whom the list does not: the artist of an adaptation, perhaps."""
    aliases = hit.aliases or ((),) * len(hit.authors)
    return any(
        all(compare_person(name, author, also) <= Likeness.LOOSE for name in mine)
        for author, also in list(zip(hit.authors, aliases, strict=True))[:2]
    )


def _title_suffices(relation: Relation, mine: Title, other: Title, later: int | None) -> bool:
    """Whether the relation of the titles leaves no room for another book.

    A subtitle on one side only is harmless when it describes, and dangerous when it may name one book of a
    series. A work that the catalogue knows from years before is not a book first published since.
    """
    match relation:
        case Relation.EXACT:
            return True
        case Relation.SIMILAR_SUBTITLE:
            return not (more := _added(mine, other)) or (_near(later) and _cut_short(more))
        case Relation.SERIES_PREFIX:
            return later is None or _near(later)
        case Relation.EXTRA_ASKED:
            return describes(mine) and (later is None or later >= -_SLIP)
        case Relation.EXTRA_FOUND:
            certain = other.alternative or (later is None and len(other.words) >= _TELLING)
            return describes(other) and (certain or _near(later))
        case Relation.SPELLING:
            return _near(later) and mine.rest_key == other.rest_key
        case _:
            return False


def _added(mine: Title, other: Title) -> list[str]:
    """The words by which one subtitle goes beyond the other; none where each has words of its own."""
    short, long = sorted((mine.rest.split(), other.rest.split()), key=len)
    more = [word for word in long if word not in short and word not in _SMALL]
    return more if all(word in long for word in short) else []


def _cut_short(more: Sequence[str]) -> bool:
    """Whether words that only one side has end a long subtitle, rather than make another book: "revisited"."""
    return len(more) >= _TELLING and not marks_of(" ".join(more), "", ())


def _is_short(title: Title) -> bool:
    return len(title.words) == 1 and len(title.core_key) <= _SHORT


def _year_penalty(later: int | None, *, asked: bool) -> float:
    if later is None:
        return _UNKNOWN_YEAR if asked else 0.0
    return next((penalty for most, penalty in _YEARS_APART if abs(later) <= most), _YEARS_APART[-1][1])


def _year_reason(later: int | None) -> str:
    if later is None:
        return "year_unknown"
    return "year_agrees" if _near(later) else "year_differs"


def _counted_otherwise(mine: Title, other: Title) -> bool:
    return bool(mine.position and other.position) and mine.position != other.position


def _record_penalty(wanted: Asked, hit: Hit, title: Title) -> float:
    if title.written == wanted.title.written:
        return 0.0
    other_text = title.text.casefold() != wanted.title.text.casefold()
    fewer = len(wanted.authors) > 1 and len(hit.authors) == 1
    return round(_UNTIDY * ((not title.tidy) + other_text + fewer), 4)
