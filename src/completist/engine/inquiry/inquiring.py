"""Inquiring: what live providers say of the items of a batch. What they said before is not asked again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from time import monotonic

from completist.domain.matching import Verdict
from completist.domain.pipeline import Pipeline
from completist.domain.retry import postponed
from completist.domain.run import Outcome, Result, RunState
from completist.engine.asking import Asked
from completist.engine.inquiry.floors import Floors
from completist.engine.inquiry.hearing import Hearing, Respondent, Turn
from completist.engine.inquiry.leading import Leading
from completist.engine.inquiry.matters import Inquired, Matter, Refusal
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
        unripe: Collection[int] = (),
        hand_in: Callable[[Inquired], None] | None = None,
    ) -> Inquired:
        """The findings of the catalogue, with what live providers add to them.

        Who lacks nothing that a provider might know is not asked about. ``attempts`` is how often each item's run
        was tried. A pipeline that is about pictures gets those that were looked at. ``unripe`` items are not searched
        for by name yet. What is through before the others goes to ``hand_in``, and is not returned.
        """
        if pipeline.picture is None:
            return self.hear(plugin, pipeline, asked, findings, attempts, stop, unripe, hand_in)
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
        unripe: Collection[int] = (),
        hand_in: Callable[[Inquired], None] | None = None,
    ) -> Inquired:
        """What live providers say of these items, whatever the pipeline is about; otherwise as `inquire`."""
        respondents = [r for r in self.respondents.get(pipeline.name, ()) if self._may_speak(r)]
        if not respondents:
            return Inquired(findings)
        with self.database.read() as connection:
            locks = fields.read_locks(connection, list(findings))
            now = self.database.moment(connection, self.clock)
        matters = [
            Matter(
                plugin,
                pipeline,
                asked.subjects[item_id],
                asked.said[item_id],
                locks.get(item_id, frozenset()),
                finding,
            )
            for item_id, finding in findings.items()
        ]
        leading = Leading(
            respondents,
            self.floors,
            self._hold,
            self.turn * (LATER if monotonic() > self.begun + MINUTE else 1.0),
            stop,
            monotonic,
            unripe,
            None if hand_in is None else lambda some: hand_in(self._came_to(some, attempts, now)),
        )
        return self._came_to(leading.lead(matters), attempts, now, stopped=stop())

    def _hold(
        self,
        respondent: Respondent,
        matters: Sequence[Matter],
        turn: Turn,
        place: int,
        *,
        searching: bool,
    ) -> None:
        """Hear a respondent about some items; see `Hold`."""
        Hearing(
            self.database,
            self.door,
            respondent,
            matters,
            self.clock,
            turn,
            self.floors,
            place,
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
        self, matters: Sequence[Matter], attempts: Mapping[int, int], now: int, *, stopped: bool = False
    ) -> Inquired:
        found: dict[int, Finding] = {}
        pending: dict[int, NoFinding] = {}
        unasked: set[int] = set()
        for matter in matters:
            item_id = matter.subject.item_id
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
        tries = {matter.subject.item_id: matter.tries for matter in matters if matter.tries}
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


def _is_open(verdict: Verdict, result: Result) -> bool:
    """Whether an item for which something was found waits for more all the same."""
    return verdict is Verdict.AUTO and result.state is not RunState.FAILED
