"""Author metadata: from the Open Library key that a book brought along to dates, a biography, a photo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate, Distance, Match, Verdict
from completist.domain.pipeline import Pipeline
from completist.kinds.authors.names import agree
from completist.kinds.authors.records import author_fields, lifetime
from completist.sdk.catalogue import Author, Catalogue
from completist.sdk.finder import Finding, Subject

PIPELINE = Pipeline(
    name="author-metadata",
    kind="author",
    version="1",
    inputs=("olid_author", "name"),
    fills=(
        "name", "alternate_names", "birth_date", "death_date", "bio", "photo", "olid_author", "wikidata",
        "viaf", "isni", "lc_naf", "goodreads_author", "librarything_author",
    ),
)  # fmt: skip
PROVIDER = "openlibrary"
#: What a name that does not fit costs a candidate: enough to keep it from being taken unseen.
NAME_DIFFERS = 0.5


class AuthorFinder:
    """Finds authors by their Open Library keys; one look-up for a whole batch.

    Reasons: ``olid`` (the key leads to a record of that name), ``accepted`` (a person chose it),
    ``name_differs`` (to review), ``no_identifier``, ``not_in_catalogue``, ``rejected``.
    """

    pipeline = PIPELINE

    def find(self, subjects: Sequence[Subject], catalogue: Catalogue) -> list[Finding]:
        """One finding for each subject, in the order given."""
        wanted = dict.fromkeys(key for subject in subjects for key in _keys(subject))
        found = catalogue.by_key(list(wanted)) if wanted else {}
        authors = {key: entity for key, entity in found.items() if isinstance(entity, Author)}
        return [_decide(subject, authors) for subject in subjects]


def _keys(subject: Subject) -> list[str]:
    """The keys to look up; the one that a person accepted first, and alone."""
    if subject.accepted is not None:
        return [subject.accepted]
    data = subject.values.get("olid_author")
    return [str(key) for key in (data if isinstance(data, list) else [data]) if key]


def _decide(subject: Subject, authors: Mapping[str, Author]) -> Finding:
    keys = _keys(subject)
    if not keys:
        return _nothing(subject, "no_identifier")
    known = [authors[key] for key in keys if key in authors]
    if not known:
        return _nothing(subject, "not_in_catalogue")
    left = [author for author in known if author.key not in subject.rejected]
    if not left:
        return _nothing(subject, "rejected")
    candidates = [_candidate(subject, author) for author in left]
    for candidate in candidates:
        if not candidate.distance.penalties:
            return _finding(subject, Verdict.AUTO, candidate)
    return _finding(subject, Verdict.REVIEW, *candidates)


def _candidate(subject: Subject, author: Author) -> Candidate:
    fields = author_fields(author)
    accepted = subject.accepted is not None
    fits = accepted or agree(subject.values, fields)
    return Candidate(
        provider=PROVIDER,
        record=author.key,
        level=Level.WORK,
        title=str(fields.get("name", author.key)),
        byline=lifetime(fields),
        year=_year(fields.get("birth_date")),
        distance=Distance() if fits else Distance({"name": NAME_DIFFERS}),
        reasons=("accepted",) if accepted else ("olid",) if fits else ("olid", "name_differs"),
        fields=fields,
    )


def _finding(subject: Subject, verdict: Verdict, *candidates: Candidate) -> Finding:
    best = candidates[0]
    match = Match(verdict, best.reasons, best.level, best.record, best.distance.total)
    return Finding(subject.item_id, match, candidates)


def _nothing(subject: Subject, reason: str) -> Finding:
    return Finding(subject.item_id, Match(Verdict.NONE, (reason,)))


def _year(date: Data) -> int | None:
    return int(date[:4]) if isinstance(date, str) and date[:4].isdecimal() else None
