"""Settling: one transaction in which a batch's runs get their results and the values they found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import structlog

from completist.domain.fields import Layer, Origin, Value, is_empty
from completist.domain.matching import Candidate, Match, Verdict
from completist.domain.pipeline import Pipeline, input_digest
from completist.domain.run import UNFINISHED, Claim, Outcome, Result, Run, RunState
from completist.engine.asking import Asked, ask
from completist.engine.reading import inputs, is_met
from completist.engine.recording import Cause, Patch, in_order, record, schedule
from completist.engine.relating import Brought, relate
from completist.engine.voices import DECLARED, Voices
from completist.sdk.finder import Finding
from completist.sdk.registry import KindPlugin
from completist.store import attempts, claims, events, fields, matches, runs, tallies, vectors
from completist.store.database import Connection, spared
from completist.store.tallies import Tally

_log = structlog.get_logger()

_RESULTS = {
    Verdict.AUTO: (RunState.FILLED, Outcome.FOUND),
    Verdict.REVIEW: (RunState.REVIEW, Outcome.AMBIGUOUS),
    Verdict.NONE: (RunState.EMPTY, Outcome.NOT_FOUND),
}


@dataclass(slots=True)
class Settled:
    """What a batch came to, in runs.

    ``values`` counts the values written, ``lost`` the runs that the claim did not hold any more or that are asked
    again, ``returned`` those that nothing was reported for, ``later`` those that are gone on with in the next turn:
    they are counted nowhere else.
    """

    runs: int = 0
    filled: int = 0
    empty: int = 0
    review: int = 0
    failed: int = 0
    waiting: int = 0
    lost: int = 0
    returned: int = 0
    later: int = 0
    values: int = 0
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)  #: live providers: (provider, outcome)
    kept: frozenset[int] = frozenset()  #: the items whose finding was recorded

    def plus(self, other: Settled) -> Settled:
        """Both together: two parts of one claim."""
        counted = (*self.counts, "runs", "lost", "returned", "later", "values")
        return Settled(
            **{name: getattr(self, name) + getattr(other, name) for name in counted},
            asked=self.asked + other.asked,
            kept=self.kept | other.kept,
        )

    @property
    def counts(self) -> dict[str, int]:
        """The results by name."""
        return {name: getattr(self, name) for name in ("filled", "empty", "review", "failed", "waiting")}


@dataclass(frozen=True, slots=True)
class NoFinding:
    """What became of a run that got no finding: the outcome at its provider, and the result that it comes to."""

    outcome: Outcome
    result: Result


@dataclass(frozen=True, slots=True)
class Try:
    """One call about an item: to whom, what came of it, and its share of the time in milliseconds."""

    provider: str
    outcome: Outcome
    code: str | None = None
    spent: float = 0.0


def unfinished(now: int) -> Result:
    """What becomes of a run that is gone on with as soon as others have had their turn."""
    return Result(RunState.WAITING, UNFINISHED, now, refund=True)


@dataclass(frozen=True, slots=True)
class Batch:
    """What a worker hands in for a claim.

    ``asked`` is what its finder was asked about each item, ``findings`` and ``others`` what came of it by item;
    runs in neither go back. Those in both are written as far as they were found, and are not over yet. ``spent`` is
    the time per run in milliseconds, ``provider`` who was asked, ``tries`` who was asked besides.
    """

    claim: Claim
    asked: Asked | None = None
    findings: Mapping[int, Finding] = field(default_factory=dict)
    others: Mapping[int, NoFinding] = field(default_factory=dict)
    spent: float = 0.0
    provider: str = "catalogue"
    tries: Mapping[int, Sequence[Try]] = field(default_factory=dict)
    keep: bool = False  #: the claim stays open for what is not handed in yet


def settle(
    connection: Connection,
    library_id: int,
    plugin: KindPlugin,
    pipeline: Pipeline,
    batch: Batch,
    now: int,
    who: str,
    voices: Voices = DECLARED,
) -> Settled:
    """Record what was found for a claim's runs, and give each its result, inside the caller's transaction.

    A run that the claim has lost in the meantime gets nothing: neither a result nor a value. Nor does one whose
    item is no longer what the finder was ``asked`` about: newer input has a run of its own, and after a decision of
    a person's the finder is asked again. A claim handed out under an older version of the pipeline completes as
    that version. ``who`` is the worker's name, under which it counts.
    """
    claim = batch.claim
    claims.hold_claim(connection, claim.id)
    ids = [run.item_id for run in claim.runs]
    present = ask(connection, pipeline, ids, before=batch.asked, hold=True)
    return _Settling(connection, library_id, plugin, pipeline, batch, now, who, present, voices).settle()


@dataclass(slots=True)
class _Settling:
    connection: Connection
    library_id: int
    plugin: KindPlugin
    current: Pipeline  #: as it is now
    batch: Batch
    now: int
    who: str
    present: Asked
    voices: Voices
    settled: Settled = field(default_factory=Settled)

    @property
    def pipeline(self) -> Pipeline:
        """The pipeline as it was handed out."""
        return replace(self.current, version=self.batch.claim.version)

    def settle(self) -> Settled:
        """All of it."""
        batch, claim = self.batch, self.batch.claim
        reported = [r for r in claim.runs if r.item_id in batch.findings or r.item_id in batch.others]
        overtaken, again = self._moved_on(reported)
        answered = [run for run in reported if run.id not in overtaken and run.id not in again]
        results = {run.id: self._result(run) for run in answered}
        held = runs.settle(self.connection, claim.id, list(results.items()), self.now)
        kept = [run for run in answered if run.id in held]
        later = [run.id for run in kept if results[run.id].state in (RunState.WAITING, RunState.EMPTY)]
        runs.overtake(self.connection, later, self.now)
        self._give_way(overtaken)
        self._write([run for run in kept if run.item_id in batch.findings])
        self._pass_on([run for run in kept if not self._goes_on(run)])
        self._log(kept)
        if not batch.keep:
            back = claims.close_claim(self.connection, claim.id, self.now)
            self.settled.returned = max(0, back - len(again))
        self._count(len(reported), kept, results)
        return self.settled

    def _moved_on(self, reported: Sequence[Run]) -> tuple[dict[int, tuple[int, str]], set[int]]:
        """Runs whose item has other input by now, with (item, its digest), and runs to be asked again."""
        asked = {} if self.batch.asked is None else self.batch.asked.subjects
        overtaken: dict[int, tuple[int, str]] = {}
        again: set[int] = set()
        for run in reported:
            subject = self.present.subjects[run.item_id]
            digest = input_digest(self.current, subject.values)
            if run.input_digest != digest:
                overtaken[run.id] = (run.item_id, digest)
            elif run.item_id in asked and subject != asked[run.item_id]:
                again.add(run.id)
        return overtaken, again

    def _result(self, run: Run) -> Result:
        finding = self.batch.findings.get(run.item_id)
        if finding is None or run.item_id in self.batch.others:
            return self.batch.others[run.item_id].result
        state = _RESULTS[finding.match.verdict][0]
        return Result(state, run_at=self.now + self.current.ask_again if state is RunState.EMPTY else None)

    def _give_way(self, overtaken: Mapping[int, tuple[int, str]]) -> None:
        """Cancel runs whose input is no longer their item's; that which is has a run."""
        if not overtaken:
            return
        gone = Result(RunState.CANCELLED, "superseded")
        ids = runs.settle(self.connection, self.batch.claim.id, [(i, gone) for i in overtaken], self.now)
        due = sorted({overtaken[run_id] for run_id in ids if not self._met(overtaken[run_id][0])})
        with spared(self.connection, "scheduling"):
            schedule(self.connection, self.library_id, self.current, due, self.now, returned=False)

    def _met(self, item_id: int) -> bool:
        return is_met(self.current, self.present.said[item_id])

    def _write(self, found: Sequence[Run]) -> None:
        """Values, matches and proposals of a batch."""
        if not found:
            return
        connection, findings, pipeline = self.connection, self.batch.findings, self.pipeline
        patches: list[Patch] = []
        brought: dict[int, Brought] = {}
        for run in found:
            finding = findings[run.item_id]
            if finding.match.verdict is Verdict.NONE and not self.present.said[run.item_id]:
                continue
            standing = [v for v in self.present.said[run.item_id] if v.origin is Origin.PROVIDER]
            patch = patch_of(pipeline, run, finding, standing, self.now)
            if patch.values or patch.drops:
                patches.append(patch)
            if finding.match.verdict is Verdict.AUTO and finding.candidates:
                chosen = finding.candidates[0]
                brought[run.item_id] = Brought(chosen.provider, finding.related.get(chosen.record, ()))
        settled = [(run.item_id, findings[run.item_id].match, run.id) for run in found]
        matches.write_matches(connection, settled, pipeline.name, self.now)
        self._propose(found)
        cause = Cause("fill", Origin.PROVIDER)
        recorded = record(
            connection,
            self.library_id,
            self.plugin,
            patches,
            cause,
            self.now,
            voices=self.voices,
            standing=self.present.said,
        )
        relate(connection, self.library_id, brought, self.now)
        self._keep_vectors(found)
        self.settled.values = recorded.values

    def _keep_vectors(self, found: Sequence[Run]) -> None:
        version = self.pipeline.version
        for space in {v.space for run in found if (v := self.batch.findings[run.item_id].vector)}:
            kept = [
                vectors.Kept(run.item_id, v.model, version, v.digest, v.data, v.reason, self.now)
                for run in found
                if (v := self.batch.findings[run.item_id].vector) and v.space == space
            ]
            vectors.write_vectors(self.connection, space, kept)

    def _pass_on(self, over: Sequence[Run]) -> None:
        """Make the next stage's runs due, of items that are through with this one, or wait for a provider in it."""
        following = self.plugin.behind(self.current)
        if following is None or not over or self.batch.claim.version != self.current.version:
            return
        with spared(self.connection, "scheduling"):
            pass_on(
                self.connection, self.library_id, self.plugin, following, [r.item_id for r in over], self.now
            )

    def _propose(self, found: Sequence[Run]) -> None:
        findings, name = self.batch.findings, self.pipeline.name
        unsure = [run for run in found if findings[run.item_id].match.verdict is Verdict.REVIEW]
        sure = [run.item_id for run in found if findings[run.item_id].match.verdict is not Verdict.REVIEW]
        matches.withdraw_proposals(self.connection, sure, name, self.now)
        offered = [
            (
                run.item_id,
                run.id,
                findings[run.item_id].match.reasons,
                [
                    (c, findings[run.item_id].related.get(c.record, ()))
                    for c in findings[run.item_id].candidates
                ],
            )
            for run in unsure
        ]
        matches.write_proposals(self.connection, self.library_id, name, offered, self.now)

    def _goes_on(self, run: Run) -> bool:
        other = self.batch.others.get(run.item_id)
        return other is not None and other.result.code == UNFINISHED

    def _outcome(self, run: Run) -> tuple[Outcome, str | None]:
        finding = self.batch.findings.get(run.item_id)
        if finding is not None:
            return _RESULTS[finding.match.verdict][1], None
        other = self.batch.others[run.item_id]
        if run.item_id in self.batch.tries:  # it is others who did not answer
            return Outcome.NOT_FOUND, None
        return other.outcome, other.result.code

    def _log(self, kept: Sequence[Run]) -> None:
        """The enrichment log: one row for each try."""
        batch = self.batch
        began = self.now - int(batch.spent)
        told = [(run, *self._outcome(run)) for run in kept if not self._goes_on(run)]
        tries = [(run, each) for run in kept for each in batch.tries.get(run.item_id, ())]
        rows = [
            (run.id, batch.claim.id, batch.provider, outcome.value, code, began, batch.spent)
            for run, outcome, code in told
        ] + [
            (run.id, batch.claim.id, t.provider, t.outcome.value, t.code, self.now - int(t.spent), t.spent)
            for run, t in tries
        ]
        attempts.append_attempts(self.connection, rows)
        self.settled.asked.update((each.provider, each.outcome.value) for _, each in tries)
        said = [(batch.provider, outcome) for _, outcome, _ in told]
        said += [(each.provider, each.outcome) for _, each in tries]
        counted = Counter[Tally](("attempts", self.current.name, name, o.value) for name, o in said)
        tallies.add_tallies(self.connection, counted, self.who)

    def _count(self, reported: int, kept: Sequence[Run], results: Mapping[int, Result]) -> None:
        settled = self.settled
        over = [run for run in kept if not self._goes_on(run)]
        states = Counter(results[run.id].state for run in over)
        settled.runs, settled.later = len(over), len(kept) - len(over)
        settled.kept = frozenset(run.item_id for run in kept if run.item_id in self.batch.findings)
        settled.filled, settled.empty = states[RunState.FILLED], states[RunState.EMPTY]
        settled.review, settled.failed = states[RunState.REVIEW], states[RunState.FAILED]
        settled.waiting = states[RunState.WAITING]
        if self.current.alarm:
            for run in over:
                self._raise_alarm(run, results[run.id])
        settled.lost = reported - len(kept)
        if kept:
            data = {"pipeline": self.current.name, **settled.counts}
            ref = f"pipeline:{self.current.name}"
            events.append_event(self.connection, self.library_id, "runs.settled", ref, data, self.now)

    def _raise_alarm(self, run: Run, result: Result) -> None:
        if result.state in (RunState.EMPTY, RunState.FAILED, RunState.WAITING):
            why = result.code or "not_known"
            _log.error(self.current.alarm, item=run.item_id, run=run.id, result="error", reason=why)


def pass_on(
    connection: Connection,
    library_id: int,
    plugin: KindPlugin,
    following: Pipeline,
    ids: Sequence[int],
    now: int,
) -> None:
    """Make runs of a stage for items whose stage before is over, unless this stage has done their input already."""
    said = fields.read_values(connection, ids, names=following.inputs)
    due = [(i, input_digest(following, inputs(following, values))) for i, values in said.items()]
    ready = in_order(connection, plugin, following, due, now)
    schedule(connection, library_id, following, ready, now, returned=False)


def patch_of(pipeline: Pipeline, run: Run, finding: Finding, standing: Sequence[Value], now: int) -> Patch:
    """What a finding writes to its item: the chosen record's values, and the end of an older record's.

    What an earlier run of this pipeline wrote from another record is taken back, unless that record is still
    among those a person is asked about.
    """
    match = finding.match
    chosen = finding.candidates[0] if match.verdict is Verdict.AUTO and finding.candidates else None
    values = () if chosen is None else values_of(chosen, match, pipeline, run.id, now)
    for other in finding.also:
        values += values_of(other, replace(match, level=other.level), pipeline, run.id, now)
    unsure = finding.candidates if match.verdict is Verdict.REVIEW else ()
    drops = earlier(pipeline, standing, {c.record for c in unsure}, finding.unheard)
    return Patch(run.item_id, values, drops, run.id, chosen.provider if chosen else "")


def earlier(
    pipeline: Pipeline,
    standing: Sequence[Value],
    spared: Collection[str] = (),
    unheard: Collection[str] = (),
) -> tuple[Layer, ...]:
    """The layers in which results of ``pipeline`` stand.

    But for those from the records ``spared``, and those of providers that are ``unheard`` yet.
    """
    own = f"{pipeline.name}@"
    return tuple(
        v.layer
        for v in standing
        if (v.version or "").startswith(own) and v.record not in spared and v.source not in unheard
    )


def values_of(
    candidate: Candidate, match: Match, pipeline: Pipeline, run_id: int | None, now: int
) -> tuple[Value, ...]:
    """A candidate's data as values of its provider, true at the level of the match."""
    provider, record = candidate.provider, candidate.record
    confidence, version = candidate.confidence, f"{pipeline.name}@{pipeline.version}"
    return tuple(
        [
            Value(
                name, data, Origin.PROVIDER, provider, confidence, match.level, record, run_id, version, now
            )
            for name, data in candidate.fields.items()
            if not is_empty(data)
        ]
    )
