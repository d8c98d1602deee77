"""Open Library (https://openlibrary.org) asked live about authors, in the same voice as the catalogue.

Its limits are declared here once more: kinds do not know one another, and books are asked for there, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from completist.domain.budget import Budget, Rate
from completist.domain.run import Outcome
from completist.kinds.authors.finder import PIPELINE, PROVIDER
from completist.kinds.authors.providers.openlibrary_records import (
    author_record,
    bare,
    candidate,
    living,
    target,
)
from completist.sdk.adapter import SEARCH, AdapterPlan, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.jsondata import record, records, text, texts
from completist.sdk.provider import Http, Provider, Record, Refused, Reply, Request
from completist.sdk.texts import shortened

SITE = "https://openlibrary.org"
BATCH = 115  #: authors in one request: their keys fit in one address
HITS = 5  #: of one search

OPEN_LIBRARY = Provider(
    name=PROVIDER,
    hosts=frozenset({"openlibrary.org"}),
    budget=Budget(Rate.within(180, 60_000, burst=10)),
    batch_size=BATCH,
)

#: Beside a name in a question: answers about books are kept under the same provider, and titles may be names.
_PERSON = "person"
_HOPS = 3  #: redirects in a row that are followed
_LONGEST = 200  #: characters of a name in a search
_FIELDS = "key,top_work,work_count"
_OK = 200


@dataclass(frozen=True, slots=True)
class OpenLibrary:
    """Authors by Open Library's own keys, else by name."""

    site: str = SITE

    #: All that a record of the catalogue can say.
    fills = frozenset(PIPELINE.fills)

    @property
    def provider(self) -> Provider:
        """What `Http` has to know: `OPEN_LIBRARY`, at the host of the site."""
        return replace(OPEN_LIBRARY, hosts=frozenset({urlsplit(self.site).hostname or ""}))

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """Its keys, its name; what a person chose is asked for alone."""
        if subject.accepted and (chosen := bare(subject.accepted)):
            return [_by_key([chosen])]
        keys = [key for each in texts(subject.values.get("olid_author")) if (key := bare(each))]
        name = " ".join(text(subject.values.get("name")).split())
        by_name = [Question(SEARCH, name, _PERSON)] if name else []
        return [each for each in (_by_key(keys), by_name) if each]

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """The records under each question; see `Adapter.ask`."""
        if not questions:
            return {}
        if questions[0].scheme == SEARCH:
            return {question: await self._search(http, question.text) for question in questions}
        found = await self._fetch(http, [question.text for question in questions])
        known = {question: found[question.text] for question in questions}
        return {question: [author_record(author)] if author else [] for question, author in known.items()}

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        """The records as the catalogue's own are read; of a search, those of that name, never certain."""
        name = question.text if question.scheme == SEARCH else None
        return [Reading(found) for kept in records if (found := candidate(kept, name)) is not None]

    async def _search(self, http: Http, name: str) -> list[Record]:
        params = {"q": shortened(name, _LONGEST), "fields": _FIELDS, "limit": str(HITS)}
        hits = _answer(await http.send(Request("GET", f"{self.site}/search/authors.json", params))).get(
            "docs"
        )
        if not isinstance(hits, list):
            raise Refused(Outcome.BAD_RESPONSE, code="search_shape")
        by_key = {key: hit for hit in records(hits)[:HITS] if (key := bare(hit.get("key")))}
        found = await self._fetch(http, by_key)
        known = {
            bare(author.get("key")): author_record(author, by_key[key])
            for key, author in found.items()
            if author
        }
        return list(known.values())

    async def _fetch(self, http: Http, keys: Iterable[str]) -> dict[str, Record]:
        """The documents that keys lead to; an empty one where there is none."""
        leads_to = {key: key for key in keys}
        known: dict[str, Record] = {}
        for _ in range(_HOPS + 1):
            new = list(dict.fromkeys(key for key in leads_to.values() if key not in known))
            if not new:
                break
            known |= await self._get_many(http, new)
            leads_to = {key: target(known[last]) or last for key, last in leads_to.items()}
        return {key: living(known.get(last, {})) for key, last in leads_to.items()}

    async def _get_many(self, http: Http, keys: Sequence[str]) -> dict[str, Record]:
        paths = json.dumps([f"/authors/{key}" for key in keys], separators=(",", ":"))
        body = _answer(await http.send(Request("GET", f"{self.site}/api/get_many", {"keys": paths})))
        if body.get("status") != "ok":  # an error of its database comes with status 200
            raise Refused(Outcome.TRANSIENT, code="get_many_failed")
        if not isinstance(result := body.get("result"), dict):
            raise Refused(Outcome.BAD_RESPONSE, code="get_many_shape")
        return {key: record(result.get(f"/authors/{key}")) for key in keys}


def _by_key(keys: Iterable[str]) -> list[Question]:
    return [Question("olid_author", key) for key in dict.fromkeys(keys)]


def _answer(reply: Reply) -> Record:
    if reply.status != _OK:
        raise Refused(Outcome.BAD_RESPONSE, code=f"http_{reply.status}")
    return record(reply.body)


PLAN = AdapterPlan(
    provider=PROVIDER,
    label="Open Library",
    pipeline=PIPELINE.name,
    make=lambda _key: OpenLibrary(),
    probe=Question("olid_author", "OL21594A"),
    search=2,
)
