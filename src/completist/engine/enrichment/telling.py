"""Enrichment: what programs outside tell of editions, works and authors, and what they want to have asked of providers.

What is told belongs to no library: it is kept among the answers, and every library is filled with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from time import perf_counter
from uuid import UUID

from completist.domain.enrichment import Rank, Telling, blend
from completist.domain.errors import NotFound, Unfit
from completist.domain.fields import Data, Level, is_empty
from completist.domain.kind import Kind, fit_data
from completist.domain.pipeline import RERUN_PRIORITY
from completist.domain.scoring import completeness_at_first, quality
from completist.domain.trust import Trust
from completist.engine.inquiry.hearing import Respondent
from completist.engine.patience import patiently
from completist.engine.voices import DECLARED, Voices
from completist.sdk import registry
from completist.sdk.adapter import SEARCH, Question
from completist.sdk.enriched import packed, shown, unpacked
from completist.sdk.entity import Entity
from completist.sdk.finder import Subject
from completist.sdk.provider import Record
from completist.store import enrichment_log, enrichments, items, libraries, requests, runs
from completist.store.bell import ring
from completist.store.database import Connection, Database
from completist.store.enrichment_log import UPSERT, Logged
from completist.store.requests import Request, Status

#: How often a request is tried again whose providers did not answer, rests that they ask for not counted.
RETRIES = 3

#: The priority of a request that names none.
PRIORITY = 5

#: Why a request waits where nobody is called.
OFFLINE = "This server stays offline: it asks nobody."

_SEPARATORS = re.compile(r"[\s_-]+")


@dataclass(frozen=True, slots=True)
class Told:
    """What stands after something was told: the record, and the fields that hold something else now."""

    entity: Entity
    key: str
    record: Record
    updated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a request stands, with what was done for it."""

    request: Request
    log: Sequence[Logged]


@dataclass(frozen=True, slots=True)
class Enrichment:
    """The enrichment API of a database, for callers of one library."""

    database: Database
    library_id: int
    respondents: Mapping[str, Sequence[Respondent]]
    clock: Callable[[], int]
    fresh_id: Callable[[], UUID]
    voices: Voices = DECLARED
    offline: bool = False  #: nobody is called from here

    def tell(
        self,
        name: str,
        key: str,
        data: Mapping[str, Data],
        by: str,
        metadata: Mapping[str, Data] | None = None,
    ) -> Told:
        """Keep what is told of a thing, where nothing better stands. Again, it changes nothing.

        ``name`` is that of its type (``edition``); ``by`` is who says so. What is no field of the kind is kept as it
        is.

        Raises:
            Unfit: The key or a value cannot be.
        """
        begun = perf_counter()
        entity = entity_of(name)
        read = read_key(entity, key)
        telling = Telling(by, fitted(entity, data), metadata or {})

        def write() -> Told:
            with self.database.write() as connection:
                now = self.database.moment(connection, self.clock)
                told = self._blend(connection, entity, read, telling, now)
                if told.updated:
                    make_due(connection, entity, read, now)
                spent = (perf_counter() - begun) * 1000
                done = Logged(name, read, by, UPSERT, success=True, fields_updated=told.updated)
                enrichment_log.write_log(connection, [replace(done, response_time_ms=spent)], now)
                return told

        return patiently(write)

    def _blend(self, connection: Connection, entity: Entity, key: str, telling: Telling, now: int) -> Told:
        query = entity.question(key).key
        declared = registry.plugin(entity.kind).kind.by_name
        rank = ranks(self.voices.of(registry.plugin(entity.kind)))
        enrichments.hold_enriched(connection, query)
        kept = enrichments.read_enriched(connection, query)
        before = None if kept is None else unpacked(kept)
        after, updated = blend(before, telling, declared, rank, now)
        data: dict[str, Data] = {entity.scheme: [key], **shown(entity, after.data)}
        worth = worth_of(entity, data)
        complete = completeness_at_first(_as_told(entity), data)
        record = packed(entity, key, after, after.primary(rank), round(100 * worth), complete)
        if record != kept:
            enrichments.write_enriched(connection, query, record, worth, now)
        return Told(entity, key, record, updated)

    def request(
        self,
        who: str,
        name: str,
        key: str,
        *,
        priority: int = PRIORITY,
        providers: Sequence[str] | None = None,
    ) -> tuple[Request, bool]:
        """Queue a thing to be asked about; or the open request of the same thing, and whether it is new.

        Without ``providers``, all are asked that may be and can answer. ``priority`` goes from 1 to 10, the highest
        first.

        Raises:
            Unfit: The key, or a provider, cannot be.
        """
        entity = entity_of(name)
        read = read_key(entity, key)
        named = self._named(entity, read, providers)

        def write() -> tuple[Request, bool]:
            with self.database.write() as connection:
                now = self.database.moment(connection, self.clock)
                wanted = Request(
                    str(self.fresh_id()), self.library_id, who, name, read, priority, named, now, RETRIES
                )
                made = requests.put_request(connection, wanted)
                ring(connection)
                return made

        return patiently(write)

    def standing(self, request_id: str) -> Standing:
        """How a request of this library stands.

        Raises:
            NotFound: It has none with this id.
        """
        with self.database.read() as connection:
            found = requests.read_request(connection, self.library_id, request_id)
            if found is None:
                raise NotFound(
                    "There is no such request.", hint="POST /api/enrich/queue answers with its id."
                )
            log = enrichment_log.log_of(connection, found.id)
        if self.offline and found.status is Status.PENDING:
            found = replace(found, error_message=found.error_message or OFFLINE)
        return Standing(found, log)

    def _named(self, entity: Entity, key: str, providers: Sequence[str] | None) -> tuple[str, ...]:
        able = [
            each
            for each in self.respondents.get(entity.pipeline, ())
            if not each.plan.local and questions_for(each, entity, key)
        ]
        names = tuple(dict.fromkeys(each.provider.name for each in able))
        if providers is None:
            may = tuple(dict.fromkeys(each.provider.name for each in able if each.may_be_asked))
            return may or names
        known = _known(self.respondents)
        chosen = list(dict.fromkeys(known.get(plain(each), "") for each in providers))
        if unknown := [each for each in providers if plain(each) not in known]:
            reason = f"there is no provider {unknown[0][:60]!r}; there are {_listed(names)}"
            raise Unfit({"providers_to_try": reason})
        if not set(chosen) & set(names):
            reason = f"none of these is asked about an {entity.name} by its key; {_listed(names)} are"
            raise Unfit({"providers_to_try": reason})
        return tuple(chosen)


def entity_of(name: str) -> Entity:
    """The type of thing of a name. Raises Unfit."""
    known = registry.entities()
    if name not in known:
        raise Unfit({"entity_type": f"takes one of {_listed(sorted(known))}, not {name[:60]!r}"})
    return known[name]


def read_key(entity: Entity, text: str) -> str:
    """A key in its normal form. Raises Unfit."""
    try:
        return entity.read(text)
    except ValueError as error:
        raise Unfit({entity.scheme: str(error)}) from error


def fitted(entity: Entity, data: Mapping[str, Data]) -> dict[str, Data]:
    """What is told in the form in which its kind keeps it. Raises Unfit, which names every field that cannot be."""
    plugin = registry.plugin(entity.kind)
    fit: dict[str, Data] = {}
    faults: dict[str, str] = {}
    for name, told in data.items():
        declared, bring = plugin.kind.by_name.get(name), plugin.normalise.get(name)
        try:
            kept = told if declared is None else fit_data(declared, told)
            fit[name] = kept if bring is None or is_empty(kept) else bring(kept)
        except ValueError as error:
            faults[name] = str(error)
    if faults:
        raise Unfit(faults)
    return {name: kept for name, kept in fit.items() if not is_empty(kept)}


def ranks(trust: Trust) -> Rank:
    """How little everybody is trusted: providers by their order, before all others."""

    def rank(name: str, by: str) -> int:
        order = trust.of(name)
        return order.index(by) if by in order else len(order)

    return rank


def worth_of(entity: Entity, data: Mapping[str, Data]) -> float:
    """How good a record is, 0 to 1, by the fields that a thing of this type can have."""
    return quality(_as_told(entity), data)


@cache
def _as_told(entity: Entity) -> Kind:
    """The kind without the fields that are not true of such a thing: a work has no pages."""
    kind = registry.plugin(entity.kind).kind
    if entity.level is Level.EDITION:
        return kind
    return replace(kind, fields=tuple(f for f in kind.fields if f.level is not Level.EDITION))


def questions_for(respondent: Respondent, entity: Entity, key: str) -> Sequence[Question]:
    """What a provider is asked about the thing with a key; nothing when it cannot be asked by one."""
    rounds = respondent.adapter.rounds(Subject(0, {entity.scheme: [key]}))
    return [question for question in next(iter(rounds), ()) if question.scheme != SEARCH]


def make_due(connection: Connection, entity: Entity, key: str, now: int) -> int:
    """Make due again, in every library, what may be filled with something new about a thing; how many items."""
    _, pipeline = registry.pipeline(entity.pipeline)
    due = 0
    for library_id in libraries.all_ids(connection):
        found = items.find_by_identifier(connection, library_id, entity.kind, entity.scheme, [key])
        if ids := found.get(key):
            due += runs.doubt(connection, pipeline.name, pipeline.version, ids, now, priority=RERUN_PRIORITY)
    if due:
        ring(connection)
    return due


def plain(name: str) -> str:
    """A provider's name however it is written: ``google-books`` and ``Google Books`` are one."""
    return _SEPARATORS.sub("", name).casefold()


def known_as(respondents: Mapping[str, Sequence[Respondent]], name: str) -> str:
    """The name of the provider that is meant, or the name as it stands where it is nobody's here."""
    return _known(respondents).get(plain(name), name)


def _known(respondents: Mapping[str, Sequence[Respondent]]) -> dict[str, str]:
    """The names of all who can be asked anything, by how they may be written."""
    named = [r.provider.name for each in respondents.values() for r in each if not r.plan.local]
    return {plain(name): name for name in named}


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
