"""Offered: candidates that somebody else found for a book, judged like the catalogue's own records."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from completist.domain.fields import Level
from completist.domain.matching import Candidate, Distance, Match, Verdict
from completist.kinds.books.identifiers import isbn13
from completist.kinds.books.matching.asking import Asked, asked, texts, year_of
from completist.kinds.books.matching.decision import SHOWN, decide, fits
from completist.kinds.books.matching.identified import isbns_of
from completist.kinds.books.matching.names import Likeness, compare_authors, compare_names, split_names
from completist.kinds.books.matching.relations import relate
from completist.kinds.books.matching.scoring import AUTHOR_PENALTY, DOUBT_PENALTY, score
from completist.kinds.books.matching.titles import Title, parse_title
from completist.sdk.catalogue import Hit
from completist.sdk.finder import Finding, Subject

#: How much a difference counts where an ISBN vouches for the candidate, and where one contradicts the list.
_VOUCHED, _DISAGREES = 0.25, 0.3
#: The place in a series that can be put behind a title: "Saga (Saga, #2)".
_PLACE = re.compile(r"\d{1,3}(?:\.\d)?")
_BRACKETS = frozenset("()[]#;")
_FIRST = frozenset({"", "1"})  #: places of the book that a series is called by


def judge(subject: Subject, candidates: Sequence[Candidate]) -> Finding:
    """Which of the candidates the book is.

    Those with its ISBN first, which have to agree with its title; then the others by title and author, under the
    same rules as the catalogue's works. A candidate is taken at its worst: everything that it says of its title,
    its subtitle and its place in a series has to fit, and one that does not say its title is never certain.
    """
    wanted = asked(subject.values)
    mine = set(isbns_of(subject))
    vouched = [c for c in candidates if mine.intersection(_isbns(c))]
    if vouched:
        return _by_isbn(subject, wanted, vouched)
    if wanted is None:
        return _finding(subject, Verdict.REVIEW, ("no_title",), candidates[:SHOWN])
    return _by_title(subject, wanted, candidates)


def _by_isbn(subject: Subject, wanted: Asked | None, vouched: Sequence[Candidate]) -> Finding:
    titled = [c for c in vouched if _called(c)]
    if not titled:
        return _finding(subject, Verdict.REVIEW, ("title_unconfirmed", "isbn"), vouched[:SHOWN])
    agreeing = [c for c in titled if wanted is None or _agrees(wanted, c)]
    if not agreeing:
        shown = [_weighed(c, wanted, _DISAGREES) for c in titled[:SHOWN]]
        return _finding(subject, Verdict.REVIEW, ("isbn_disagrees",), shown)
    weighed = sorted((_weighed(c, wanted) for c in agreeing), key=lambda c: (c.distance.total, c.record))
    if len({c.work or c.record for c in weighed}) > 1:
        return _finding(subject, Verdict.REVIEW, ("isbn_ambiguous",), weighed[:SHOWN])
    return _finding(subject, Verdict.AUTO, weighed[0].reasons, weighed[:1])


def _agrees(wanted: Asked, candidate: Candidate) -> bool:
    authors = _authors(candidate, wanted)
    return all(fits(wanted, [title], authors) for title in _titles(candidate))


def _by_title(subject: Subject, wanted: Asked, candidates: Sequence[Candidate]) -> Finding:
    """An edition's data are not certain from a title: such a match is one of the work."""
    titled = [replace(c, level=Level.WORK) for c in candidates if _called(c)]
    if not titled:
        return _finding(subject, Verdict.REVIEW, ("title_unconfirmed",), candidates[:SHOWN])
    titled = _without_namesakes(wanted, titled)
    by_rank = {f"{rank:05}": c for rank, c in enumerate(titled)}
    decision = decide(wanted, _one_each(wanted, by_rank))
    ranked = [
        replace(by_rank[s.hit.work], distance=s.distance, reasons=(*s.doubts, *s.reasons))
        for s in decision.ranked
    ]
    if decision.verdict is Verdict.AUTO and (doubt := _doubt(wanted, ranked[0], titled)):
        doubted = Distance({**ranked[0].distance.penalties, "doubts": DOUBT_PENALTY})
        best = replace(ranked[0], distance=doubted, reasons=(doubt, *ranked[0].reasons))
        others = [c for c in titled if _are_namesakes(best, c)]
        return _finding(subject, Verdict.REVIEW, best.reasons, [best, *others][:SHOWN])
    return _finding(subject, decision.verdict, decision.reasons, ranked)


def _without_namesakes(wanted: Asked, candidates: list[Candidate]) -> list[Candidate]:
    """The candidates but those called like one that stands where the list says, in another place of another series."""
    mine = _place(wanted.title)
    there = [c for c in candidates if mine and _place(_titles(c)[0]) == mine]
    return [c for c in candidates if not any(_are_namesakes(each, c) for each in there)]


def _doubt(wanted: Asked, best: Candidate, candidates: Sequence[Candidate]) -> str:
    """Why a candidate that fits by title and author is not certain all the same; empty when it is."""
    if any(_are_namesakes(best, other) for other in candidates):
        return "close_second"
    return "title_unconfirmed" if _may_be_another_volume(wanted, best) else ""


def _are_namesakes(one: Candidate, two: Candidate) -> bool:
    """Whether two candidates are called the same and stand in other places of series: two books, not one twice."""
    left, right = _titles(one)[0], _titles(two)[0]
    places = (_place(left), _place(right))
    return left.key == right.key and None not in places and places[0] != places[1]


def _place(title: Title) -> tuple[str, str] | None:
    return (title.series_key, title.position) if title.series_key and title.position else None


def _one_each(wanted: Asked, by_rank: dict[str, Candidate]) -> list[Hit]:
    """Hits in the order of the candidates; of several that are one work, the one that fits best."""
    best: dict[str, tuple[bool, float, Hit]] = {}
    for rank, candidate in by_rank.items():
        hit = _hit(candidate, wanted, rank)
        scored = score(wanted, hit)
        far = (bool(scored.veto), scored.distance.total)
        known = best.get(candidate.work or candidate.record)
        if known is None or far < known[:2]:
            best[candidate.work or candidate.record] = (*far, hit)
    return [hit for _, _, hit in best.values()]


def _may_be_another_volume(wanted: Asked, candidate: Candidate) -> bool:
    """Whether a candidate is a later book of a series whose name is all that the list says.

    Or has almost the title of another book of its series: "Fever", "Sever".
    """
    title, mine = _titles(candidate)[0], wanted.title
    places = (_place(title), _place(mine))
    if title.key != mine.key and None not in places and title.series_key == mine.series_key:
        return places[0] != places[1]
    if title.core_key != title.series_key or title.position in _FIRST:
        return False
    year = _year(candidate)
    near = wanted.year is not None and year is not None and abs(wanted.year - year) <= 1
    return not near and title.position not in (mine.position, mine.tail, *mine.numbers)


def _weighed(candidate: Candidate, wanted: Asked | None, more: float = 0.0) -> Candidate:
    """A candidate with its ISBN as a reason, and its distance by what differs all the same.

    One with the ISBNs of several editions is none of them: it stands for the work.
    """
    level = Level.WORK if len(_isbns(candidate)) > 1 else candidate.level
    if wanted is None:
        return replace(candidate, level=level, reasons=("isbn_only",), distance=Distance())
    related = relate(wanted.title, _furthest(candidate, wanted))
    likeness = compare_authors(wanted.authors, _authors(candidate, wanted))
    penalty = related.penalty + (0 if likeness is Likeness.UNKNOWN else AUTHOR_PENALTY[likeness])
    penalties = {"title": round(penalty * _VOUCHED, 4), "disagrees": more}
    reasons = ("isbn", related.relation.value, f"author_{likeness.name.lower()}")
    distance = Distance({name: each for name, each in penalties.items() if each})
    return replace(candidate, level=level, reasons=reasons, distance=distance)


def _finding(
    subject: Subject, verdict: Verdict, reasons: Sequence[str], candidates: Sequence[Candidate]
) -> Finding:
    best = candidates[0] if candidates else None
    match = Match(
        verdict=verdict,
        reasons=tuple(dict.fromkeys(reasons)),
        level=best.level if best else None,
        record=best.record if best else None,
        distance=best.distance.total if best else None,
    )
    return Finding(subject.item_id, match, tuple(candidates))


def _isbns(candidate: Candidate) -> set[str]:
    said = (*texts(candidate.fields.get("isbn13")), *texts(candidate.fields.get("isbn10")))
    return {found for text in said if (found := isbn13(text))}


def _called(candidate: Candidate) -> tuple[str, ...]:
    """The titles that a candidate gives: the one it is shown by, and the one that would be written."""
    said = (candidate.title, *texts(candidate.fields.get("title")))
    return tuple(dict.fromkeys(text.strip() for text in said if text.strip()))


def _titles(candidate: Candidate) -> list[Title]:
    return [parse_title(_with_place(text, candidate), _subtitle(candidate)) for text in _called(candidate)]


def _furthest(candidate: Candidate, wanted: Asked) -> Title:
    """The title of a candidate that fits worst."""

    def distance(title: Title) -> tuple[bool, bool, float]:
        related = relate(wanted.title, title)
        return (related.clash, title.marks != wanted.title.marks, related.penalty)

    return max(_titles(candidate), key=distance)


def _with_place(title: str, candidate: Candidate) -> str:
    """A title with the series and the place in it that stand beside it, as lists write them."""
    series, place = candidate.fields.get("series"), candidate.fields.get("series_position")
    if not isinstance(series, str) or not isinstance(place, str) or not series.strip():
        return title
    if not _PLACE.fullmatch(place) or _BRACKETS & {*series, *title}:
        return title
    return f"{title} ({series.strip()}, #{place})"


def _subtitle(candidate: Candidate) -> str:
    return next(iter(texts(candidate.fields.get("subtitle"))), "")


def _authors(candidate: Candidate, wanted: Asked | None) -> tuple[str, ...]:
    """The authors, else those in the byline: "Ann Author, Bo Writer", or one as "Author, Ann"."""
    if named := texts(candidate.fields.get("authors")):
        return split_names(named)
    byline = candidate.byline
    one = wanted is not None and any(compare_names(me, byline) is Likeness.EXACT for me in wanted.authors)
    parts = [part.strip() for part in byline.split(",")]
    together = one or (len(parts) == 2 and not all(" " in part for part in parts))  # noqa: PLR2004 - last, first
    return split_names([byline] if together else parts)


def _year(candidate: Candidate) -> int | None:
    return year_of(candidate.fields.get("first_published")) or candidate.year


def _hit(candidate: Candidate, wanted: Asked, rank: str) -> Hit:
    furthest = _furthest(candidate, wanted)
    called = next(
        text for text, title in zip(_called(candidate), _titles(candidate), strict=True) if title is furthest
    )
    return Hit(
        work=rank,
        title=_with_place(called, candidate),
        subtitle=_subtitle(candidate),
        other_titles=(),
        authors=_authors(candidate, wanted),
        year=_year(candidate),
        editions=1,
        score=0.0,
    )
