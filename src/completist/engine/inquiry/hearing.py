"""Hearing: one provider is heard about the items of a batch, and asked about those that lack what it may know."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic, perf_counter

from completist.domain.run import Outcome
from completist.engine.appraising import record_quality
from completist.engine.inquiry.floors import Floors
from completist.engine.inquiry.matters import Matter, Refusal
from completist.engine.inquiry.stopping import STOPPED, Stoppable
from completist.engine.inquiry.weighing import Told
from completist.engine.patience import patiently
from completist.engine.settling import Try
from completist.net.door import Door, To
from completist.sdk.adapter import BY_NAME, SEARCH, TITLE, Adapter, AdapterPlan, Question, Reading
from completist.sdk.provider import FINAL, STUMBLES, Http, Provider, Record, Refused
from completist.store import answers
from completist.store.answers import Answer
from completist.store.database import Database

#: Requests to one provider that a batch has under way at once; the door keeps the provider's limits.
AT_ONCE = 3

#: Refusals in a row after which a provider is not asked any more in this batch; after a final one it is not, either.
_PATIENCE = 3


@dataclass(frozen=True, slots=True)
class Respondent:
    """A live provider of a pipeline. One that may not be asked still counts by what it said before."""

    plan: AdapterPlan
    adapter: Adapter
    may_be_asked: bool = True

    @property
    def provider(self) -> Provider:
        """Who it is."""
        return self.adapter.provider


@dataclass(slots=True)
class Turn:
    """How long a batch is asked about. One call at least is made in each turn, however short."""

    stop: Callable[[], bool]
    ends: float  #: by the monotonic clock
    called: bool = False
    told: bool = False  #: whether anything was answered

    def is_over(self) -> bool:
        """Whether nothing more is asked."""
        return self.stop() or (self.called and monotonic() >= self.ends)

    def is_past(self) -> bool:
        """Whether its time is over, whatever was asked."""
        return self.stop() or monotonic() >= self.ends


@dataclass(slots=True)
class Hearing:
    """One provider and the items of a batch."""

    database: Database
    door: Door | None  #: without one, only what was said before counts
    respondent: Respondent
    matters: Sequence[Matter]
    clock: Callable[[], int]
    turn: Turn
    floors: Floors
    place: int = 0  #: of its word among those of the others: the lower, the sooner it is believed
    urgent: bool = False
    searching: bool = True  #: titles are searched for, too; else only what bears an identifier is asked for
    within: float | None = None  #: seconds that one call may take
    _refused: Refused | None = None
    _refusals: int = 0  #: in a row
    _why: dict[Question, Refused] = field(default_factory=dict)

    def hold(self) -> None:
        """Ask, and let each matter hear what was said; what was not answered is noted with the reason."""
        provider, adapter = self.respondent.provider, self.respondent.adapter
        waiting = {m: rounds for m in self.matters if (rounds := self._rounds(m))}
        lacking = dict.fromkeys(m for m in waiting if self._may_ask and m.gaps & adapter.fills)
        depth = 0
        while due := {m: rounds[depth] for m, rounds in waiting.items() if depth < len(rounds)}:
            wanted = {
                m: [q for q in due[m] if self._wants(m, q, waiting[m][:depth])] for m in lacking if m in due
            }
            known = self._answers(due, wanted)
            for matter, questions in due.items():
                matter.answered.update((provider.name, q.key) for q in questions if q.key in known)
                readings = self._read(questions, known)
                if readings:
                    matter.over.add(id(self.respondent))
                    matter.hear(Told(provider.name, tuple(readings)), self.place)
                elif matter in wanted:
                    self._note(matter, [q for q in wanted[matter] if q.key not in known])
                if readings or any(q.key not in known for q in questions):
                    del waiting[matter]
            depth += 1

    def _wants(self, matter: Matter, question: Question, before: Sequence[Sequence[Question]]) -> bool:
        """Whether a question may close a gap, and is worth its call, after the rounds before it.

        Who has identifiers that this provider does not know is asked about by title only while nobody has found it:
        a name leads astray where a number does not. Nor is one searched for, a call for each, whose exact title is
        unknown here, and who was found by others: then that is the title under which it would be known.
        """
        if not matter.lacks(question, self.respondent.adapter.fills):
            return False
        if not before or question.scheme not in BY_NAME:
            return True
        if question.scheme == SEARCH and any(each[0].scheme == TITLE for each in before):
            return not matter.is_known
        return not matter.is_found

    @property
    def _may_ask(self) -> bool:
        return self.respondent.may_be_asked and self.door is not None

    def _rounds(self, matter: Matter) -> Sequence[Sequence[Question]]:
        name = self.respondent.provider.name
        if matter.heard_of_edition(name) or id(self.respondent) in matter.over:
            return ()
        rounds = self.respondent.adapter.rounds(matter.known)
        return rounds if self.searching else [each for each in rounds if each[0].scheme not in BY_NAME]

    def _read(self, questions: Iterable[Question], known: Mapping[str, Answer]) -> list[Reading]:
        adapter = self.respondent.adapter
        return [
            reading
            for question in questions
            if (answer := known.get(question.key)) is not None and answer.records
            for reading in adapter.read(question, answer.records)
        ]

    def _note(self, matter: Matter, questions: Sequence[Question]) -> None:
        """Why questions about an item were not answered: a refusal, or because it was time to stop."""
        provider, adapter = self.respondent.provider, self.respondent.adapter
        refused = next((self._why[q] for q in questions if q in self._why), None)
        if questions:
            matter.over.add(id(self.respondent))
        if refused is None:
            matter.unasked.update({provider.name} if questions else ())
            return
        matter.refusals.append(
            Refusal(provider.name, adapter.fills, refused.outcome, refused.after, refused.code)
        )
        matter.tries.append(Try(provider.name, refused.outcome, refused.code))

    def _answers(
        self, due: Mapping[Matter, Sequence[Question]], wanted: Mapping[Matter, Sequence[Question]]
    ) -> dict[str, Answer]:
        """What is known under all the questions that are due, after asking those that are wanted.

        That nothing was known once is no answer any more where it was time to ask again, and that failed.
        """
        name = self.respondent.provider.name
        every = list(dict.fromkeys(q for questions in due.values() for q in questions))
        with self.database.read() as connection:
            known = answers.read_answers(connection, name, [q.key for q in every])
            now = self.database.moment(connection, self.clock)
        needed = list(dict.fromkeys(q for questions in wanted.values() for q in questions))
        asking = [q for q in needed if not _is_fresh(known.get(q.key), now)]
        if not asking or self.door is None:
            return known
        took: dict[Question, float] = {}
        with self.floors.taken(name, self.turn.is_past) as granted:
            if granted:
                with self.database.read() as connection:  # others may have asked meanwhile
                    there = answers.read_answers(connection, name, [q.key for q in asking])
                known |= there
                asking = [q for q in asking if not _is_fresh(there.get(q.key), now)]
                took = self.door.ask(lambda to: self._ask(to, asking), urgent=self.urgent, within=self.within)
        with self.database.read() as connection:
            said = answers.read_answers(connection, name, [q.key for q in took])
        for matter, questions in wanted.items():
            matter.tries.extend(
                Try(name, said[q.key].outcome, None, took[q])
                for q in questions
                if q in took and q.key in said
            )
        known |= said
        doubtful = _doubtful(needed, known, now)
        return {key: answer for key, answer in known.items() if key not in doubtful}

    async def _ask(self, to: To, asking: Sequence[Question]) -> dict[Question, float]:
        """Ask, keeping each answer as soon as it is there; how many milliseconds each took."""
        http = Stoppable(to(self.respondent.provider), self.turn.stop)
        took: dict[Question, float] = {}
        places = asyncio.Semaphore(AT_ONCE)

        async def one(part: Sequence[Question]) -> None:
            async with places:
                if self.turn.is_over():
                    return
                if self._ended and self._refused is not None:
                    self._why.update(dict.fromkeys(part, self._refused))
                    return
                self.turn.called, begun = True, perf_counter()
                told = await self._call(http, part)
                self.turn.told = self.turn.told or bool(told)
                spent = (perf_counter() - begun) * 1000 / len(part)
                took.update(dict.fromkeys(told, spent))
                await asyncio.to_thread(self._keep, told)

        await asyncio.gather(*(one(part) for part in self._parts(asking)))
        return took

    async def _call(self, http: Http, part: Sequence[Question]) -> dict[Question, list[Record]]:
        """What was answered in one call; why not, if it was not."""
        try:
            told = dict(await self._told(http, part))
        except Refused as refused:
            by_key = {question.key: question for question in part}
            told = {by_key[key]: records for key, records in refused.partial.items() if key in by_key}
            if refused.code != STOPPED:
                self._refused, self._refusals = refused, self._refusals + 1
                self._why.update((q, refused) for q in part if q not in told)
            return told
        self._refused, self._refusals = None, 0
        silent = Refused(Outcome.BAD_RESPONSE, code="no_answer")
        self._why.update((q, silent) for q in part if q not in told)
        return told

    async def _told(self, http: Http, part: Sequence[Question]) -> Mapping[Question, list[Record]]:
        try:
            return await self.respondent.adapter.ask(http, part)
        except Refused:
            raise
        except STUMBLES as error:
            raise Refused(Outcome.BAD_RESPONSE, code=type(error).__name__) from error

    @property
    def _ended(self) -> bool:
        final = self._refused is not None and self._refused.outcome in FINAL
        return final or self._refusals >= _PATIENCE

    def _parts(self, asking: Sequence[Question]) -> Iterator[Sequence[Question]]:
        """What is asked at once: even parts of one scheme each, no larger than wanted; a search by itself."""
        most = self.respondent.provider.asks_for
        for scheme in dict.fromkeys(q.scheme for q in asking):
            same = [q for q in asking if q.scheme == scheme]
            size = 1 if scheme == SEARCH else most
            calls = -(-len(same) // size)
            even = -(-len(same) // calls)
            yield from (same[start : start + even] for start in range(0, len(same), even))

    def _keep(self, told: Mapping[Question, Sequence[Record]]) -> None:
        worth = {question.key: self._worth(question, records) for question, records in told.items()}

        def write() -> None:
            with self.database.write() as connection:
                now = self.database.moment(connection, self.clock)
                said = {question.key: records for question, records in told.items()}
                answers.write_answers(connection, self.respondent.provider.name, said, now, worth)

        if told:
            patiently(write)

    def _worth(self, question: Question, records: Sequence[Record]) -> float | None:
        """How good the best record of an answer is; None for an answer without any."""
        plugin = self.matters[0].plugin
        read = self.respondent.adapter.read(question, records) if records else ()
        return max((record_quality(plugin, each.candidate.fields) for each in read), default=None)


def _is_fresh(answer: Answer | None, now: int) -> bool:
    return answer is not None and answer.expires_at > now


def _doubtful(needed: Iterable[Question], known: Mapping[str, Answer], now: int) -> set[str]:
    """The keys of questions whose answer has expired and said that nothing is known."""
    held = ((q.key, known[q.key]) for q in needed if q.key in known)
    return {key for key, answer in held if not answer.records and not _is_fresh(answer, now)}
