"""Candidates: records of the catalogue as offers for a book, with all that they would write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from completist.domain.fields import Data, Level, is_empty
from completist.domain.matching import Candidate, Distance
from completist.kinds.books.matching.asking import Asked, year_of
from completist.kinds.books.records import edition_fields, related_authors, work_fields
from completist.sdk.catalogue import Author, Catalogue, Edition, EditionView, Entity, Work
from completist.sdk.finder import Related

#: The name under which the catalogue's values are kept.
PROVIDER = "openlibrary"


class Records:
    """The records of the catalogue that one batch needs, fetched together and each once."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._known: dict[str, Entity | None] = {}
        self._views: dict[str, list[EditionView]] = {}

    def fetch(self, keys: Iterable[str]) -> None:
        """Fetch what was not asked for yet, in one call."""
        new = [key for key in dict.fromkeys(keys) if key not in self._known]
        if new:
            self._known.update(dict.fromkeys(new))
            self._known.update(self._catalogue.by_key(new))

    def fetch_isbns(self, isbns: Iterable[str]) -> None:
        """Fetch the editions under these ISBNs, in one call."""
        new = list(dict.fromkeys(isbns))
        if new:
            self._views.update(self._catalogue.by_isbn(new))

    def under(self, isbns: Iterable[str]) -> list[EditionView]:
        """The editions fetched under these ISBNs, each once."""
        return list({view.edition.key: view for isbn in isbns for view in self._views.get(isbn, ())}.values())

    def edition(self, key: str) -> Edition | None:
        """The edition of a key that was fetched."""
        found = self._known.get(key)
        return found if isinstance(found, Edition) else None

    def work(self, key: str) -> Work | None:
        """The work of a key that was fetched."""
        found = self._known.get(key)
        return found if isinstance(found, Work) else None

    def authors(self, keys: Sequence[str]) -> tuple[Author, ...]:
        """The authors of these keys in order; those not fetched yet are."""
        self.fetch(keys)
        return tuple(found for key in keys if isinstance(found := self._known.get(key), Author))

    def view(self, edition: Edition) -> EditionView:
        """An edition with its work and authors, as a look-up by ISBN would answer it."""
        self.fetch(edition.works)
        work = next((found for key in edition.works if (found := self.work(key))), None)
        return EditionView(edition, work, self.authors(edition.authors or (work.authors if work else ())))


@dataclass(frozen=True, slots=True)
class Offered:
    """A candidate and the authors that it brings along."""

    candidate: Candidate
    related: tuple[Related, ...] = ()

    def because(self, reasons: Sequence[str], distance: Distance | None = None) -> Offered:
        """The same with the reasons for it and its distance."""
        found = distance or self.candidate.distance
        return Offered(replace(self.candidate, reasons=tuple(reasons), distance=found), self.related)


def offer_edition(view: EditionView) -> Offered:
    """One certain edition, with what it and its work say."""
    edition, work = view.edition, view.work
    candidate = Candidate(
        provider=PROVIDER,
        record=edition.key,
        level=Level.EDITION,
        title=edition.title or (work.title if work else ""),
        byline=_byline(view.authors),
        year=year_of(work.first_publish_date) if work else None,
        work=work.key if work else next(iter(edition.works), None),
        fields=edition_fields(view),
    )
    return Offered(candidate, related_authors(view.authors))


def offer_work(work: Work, authors: Sequence[Author]) -> Offered:
    """A work, with what is true of all its editions."""
    candidate = Candidate(
        provider=PROVIDER,
        record=work.key,
        level=Level.WORK,
        title=work.title,
        byline=_byline(authors),
        year=year_of(work.first_publish_date),
        work=work.key,
        fields=work_fields(work, authors),
    )
    return Offered(candidate, related_authors(authors))


def _byline(authors: Sequence[Author]) -> str:
    return ", ".join(author.name for author in authors if author.name)


def with_title_parts(offered: Offered, wanted: Asked | None, values: Mapping[str, Data]) -> Offered:
    """The same with the series, its number and the subtitle that the book's own title names.

    They are added where neither the record nor the book itself says anything.
    """
    if wanted is None:
        return offered
    candidate, title = offered.candidate, wanted.title
    parts = {"subtitle": title.subtitle}
    if title.series and is_empty(candidate.fields.get("series")):
        parts |= {"series": title.series, "series_position": title.position}
    added = {
        name: text
        for name, text in parts.items()
        if text and is_empty(candidate.fields.get(name)) and is_empty(values.get(name))
    }
    if not added:
        return offered
    return Offered(replace(candidate, fields={**candidate.fields, **added}), offered.related)
