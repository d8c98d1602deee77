"""Reading through: a look-up that asks the catalogue, then what is kept of providers, then the providers themselves.

What providers say is kept, also when it comes too late for whoever asked: the next one finds it here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic

import structlog

from completist.domain.errors import CompletistError, Retryable
from completist.domain.fields import Data, Level, Origin, Value, is_empty
from completist.domain.kind import Kind
from completist.domain.merging import effective_values
from completist.domain.run import Outcome
from completist.engine import consulting
from completist.engine.enrichment.asking import Asking, Heard, Thing
from completist.engine.enrichment.telling import entity_of, questions_for
from completist.engine.inquiry.hearing import Respondent
from completist.engine.voices import DECLARED, Voices
from completist.net.door import Door
from completist.sdk import registry
from completist.sdk.adapter import Question
from completist.sdk.catalogue import Catalogue, EditionView
from completist.sdk.entity import Entity
from completist.sdk.jsondata import texts
from completist.sdk.provider import Refused
from completist.store import enrichments, tallies
from completist.store.answers import Answer
from completist.store.database import Database
from completist.store.enrichment_log import LOOKUP

#: The voice of the catalogue.
CATALOGUE = "openlibrary"

#: Look-ups for which providers are being asked at once; who comes when there are so many has to come again.
AT_ONCE = 8

#: Seconds that one provider is waited for until the next is asked beside it.
HEDGE = 0.7

#: Seconds after which whoever came when there were too many may come again.
AGAIN = 2.0

#: Seconds for which somebody waits for providers unless they say otherwise, and the longest that they may say.
DEADLINE, LONGEST = 2.5, 10.0

#: How often look-ups are counted on in the database, in seconds.
COUNTED = 10.0

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known here of an edition: what counts by field, who said so, and its authors with their keys."""

    key: str
    work: Mapping[str, Data]  #: what is true of every edition
    edition: Mapping[str, Data]
    authors: Sequence[Mapping[str, Data]]
    sources: Mapping[str, str]  #: who says so, by field
    provider: str  #: who speaks first of it
    fresh: bool  #: not from expired answers alone


@dataclass(frozen=True, slots=True)
class Look:
    """What is here: the edition, if it is known; those who said lately that they do not know it; whom to ask."""

    known: Known | None
    found_in: str = ""  #: ``catalogue`` or ``answers``
    denied: tuple[str, ...] = ()
    to_ask: tuple[Respondent, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of asking providers, by name."""

    heard: Mapping[str, Heard] = field(default_factory=dict)

    @property
    def after(self) -> float | None:
        """Seconds after which one that did not answer may; None when all have."""
        waits = [h.refused.after for h in self.heard.values() if h.refused is not None]
        known = [wait for wait in waits if wait is not None]
        return None if not waits else min(known, default=AGAIN)


@dataclass(slots=True)
class ReadingThrough:
    """Look-ups of editions by ISBN, for all threads of a process."""

    database: Database
    catalogue: Callable[[], Catalogue]
    respondents: Mapping[str, Sequence[Respondent]]
    door: Callable[[], Door | None]
    clock: Callable[[], int]
    name: str  #: of the process
    voices: Voices = DECLARED
    entity: Entity = field(default_factory=lambda: entity_of("edition"))
    work: Entity = field(default_factory=lambda: entity_of("work"))
    _lock: Lock = field(default_factory=Lock)
    _flights: dict[str, Future[Asked]] = field(default_factory=dict)
    _counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    _counted: float = field(default_factory=monotonic)

    # --- what is here -------------------------------------------------------------------------------------

    def look(self, key: str) -> Look:
        """What the catalogue and the kept answers say of an ISBN-13. Calls nobody, writes nothing."""
        views = self.catalogue().by_isbn([key]).get(key, [])
        said = [_from_catalogue(views)] if views else []
        speakers, now = self.respondents.get(self.entity.pipeline, ()), self.clock()
        kept, heard = self._listened(speakers, key, said, now)
        said += [voice for voice in heard if not (views and voice.provider == CATALOGUE)]
        known = self._merged(key, said) if said else None
        found_in = "catalogue" if views else "answers"
        if known is not None and known.fresh:
            return Look(known, found_in)
        query = self.entity.question(key).key
        believed = {name for (name, about), a in kept.items() if about == query and a.expires_at > now}
        names = dict.fromkeys(each.plan.provider for each in speakers)
        to_ask = [r for r in speakers if r.plan.provider not in believed and self._may_ask(r, key)]
        return Look(known, found_in, tuple(name for name in names if name in believed), tuple(to_ask))

    def _listened(
        self, speakers: Sequence[Respondent], key: str, said: Sequence[_Voice], now: int
    ) -> tuple[Mapping[tuple[str, str], Answer], list[_Voice]]:
        """What is kept of each provider about an edition, and about its work as soon as that is named."""
        questions = [self.entity.question(key), *self._of_work(said)]
        kept = self._kept(speakers, questions)
        heard = self._heard(speakers, questions, kept, now)
        if not said and (work := self._of_work(heard)):
            kept = self._kept(speakers, [questions[0], *work])
            heard = self._heard(speakers, [questions[0], *work], kept, now)
        return kept, heard

    def _kept(
        self, speakers: Sequence[Respondent], questions: Sequence[Question]
    ) -> Mapping[tuple[str, str], Answer]:
        names = [*dict.fromkeys(each.plan.provider for each in speakers)]
        return enrichments.answers_of_all(self.database, names, [q.key for q in questions])

    @staticmethod
    def _heard(
        speakers: Sequence[Respondent],
        questions: Sequence[Question],
        kept: Mapping[tuple[str, str], Answer],
        now: int,
    ) -> list[_Voice]:
        """What is kept of each provider, in their order."""
        if not kept:
            return []
        keyed = [(question, question.key) for question in questions]
        found = [
            _from_answer(each, question, answer, now)
            for each in speakers
            for question, key in keyed
            if (answer := kept.get((each.provider.name, key))) is not None and answer.records
        ]
        return [voice for voice in found if voice is not None]

    def _of_work(self, said: Sequence[_Voice]) -> list[Question]:
        """The question about the work that is spoken of."""
        keys = [one for voice in said for one in texts(voice.fields.get(self.work.scheme))]
        return [self.work.question(keys[0])] if keys else []

    def _may_ask(self, respondent: Respondent, key: str) -> bool:
        may = respondent.may_be_asked and not respondent.plan.local and self.door() is not None
        return may and bool(questions_for(respondent, self.entity, key))

    def _merged(self, key: str, said: Sequence[_Voice]) -> Known:
        """What counts of all that is said by those who speak of the same book as the first."""
        plugin = registry.plugin(self.entity.kind)
        first = said[0]
        agreed = [first, *(v for v in said[1:] if plugin.agree(first.fields, v.fields))]
        values = [value for voice in agreed for value in voice.values(plugin.kind)]
        if len(agreed) == 1:  # nothing to choose from
            counting = {value.field: value for value in values}
        else:
            counting = effective_values(plugin.kind, values, self.voices.of(plugin))
        people = next((voice.authors for voice in agreed if voice.authors), ())
        fresh = any(voice.fresh and voice.level is self.entity.level for voice in agreed)
        edition = {name for name in counting if plugin.kind.by_name[name].level is Level.EDITION}
        return Known(
            key,
            {name: value.data for name, value in counting.items() if name not in edition},
            {name: value.data for name, value in counting.items() if name in edition},
            people,
            {name: value.source for name, value in counting.items()},
            first.provider,
            fresh,
        )

    # --- asking -------------------------------------------------------------------------------------------

    def begin(self, key: str, respondents: Sequence[Respondent]) -> Future[Asked]:
        """Ask providers in order, beside the caller, until one knows it; those who ask for the same share one answer.

        Raises:
            Retryable: Too many are being asked for already.
        """
        with self._lock:
            if (flight := self._flights.get(key)) is not None:
                return flight
            if len(self._flights) >= AT_ONCE:
                raise Retryable("Too many look-ups are under way.", after=AGAIN, code="too_many_lookups")
            flight = self._flights[key] = Future()
            flight.set_running_or_notify_cancel()  # nobody who goes away takes it from the others
        Thread(target=self._hunt, args=(key, respondents, flight), name="lookup", daemon=True).start()
        return flight

    def _hunt(self, key: str, respondents: Sequence[Respondent], flight: Future[Asked]) -> None:
        told: SimpleQueue[tuple[str, Heard]] = SimpleQueue()
        heard: dict[str, Heard] = {}
        waiting = 0
        try:
            for respondent in respondents:
                Thread(target=self._ask, args=(key, respondent, told), name="lookup", daemon=True).start()
                waiting += 1
                waiting -= self._listen(told, heard, HEDGE)
                if any(each.known for each in heard.values()):
                    break
            while waiting and not any(each.known for each in heard.values()):
                waiting -= self._listen(told, heard, None)
        finally:
            flight.set_result(Asked(dict(heard)))
            while waiting:  # late answers are kept as well; until then this counts as under way
                waiting -= self._listen(told, heard, None)
            with self._lock:
                del self._flights[key]

    def _ask(self, key: str, respondent: Respondent, told: SimpleQueue[tuple[str, Heard]]) -> None:
        name, thing = respondent.provider.name, Thing(self.entity, key)
        try:
            door = self.door()
            if door is None:
                told.put((name, Heard(unaskable="Nobody is called from here.")))
            else:
                asking = Asking(self.database, door, self.clock, urgent=True)
                told.put((name, asking.ask(respondent, [thing], LOOKUP)[thing]))
        except Exception as error:  # noqa: BLE001 - whatever it is, whoever waits must not wait for ever
            code = error.code if isinstance(error, CompletistError) else type(error).__name__
            _log.warning("lookup_failed", provider=name, code=code)
            told.put((name, Heard(refused=Refused(Outcome.TRANSIENT, code=code))))

    @staticmethod
    def _listen(told: SimpleQueue[tuple[str, Heard]], heard: dict[str, Heard], seconds: float | None) -> int:
        """Hear one provider; how many were heard within the time."""
        try:
            name, said = told.get(timeout=seconds)
        except Empty:
            return 0
        heard[name] = said
        return 1

    # --- counting -----------------------------------------------------------------------------------------

    def count(self, source: str, outcome: str) -> None:
        """Count a look-up: from where it was answered, and how. Written to the database once in a while."""
        with self._lock:
            self._counts[source, outcome] += 1
            due = monotonic() - self._counted >= COUNTED
            if due:
                self._counted = monotonic()
        if due:
            Thread(target=self.note_counts, name="lookups", daemon=True).start()

    def note_counts(self) -> None:
        """Write down what was counted; what cannot be is counted on with the next."""
        with self._lock:
            counted, self._counts = self._counts, Counter()
        rows = {
            ("lookups", self.entity.pipeline, source, outcome): n for (source, outcome), n in counted.items()
        }
        try:
            with self.database.write() as connection:
                tallies.add_tallies(connection, rows, self.name)
        except CompletistError:
            with self._lock:
                self._counts.update(counted)


@dataclass(frozen=True, slots=True)
class _Voice:
    """One who speaks of an edition."""

    provider: str
    record: str
    level: Level
    confidence: float
    fields: Mapping[str, Data]
    authors: Sequence[Mapping[str, Data]]
    at: int
    fresh: bool

    def values(self, kind: Kind) -> list[Value]:
        """What it says that is true at its level."""
        return [
            Value(
                name,
                data,
                Origin.PROVIDER,
                self.provider,
                self.confidence,
                self.level,
                self.record,
                at=self.at,
            )
            for name, data in self.fields.items()
            if (declared := kind.by_name.get(name)) is not None
            and not is_empty(data)
            and (declared.level is not Level.EDITION or self.level is Level.EDITION)
        ]


def _from_catalogue(views: Sequence[EditionView]) -> _Voice:
    said = consulting.merged(views)
    authors = next((view.authors for view in views if view.authors), ())
    people: list[Mapping[str, Data]] = [{"name": each.name, "olid_author": each.key} for each in authors]
    return _Voice(CATALOGUE, str(said["record"]), Level.EDITION, 1.0, said, people, 0, fresh=True)


def _from_answer(respondent: Respondent, question: Question, answer: Answer, now: int) -> _Voice | None:
    """What an answer says; None when it says nothing that can be read."""
    readings = respondent.adapter.read(question, answer.records)
    if not readings:
        return None
    candidate, related = readings[0].candidate, readings[0].related
    people: list[Mapping[str, Data]] = [{**each.fields, each.scheme: each.value} for each in related]
    return _Voice(
        candidate.provider,
        candidate.record,
        candidate.level,
        candidate.confidence,
        candidate.fields,
        people or [{"name": name} for name in texts(candidate.fields.get("authors"))],
        answer.fetched_at,
        fresh=answer.expires_at > now,
    )
