"""Asking about things by their keys: a provider's answers are kept, and what it has just said is not asked again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from time import perf_counter

from completist.domain.run import Outcome
from completist.engine.enrichment.telling import make_due, questions_for, worth_of
from completist.engine.inquiry.hearing import Respondent
from completist.engine.patience import patiently
from completist.net.door import Door, To
from completist.sdk.adapter import Question
from completist.sdk.entity import Entity
from completist.sdk.provider import UNSENT, Record, Refused
from completist.store import answers, enrichment_log
from completist.store.answers import Answer
from completist.store.database import Database
from completist.store.enrichment_log import Logged

#: Outcomes for which waiting helps, however often.
_RESTS = frozenset({Outcome.RATE_LIMITED, Outcome.QUOTA_EXHAUSTED})
#: Outcomes that stay as they are until a person does something.
_SHUT = frozenset({Outcome.BLOCKED, Outcome.INVALID_KEY})
#: After these a provider is not called again for the rest of what is asked.
_FINAL = _RESTS | _SHUT


@dataclass(frozen=True, slots=True)
class Thing:
    """What is asked about."""

    entity: Entity
    key: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What one provider said of one thing: records, none if it knows nothing, or why it did not answer."""

    records: tuple[Record, ...] = ()
    refused: Refused | None = None
    unaskable: str = ""  #: why it cannot be asked
    updated: tuple[str, ...] = ()  #: the fields of which it says something that it did not say before
    spent: float = 0.0  #: milliseconds

    @property
    def known(self) -> bool:
        """Whether it knows the thing."""
        return bool(self.records)

    @property
    def final(self) -> bool:
        """Whether asking again would come to the same."""
        return self.refused is None

    @property
    def resting(self) -> bool:
        """Whether it wants to be left alone for a while: no fault of what is asked."""
        if self.refused is None:
            return False
        unsent = self.refused.code in UNSENT and self.refused.outcome not in _SHUT
        return unsent or self.refused.outcome in _RESTS

    @property
    def error(self) -> str | None:
        """What went wrong, in words; None when it answered."""
        if self.unaskable:
            return self.unaskable
        if self.refused is None:
            return None
        return f"{self.refused.message.removesuffix('.')} ({self.refused.code})."


@dataclass(frozen=True, slots=True)
class Asking:
    """What it takes to ask."""

    database: Database
    door: Door
    clock: Callable[[], int]
    urgent: bool = False  #: a person waits

    def ask(
        self,
        respondent: Respondent,
        things: Sequence[Thing],
        operation: str,
        requests: Mapping[Thing, Sequence[str]] | None = None,
    ) -> dict[Thing, Heard]:
        """What one provider says of each thing. Each answer is kept, and logged as part of an ``operation``.

        ``requests`` are the ids of the requests by which each was asked for.
        """
        asked = {thing: questions_for(respondent, thing.entity, thing.key) for thing in things}
        heard = {t: Heard(unaskable=why) for t in things if (why := _unaskable(respondent, asked[t]))}
        open_ = {thing: questions for thing, questions in asked.items() if thing not in heard}
        before, told = self._remembered(respondent, [q for each in open_.values() for q in each])
        entities = {q: thing.entity for thing, questions in open_.items() for q in questions}
        if lacking := {q: entity for q, entity in entities.items() if q not in told}:
            told |= self.door.ask(lambda to: self._call(to, respondent, lacking), urgent=self.urgent)
        heard |= {t: _together(respondent, questions, told, before) for t, questions in open_.items()}
        ids = requests or {}
        log = [
            _logged(respondent, thing, each, operation, request_id)
            for thing, each in heard.items()
            for request_id in ids.get(thing, (None,))
        ]
        patiently(lambda: self._record(heard, log))
        return heard

    def _record(self, heard: Mapping[Thing, Heard], log: Sequence[Logged]) -> None:
        with self.database.write() as connection:
            now = self.database.moment(connection, self.clock)
            enrichment_log.write_log(connection, log, now)
            for thing, each in heard.items():
                if each.updated:
                    make_due(connection, thing.entity, thing.key, now)

    def _remembered(
        self, respondent: Respondent, questions: Sequence[Question]
    ) -> tuple[dict[Question, Answer], dict[Question, Heard]]:
        """What was ever answered to each question, and what of that is still believed."""
        with self.database.read() as connection:
            now = self.database.moment(connection, self.clock)
            kept = answers.read_answers(connection, respondent.provider.name, [q.key for q in questions])
        before = {q: kept[q.key] for q in questions if q.key in kept}
        return before, {q: Heard(each.records) for q, each in before.items() if each.expires_at > now}

    async def _call(
        self, to: To, respondent: Respondent, asked: Mapping[Question, Entity]
    ) -> dict[Question, Heard]:
        """What is said to each question, in as few calls as the provider takes. Each answer is kept at once."""
        http = to(respondent.provider)
        told: dict[Question, Heard] = {}
        refused: Refused | None = None
        for part in _parts(list(asked), respondent.provider.batch_size):
            if refused is not None and refused.outcome in _FINAL:
                told |= dict.fromkeys(part, Heard(refused=refused))
                continue
            begun = perf_counter()
            found: dict[Question, list[Record]]
            try:
                found, refused = dict(await respondent.adapter.ask(http, part)), None
            except Refused as error:
                refused = error
                found = {q: error.partial[q.key] for q in part if q.key in error.partial}
            except Exception as error:  # noqa: BLE001 - an adapter that breaks is a try that failed, and is recorded as one
                refused, found = Refused(Outcome.BAD_RESPONSE, code=type(error).__name__), {}
            spent = (perf_counter() - begun) * 1000 / len(part)
            silent = Heard(refused=refused or Refused(Outcome.BAD_RESPONSE, code="no_answer"), spent=spent)
            told |= {q: Heard(tuple(found[q]), spent=spent) if q in found else silent for q in part}
            await asyncio.to_thread(patiently, partial(self._keep, respondent, asked, found))
        return told

    def _keep(
        self,
        respondent: Respondent,
        asked: Mapping[Question, Entity],
        found: Mapping[Question, Sequence[Record]],
    ) -> None:
        if not found:
            return
        said = {q.key: records for q, records in found.items()}
        quality = {q.key: _quality(respondent, asked[q], q, each) for q, each in found.items() if each}
        with self.database.write() as connection:
            now = self.database.moment(connection, self.clock)
            answers.write_answers(connection, respondent.provider.name, said, now, quality)


def _unaskable(respondent: Respondent, questions: Sequence[Question]) -> str:
    if not questions:
        return "It cannot be asked by this key."
    if respondent.may_be_asked:
        return ""
    needs = f": it needs a key in {respondent.plan.secret}" if respondent.plan.secret else ""
    return f"It is not asked here{needs}."


def _parts(questions: Sequence[Question], most: int) -> Iterator[Sequence[Question]]:
    for scheme in dict.fromkeys(q.scheme for q in questions):
        same = [q for q in questions if q.scheme == scheme]
        yield from (same[start : start + most] for start in range(0, len(same), most))


def _together(
    respondent: Respondent,
    questions: Sequence[Question],
    told: Mapping[Question, Heard],
    before: Mapping[Question, Answer],
) -> Heard:
    """What all that was said to the questions about one thing comes to."""
    each = [told[q] for q in questions]
    records = tuple(record for one in each for record in one.records)
    refused = None if records else next((one.refused for one in each if one.refused), None)
    old = _fields(respondent, {q: before[q].records for q in questions if q in before})
    new = _fields(respondent, {q: told[q].records for q in questions})
    updated = tuple(name for name, data in new.items() if old.get(name) != data)
    return Heard(records, refused, updated=updated, spent=sum(one.spent for one in each))


def _fields(respondent: Respondent, records: Mapping[Question, Sequence[Record]]) -> dict[str, object]:
    """What records say, by field; the first one that says something counts."""
    said: dict[str, object] = {}
    for question, each in records.items():
        for reading in respondent.adapter.read(question, each):
            said = {**reading.candidate.fields, **said}
    return said


def _quality(respondent: Respondent, entity: Entity, question: Question, records: Sequence[Record]) -> float:
    readings = respondent.adapter.read(question, records)
    return max((worth_of(entity, reading.candidate.fields) for reading in readings), default=0.0)


def _logged(
    respondent: Respondent, thing: Thing, heard: Heard, operation: str, request_id: str | None
) -> Logged:
    return Logged(
        thing.entity.name,
        thing.key,
        respondent.provider.name,
        operation,
        heard.known,
        heard.updated,
        heard.error or (None if heard.known else "It does not know it."),
        heard.spent,
        request_id,
    )
