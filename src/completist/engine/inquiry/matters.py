"""Matters: one item of a batch that is inquired about, and what is known of it so far."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter

from completist.domain.fields import Data, Level, Origin, Value, is_empty
from completist.domain.matching import Verdict
from completist.domain.merging import effective
from completist.domain.pipeline import Pipeline
from completist.domain.run import Outcome
from completist.engine.inquiry.weighing import Told, weigh
from completist.engine.settling import NoFinding, Try
from completist.sdk.adapter import Question
from completist.sdk.finder import Finding, Subject
from completist.sdk.provider import UNSENT
from completist.sdk.registry import KindPlugin


@dataclass(frozen=True, slots=True)
class Inquired:
    """What came of a batch, by item.

    ``pending`` says of items with a finding, or without one, that a provider which might know more has to be waited
    for, or is asked in the next turn. ``unasked`` are those left over when it had to stop. ``tries`` are the calls
    that were made.
    """

    findings: Mapping[int, Finding]
    pending: Mapping[int, NoFinding] = field(default_factory=dict)
    unasked: frozenset[int] = frozenset()
    tries: Mapping[int, Sequence[Try]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a provider said nothing of an item."""

    provider: str
    fills: frozenset[str]
    outcome: Outcome
    after: float | None  #: seconds until it may be asked again
    code: str

    @property
    def resting(self) -> bool:
        """Whether nothing was sent: that is no fault of the item's."""
        return self.code in UNSENT


@dataclass(slots=True, eq=False)
class Matter:
    """One item, and what is known of it so far."""

    plugin: KindPlugin
    pipeline: Pipeline
    subject: Subject
    said: Sequence[Value]
    locked: frozenset[str]
    local: Finding
    told: list[tuple[int, Told]] = field(default_factory=list)  #: with the place in which each is believed
    refusals: list[Refusal] = field(default_factory=list)
    tries: list[Try] = field(default_factory=list)
    unasked: set[str] = field(default_factory=set)  #: providers whose turn did not come
    over: set[int] = field(default_factory=set)  #: respondents, by identity, that have had their say
    answered: set[tuple[str, str]] = field(default_factory=set)  #: questions, by provider and key
    finding: Finding = field(init=False)
    gaps: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Begin with what the catalogue said."""
        self.finding = self.local
        self.gaps = self._gaps()

    def hear(self, told: Told, place: int) -> None:
        """Take in what a provider said, in whatever order providers speak."""
        insort(self.told, (place, told), key=itemgetter(0))
        self.finding = weigh(self.plugin, self.subject, self.local, [each for _, each in self.told])
        self.gaps = self._gaps()

    @property
    def known(self) -> Subject:
        """The item with all that is certain of it by now, for questions: its own data first."""
        found: list[Mapping[str, Data]] = []
        if self.finding.match.verdict is Verdict.AUTO:
            chosen = (*self.finding.candidates[:1], *self.finding.also)
            found = [self._true(c.fields, c.level) for c in chosen]
        values: dict[str, Data] = {}
        for each in (*reversed(found), self._others_said, self.subject.values):
            values |= each
        return replace(self.subject, values=values)

    @property
    def is_found(self) -> bool:
        """Whether it is certain by now what the item is."""
        return self.finding.match.verdict is Verdict.AUTO

    @property
    def is_known(self) -> bool:
        """Whether it is found, here or by another pipeline before."""
        numbers = {field.name for field in self.plugin.kind.identifiers}
        return self.is_found or any(v.origin is Origin.PROVIDER and v.field in numbers for v in self._others)

    def lacks(self, question: Question, fills: frozenset[str]) -> bool:
        """Whether an answer might close a gap: what leads to a work alone says nothing of an edition."""
        declared = self.plugin.kind.by_name
        led_by = declared.get(question.scheme)
        certain = led_by is not None and led_by.level is not Level.WORK
        return any(certain or declared[name].level is not Level.EDITION for name in self.gaps & fills)

    def heard_of_edition(self, provider: str) -> bool:
        """Whether the catalogue has said all that a provider knows of the item: its edition."""
        match, candidates = self.local.match, self.local.candidates
        same = bool(candidates) and candidates[0].provider == provider
        has_editions = any(f.level is Level.EDITION for f in self.plugin.kind.fields)
        return same and match.verdict is Verdict.AUTO and (match.level is Level.EDITION or not has_editions)

    def _gaps(self) -> frozenset[str]:
        """The wanted fields that this pipeline fills and nobody has a value for; or the one that it is there for."""
        pipeline = self.pipeline
        if pipeline.goal is not None:
            wanted = {pipeline.goal}
        else:
            wanted = {f.name for f in self.plugin.kind.wanted}.intersection(pipeline.fills)
        return frozenset(wanted - self.locked - self._said() - self._covered())

    def _said(self) -> set[str]:
        typed = {value.field for value in self._others if value.origin is Origin.USER}
        return typed.union(self._others_said)

    @property
    def _others(self) -> list[Value]:
        """What others than this pipeline say."""
        own = f"{self.pipeline.name}@"
        return [value for value in self.said if not (value.version or "").startswith(own)]

    @property
    def _others_said(self) -> dict[str, Data]:
        voices: dict[str, list[Value]] = {}
        for value in self._others:
            voices.setdefault(value.field, []).append(value)
        best = {name: effective(each) for name, each in voices.items()}
        return {name: one.data for name, one in best.items() if one is not None and not is_empty(one.data)}

    def _covered(self) -> set[str]:
        if self.finding.match.verdict is not Verdict.AUTO:
            return set()
        chosen = (*self.finding.candidates[:1], *self.finding.also)
        return {name for c in chosen for name in self._true(c.fields, c.level)}

    def _true(self, data: Mapping[str, Data], level: Level) -> dict[str, Data]:
        """What a record says that is certain at its level."""
        declared = self.plugin.kind.by_name
        return {
            name: one
            for name, one in data.items()
            if name in declared
            and not is_empty(one)
            and (declared[name].level is not Level.EDITION or level is Level.EDITION)
        }
