"""Matching: which work of the catalogue a book of a list is. Deterministic, explainable, three-way.

The rules follow what was measured on real lists: ratios of similarity cannot tell "Dune" from "Dune Messiah"
or part 1 from part 2, so structure decides, and ratios only say what is worth showing to a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log10

from completist.domain.fields import Data
from completist.domain.matching import Distance, Verdict
from completist.kinds.books.matching.asking import Asked, asked
from completist.kinds.books.matching.names import Likeness, compare_authors
from completist.kinds.books.matching.relations import Relation, describes, relate
from completist.kinds.books.matching.scoring import Scored, score
from completist.kinds.books.matching.titles import Title
from completist.sdk.catalogue import Hit

#: How many candidates a person is shown.
SHOWN = 5
#: The distance by which the best has to lead the next distinct work.
MARGIN = 0.15
#: A candidate farther away than this is not shown.
FARTHEST = 0.7
#: Records of one work within this distance of the best are chosen among by their editions.
_EVEN = 0.1
#: How much ten times as many editions count between them, as a distance.
_EDITIONS = 0.015
#: Relations of two hits to what was asked that make them records of one work.
_SURE = frozenset({Relation.EXACT, Relation.SERIES_PREFIX})
#: Relations of two hits to one another that do.
_TWIN = frozenset({Relation.EXACT, Relation.EXTRA_ASKED, Relation.SIMILAR_SUBTITLE})


@dataclass(frozen=True, slots=True)
class Decision:
    """What the hits come to: with ``auto`` exactly one is ranked, else those worth showing, best first."""

    verdict: Verdict
    reasons: tuple[str, ...]
    ranked: tuple[Scored, ...] = ()


def agree(mine: Mapping[str, Data], other: Mapping[str, Data]) -> bool:
    """Whether two sets of data that share an identifier may be the same book.

    Loose: the titles resemble one another and, when both sides name authors, one of each may be one person.
    Without a title on either side there is nothing to disagree about.
    """
    left, right = asked(mine), asked(other)
    return left is None or right is None or fits(left, [right.title], right.authors)


def fits(wanted: Asked, titles: Iterable[Title], authors: Sequence[str]) -> bool:
    """Whether a record found by an identifier agrees loosely with what the list says of the book."""
    if compare_authors(wanted.authors, authors) is Likeness.DIFFERENT:
        return False
    return any(_titles_fit(wanted.title, title) for title in titles)


def _titles_fit(mine: Title, other: Title) -> bool:
    related = relate(mine, other)
    if mine.marks != other.marks or related.clash or related.relation is Relation.OTHER:
        return False
    return related.relation is not Relation.OTHER_SUBTITLE or (describes(mine) and describes(other))


def decide(wanted: Asked, hits: Sequence[Hit], rejected: frozenset[str] = frozenset()) -> Decision:
    """Which of ``hits`` is the book asked for, if any. ``rejected`` are records that a person turned down."""
    scored = [score(wanted, hit) for hit in hits if hit.work not in rejected]
    alive = sorted((s for s in scored if not s.veto and s.distance.total <= FARTHEST), key=_order)
    if not alive:
        return Decision(Verdict.NONE, _why_none(scored))
    best, twins = _choose(alive)
    rivals = [s for s in alive if s is not best and s not in twins]
    if any(_rivals(best, other) for other in rivals):
        penalties = {**best.distance.penalties, "close_second": MARGIN}
        best = replace(best, doubts=(*best.doubts, "close_second"), distance=Distance(penalties))
    reasons = (*best.doubts, *best.reasons, *(("duplicate_work",) if twins else ()))
    if best.doubts:
        return Decision(Verdict.REVIEW, reasons, (best, *twins, *rivals)[:SHOWN])
    return Decision(Verdict.AUTO, reasons, (best,))


def _order(scored: Scored) -> tuple[float, int, str]:
    return (scored.distance.total, -scored.hit.editions, scored.hit.work)


def _choose(alive: Sequence[Scored]) -> tuple[Scored, list[Scored]]:
    """The best, and the other records of its work.

    Among records of one work the nearest counts, but many more editions outweigh a trace of distance: the
    record that everyone uses is the one to take.
    """
    first = alive[0]
    group = [first, *(s for s in alive[1:] if _one_work(first, s))]
    even = [s for s in group if s.distance.total - first.distance.total <= _EVEN and not s.doubts]
    even = [s for s in even if not s.aliased] or even
    best = min(even or [first], key=lambda s: (s.distance.total - _fame(s.hit), *_order(s)))
    return best, [s for s in group if s is not best]


def _fame(hit: Hit) -> float:
    return _EDITIONS * log10(max(1, hit.editions))


def _one_work(one: Scored, two: Scored) -> bool:
    """Whether two hits are records of one work: the same title by the same author."""
    if not (_one_author(one.hit, two.hit) or (one.hit.aliases and _one_author(two.hit, one.hit))):
        return False
    if one.relation in _SURE and two.relation in _SURE:
        return True
    related = relate(one.title, two.title)
    return related.relation in _TWIN and not related.clash


def _one_author(one: Hit, two: Hit) -> bool:
    return compare_authors(one.authors, two.authors, two.aliases) > Likeness.LOOSE


def _rivals(best: Scored, other: Scored) -> bool:
    """Whether another work comes too near. What is called exactly as asked for has only its like to fear."""
    if best.relation is Relation.EXACT and best.authors >= Likeness.SIMILAR and other.relation not in _SURE:
        return False
    if best.relation is Relation.EXTRA_ASKED and other.relation is Relation.AS_SUBTITLE:
        return True
    return other.distance.total - best.distance.total < MARGIN


def _why_none(scored: Sequence[Scored]) -> tuple[str, ...]:
    """Why the nearest hit is another book; that others are called otherwise is no news."""
    close = [s for s in scored if s.veto != "veto_title"]
    if not close:
        return ("nothing_close",) if scored else ("nothing_found",)
    return (min(close, key=_order).veto or "too_far",)
