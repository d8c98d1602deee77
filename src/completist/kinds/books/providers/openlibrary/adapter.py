"""Open Library (https://openlibrary.org) asked live, in the same voice as the catalogue that is made of its dump.

Its API: https://openlibrary.org/developers/api. It allows 180 calls a minute to who says how to be reached.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from completist.domain.budget import Budget, Rate
from completist.domain.run import Outcome
from completist.kinds.books.finder import PIPELINE
from completist.kinds.books.matching.candidates import PROVIDER
from completist.kinds.books.matching.identified import keys_of
from completist.kinds.books.providers.openlibrary.documents import Documents, bare
from completist.kinds.books.providers.openlibrary.records import carries, offered, work_record
from completist.kinds.books.providers.openlibrary.views import by_keys, completed
from completist.kinds.books.providers.questions import by_isbn, by_title, rounds
from completist.sdk.adapter import AdapterPlan, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.halving import in_two_steps, keeping, paged
from completist.sdk.jsondata import record, records, texts
from completist.sdk.provider import Http, Provider, Record, Refused, Reply, Request
from completist.sdk.texts import shortened

SITE = "https://openlibrary.org"
BATCH = 170  #: ISBNs in one request: more would not fit in its address
TOGETHER = 1_020  #: ISBNs, or keys, that are asked for at once, so that the requests for their works are full
#: An ISBN that everything in Open Library's documentation is shown with. It is asked for with every batch, so that
#: a reply without anything is never an answer: the service says of all that it knows nothing when it has failed.
WELL_KNOWN = "9780140328721"
HITS = 10  #: of one search

OPEN_LIBRARY = Provider(
    name=PROVIDER,
    hosts=frozenset({"openlibrary.org"}),
    budget=Budget(Rate.within(180, 60_000, burst=10)),
    batch_size=BATCH,
    together=TOGETHER,
)

_FIELDS = "key,author_key,author_name,first_publish_year"
_LONGEST = 200  #: characters of a title, or of a name, in a search
_INITIAL = re.compile(r"\b[A-Za-z]\.\s*|(?<!\S)[A-Za-z](?!\S)")
_OK, _NOT_FOUND = 200, 404


@dataclass(frozen=True, slots=True)
class OpenLibrary:
    """Books by ISBN, by Open Library's own keys, else by title and author."""

    site: str = SITE

    #: All that a record of the catalogue can say.
    fills = frozenset(PIPELINE.fills)

    @property
    def provider(self) -> Provider:
        """What `Http` has to know: `OPEN_LIBRARY`, at the host of the site."""
        return replace(OPEN_LIBRARY, hosts=frozenset({urlsplit(self.site).hostname or ""}))

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """Its ISBNs, its edition, its work, its title; what a person chose is asked for alone."""
        if subject.accepted and (chosen := bare(subject.accepted)):
            return rounds(_by_key([chosen], "M"), _by_key([chosen], "W"))
        keys = [key for each in keys_of(subject) if (key := bare(each))]
        return rounds(
            by_isbn(subject), _by_key(keys, "M"), _by_key(keys, "W"), by_title(subject, whole=False)
        )

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """The records under each question; see `Adapter.ask`. A batch of ISBNs takes three requests."""
        documents = Documents(http, self.site)
        match questions[0].scheme if questions else "":
            case "isbn13":
                return await self._by_isbn(documents, questions)
            case "olid" | "olid_work":
                return await by_keys(documents, questions)
            case _:
                return {question: await self._search(documents, question) for question in questions}

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        """The records as the catalogue's own are read; see `Adapter.read`."""
        del question
        offers = [offer for kept in records if (offer := offered(kept)) is not None]
        return [Reading(offer.candidate, offer.related) for offer in offers]

    async def _by_isbn(
        self, documents: Documents, questions: Sequence[Question]
    ) -> dict[Question, list[Record]]:
        """The editions under each ISBN, with their works and authors."""

        async def page(part: Sequence[Question]) -> dict[Question, list[Record]]:
            return await self._editions(documents.http, part)

        async def whole(found: dict[Question, list[Record]]) -> dict[Question, list[Record]]:
            return await completed(documents, found)

        found = paged(page, questions, lambda question: question.key, BATCH, doubt=False)
        return await in_two_steps(found, whole, questions, lambda question: question.key)

    async def _editions(self, http: Http, questions: Sequence[Question]) -> dict[Question, list[Record]]:
        """The documents of the editions under each ISBN."""
        found = await self._page(http, questions)
        return await self._doubted(http, questions) if found is None else found

    async def _doubted(self, http: Http, questions: Sequence[Question]) -> dict[Question, list[Record]]:
        """What is true of a batch of which nothing at all came back.

        So the service answers for the whole batch when it stumbles over one record of it, or is in trouble. That
        nothing is known is believed where `WELL_KNOWN` is not known either, once both halves have said the same.
        """
        if len(questions) == 1:
            return {questions[0]: await self._single(http, questions[0].text)}
        halves = (questions[: len(questions) // 2], questions[len(questions) // 2 :])
        parts = [await self._page(http, half) for half in halves]
        if all(part is None for part in parts):
            if any([await self._single(http, isbn) for isbn in (WELL_KNOWN, questions[0].text)]):
                raise Refused(Outcome.TRANSIENT, code="empty_reply")
            return {question: [] for question in questions}
        known: dict[Question, list[Record]] = {}
        try:
            for half, part in zip(halves, parts, strict=True):
                known |= await self._doubted(http, half) if part is None else part
        except Refused as refused:
            raise keeping(refused, {question.key: each for question, each in known.items()}) from None
        return known

    async def _page(self, http: Http, questions: Sequence[Question]) -> dict[Question, list[Record]] | None:
        """One request, for `WELL_KNOWN` too; None when not even that is known."""
        wanted = dict.fromkeys((*(question.text for question in questions), WELL_KNOWN))
        params = {"bibkeys": ",".join(f"ISBN:{isbn}" for isbn in wanted), "jscmd": "details"}
        body = _answer(await http.send(Request("GET", f"{self.site}/api/books.json", params))).body
        if not isinstance(body, dict):
            raise Refused(Outcome.BAD_RESPONSE, code="books_shape")
        if not body:
            return None
        told = {isbn: record(record(body.get(f"ISBN:{isbn}")).get("details")) for isbn in wanted}
        if not any(told.values()):
            raise Refused(Outcome.BAD_RESPONSE, code="other_isbns")
        return {q: [told[q.text]] if carries(told[q.text], q.text) else [] for q in questions}

    async def _single(self, http: Http, isbn: str) -> list[Record]:
        """The document of an ISBN at another door of the service, which says plainly that there is none."""
        reply = await http.send(Request("GET", f"{self.site}/isbn/{isbn}.json"))
        if reply.status == _NOT_FOUND:
            return []
        document = record(_answer(reply).body)
        if not bare(document.get("key")):
            raise Refused(Outcome.TRANSIENT, code="empty_reply")
        return [document] if carries(document, isbn) else []

    async def _search(self, documents: Documents, question: Question) -> list[Record]:
        """The works that fit best, best first, with all that is true of them."""
        title = shortened(question.text, _LONGEST)
        asked = {"title": title, "author": shortened(_spelled_out(question.by), _LONGEST)}
        params = {name: words for name, words in asked.items() if words}
        params |= {"fields": _FIELDS, "limit": str(HITS)}
        reply = await documents.http.send(Request("GET", f"{self.site}/search.json", params))
        hits = record(_answer(reply).body).get("docs")
        if not isinstance(hits, list):
            raise Refused(Outcome.BAD_RESPONSE, code="search_shape")
        by_key = {key: hit for hit in records(hits)[:HITS] if (key := bare(hit.get("key")))}
        await documents.fetch(by_key)
        works: dict[str, Record] = {}
        for key, hit in by_key.items():
            if work := documents.leads_to(key):
                kept = work_record(work, _named(hit), hit.get("first_publish_year"))
                works.setdefault(bare(work.get("key")), kept)
        return list(works.values())


def _by_key(keys: Sequence[str], kind: str) -> list[Question]:
    scheme = "olid" if kind == "M" else "olid_work"
    return [Question(scheme, key) for key in dict.fromkeys(keys) if key.endswith(kind)]


def _named(hit: Record) -> list[Record]:
    """The authors of a hit: a list of keys, and one of names beside it."""
    keys, names = texts(hit.get("author_key")), texts(hit.get("author_name"))
    return [{"key": f"/authors/{key}", "name": name} for key, name in zip(keys, names, strict=False)]


def _spelled_out(name: str) -> str:
    """A name without its initials, which records write, leave out or spell out."""
    last, comma, first = name.partition(",")
    words = _INITIAL.sub(" ", f"{first} {last}" if comma else name)
    return " ".join((words if words.strip() else name).split())


def _answer(reply: Reply) -> Reply:
    if reply.status != _OK:
        raise Refused(Outcome.BAD_RESPONSE, code=f"http_{reply.status}")
    return reply


PLAN = AdapterPlan(
    provider=PROVIDER,
    label="Open Library",
    pipeline=PIPELINE.name,
    make=lambda _key: OpenLibrary(),
    probe=Question("isbn13", WELL_KNOWN),
    calls=8,
    search=2,
)
