"""The finder of pipeline ``cover``: which covers the catalogue knows of each book, the best known first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from completist.domain.fields import Level
from completist.domain.matching import Candidate, Verdict
from completist.domain.pipeline import Pipeline
from completist.kinds.books.finder import BookFinder
from completist.kinds.books.kind import BOOK
from completist.kinds.books.records import COVER
from completist.sdk.catalogue import Catalogue, Edition, Entity, Work
from completist.sdk.finder import Finding, Subject

PIPELINE = Pipeline(
    name="cover",
    kind=BOOK.name,
    version="1",
    inputs=(
        "title", "subtitle", "authors", "contributors", "isbn13", "isbn10", "olid", "olid_work", "first_published",
        "google", "hardcover_edition", "cover",
    ),
    fills=("cover",),
    priority=7,
    picture="cover",
    like="book-metadata",
    yields_to="book-metadata",
)  # fmt: skip

#: Covers of one record that are looked at.
MOST = 3


class CoverFinder:
    """Finds books as `BookFinder` does, and says what covers their records have.

    The candidates of a finding bear one cover each; those behind the first are further covers of the same book.
    """

    pipeline = PIPELINE

    def __init__(self) -> None:
        self._books = BookFinder()

    def find(self, subjects: Sequence[Subject], catalogue: Catalogue) -> list[Finding]:
        """One finding for each subject, in the order given."""
        found = self._books.find(subjects, catalogue)
        chosen = [f.candidates[0] for f in found if f.match.verdict is Verdict.AUTO and f.candidates]
        keys = {key for c in chosen for key in (c.record, c.work) if key}
        records = catalogue.by_key(sorted(keys)) if keys else {}
        return [_with_covers(each, records) for each in found]


def _with_covers(finding: Finding, records: dict[str, Entity]) -> Finding:
    if finding.match.verdict is not Verdict.AUTO or not finding.candidates:
        return finding
    best = finding.candidates[0]
    covers = list(_covers(best, records))
    if not covers:
        return finding
    first, *others = covers
    return replace(
        finding, candidates=(first, *finding.candidates[1:]), also=(*finding.also, *others), related={}
    )


def _covers(best: Candidate, records: dict[str, Entity]) -> Iterator[Candidate]:
    """The candidate with each cover of its edition, then of its work."""
    seen: set[int] = set()
    for key in dict.fromkeys((best.record, best.work)):
        record = records.get(key or "")
        if not isinstance(record, (Edition, Work)):
            continue
        level = Level.EDITION if isinstance(record, Edition) else Level.WORK
        for number in [n for n in record.covers if n > 0 and n not in seen][:MOST]:
            seen.add(number)
            fields = {**best.fields, "cover": COVER.format(number)}
            yield replace(best, record=record.key, level=level, fields=fields)
