"""Inventaire (https://inventaire.io): editions and works of its users and of Wikidata, in one place. CC0, no key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from completist.domain.budget import Budget, Rate
from completist.domain.fields import Data
from completist.domain.run import Outcome
from completist.kinds.books.identifiers import isbn13
from completist.kinds.books.providers.inventaire import records as inventaire_records
from completist.kinds.books.providers.inventaire.records import (
    EDITION_OF,
    FILLS,
    NAMED,
    SITE,
    claims,
    isbns,
    kept,
)
from completist.kinds.books.providers.questions import ISBN, by_isbn, by_title, is_of, rounds
from completist.sdk.adapter import Adapter, AdapterPlan, Key, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.halving import Gathering, in_two_steps, paged
from completist.sdk.jsondata import record, records, text
from completist.sdk.provider import Http, Provider, Record, Refused, Reply, Request
from completist.sdk.texts import shortened

BATCH = 30  #: ISBNs in one request
ENTITIES = 50  #: others in one
TOGETHER = 500  #: ISBNs that are asked for at once, so that the requests for their works are full
HITS = 10  #: of a search

INVENTAIRE = Provider(
    name=inventaire_records.PROVIDER,
    hosts=frozenset({"inventaire.io"}),
    budget=Budget(Rate(1_000)),  # a small cooperative: nothing is published, and who is too quick is shut out
    batch_size=BATCH,
    together=TOGETHER,
)

_URI = re.compile(r"(?:wd:Q[1-9]\d{0,11}|inv:[0-9a-f]{32}|isbn:\d{13})", re.ASCII)
_LONGEST = 200  #: characters of a search
_OK = 200


class Inventaire:
    """Inventaire for pipeline ``book-metadata``."""

    provider: Provider = INVENTAIRE
    fills = FILLS

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """Its editions, else a search for its title; see `Adapter.rounds`."""
        return rounds(by_isbn(subject), by_title(subject, whole=False))

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """Editions, or hits, then their works, then whoever is named there; see `Adapter.ask`."""

        async def page(part: Sequence[Question]) -> dict[Question, list[Record]]:
            return await _editions(http, part)

        async def whole(found: dict[Question, list[Record]]) -> dict[Question, list[Record]]:
            return await _completed(http, found)

        if not questions:
            return {}
        if questions[0].scheme != ISBN:
            return {question: await _hits(http, question) for question in questions}
        found = paged(page, questions, lambda question: question.key, BATCH)
        return await in_two_steps(found, whole, questions, lambda question: question.key)

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        """See `Adapter.read`."""
        read = inventaire_records.editions if question.scheme == ISBN else inventaire_records.works
        return [reading for each in records for reading in read(each)]


async def _editions(http: Http, questions: Sequence[Question]) -> dict[Question, list[Record]]:
    """The edition under each ISBN."""
    by_uri = {
        f"isbn:{question.text}": question for question in questions if isbn13(question.text) == question.text
    }
    known = await _by_uris(http, by_uri) if by_uri else {}
    found: dict[Question, list[Record]] = {question: [] for question in questions}
    editions = {uri: entity for uri, entity in known.items() if entity.get("type") == "edition"}
    for uri, edition in editions.items():
        if is_of(by_uri[uri], isbns(edition)):
            found[by_uri[uri]] = [edition]
    if editions and not any(found.values()):
        raise Refused(Outcome.BAD_RESPONSE, code="other_isbns")
    return found


async def _completed(http: Http, found: Mapping[Question, list[Record]]) -> dict[Question, list[Record]]:
    """The editions with their works, and with whoever is named there.

    Raises:
        Refused: Entities are missing; ``partial`` holds what needs none of them.
    """
    step = Gathering()
    editions = [edition for told in found.values() for edition in told]
    of = (uri for edition in editions for uri in claims(edition, EDITION_OF))
    works = await step.take(of, lambda uris: _entities(http, uris))
    mentioned = [uri for entity in (*editions, *works.values()) for uri in _mentioned(entity)]
    named = await step.take(mentioned, lambda uris: _entities(http, uris))
    whole = {
        question: [_whole(edition, works, named) for edition in told] for question, told in found.items()
    }
    needs = {question: _needed(told, works) for question, told in found.items()}
    return step.checked(whole, needs, lambda question: question.key)


def _needed(editions: Iterable[Record], works: Mapping[str, Record]) -> Iterator[str]:
    """All the entities that editions are put together with."""
    for edition in editions:
        yield from _mentioned(edition)
        for uri in claims(edition, EDITION_OF):
            yield uri
            yield from _mentioned(works.get(uri, {}))


def _whole(edition: Record, works: Mapping[str, Record], named: Mapping[str, Record]) -> Record:
    own: dict[str, Data] = {uri: works[uri] for uri in claims(edition, EDITION_OF) if uri in works}
    return {"edition": edition, "works": own, "named": _names((edition, *map(record, own.values())), named)}


async def _hits(http: Http, question: Question) -> list[Record]:
    """The works that a search finds, best first."""
    words = shortened(" ".join(f"{question.text} {question.by}".split()), _LONGEST)
    params = {"types": "works", "search": words, "limit": str(HITS), "lang": "en"}
    found = _answer(await http.send(Request("GET", f"{SITE}/api/search", params))).get("results")
    if not isinstance(found, list):
        raise Refused(Outcome.BAD_RESPONSE, code="search_shape")
    uris = [uri for hit in records(found)[:HITS] if _URI.fullmatch(uri := text(hit.get("uri")))]
    works = await _entities(http, uris)
    named = await _entities(http, (uri for work in works.values() for uri in _mentioned(work)))
    told = [works[uri] for uri in uris if uri in works and works[uri].get("type") == "work"]
    return [{"work": work, "named": _names((work,), named)} for work in told]


def _mentioned(entity: Record) -> Iterator[str]:
    """Those whose names an entity is described with."""
    for name in NAMED:
        yield from claims(entity, name)


def _names(entities: Iterable[Record], named: Mapping[str, Record]) -> dict[str, Data]:
    return {uri: named[uri] for entity in entities for uri in _mentioned(entity) if uri in named}


async def _entities(http: Http, uris: Iterable[str]) -> dict[str, Record]:
    """Entities by their URIs; what is gone is left out.

    Raises:
        Refused: Some were not answered; ``partial`` holds those that were, by their URIs.
    """
    wanted = [uri for uri in dict.fromkeys(uris) if _URI.fullmatch(uri)]

    async def page(part: Sequence[str]) -> dict[str, list[Record]]:
        known = await _by_uris(http, part)
        return {uri: [known[uri]] if uri in known else [] for uri in part}

    known = await paged(page, wanted, str, ENTITIES, doubt=False)
    return {uri: told[0] for uri, told in known.items() if told}


async def _by_uris(http: Http, uris: Iterable[str]) -> dict[str, Record]:
    """Entities under the URIs that they were asked for by, also where they have moved to another one."""
    wanted = [*uris]
    params = {"action": "by-uris", "uris": "|".join(wanted)}
    body = _answer(await http.send(Request("GET", f"{SITE}/api/entities", params)))
    if not isinstance(body.get("entities"), dict):
        raise Refused(Outcome.BAD_RESPONSE, code="entities_shape")
    told, moved = record(body["entities"]), record(body.get("redirects"))
    found = {uri: record(told.get(uri)) or record(told.get(text(moved.get(uri)))) for uri in wanted}
    return {uri: kept(entity) for uri, entity in found.items() if entity}


def _answer(reply: Reply) -> Record:
    if reply.status != _OK:
        raise Refused(Outcome.BAD_RESPONSE, code=f"http_{reply.status}")
    if not isinstance(reply.body, dict):
        raise Refused(Outcome.BAD_RESPONSE, code="entities_shape")
    if "status_verbose" in reply.body:  # an error that came with status 200
        raise Refused(Outcome.TRANSIENT, code="inventaire_error")
    return reply.body


def _make(_key: Key) -> Adapter:
    return Inventaire()


PLAN = AdapterPlan(
    inventaire_records.PROVIDER,
    "Inventaire",
    "book-metadata",
    _make,
    probe=Question(ISBN, "9780375757853"),
    calls=3,
    search=3,
)
