"""Live providers of wines, in the hands of a test: what they know, what they refuse, what they were asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

from tests.support.cellars import Cellar
from tests.support.wines import WineFinder

from completist.domain.budget import Budget, Rate
from completist.domain.fields import Level
from completist.domain.matching import Candidate
from completist.domain.run import Outcome
from completist.engine.inquiry.hearing import Respondent
from completist.engine.inquiry.inquiring import Inquirer
from completist.net.door import Door, To
from completist.sdk.adapter import SEARCH, AdapterPlan, Question, Reading
from completist.sdk.finder import Subject
from completist.sdk.provider import Http, Provider, Record, Refused

T = TypeVar("T")

PIPELINE = WineFinder().pipeline.name


@dataclass
class Oracle:
    """A provider that knows wines by EAN and by name, and answers by what a test says."""

    name: str = "oracle"
    known: dict[str, list[Record]] = field(default_factory=dict)  #: by the key of a question
    fills: frozenset[str] = frozenset({"region", "grapes", "vintage"})
    batch: int = 10
    together: int = 0
    refuse: Refused | None = None
    refuse_after: int = 0  #: calls that are answered before it refuses
    calls: list[list[str]] = field(default_factory=list)  #: the keys of each call
    on_call: Callable[[], None] = lambda: None

    @property
    def provider(self) -> Provider:
        hosts = frozenset({"example.org"})
        return Provider(self.name, hosts, Budget(Rate(1000, 1)), self.batch, self.together)

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        eans = subject.values.get("ean")
        named = [Question("ean", str(ean)) for ean in eans] if isinstance(eans, list) else []
        name = subject.values.get("name")
        return [each for each in (named, [Question(SEARCH, str(name))] if name else []) if each]

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        del http
        self.calls.append([question.key for question in questions])
        self.on_call()
        if self.refuse is not None and len(self.calls) > self.refuse_after:
            raise self.refuse
        return {question: self.known.get(question.key, []) for question in questions}

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        level = Level.WORK if question.scheme == SEARCH else Level.EDITION
        return [
            Reading(
                Candidate(
                    self.name,
                    str(each["id"]),
                    level,
                    str(each.get("name", "")),
                    fields={name: data for name, data in each.items() if name != "id"},
                )
            )
            for each in records
        ]

    def knows(self, question: str, **said: object) -> None:
        """Let it know a record under the key of a question."""
        self.known.setdefault(question, []).append(cast("Record", said))

    @property
    def asked(self) -> list[str]:
        """The keys of all questions, in the order asked."""
        return [key for call in self.calls for key in call]


class OpenDoor:
    """A door that leads nowhere unless told where: oracles need no connection."""

    def __init__(self, wire: Http | None = None) -> None:
        self._wire = wire

    def ask(
        self, asking: Callable[[To], Awaitable[T]], *, urgent: bool = False, within: float | None = None
    ) -> T:
        del urgent, within

        async def run() -> T:
            return await asking(lambda _provider: cast("Http", self._wire))

        return asyncio.run(run())


def consult(
    cellar: Cellar, *oracles: Oracle, offline: bool = False, turn: float = 60.0, wire: Http | None = None
) -> None:
    """Let the library ask these providers, in this order."""
    plans = [_plan(oracle) for oracle in oracles]
    respondents = [Respondent(plan, o) for plan, o in zip(plans, oracles, strict=True)]
    door = None if offline else cast("Door", OpenDoor(wire))
    inquirer = Inquirer(cellar.database, {PIPELINE: respondents}, cellar.tick, door, turn=turn)
    cellar.app.inquirer = lambda **_how: inquirer  # type: ignore[method-assign]  # in the place of the settings' own


def _plan(oracle: Oracle) -> AdapterPlan:
    return AdapterPlan(oracle.name, oracle.name, PIPELINE, lambda _key: oracle, Question("ean", "1"))


REFUSALS = {
    outcome: Refused(outcome, code=outcome.value)
    for outcome in Outcome
    if outcome not in (Outcome.FOUND, Outcome.NOT_FOUND, Outcome.AMBIGUOUS)
}
