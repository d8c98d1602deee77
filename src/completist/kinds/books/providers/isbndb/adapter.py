"""ISBNdb (https://isbndb.com), paid for by the month: its API, asked for batches of ISBNs, or by title.

Each plan has a host, a rate, a day and a size of batch of its own; a key is turned away at the host of another plan.
What a day really allows is announced with each reply, and believed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import quote, urlsplit

from completist.domain.budget import Budget, Quota, Rate
from completist.domain.errors import BadInput
from completist.domain.fields import Data, Level
from completist.domain.run import Outcome
from completist.kinds.books.finder import PIPELINE
from completist.kinds.books.matching.names import Likeness, compare_authors
from completist.kinds.books.providers.isbndb.records import (
    FILLS,
    PROVIDER,
    authors,
    book_record,
    candidate,
    isbns,
)
from completist.kinds.books.providers.questions import by_isbn, by_title, is_of, rounds
from completist.kinds.books.providers.volumes import distinct, fullest
from completist.sdk.adapter import SEARCH, AdapterPlan, Key, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.halving import halved
from completist.sdk.jsondata import records
from completist.sdk.provider import Http, Provider, Record, Refused, Reply, Request
from completist.sdk.texts import shortened

VARIABLE = "ISBNDB_KEY"  #: of the environment
SEEN = 100  #: hits of a search that are looked through for the author
HITS = 10  #: of those that are kept

_LONGEST = 150  #: characters that a search may have
_OK, _NOT_FOUND = 200, 404
#: What it answers when it has found more than fits in one reply.
_TOO_LARGE = "http_500"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan allows."""

    host: str
    seconds: int  #: calls in one
    day: int  #: calls in one
    batch: int  #: ISBNs in one call


#: By the name of the plan, the smallest first. Source: https://isbndb.com/isbn-database
PLANS = {
    "basic": Terms("api2.isbndb.com", 1, 7_500, 100),
    "premium": Terms("api.premium.isbndb.com", 3, 15_000, 1_000),
    "pro": Terms("api.pro.isbndb.com", 5, 30_000, 1_000),
}


def provider_of(plan: str) -> Provider:
    """What `Http` has to know about a plan; no name stands for the smallest.

    Raises:
        BadInput: There is no such plan.
    """
    terms = PLANS.get(plan.strip().lower() or next(iter(PLANS)))
    if terms is None:
        raise BadInput(f"ISBNdb has no plan {plan!r}.", hint=f"Plans: {', '.join(PLANS)}.")
    rate = Rate.within(terms.seconds, 1_000)
    return Provider(PROVIDER, frozenset({terms.host}), Budget(rate, Quota(terms.day)), terms.batch)


@dataclass(frozen=True, slots=True)
class Isbndb:
    """Books by ISBN, else by title."""

    key: Key = field(default_factory=Key)
    address: str = ""  #: of another server than the plan's own

    fills = FILLS

    @property
    def provider(self) -> Provider:
        """What `Http` has to know about the plan."""
        known = provider_of(self.key.plan)
        if not self.address:
            return known
        return replace(known, hosts=frozenset({urlsplit(self.address).hostname or ""}))

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """Its ISBNs, then its title."""
        return rounds(by_isbn(subject), by_title(subject, whole=False))

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """The books under each question; see `Adapter.ask`. A batch of ISBNs is one call."""

        async def page(part: Sequence[Question]) -> dict[Question, list[Record]]:
            return await self._page(http, part)

        if not questions:
            return {}
        if questions[0].scheme == SEARCH:
            return {question: await self._search(http, question) for question in questions}
        return await halved(page, questions, lambda question: question.key)

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        """The books as candidates; see `Adapter.read`."""
        searched = question.scheme == SEARCH
        level = Level.WORK if searched else Level.EDITION
        found = [each for book in records if (each := candidate(book, level)) is not None]
        return [Reading(each) for each in (fullest(found) if searched else distinct(found))]

    async def _page(self, http: Http, questions: Sequence[Question]) -> dict[Question, list[Record]]:
        """One call; a single ISBN is asked for in the way that says plainly when it is not known."""
        if len(questions) == 1:
            (question,) = questions
            book = _member(await self._get(http, f"book/{question.text}"), "book")
            return {question: _under(question, records([book]))}
        try:
            body = await self._post(http, [question.text for question in questions])
        except Refused as refused:
            code = "too_large" if refused.code == _TOO_LARGE else refused.code
            raise Refused(refused.outcome, refused.after, code) from None
        found = records(_member(body, "data"))
        known = {question: _under(question, found) for question in questions}
        if found and not any(known.values()):
            raise Refused(Outcome.BAD_RESPONSE, code="other_isbns")
        return known

    async def _search(self, http: Http, question: Question) -> list[Record]:
        """The books that fit a title, as far as they may be by the author."""
        title = shortened(question.text, _LONGEST)
        params = {"page": "1", "pageSize": str(SEEN), "column": "title"}
        found = _member(await self._get(http, f"books/{quote(title, safe='')}", params), "books", "data")
        mine = [question.by] if question.by else []
        fitting = (book for book in records(found) if _may_be_by(mine, book))
        return [book_record(book) for book, _ in zip(fitting, range(HITS), strict=False)]

    async def _get(self, http: Http, path: str, params: Mapping[str, str] | None = None) -> Record | None:
        """The answer to a question; None says that nothing is known."""
        request = Request("GET", f"{self._address()}/{path}", params or {}, self._headers())
        reply = await http.send(request)
        return None if reply.status == _NOT_FOUND else _answer(reply)

    async def _post(self, http: Http, isbns: Sequence[str]) -> Record:
        request = Request(
            "POST", f"{self._address()}/books", headers=self._headers(), json={"isbns": [*isbns]}
        )
        return _answer(await http.send(request))

    def _address(self) -> str:
        return self.address or f"https://{next(iter(self.provider.hosts))}"

    def _headers(self) -> dict[str, str]:
        """The key as it is, without any word before it.

        Raises:
            Refused: invalid key, when this cannot be a key at all.
        """
        key = self.key.secret.strip()
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise Refused(Outcome.INVALID_KEY, code="no_key")
        return {"Authorization": key}


def _member(body: Record | None, *names: str) -> Data:
    """What an answer holds under one of these names; None without an answer."""
    if body is None:
        return None
    found = next((body[name] for name in names if name in body), None)
    if not isinstance(found, list | dict):
        raise Refused(Outcome.BAD_RESPONSE, code="books_shape")
    return found


def _under(question: Question, books: Sequence[Record]) -> list[Record]:
    return [book_record(book) for book in books if is_of(question, isbns(book))]


def _may_be_by(mine: Sequence[str], book: Record) -> bool:
    return compare_authors(mine, authors(book)) is not Likeness.DIFFERENT


def _answer(reply: Reply) -> Record:
    if reply.status != _OK:
        raise Refused(Outcome.BAD_RESPONSE, code=f"http_{reply.status}")
    if not isinstance(reply.body, dict):
        raise Refused(Outcome.BAD_RESPONSE, code="books_shape")
    return reply.body


PLAN = AdapterPlan(
    provider=PROVIDER,
    label="ISBNdb",
    pipeline=PIPELINE.name,
    make=Isbndb,
    probe=Question("isbn13", "9780141439587"),
    secret=VARIABLE,
    plans=tuple(PLANS),
    where="https://isbndb.com/isbn-database",
)
