"""Inquiring: what live providers say of the items of a batch. What they said before is not asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby, product
from random import Random
from time import monotonic

from completist.domain.matching import Verdict
from completist.domain.pipeline import Pipeline
from completist.domain.retry import postponed
from completist.domain.run import Outcome, Result, RunState
from completist.engine.asking import Asked
from completist.engine.inquiry.floors import Floors
from completist.engine.inquiry.hearing import Hearing, Respondent, Turn
from completist.engine.inquiry.matters import Inquired, Matter, Refusal
from completist.engine.lanes import together
from completist.engine.pictures.hanging import Hanging
from completist.engine.pictures.looking import Gallery
from completist.engine.settling import NoFinding, unfinished
from completist.net.door import Door
from completist.sdk.finder import Finding
from completist.sdk.registry import KindPlugin
from completist.store import answers, fields
from completist.store.database import Database

#: Seconds that a batch is asked about before what is known by then is written; the rest is asked in the next turn.
TURN = 15.0

#: Turns that one takes after the first minute: somebody may have waited for the first results, and fewer are cheaper.
LATER, MINUTE = 2.0, 60.0


#: Items that are at one provider while others are at the next, if both are slow and like to be asked about so many.
PART = 300


@dataclass(frozen=True, slots=True)
class Inquirer:
    """Whom to ask about the items of each pipeline, in order, and the way to them. Without a door nobody is called."""

    database: Database
    respondents: Mapping[str, Sequence[Respondent]]
    clock: Callable[[], int]
    door: Door | None = None
    urgent: bool = False  #: a person waits
    turn: float = TURN  #: seconds that a batch is asked about before what is known by then is written
    chance: Random = field(default_factory=Random)
    floors: Floors = field(default_factory=Floors)
    gallery: Gallery | None = None  #: where pictures are looked at, for pipelines that are about them
    within: float | None = None  #: seconds that one call may take
    begun: float = field(default_factory=monotonic)  #: by the monotonic clock

    def asks(self, pipeline: str) -> bool:
        """Whether anybody may be called for a pipeline."""
        return self.door is not None and any(r.may_be_asked for r in self.respondents.get(pipeline, ()))

    def inquire(
        self,
        plugin: KindPlugin,
        pipeline: Pipeline,
        asked: Asked,
        findings: Mapping[int, Finding],
        attempts: Mapping[int, int],
        stop: Callable[[], bool] = lambda: False,
    ) -> Inquired:
        """The findings of the catalogue, with what live providers add to them.

        Who lacks nothing that a provider might know is not asked about. ``attempts`` is how often each item's run
        was tried. A pipeline that is about pictures gets those that were looked at.
        """
        if pipeline.picture is None:
            return self.hear(plugin, pipeline, asked, findings, attempts, stop)
        if self.gallery is None or plugin.pictures is None:
            return Inquired(findings)
        with self.database.read() as connection:
            now = self.database.moment(connection, self.clock)
        hanging = Hanging(
            self.gallery, plugin.pictures, pipeline, asked, attempts, now, self.turn, stop, self.chance
        )
        return hanging.hang(
            findings, lambda other, found: self.hear(plugin, pipeline, other, found, attempts, stop)
        )

    def each(
        self, plugin: KindPlugin, pipeline: Pipeline, asked: Asked, findings: Mapping[int, Finding]
    ) -> Iterator[Mapping[int, Finding]]:
        """The findings as each provider by itself would have them, whatever the others say."""
        for respondent in self.respondents.get(pipeline.name, ()):
            alone = replace(self, respondents={pipeline.name: [respondent]})
            yield alone.hear(plugin, pipeline, asked, findings, {}, lambda: False).findings

    def hear(
        self,
        plugin: KindPlugin,
        pipeline: Pipeline,
        asked: Asked,
        findings: Mapping[int, Finding],
        attempts: Mapping[int, int],
        stop: Callable[[], bool],
    ) -> Inquired:
        """What live providers say of these items, whatever the pipeline is about; otherwise as `inquire`."""
        respondents = [r for r in self.respondents.get(pipeline.name, ()) if self._may_speak(r)]
        if not respondents:
            return Inquired(findings)
        with self.database.read() as connection:
            locks = fields.read_locks(connection, list(findings))
            now = self.database.moment(connection, self.clock)
        matters = {
            item_id: Matter(
                plugin,
                pipeline,
                asked.subjects[item_id],
                asked.said[item_id],
                locks.get(item_id, frozenset()),
                finding,
            )
            for item_id, finding in findings.items()
        }
        lasts = self.turn * (LATER if monotonic() > self.begun + MINUTE else 1.0)
        turn, everyone = Turn(stop, monotonic() + lasts), list(matters.values())
        # Numbers first, with everybody: a title is searched for where none of them knew the number.
        for searching, group in product((False, True), _groups(respondents)):
            parts = _parts(group, everyone)
            together([partial(self._hold, group, part, turn, searching=searching) for part in parts])
        return self._came_to(matters, attempts, now, stopped=stop())

    def _hold(
        self, respondents: Sequence[Respondent], matters: Sequence[Matter], turn: Turn, *, searching: bool
    ) -> None:
        """Hear respondents about some items, one after the other."""
        for respondent in respondents:
            Hearing(
                self.database,
                self.door,
                respondent,
                matters,
                self.clock,
                turn,
                self.floors,
                self.urgent,
                searching,
                self.within,
            ).hold()

    def _may_speak(self, respondent: Respondent) -> bool:
        if respondent.may_be_asked and self.door is not None:
            return True
        with self.database.read() as connection:
            return respondent.provider.name in answers.answering(connection)

    def _came_to(
        self, matters: Mapping[int, Matter], attempts: Mapping[int, int], now: int, *, stopped: bool
    ) -> Inquired:
        found: dict[int, Finding] = {}
        pending: dict[int, NoFinding] = {}
        unasked: set[int] = set()
        for item_id, matter in matters.items():
            refusals = [r for r in matter.refusals if matter.gaps & r.fills]
            unheard = matter.unasked.union(r.provider for r in refusals)
            finding = replace(matter.finding, unheard=frozenset(unheard))
            verdict = finding.match.verdict
            if matter.unasked and matter.gaps:
                if stopped:
                    unasked.add(item_id)
                    continue
                pending[item_id] = NoFinding(Outcome.NOT_FOUND, unfinished(now))
                if verdict is Verdict.AUTO:
                    found[item_id] = finding
                continue
            waits = self._waits(refusals, attempts.get(item_id, 0), now) if refusals else None
            if verdict is not Verdict.NONE or waits is None:
                found[item_id] = finding
            if waits is not None and (verdict is Verdict.NONE or _is_open(verdict, waits.result)):
                pending[item_id] = waits
        tries = {item_id: matter.tries for item_id, matter in matters.items() if matter.tries}
        return Inquired(found, pending, frozenset(unasked), tries)

    def _waits(self, refusals: Sequence[Refusal], attempts: int, now: int) -> NoFinding:
        """Until when a run waits: for the provider that can be asked again first."""
        each = [
            (r, postponed(r.outcome, attempts, now, r.after, self.chance, resting=r.resting))
            for r in refusals
        ]
        refusal, result = min(
            each, key=lambda pair: (pair[1].run_at is None, pair[1].run_at or 0, pair[0].provider)
        )
        code = f"{result.code}@{refusal.provider}"
        return NoFinding(refusal.outcome, Result(result.state, code, result.run_at, result.refund))


def _groups(respondents: Sequence[Respondent]) -> Iterator[list[Respondent]]:
    """Respondents in order; those that are asked about some items at once stand together, the others by themselves."""
    for in_parts, group in groupby(respondents, lambda r: 0 < r.provider.together <= PART):
        if in_parts:
            yield [*group]
        else:
            yield from ([each] for each in group)


def _parts(respondents: Sequence[Respondent], matters: Sequence[Matter]) -> list[Sequence[Matter]]:
    """The items that are asked about one behind the other: while some are at one provider, others are at the next."""
    if len(respondents) == 1:
        return [matters]
    even = -(-len(matters) // max(1, -(-len(matters) // PART)))
    return [matters[start : start + even] for start in range(0, len(matters), max(1, even))]


def _is_open(verdict: Verdict, result: Result) -> bool:
    """Whether an item for which something was found waits for more all the same."""
    return verdict is Verdict.AUTO and result.state is not RunState.FAILED
