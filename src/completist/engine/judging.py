"""Judging: what a worker outside hands in, put to the same questions as any provider's answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from completist.domain.errors import BadInput
from completist.domain.fields import Data, Level
from completist.domain.kind import fit_data
from completist.domain.matching import Candidate, Distance, Match, Verdict
from completist.domain.pipeline import Pipeline
from completist.domain.retry import postponed
from completist.domain.run import Outcome, Run
from completist.engine.settling import NoFinding
from completist.sdk.finder import Finding, Subject
from completist.sdk.registry import KindPlugin

#: Outcomes that come with something found.
_WITH_CANDIDATES = frozenset({Outcome.FOUND, Outcome.AMBIGUOUS})

#: How sure a worker is that does not say; and how sure it has to be for a person not to be asked.
CONFIDENCE, UNSURE = 0.9, 0.5

#: The longest wait that a worker may name, in seconds: nobody means to be asked again after more than a month.
LONGEST = 31 * 86_400


@dataclass(frozen=True, slots=True)
class Reported:
    """What a worker outside says of one run: candidates, or values of which it is sure, or why neither."""

    run_id: int
    outcome: Outcome
    candidates: tuple[Candidate, ...] = ()
    values: Mapping[str, Data] = field(default_factory=dict)
    level: Level = Level.WORK  #: at which the values are true
    record: str | None = None  #: the id of the record they come from
    confidence: float = CONFIDENCE
    retry_after: float | None = None  #: seconds
    error: str | None = None


def check(plugin: KindPlugin, reported: Sequence[Reported]) -> None:
    """Make sure that what is handed in has the form of the kind's fields.

    Raises:
        BadInput: It has not; the message names the run and the field.
    """
    seen: set[int] = set()
    for each in reported:
        if each.run_id in seen:
            raise BadInput(f"Run {each.run_id} is reported twice.")
        seen.add(each.run_id)
        if each.outcome in _WITH_CANDIDATES and not (each.candidates or each.values):
            raise BadInput(f"Run {each.run_id} is {each.outcome} and brings neither candidates nor values.")
        _within(each.run_id, "confidence", each.confidence, 1)
        _within(each.run_id, "retry_after", each.retry_after or 0, LONGEST)
        for data in (each.values, *(c.fields for c in each.candidates)):
            _fitted(plugin, each.run_id, data)


def judge(
    plugin: KindPlugin,
    pipeline: Pipeline,
    run: Run,
    subject: Subject,
    reported: Reported,
    provider: str,
    now: int,
    chance: Random,
) -> Finding | NoFinding:
    """What a report comes to. ``provider`` is the voice under which it is kept, whatever the report says."""
    if reported.outcome in _WITH_CANDIDATES:
        candidates = _candidates(plugin, pipeline, reported)
        if not any(_to_write(pipeline, c).fields for c in candidates):
            raise BadInput(f"Run {run.id} brings nothing that pipeline {pipeline.name} fills.")
        offered = [
            replace(c, provider=provider, fields=_fitted(plugin, run.id, c.fields)) for c in candidates
        ]
        finding = _decide(plugin, subject, offered, sure=not reported.candidates)
        return replace(finding, candidates=tuple(_to_write(pipeline, c) for c in finding.candidates))
    if reported.outcome is Outcome.NOT_FOUND:
        return _finding(subject, Verdict.NONE, "unknown_outside", ())
    result = postponed(reported.outcome, run.attempts, now, reported.retry_after, chance)
    return NoFinding(reported.outcome, replace(result, code=reported.error or result.code))


def _within(run_id: int, name: str, number: float, most: float) -> None:
    if not 0 <= number <= most:  # neither is NaN, which is in no range
        raise BadInput(f"The result of run {run_id} cannot be used: {name} takes 0 to {most:,}.")


def _candidates(plugin: KindPlugin, pipeline: Pipeline, reported: Reported) -> tuple[Candidate, ...]:
    if reported.candidates:
        return reported.candidates
    kind, values = plugin.kind, reported.values
    goal = values.get(pipeline.goal) if pipeline.goal else None
    told = goal[0] if isinstance(goal, list) and goal else goal
    record = reported.record or (str(told) if told else f"run:{reported.run_id}")
    title = values.get(kind.title)
    distance = Distance({"reported": round(1 - reported.confidence, 4)} if reported.confidence < 1 else {})
    return (
        Candidate(
            "",
            record,
            reported.level,
            title if isinstance(title, str) else "",
            distance=distance,
            fields=values,
        ),
    )


def _to_write(pipeline: Pipeline, candidate: Candidate) -> Candidate:
    """A candidate with what the pipeline may write; it was judged by all that it says."""
    fields = {name: data for name, data in candidate.fields.items() if name in pipeline.fills}
    return replace(candidate, fields=fields)


def _fitted(plugin: KindPlugin, run_id: int, data: Mapping[str, Data]) -> dict[str, Data]:
    declared = plugin.kind.by_name
    try:
        return {name: fit_data(declared[name], held) for name, held in data.items() if name in declared}
    except ValueError as error:
        raise BadInput(f"The result of run {run_id} cannot be used: {error}.") from error


def _decide(plugin: KindPlugin, subject: Subject, offered: Sequence[Candidate], *, sure: bool) -> Finding:
    chosen = [c for c in offered if subject.accepted in (c.record, c.work) and subject.accepted]
    if chosen:
        return _finding(subject, Verdict.AUTO, "accepted", chosen[:1])
    left = [c for c in offered if subject.rejected.isdisjoint((c.record, c.work))]
    if not left:
        return _finding(subject, Verdict.NONE, "rejected_by_you", ())
    if subject.accepted:  # a person chose another record: theirs stands until they say otherwise
        return _finding(subject, Verdict.REVIEW, "disagrees", left)
    if plugin.judge is not None and not sure:
        return plugin.judge(subject, left)
    if not all(plugin.agree(subject.values, c.fields) for c in left):
        return _finding(subject, Verdict.REVIEW, "disagrees", left)
    if min(c.confidence for c in left) < UNSURE:
        return _finding(subject, Verdict.REVIEW, "reported", left)
    if len(left) > 1:
        return _finding(subject, Verdict.REVIEW, "several", left)
    return _finding(subject, Verdict.AUTO, "reported", left)


def _finding(subject: Subject, verdict: Verdict, reason: str, candidates: Sequence[Candidate]) -> Finding:
    best = candidates[0] if candidates else None
    match = Match(
        verdict,
        (reason,),
        best.level if best else None,
        best.record if best else None,
        best.distance.total if best else None,
    )
    return Finding(subject.item_id, match, tuple(candidates))
