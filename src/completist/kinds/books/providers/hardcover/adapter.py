"""Hardcover for live look-ups: for its own ids (pipeline ``hardcover``), and for what it says of books besides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from completist.kinds.books.finder import PIPELINE
from completist.kinds.books.matching.asking import texts
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
from completist.kinds.books.providers.questions import (
    ISBN,
    by_exact_title,
    by_isbn,
    by_title,
    may_be_by,
    rounds,
)
from completist.sdk.adapter import SEARCH, TITLE, Adapter, AdapterPlan, Key, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.provider import Http, Provider, Record, Refused


@dataclass(frozen=True, slots=True)
class HardcoverAdapter:
    """Books by ISBN, else by their exact title, many in one call; else by a search."""

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
        return rounds(by_isbn(subject), by_exact_title(subject), by_title(subject))

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """The editions under ISBNs, the books under titles, or those that a search finds; see `Adapter.ask`."""
        if not questions:
            return {}
        scheme = questions[0].scheme
        if scheme == SEARCH:
            return {each: await self._hardcover.search(http, each.text, each.by) for each in questions}
        ask = self._hardcover.editions_by_isbn if scheme == ISBN else self._hardcover.books_by_title
        try:
            known = await ask(http, [question.text for question in questions])
        except Refused as refused:
            partial = {q.key: refused.partial[q.text] for q in questions if q.text in refused.partial}
            raise Refused(refused.outcome, refused.after, refused.code, partial) from None
        return {question: known.get(question.text, []) for question in questions}

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        """Editions, or the first of the books found; see `Adapter.read`."""
        if question.scheme == ISBN:
            found = [candidate for each in records if (candidate := edition_candidate(each))]
        else:
            found = [candidate for each in records if (candidate := book_candidate(each))]
            if question.scheme == TITLE:  # others have written something of the same name
                found = [each for each in found if may_be_by(question, texts(each.fields.get("authors")))]
            found = found[:HITS]
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
