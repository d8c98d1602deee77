"""Hardcover for live look-ups: for its own ids (pipeline ``hardcover``), and for what it says of books besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from completist.kinds.books.finder import PIPELINE
from completist.kinds.books.pipelines import HARDCOVER
from completist.kinds.books.providers.hardcover.client import ENDPOINT, TOKEN, TOKENS, Hardcover
from completist.kinds.books.providers.hardcover.records import (
    FILLS,
    IDS,
    PROVIDER,
    book_candidate,
    edition_candidate,
)
from completist.kinds.books.providers.hardcover.resolver import HITS
from completist.kinds.books.providers.questions import ISBN, by_isbn, by_title, rounds
from completist.sdk.adapter import Adapter, AdapterPlan, Key, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.provider import Http, Provider, Record, Refused


@dataclass(frozen=True, slots=True)
class HardcoverAdapter:
    """Books by ISBN, a hundred in one call, else by title and author."""

    token: str = field(repr=False)
    fills: frozenset[str]
    endpoint: str = ENDPOINT

    @property
    def provider(self) -> Provider:
        """What `Http` has to know."""
        return self._hardcover.provider

    @property
    def _hardcover(self) -> Hardcover:
        return Hardcover(self.token, self.endpoint)

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """Its ISBNs, then its title; see `Adapter.rounds`."""
        return rounds(by_isbn(subject), by_title(subject))

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """The editions under ISBNs, or the books that a search finds; see `Adapter.ask`."""
        if not questions:
            return {}
        if questions[0].scheme != ISBN:
            return {each: await self._hardcover.search(http, each.text, each.by) for each in questions}
        by_isbn = {question.text: question for question in questions}
        try:
            known = await self._hardcover.editions_by_isbn(http, by_isbn)
        except Refused as refused:
            partial = {by_isbn[isbn].key: found for isbn, found in refused.partial.items() if isbn in by_isbn}
            raise Refused(refused.outcome, refused.after, refused.code, partial) from None
        return {question: known.get(isbn, []) for isbn, question in by_isbn.items()}

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        """Editions, or the first of the books found; see `Adapter.read`."""
        if question.scheme == ISBN:
            found = [candidate for each in records if (candidate := edition_candidate(each))]
        else:
            found = [candidate for each in records[:HITS] if (candidate := book_candidate(each))]
        return [
            Reading(replace(each, fields={n: data for n, data in each.fields.items() if n in self.fills}))
            for each in found
        ]


def _for_ids(key: Key) -> Adapter:
    return HardcoverAdapter(key.secret, FILLS)


def _for_the_rest(key: Key) -> Adapter:
    return HardcoverAdapter(key.secret, FILLS - IDS)


PLANS = tuple(
    AdapterPlan(
        PROVIDER,
        "Hardcover",
        pipeline.name,
        make,
        probe=Question(ISBN, "9780141439587"),
        secret=TOKEN,
        where=TOKENS,
    )
    for pipeline, make in ((HARDCOVER, _for_ids), (PIPELINE, _for_the_rest))
)
