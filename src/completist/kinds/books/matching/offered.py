"""Offered: candidates that somebody else found for a book, judged like the catalogue's own records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from completist.domain.fields import Level
from completist.domain.matching import Candidate, Distance, Match, Verdict
from completist.kinds.books.identifiers import isbn13
from completist.kinds.books.matching.asking import Asked, asked, texts
from completist.kinds.books.matching.decision import SHOWN, decide, fits
from completist.kinds.books.matching.identified import isbns_of
from completist.kinds.books.matching.names import Likeness, compare_authors, split_names
from completist.kinds.books.matching.relations import relate
from completist.kinds.books.matching.scoring import AUTHOR_PENALTY
from completist.kinds.books.matching.titles import Title, parse_title
from completist.sdk.catalogue import Hit
from completist.sdk.finder import Finding, Subject

#: How much a difference counts where an ISBN vouches for the candidate, and where one contradicts the list.
_VOUCHED, _DISAGREES = 0.25, 0.3


def judge(subject: Subject, candidates: Sequence[Candidate]) -> Finding:
    """Which of the candidates the book is.

    Those with its ISBN first, which have to agree with its title; then the others by title and author, under the
    same rules as the catalogue's works.
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
    agreeing = [c for c in vouched if wanted is None or fits(wanted, [_title(c)], _authors(c))]
    if not agreeing:
        shown = [_weighed(c, wanted, _DISAGREES) for c in vouched[:SHOWN]]
        return _finding(subject, Verdict.REVIEW, ("isbn_disagrees",), shown)
    weighed = sorted((_weighed(c, wanted) for c in agreeing), key=lambda c: (c.distance.total, c.record))
    if len({c.work or c.record for c in weighed}) > 1:
        return _finding(subject, Verdict.REVIEW, ("isbn_ambiguous",), weighed[:SHOWN])
    return _finding(subject, Verdict.AUTO, weighed[0].reasons, weighed[:1])


def _by_title(subject: Subject, wanted: Asked, candidates: Sequence[Candidate]) -> Finding:
    """An edition's data are not certain from a title: such a match is one of the work."""
    by_record = {c.record: replace(c, level=Level.WORK) for c in candidates}
    decision = decide(wanted, [_hit(c) for c in by_record.values()])
    ranked = [
        replace(by_record[s.hit.work], distance=s.distance, reasons=(*s.doubts, *s.reasons))
        for s in decision.ranked
    ]
    return _finding(subject, decision.verdict, decision.reasons, ranked)


def _weighed(candidate: Candidate, wanted: Asked | None, more: float = 0.0) -> Candidate:
    """A candidate with its ISBN as a reason, and its distance by what differs all the same."""
    if wanted is None:
        return replace(candidate, reasons=("isbn_only",), distance=Distance())
    related = relate(wanted.title, _title(candidate))
    likeness = compare_authors(wanted.authors, _authors(candidate))
    penalty = related.penalty + (0 if likeness is Likeness.UNKNOWN else AUTHOR_PENALTY[likeness])
    penalties = {"title": round(penalty * _VOUCHED, 4), "disagrees": more}
    reasons = ("isbn", related.relation.value, f"author_{likeness.name.lower()}")
    distance = Distance({name: each for name, each in penalties.items() if each})
    return replace(candidate, reasons=reasons, distance=distance)


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


def _title(candidate: Candidate) -> Title:
    subtitle = candidate.fields.get("subtitle")
    return parse_title(candidate.title, subtitle if isinstance(subtitle, str) else "")


def _authors(candidate: Candidate) -> tuple[str, ...]:
    named = texts(candidate.fields.get("authors"))
    return tuple(split_names(named or texts(candidate.byline)))


def _hit(candidate: Candidate) -> Hit:
    return Hit(
        work=candidate.record,
        title=candidate.title,
        subtitle=str(candidate.fields.get("subtitle") or ""),
        other_titles=(),
        authors=_authors(candidate),
        year=candidate.year,
        editions=1,
        score=0.0,
    )
