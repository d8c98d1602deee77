"""Settling: one transaction in which a batch's runs get their result and the values they found."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from completist.domain.fields import Layer, Origin, Value, is_empty
from completist.domain.matching import Candidate, Match, Verdict
from completist.domain.pipeline import Pipeline, input_digest
from completist.domain.run import Claim, Outcome, Run, RunState
from completist.engine.asking import read_subjects
from completist.engine.recording import Cause, Patch, record, schedule
from completist.engine.relating import Brought, relate
from completist.sdk.finder import Finding, Subject
from completist.sdk.registry import KindPlugin
from completist.store import attempts, claims, fields, items, matches, runs
from completist.store.database import Connection, Database

_RESULTS = {
    Verdict.AUTO: (RunState.FILLED, Outcome.FOUND),
    Verdict.REVIEW: (RunState.REVIEW, Outcome.AMBIGUOUS),
    Verdict.NONE: (RunState.EMPTY, Outcome.NOT_FOUND),
}


@dataclass(slots=True)
class Settled:
    """What a batch came to, in runs; ``values`` counts the values written, ``lost`` runs another worker took."""

    runs: int = 0
    filled: int = 0
    empty: int = 0
    review: int = 0
    failed: int = 0
    lost: int = 0
    values: int = 0


def settle(
    database: Database,
    library_id: int,
    plugin: KindPlugin,
    pipeline: Pipeline,
    claim: Claim,
    asked: Mapping[int, Subject],
    findings: Mapping[int, Finding],
    failed: Mapping[int, str],
    spent: float,
    now: int,
) -> Settled:
    """Record what was found for a claim's runs, and give each its result.

    A run that the claim has lost in the meantime gets nothing: neither a result nor a value. Nor does one whose
    item is no longer what the finder was ``asked`` about: newer input has a run of its own, and after a decision of
    a person's the finder is asked again. ``failed`` names the error by item, ``spent`` is the time per run in
    milliseconds.
    """
    with database.write() as connection:
        claims.hold_claim(connection, claim.id)
        items.hold_items(connection, [run.item_id for run in claim.runs])
        overtaken, again = _moved_on(connection, pipeline, claim, asked)
        answered = [run for run in claim.runs if run.id not in overtaken and run.id not in again]
        held = _close(connection, claim.id, answered, findings, failed, now)
        kept = [run for run in answered if run.id in held]
        _give_way(connection, library_id, pipeline, claim.id, overtaken, now)
        found = {run.id: findings[run.item_id] for run in kept if run.item_id in findings}
        values = _write(connection, library_id, plugin, pipeline, kept, found, now)
        attempts.append_attempts(
            connection, [(run.id, claim.id, *_outcome(run, found, failed), now, spent) for run in kept]
        )
        claims.close_claim(connection, claim.id, now)
    verdicts = [finding.match.verdict for finding in found.values()]
    return Settled(
        runs=len(kept),
        filled=verdicts.count(Verdict.AUTO),
        empty=verdicts.count(Verdict.NONE),
        review=verdicts.count(Verdict.REVIEW),
        failed=len(kept) - len(found),
        lost=len(claim.runs) - len(kept),
        values=values,
    )


def _close(
    connection: Connection,
    claim_id: str,
    answered: Sequence[Run],
    findings: Mapping[int, Finding],
    failed: Mapping[int, str],
    now: int,
) -> set[int]:
    results: list[tuple[int, RunState, str | None]] = []
    for run in answered:
        if run.item_id in findings:
            results.append((run.id, _RESULTS[findings[run.item_id].match.verdict][0], None))
        else:
            results.append((run.id, RunState.FAILED, failed.get(run.item_id, "no_answer")))
    return set(runs.settle(connection, claim_id, results, now))


def _moved_on(
    connection: Connection, pipeline: Pipeline, claim: Claim, asked: Mapping[int, Subject]
) -> tuple[dict[int, tuple[int, str]], set[int]]:
    """Runs of a claim whose item has other input by now, with (item, its digest), and runs to be asked again."""
    present = read_subjects(connection, pipeline, [run.item_id for run in claim.runs])
    overtaken: dict[int, tuple[int, str]] = {}
    again: set[int] = set()
    for run in claim.runs:
        digest = input_digest(pipeline, present[run.item_id].values)
        if (run.version, run.input_digest) != (pipeline.version, digest):
            overtaken[run.id] = (run.item_id, digest)
        elif present[run.item_id] != asked[run.item_id]:
            again.add(run.id)
    return overtaken, again


def _give_way(
    connection: Connection,
    library_id: int,
    pipeline: Pipeline,
    claim_id: str,
    overtaken: Mapping[int, tuple[int, str]],
    now: int,
) -> None:
    """Cancel runs whose input is no longer their item's; that which is has a run."""
    results = [(run_id, RunState.CANCELLED, "superseded") for run_id in overtaken]
    due = sorted({overtaken[run_id] for run_id in runs.settle(connection, claim_id, results, now)})
    schedule(connection, library_id, pipeline, due, now, returned=False)


def _outcome(
    run: Run, found: Mapping[int, Finding], failed: Mapping[int, str]
) -> tuple[str, str, str | None]:
    finding = found.get(run.id)
    if finding is None:
        return ("catalogue", Outcome.BAD_RESPONSE.value, failed.get(run.item_id))
    return ("catalogue", _RESULTS[finding.match.verdict][1].value, None)


def _write(
    connection: Connection,
    library_id: int,
    plugin: KindPlugin,
    pipeline: Pipeline,
    kept: Sequence[Run],
    found: Mapping[int, Finding],
    now: int,
) -> int:
    """Values, matches and proposals of a batch; how many values."""
    answered = [run.item_id for run in kept if run.id in found]
    standing = fields.read_values(connection, answered, origin=Origin.PROVIDER)
    patches: list[Patch] = []
    brought: dict[int, Brought] = {}
    for run in kept:
        finding = found.get(run.id)
        if finding is None:
            continue
        patches.append(patch_of(pipeline, run, finding, standing[run.item_id], now))
        if finding.match.verdict is Verdict.AUTO and finding.candidates:
            chosen = finding.candidates[0]
            brought[run.item_id] = Brought(chosen.provider, finding.related.get(chosen.record, ()))
    settled = [(run.item_id, found[run.id].match, run.id) for run in kept if run.id in found]
    matches.write_matches(connection, settled, pipeline.name, now)
    _propose(connection, library_id, pipeline, kept, found, now)
    recorded = record(connection, library_id, plugin, patches, Cause("fill", Origin.PROVIDER), now)
    relate(connection, library_id, brought, now)
    return recorded.values


def _propose(
    connection: Connection,
    library_id: int,
    pipeline: Pipeline,
    kept: Sequence[Run],
    found: Mapping[int, Finding],
    now: int,
) -> None:
    unsure = [
        (run, found[run.id])
        for run in kept
        if run.id in found and found[run.id].match.verdict is Verdict.REVIEW
    ]
    answered = [
        run.item_id for run in kept if run.id in found and found[run.id].match.verdict is not Verdict.REVIEW
    ]
    matches.withdraw_proposals(connection, answered, pipeline.name, now)
    offered = [
        (
            run.item_id,
            run.id,
            finding.match.reasons,
            [(c, finding.related.get(c.record, ())) for c in finding.candidates],
        )
        for run, finding in unsure
    ]
    matches.write_proposals(connection, library_id, pipeline.name, offered, now)


def patch_of(pipeline: Pipeline, run: Run, finding: Finding, standing: Sequence[Value], now: int) -> Patch:
    """What a finding writes to its item: the chosen record's values, and the end of an older record's.

    What an earlier run of this pipeline wrote from another record is taken back, unless that record is still
    among those a person is asked about.
    """
    match = finding.match
    chosen = finding.candidates[0] if match.verdict is Verdict.AUTO and finding.candidates else None
    values = () if chosen is None else values_of(chosen, match, pipeline, run.id, now)
    unsure = finding.candidates if match.verdict is Verdict.REVIEW else ()
    drops = earlier(pipeline, standing, {c.record for c in unsure})
    return Patch(run.item_id, values, drops, run.id, chosen.provider if chosen else "")


def earlier(pipeline: Pipeline, standing: Sequence[Value], spared: Collection[str] = ()) -> tuple[Layer, ...]:
    """The layers in which results of ``pipeline`` stand, but for those from the records ``spared``."""
    own = f"{pipeline.name}@"
    return tuple(v.layer for v in standing if (v.version or "").startswith(own) and v.record not in spared)


def values_of(
    candidate: Candidate, match: Match, pipeline: Pipeline, run_id: int | None, now: int
) -> tuple[Value, ...]:
    """A candidate's data as values of its provider, true at the level of the match."""
    return tuple(
        Value(
            field=name,
            data=data,
            origin=Origin.PROVIDER,
            source=candidate.provider,
            confidence=candidate.confidence,
            level=match.level,
            record=candidate.record,
            run_id=run_id,
            version=f"{pipeline.name}@{pipeline.version}",
            at=now,
        )
        for name, data in candidate.fields.items()
        if not is_empty(data)
    )
