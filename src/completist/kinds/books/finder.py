"""The finder of pipeline ``book-metadata``: which record of the catalogue each book is, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from completist.domain.matching import Distance, Match, Verdict
from completist.domain.pipeline import Pipeline
from completist.kinds.books.kind import BOOK
from completist.kinds.books.matching.asking import Asked, asked
from completist.kinds.books.matching.candidates import Offered, Records, offer_work, with_title_parts
from completist.kinds.books.matching.decision import SHOWN, Decision, decide
from completist.kinds.books.matching.identified import Offer, by_identifier, isbns_of, keys_of
from completist.kinds.books.matching.scoring import Scored
from completist.sdk.catalogue import Catalogue, Hit, Query, Work
from completist.sdk.finder import Finding, Subject

PIPELINE = Pipeline(
    name="book-metadata",
    kind=BOOK.name,
    version="1",
    inputs=("title", "subtitle", "authors", "contributors", "isbn13", "isbn10", "olid", "olid_work", "first_published"),
    fills=(
        "title", "subtitle", "authors", "contributors", "series", "series_position", "isbn13", "isbn10", "olid",
        "olid_work",
        "goodreads", "librarything", "asin", "google", "lccn", "oclc", "publisher", "published",
        "first_published", "pages", "binding", "language", "description", "subjects", "cover",
    ),
)  # fmt: skip
#: How much a title's match loses where the book's own identifier names another book.
_CONTRADICTED = 0.3
#: How many hits a search is asked for: the work is among the first ten or not at all.
HITS = 10


@dataclass(slots=True)
class _Case:
    """What is known so far about one subject."""

    subject: Subject
    wanted: Asked | None
    rejected: frozenset[str]
    offer: Offer | None = None
    hits: list[Hit] = field(default_factory=list)
    decision: Decision | None = None

    @property
    def settled(self) -> bool:
        """Whether no search can add anything."""
        sure = (each.verdict for each in (self.offer, self.decision) if each is not None)
        return self.wanted is None or Verdict.AUTO in sure


class BookFinder:
    """Finds books in the catalogue: identifiers first, then title and author."""

    pipeline = PIPELINE

    def find(self, subjects: Sequence[Subject], catalogue: Catalogue) -> list[Finding]:
        """One finding for each subject, in the order given; the catalogue is asked for the batch as a whole."""
        records = Records(catalogue)
        cases = _open_cases(subjects, records)
        _try_identifiers(cases, records)
        _try_titles(cases, catalogue)
        _fetch_works(cases, records)
        return [_finding(case, records) for case in cases]


def _open_cases(subjects: Sequence[Subject], records: Records) -> list[_Case]:
    """Each subject with what it asks for; who turned an edition down does not get its work either."""
    editions = {record for subject in subjects for record in subject.rejected if record.endswith("M")}
    records.fetch(sorted(editions))
    works = {key: found.works for key in editions if (found := records.edition(key))}
    return [
        _Case(s, asked(s.values), s.rejected.union(*(works.get(record, ()) for record in s.rejected)))
        for s in subjects
    ]


def _try_identifiers(cases: Sequence[_Case], records: Records) -> None:
    records.fetch(key for case in cases for key in keys_of(case.subject))
    records.fetch_isbns(isbn for case in cases for isbn in isbns_of(case.subject))
    for case in cases:
        case.offer = by_identifier(case.subject, case.wanted, case.rejected, records)


def _try_titles(cases: Sequence[_Case], catalogue: Catalogue) -> None:
    """Search for each title; where that does not settle it, for its other readings."""
    attempt = 0
    while due := [(case, text) for case in cases if (text := _search_text(case, attempt))]:
        found = catalogue.search([Query(text, _first_author(case)) for case, text in due], HITS)
        for (case, _), hits in zip(due, found, strict=True):
            known = {hit.work for hit in case.hits}
            case.hits += [hit for hit in hits if hit.work not in known]
            if case.wanted is not None:
                case.decision = decide(case.wanted, case.hits, case.rejected)
        attempt += 1


def _search_text(case: _Case, attempt: int) -> str:
    if case.settled or case.wanted is None:
        return ""
    texts = case.wanted.title.searched
    return texts[attempt] if attempt < len(texts) else ""


def _first_author(case: _Case) -> str:
    return case.wanted.authors[0] if case.wanted is not None and case.wanted.authors else ""


def _fetch_works(cases: Sequence[_Case], records: Records) -> None:
    """Fetch the works to be written or shown, then their authors."""
    keys = [scored.hit.work for case in cases if case.decision for scored in case.decision.ranked]
    records.fetch(keys)
    records.fetch(author for key in keys if (work := records.work(key)) for author in work.authors)


def _finding(case: _Case, records: Records) -> Finding:
    offer, decision = case.offer, case.decision
    if offer is not None and (decision is None or offer.verdict is Verdict.AUTO):
        return _found(case, offer.verdict, offer.reasons, offer.offered)
    if decision is None:
        known = isbns_of(case.subject) or keys_of(case.subject)
        return _found(case, Verdict.NONE, ("identifier_unknown" if known else "no_title",), ())
    shown = [_offer(scored, records) for scored in decision.ranked]
    if offer is None:
        return _found(case, decision.verdict, decision.reasons, shown)
    shown = [_against_identifier(each) for each in shown]
    records_shown = {each.candidate.record for each in shown}
    shown += [each for each in offer.offered if each.candidate.record not in records_shown]
    return _found(case, Verdict.REVIEW, (*offer.reasons, *decision.reasons), shown[:SHOWN])


def _offer(scored: Scored, records: Records) -> Offered:
    hit = scored.hit
    work = records.work(hit.work) or Work(key=hit.work, title=hit.title, subtitle=hit.subtitle)
    offered = offer_work(work, records.authors(work.authors))
    candidate = replace(offered.candidate, year=hit.year)
    return replace(offered, candidate=candidate).because((*scored.doubts, *scored.reasons), scored.distance)


def _against_identifier(offered: Offered) -> Offered:
    """An offer found by title for a book whose own identifier names another one: never quite certain."""
    candidate = offered.candidate
    distance = Distance({**candidate.distance.penalties, "identifier": _CONTRADICTED})
    return offered.because(candidate.reasons, distance)


def _found(case: _Case, verdict: Verdict, reasons: Sequence[str], offered: Sequence[Offered]) -> Finding:
    completed = [with_title_parts(each, case.wanted, case.subject.values) for each in offered]
    best = completed[0].candidate if completed else None
    match = Match(
        verdict=verdict,
        reasons=tuple(dict.fromkeys(reasons)),
        level=best.level if best else None,
        record=best.record if best else None,
        distance=best.distance.total if best else None,
    )
    return Finding(
        case.subject.item_id,
        match,
        tuple(each.candidate for each in completed),
        {each.candidate.record: each.related for each in completed},
    )
