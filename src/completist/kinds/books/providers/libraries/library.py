"""National libraries, asked over SRU: for the editions under ISBNs, or for a title with its author.

They know the books of their own country; of others they are not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from completist.domain.fields import Level
from completist.domain.run import Outcome
from completist.kinds.books.identifiers import isbn13
from completist.kinds.books.matching.asking import texts
from completist.kinds.books.matching.folding import fold
from completist.kinds.books.providers.libraries.marc import all_fields
from completist.kinds.books.providers.libraries.sru import Endpoint, Page, search
from completist.kinds.books.providers.questions import ISBN, by_isbn, by_title, rounds
from completist.sdk.adapter import Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.halving import halved
from completist.sdk.provider import Http, Provider, Record, Refused

MOST = 100  #: records of one request
HITS = 10  #: of a search


@dataclass(frozen=True, slots=True)
class SruLibrary:
    """A library for pipeline ``book-metadata``."""

    provider: Provider
    fills: frozenset[str]
    endpoint: Endpoint
    language: str  #: of its country
    area: tuple[str, ...]  #: how ISBNs of its country begin
    isbn_query: Callable[[Sequence[str]], str]  #: for records with any of these ISBNs
    title_query: Callable[[str, str], str]  #: for books with a title and, unless it is empty, an author
    isbns: Callable[[Record], Iterable[str]]  #: that a record has, in whatever form
    reading: Callable[[Record, Level], Reading | None]

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """Its ISBNs, then its title; nothing for a book of another country. See `Adapter.rounds`."""
        ours = subject.values.get("language") == self.language
        isbns = [each for each in by_isbn(subject) if ours or each.text.startswith(self.area)]
        return rounds(isbns, by_title(subject, whole=False) if isbns or ours else [])

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """One search for all; see `Adapter.ask`."""

        async def page(part: Sequence[Question]) -> dict[Question, list[Record]]:
            return await self._under(http, part)

        if not questions:
            return {}
        if questions[0].scheme == ISBN:
            return await halved(page, questions, lambda question: question.key)
        return {question: await self._titled(http, question) for question in questions}

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        """Editions for an ISBN, those with no other before sets of volumes; for a title, works, each once."""
        level = Level.EDITION if question.scheme == ISBN else Level.WORK
        readings = [reading for each in records if (reading := self.reading(each, level))]
        joined = _joined(readings)
        if level is Level.EDITION:
            return sorted(joined, key=lambda reading: len(texts(reading.candidate.fields.get("isbn13"))))
        return [reading for reading in joined if reading.candidate.work == reading.candidate.record]

    async def _titled(self, http: Http, question: Question) -> list[Record]:
        if not any(char.isalnum() for char in question.text):
            return []
        found = await search(http, self.endpoint, self.title_query(question.text, question.by), HITS)
        return [*found.records]

    async def _under(self, http: Http, questions: Sequence[Question]) -> dict[Question, list[Record]]:
        """The records of each ISBN; a page that is cut off is asked for again without those that it answered."""
        asked = [question for question in questions if isbn13(question.text) == question.text]
        known: dict[Question, list[Record]] = {question: [] for question in questions}
        if not asked:
            return known
        found = await search(
            http, self.endpoint, self.isbn_query([question.text for question in asked]), MOST
        )
        under = self._sorted(found)
        known |= {question: under.get(question.text, []) for question in asked}
        rest = [question for question in asked if not known[question]]
        cut_off = found.total > len(found.records)
        if len(rest) == len(asked) and (cut_off or not all(_mentions(each, rest) for each in found.records)):
            raise Refused(Outcome.BAD_RESPONSE, code="other_isbns")
        return known | await self._under(http, rest) if cut_off and rest else known

    def _sorted(self, found: Page) -> dict[str, list[Record]]:
        under: dict[str, list[Record]] = {}
        for record in found.records:
            for isbn in {isbn for text in self.isbns(record) if (isbn := isbn13(text))}:
                under.setdefault(isbn, []).append(record)
        return under


def _mentions(record: Record, questions: Iterable[Question]) -> bool:
    """Whether any of the numbers asked for stands anywhere in a record, if only as one that is wrong there."""
    said = {isbn13(text) for each in all_fields(record) for _, text in each.subfields}
    return any(question.text in said for question in questions)


def _joined(readings: Sequence[Reading]) -> list[Reading]:
    """The same, with those that are called the same and are by the same authors as one work: that of the first."""
    works: dict[tuple[str, ...], str] = {}
    joined: list[Reading] = []
    for reading in readings:
        candidate = reading.candidate
        first = next(iter(texts(candidate.fields.get("authors"))), "")
        place = texts(candidate.fields.get("series_position"))
        key = (fold(candidate.title), fold(first), *place)
        work = works.setdefault(key, candidate.record)
        joined.append(replace(reading, candidate=replace(candidate, work=work)))
    return joined
