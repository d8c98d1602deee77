"""Google Books (https://developers.google.com/books), asked with a person's own free key, one book at a time.

Who asks without a key shares one quota with all the world, which is always used up. A key is good for 1,000 calls
a day, until midnight in California.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from completist.domain.budget import Budget, Quota, Rate
from completist.domain.fields import Level
from completist.domain.run import Outcome
from completist.kinds.books.finder import PIPELINE
from completist.kinds.books.providers.googlebooks.records import (
    FILLS,
    INFO,
    PROVIDER,
    candidate,
    isbns,
    volume_record,
)
from completist.kinds.books.providers.questions import by_isbn, by_title, is_of, rounds
from completist.kinds.books.providers.volumes import distinct, fullest
from completist.sdk.adapter import SEARCH, AdapterPlan, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.jsondata import record, records, text
from completist.sdk.provider import Http, Provider, Record, Refused, Reply, Request
from completist.sdk.texts import shortened

VOLUMES = "https://www.googleapis.com/books/v1/volumes"
VARIABLE = "GOOGLE_BOOKS_KEY"  #: of the environment
HITS = 10  #: of one search

GOOGLE_BOOKS = Provider(
    name=PROVIDER,
    hosts=frozenset({"www.googleapis.com"}),
    budget=Budget(Rate(1_000), Quota(1_000, -8 * 60 * 60 * 1000, "America/Los_Angeles")),
)

_FIELDS = f"totalItems,items(id,volumeInfo({','.join(sorted(INFO))}))"
_LONGEST = 150  #: characters of a title, or of a name, in a search
_OK = 200

#: What an error says that was left to us: most are told by their reasons before they come here.
_MEANINGS = (
    (r"\bapi key\b", Outcome.INVALID_KEY, "google_key"),
    (r"\bquota\b.*\bper day\b", Outcome.QUOTA_EXHAUSTED, "google_quota"),
    (r"\bquota\b|\brate limit\b", Outcome.RATE_LIMITED, "google_rate"),
    (r"\bunavailable\b|\binternal\b|\bbackend", Outcome.TRANSIENT, "google_error"),
)


@dataclass(frozen=True, slots=True)
class GoogleBooks:
    """Books by ISBN, else by title and author."""

    key: str = field(default="", repr=False)
    address: str = VOLUMES

    provider = GOOGLE_BOOKS
    fills = FILLS

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """Each ISBN by itself, since each costs a call of few; then the title."""
        return rounds(*([question] for question in by_isbn(subject)), by_title(subject, whole=False))

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """The volumes under a question; see `Adapter.ask`."""
        known: dict[Question, list[Record]] = {}
        for question in questions:
            try:
                known[question] = await self._volumes(http, question)
            except Refused as refused:
                partial = {each.key: found for each, found in known.items()}
                raise Refused(refused.outcome, refused.after, refused.code, partial) from None
        return known

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        """The volumes as candidates; see `Adapter.read`.

        Of several volumes with one ISBN, and of several of one book, the one that says most stands for all.
        """
        searched = question.scheme == SEARCH
        level = Level.WORK if searched else Level.EDITION
        found = [each for volume in records if (each := candidate(volume, level)) is not None]
        return [Reading(each) for each in (fullest(found) if searched else distinct(found))]

    async def _volumes(self, http: Http, question: Question) -> list[Record]:
        searched = question.scheme == SEARCH
        params = {
            "q": _searched(question) if searched else f"isbn:{question.text}",
            "fields": _FIELDS,
            "maxResults": str(HITS),
            "printType": "books",
            "key": self._secret(),
        }
        body = _answer(await http.send(Request("GET", self.address, params)))
        items = body.get("items", [] if body.get("totalItems") == 0 else None)
        if not isinstance(items, list):
            raise Refused(Outcome.BAD_RESPONSE, code="volumes_shape")
        found = [volume_record(volume) for volume in records(items)]
        return [volume for volume in found if searched or is_of(question, isbns(volume))]

    def _secret(self) -> str:
        """The key.

        Raises:
            Refused: invalid key, when this cannot be a key at all.
        """
        key = self.key.strip()
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise Refused(Outcome.INVALID_KEY, code="no_key")
        return key


def _searched(question: Question) -> str:
    """The search in Google's words: https://developers.google.com/books/docs/v1/using#PerformingSearch."""
    title, author = question.text, question.by
    named = {"intitle": title, "inauthor": author}
    plain = {
        name: shortened(" ".join(words.replace('"', " ").split()), _LONGEST) for name, words in named.items()
    }
    return " ".join(f'{name}:"{words}"' for name, words in plain.items() if words)


def _answer(reply: Reply) -> Record:
    body = record(reply.body)
    if reply.status != _OK or "error" in body:
        raise _refusal(reply.status, record(body.get("error")))
    return body


def _refusal(status: int, error: Record) -> Refused:
    """What an error means: https://cloud.google.com/apis/design/errors. It may come with status 200."""
    said = f"{text(error.get('status'))} {text(error.get('message'))}".casefold()
    for form, outcome, code in _MEANINGS:
        if re.search(form, said):
            return Refused(outcome, code=code)
    return Refused(Outcome.BAD_RESPONSE, code=f"http_{status}" if status != _OK else "google_error")


PLAN = AdapterPlan(
    provider=PROVIDER,
    label="Google Books",
    pipeline=PIPELINE.name,
    make=lambda key: GoogleBooks(key.secret),
    probe=Question("isbn13", "9780141439587"),
    secret=VARIABLE,
    where="https://console.cloud.google.com/apis/library/books.googleapis.com",
)
