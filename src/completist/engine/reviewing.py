"""Reviewing: a person decides what the matcher would not. Every decision is committed at once and can be undone."""

from __future__ import annotations

from completist.domain.errors import Conflict, NotFound
from completist.domain.fields import Layer, Origin
from completist.domain.matching import Candidate, Match, Verdict
from completist.domain.pipeline import Pipeline
from completist.domain.run import RunState
from completist.engine.recording import Cause, Patch, Recorded, record
from completist.engine.relating import Brought, relate
from completist.engine.settling import earlier, values_of
from completist.engine.voices import DECLARED, Voices
from completist.sdk import registry
from completist.store import events, fields, items, matches, runs
from completist.store.database import Connection, Database
from completist.store.matches import Proposal

ACCEPTED = "accepted_by_you"
REJECTED = "rejected_by_you"


def accept(
    database: Database,
    library_id: int,
    proposal_id: int,
    record_id: str | None,
    now: int,
    voices: Voices = DECLARED,
) -> int:
    """Take a candidate, the first unless ``record_id`` names another; how many values it wrote.

    Raises:
        NotFound: There is no such proposal, or it has no such candidate.
        Conflict: It was decided before.
    """
    with database.write() as connection:
        proposal = _pending(connection, library_id, proposal_id)
        chosen = _chosen(proposal, record_id)
        plugin, pipeline = registry.pipeline(proposal.pipeline)
        match = Match(
            Verdict.AUTO, (ACCEPTED, *chosen.reasons), chosen.level, chosen.record, chosen.distance.total
        )
        values = values_of(chosen, match, pipeline, proposal.run_id, now)
        drops = _earlier(connection, pipeline, proposal.item_id)
        cause = Cause("accept", Origin.PROVIDER, chosen.provider)
        patch = Patch(proposal.item_id, values, drops, proposal.run_id, always=True)
        recorded = record(connection, library_id, plugin, [patch], cause, now, voices=voices)
        brought = Brought(chosen.provider, proposal.related.get(chosen.record, ()))
        relate(connection, library_id, {proposal.item_id: brought}, now)
        matches.write_matches(
            connection, [(proposal.item_id, match, proposal.run_id)], proposal.pipeline, now
        )
        verdicts = {chosen.record: "accepted"}
        _decide(connection, proposal, "accepted", recorded, verdicts, RunState.FILLED, now, chosen.record)
        events.append_event(connection, library_id, "review.accepted", f"proposal:{proposal_id}", {}, now)
    return recorded.values


def reject(
    database: Database, library_id: int, proposal_id: int, now: int, voices: Voices = DECLARED
) -> None:
    """Turn all candidates of a proposal down; none of them is ever offered again for this item.

    Raises:
        NotFound: There is no such proposal.
        Conflict: It was decided before.
    """
    with database.write() as connection:
        proposal = _pending(connection, library_id, proposal_id)
        verdicts = {
            record: "rejected" for c in proposal.candidates for record in (c.record, c.work) if record
        }
        plugin, pipeline = registry.pipeline(proposal.pipeline)
        drops = _earlier(connection, pipeline, proposal.item_id)
        patch = Patch(proposal.item_id, (), drops, proposal.run_id, always=True)
        cause = Cause("reject", Origin.PROVIDER)
        recorded = record(connection, library_id, plugin, [patch], cause, now, voices=voices)
        _decide(connection, proposal, "rejected", recorded, verdicts, RunState.EMPTY, now)
        match = Match(Verdict.NONE, (REJECTED,))
        matches.write_matches(
            connection, [(proposal.item_id, match, proposal.run_id)], proposal.pipeline, now
        )
        events.append_event(connection, library_id, "review.rejected", f"proposal:{proposal_id}", {}, now)


def reopen(connection: Connection, proposal: Proposal, now: int) -> None:
    """Make a decided proposal pending again, its decision forgotten."""
    matches.withdraw_proposals(connection, [proposal.item_id], proposal.pipeline, now)
    matches.drop_decisions(connection, proposal.item_id, proposal.id)
    matches.decide_proposal(connection, proposal.id, "pending", None, None, None)
    match = Match(Verdict.REVIEW, proposal.reasons)
    matches.write_matches(connection, [(proposal.item_id, match, proposal.run_id)], proposal.pipeline, now)
    if proposal.run_id is not None:
        runs.set_state(connection, [proposal.run_id], RunState.REVIEW, now)


def _earlier(connection: Connection, pipeline: Pipeline, item_id: int) -> tuple[Layer, ...]:
    """What stands from a record that the decision turns down, chosen or not."""
    standing = fields.read_values(connection, [item_id], origin=Origin.PROVIDER)
    return earlier(pipeline, standing[item_id])


def _pending(connection: Connection, library_id: int, proposal_id: int) -> Proposal:
    proposal = matches.read_proposal(connection, library_id, proposal_id)
    if proposal is not None:
        items.hold_items(connection, [proposal.item_id])
        proposal = matches.read_proposal(connection, library_id, proposal_id)
    if proposal is None:
        raise NotFound(
            f"There is no proposal {proposal_id}.", hint="completist review --json lists those that wait."
        )
    if proposal.state != "pending":
        raise Conflict(
            f"Proposal {proposal_id} is {proposal.state} already.", hint="completist undo takes it back."
        )
    return proposal


def _chosen(proposal: Proposal, record_id: str | None) -> Candidate:
    if record_id is None and proposal.candidates:
        return proposal.candidates[0]
    for candidate in proposal.candidates:
        if candidate.record == record_id:
            return candidate
    offered = ", ".join(c.record for c in proposal.candidates) or "none"
    raise NotFound(f"Proposal {proposal.id} does not offer {record_id}.", hint=f"It offers: {offered}.")


def _decide(
    connection: Connection,
    proposal: Proposal,
    state: str,
    recorded: Recorded,
    verdicts: dict[str, str],
    result: RunState,
    now: int,
    record_id: str | None = None,
) -> None:
    matches.decide_proposal(connection, proposal.id, state, record_id, recorded.changes[0], now)
    matches.write_decisions(connection, proposal.item_id, proposal.pipeline, verdicts, proposal.id, now)
    if proposal.run_id is not None:
        runs.set_state(connection, [proposal.run_id], result, now)
    items.touch(connection, [proposal.item_id], now)
