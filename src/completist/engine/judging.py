"""Judging: what a worker outside hands in, put to the same questions as any provider's answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from completist.domain.errors import BadInput
from completist.domain.fields import Data, Level, is_empty
from completist.domain.kind import fit_data
from completist.domain.matching import Candidate, Distance, Verdict
from completist.domain.pipeline import Pipeline
from completist.domain.retry import postponed
from completist.domain.run import Outcome, Run
from completist.engine.deciding import decide, found
from completist.engine.settling import NoFinding
from completist.sdk.finder import Finding, Subject
from completist.sdk.registry import KindPlugin

#: Outcomes that come with something found.
_WITH_CANDIDATES = frozenset({Outcome.FOUND, Outcome.AMBIGUOUS})

#: How sure a worker is that does not say.
CONFIDENCE = 0.9

#: The longest wait that a worker may name, in seconds: nobody means to be asked again after more than a month.
LONGEST = 31 * 86_400

#: Characters of a record's id: PostgreSQL's indexes hold no long text.
LONGEST_RECORD = 500


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
        _fitted(plugin, each.run_id, each.values, sure=True)
        for candidate in each.candidates:
            _fitted(plugin, each.run_id, candidate.fields)


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
        sure = not reported.candidates
        offered = [
            replace(c, provider=provider, fields=_fitted(plugin, run.id, c.fields, sure=sure))
            for c in _candidates(plugin, pipeline, reported)
        ]
        if not any(_to_write(pipeline, c).fields for c in offered):
            raise BadInput(f"Run {run.id} brings nothing that pipeline {pipeline.name} fills.")
        finding = decide(plugin, subject, offered, sure=sure)
        return replace(finding, candidates=tuple(_to_write(pipeline, c) for c in finding.candidates))
    if reported.outcome is Outcome.NOT_FOUND:
        return found(subject, Verdict.NONE, "unknown_outside", ())
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
    record = reported.record or (str(told)[:LONGEST_RECORD] if told else f"run:{reported.run_id}")
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


def _fitted(
    plugin: KindPlugin, run_id: int, data: Mapping[str, Data], *, sure: bool = False
) -> dict[str, Data]:
    """What is said, in the form in which the kind keeps it, without what is empty.

    A worker that is ``sure`` is told what cannot be so kept, such as a wrong ISBN; of a candidate it is left out.
    """
    declared = plugin.kind.by_name
    fitted: dict[str, Data] = {}
    for name in data.keys() & declared.keys():
        try:
            fitted[name] = fit_data(declared[name], data[name])
        except ValueError as error:
            raise _unfit(run_id, error) from error
        try:
            fitted[name] = _kept(plugin, name, fitted[name])
        except ValueError as error:
            if sure:
                raise _unfit(run_id, f"{name}: {error}") from error
            del fitted[name]
    return {name: fitted[name] for name in data if not is_empty(fitted.get(name))}


def _kept(plugin: KindPlugin, name: str, data: Data) -> Data:
    if isinstance(data, list):
        data = [each for each in data if not isinstance(each, str) or each.strip()]
    bring = plugin.normalise.get(name)
    return data if bring is None or is_empty(data) else bring(data)


def _unfit(run_id: int, why: object) -> BadInput:
    return BadInput(f"The result of run {run_id} cannot be used: {why}.")
