"""Identified: which records a book's own identifiers name, and whether its title agrees with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from completist.domain.matching import Distance, Verdict
from completist.kinds.books.identifiers import isbn13
from completist.kinds.books.matching.asking import Asked, texts
from completist.kinds.books.matching.candidates import Offered, Records, offer_edition, offer_work
from completist.kinds.books.matching.decision import SHOWN, fits
from completist.kinds.books.matching.names import Likeness, compare_authors
from completist.kinds.books.matching.relations import Related, relate
from completist.kinds.books.matching.scoring import AUTHOR_PENALTY
from completist.kinds.books.matching.titles import Title, parse_title
from completist.sdk.catalogue import Author, EditionView, Work
from completist.sdk.finder import Subject

#: How much a difference counts where an identifier vouches for the record.
_VOUCHED = 0.25
_DISAGREES = 0.3  #: the penalty of a record whose title or authors contradict the list
_AMBIGUOUS = 0.15  #: of one of several works under one identifier


@dataclass(frozen=True, slots=True)
class Offer:
    """What the identifiers of a book come to; with ``auto`` there is exactly one record."""

    verdict: Verdict
    reasons: tuple[str, ...]
    offered: tuple[Offered, ...] = ()


@dataclass(frozen=True, slots=True)
class _Named:
    """A record that an identifier names, beside what the list says of the book."""

    offered: Offered
    work: str
    title: Title
    authors: tuple[str, ...]
    agrees: bool
    penalty: float
    reasons: tuple[str, ...]


def isbns_of(subject: Subject) -> list[str]:
    """The book's ISBNs as ISBN-13, those whose check digit holds."""
    said = (*texts(subject.values.get("isbn13")), *texts(subject.values.get("isbn10")))
    return list(dict.fromkeys(found for text in said if (found := isbn13(text))))


def keys_of(subject: Subject) -> list[str]:
    """The Open Library keys that the book names or that a person chose."""
    named = [*texts(subject.values.get("olid")), *texts(subject.values.get("olid_work"))]
    return [subject.accepted, *named] if subject.accepted else named


def by_identifier(
    subject: Subject, wanted: Asked | None, rejected: frozenset[str], records: Records
) -> Offer | None:
    """What the identifiers come to, or None when the catalogue knows none of them.

    A record that a person chose is taken as it is. Any other has to agree loosely with title and authors: a
    disagreement goes to review, as do two records of different works that both agree.
    """
    if subject.accepted:
        return _accepted(subject.accepted, records)
    for scheme, named in (
        (
            "olid",
            [records.view(e) for key in texts(subject.values.get("olid")) if (e := records.edition(key))],
        ),
        ("isbn", records.under(isbns_of(subject))),
        ("olid_work", [w for key in texts(subject.values.get("olid_work")) if (w := records.work(key))]),
    ):
        found = [_named(scheme, record, wanted, records) for record in named]
        found = [each for each in found if rejected.isdisjoint((each.offered.candidate.record, each.work))]
        if found:
            return _judge(scheme, found)
    return None


def _accepted(record: str, records: Records) -> Offer:
    reasons = ("accepted",)
    if (edition := records.edition(record)) is not None:
        offered = offer_edition(records.view(edition))
    elif (work := records.work(record)) is not None:
        offered = offer_work(work, records.authors(work.authors))
    else:
        return Offer(Verdict.REVIEW, ("accepted_record_unknown",))
    return Offer(Verdict.AUTO, reasons, (offered.because(reasons),))


def _named(scheme: str, record: EditionView | Work, wanted: Asked | None, records: Records) -> _Named:
    if isinstance(record, Work):
        authors = records.authors(record.authors)
        offered, titles = offer_work(record, authors), [parse_title(record.title, record.subtitle)]
        work = record.key
    else:
        authors, offered = record.authors, offer_edition(record)
        titles = [parse_title(each.title, each.subtitle) for each in (record.edition, record.work) if each]
        work = record.work.key if record.work else next(iter(record.edition.works), record.edition.key)
    names = _names(authors)
    if wanted is None:
        return _Named(offered, work, titles[0], names, agrees=True, penalty=0.0, reasons=(f"{scheme}_only",))
    title, related = _closest(wanted, titles)
    likeness = compare_authors(wanted.authors, names)
    reasons = (scheme, related.relation.value, f"author_{likeness.name.lower()}")
    penalty = related.penalty + (0 if likeness is Likeness.UNKNOWN else AUTHOR_PENALTY[likeness])
    return _Named(offered, work, title, names, fits(wanted, titles, names), penalty, reasons)


def _names(authors: Sequence[Author]) -> tuple[str, ...]:
    """All names by which the authors are known, the usual ones first."""
    usual = [author.name for author in authors if author.name]
    return (*usual, *(name for author in authors for name in author.alternate_names))


def _closest(wanted: Asked, titles: Sequence[Title]) -> tuple[Title, Related]:
    pairs = [(title, relate(wanted.title, title)) for title in titles]
    return min(pairs, key=lambda pair: (pair[1].clash, pair[1].penalty))


def _judge(scheme: str, named: Sequence[_Named]) -> Offer:
    agreeing = sorted((n for n in named if n.agrees), key=lambda n: (n.penalty, n.offered.candidate.record))
    if not agreeing:
        shown = tuple(_explained(n, "disagrees", _DISAGREES) for n in named[:SHOWN])
        return Offer(Verdict.REVIEW, (f"{scheme}_disagrees",), shown)
    if any(not _one_work(agreeing[0], other) for other in agreeing[1:]):
        shown = tuple(_explained(n, "ambiguous", _AMBIGUOUS) for n in agreeing[:SHOWN])
        return Offer(Verdict.REVIEW, (f"{scheme}_ambiguous",), shown)
    best = agreeing[0]
    return Offer(Verdict.AUTO, best.reasons, (_explained(best),))


def _explained(named: _Named, doubt: str = "", more: float = 0.0) -> Offered:
    penalties = {"title": round(named.penalty * _VOUCHED, 4), doubt: more}
    return named.offered.because(named.reasons, Distance({name: p for name, p in penalties.items() if p}))


def _one_work(one: _Named, two: _Named) -> bool:
    """Whether two records under one identifier are of one work, or of two records of the same work."""
    if one.work == two.work:
        return True
    return one.title.key == two.title.key and compare_authors(one.authors, two.authors) > Likeness.LOOSE
