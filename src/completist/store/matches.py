"""Matches, proposals and decisions: what was concluded about an item, what waits, what people said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from completist.domain.fields import Level
from completist.domain.matching import Candidate, Distance, Match, Verdict
from completist.sdk.finder import Related
from completist.store.bulk import Fetched, Row, allocate, insert_rows, is_among
from completist.store.encoding import from_json, to_json
from completist.store.items import chunked
from completist.store.schema import PENDING, decisions, items, matches, proposals

#: The states into which a person brings a proposal.
DECIDED = ("accepted", "rejected")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A decision that waits for a person, with the candidates best first."""

    id: int
    item_id: int
    pipeline: str
    run_id: int | None
    state: str
    reasons: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    related: Mapping[str, tuple[Related, ...]]  #: by candidate's record
    confidence: float
    record: str | None
    change_id: int | None = None  #: the decision in the item's history


def write_matches(
    connection: Connection, rows: Sequence[tuple[int, Match, int | None]], pipeline: str, now: int
) -> None:
    """Keep the latest (item, match, run) of a pipeline."""
    full: list[Row] = [
        (
            item_id,
            pipeline,
            m.verdict.value,
            m.level.value if m.level else None,
            m.record,
            m.distance,
            to_json(m.reasons),
            run_id,
            now,
        )
        for item_id, m, run_id in rows
    ]
    insert_rows(connection, matches, full, replace=True)


def drop_matches_of(connection: Connection, item_id: int, run_id: int) -> None:
    """Forget what a run concluded about its item."""
    connection.execute(delete(matches).where(matches.c.item_id == item_id, matches.c.run_id == run_id))


def read_matches(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, Match]]:
    """The latest match of each item by pipeline; items without one are absent."""
    found: dict[int, dict[str, Match]] = {}
    for chunk in chunked(ids):
        mine = (
            select(matches)
            .where(matches.c.item_id.in_(chunk))
            .order_by(matches.c.item_id, matches.c.pipeline)
        )
        for row in connection.execute(mine):
            found.setdefault(row.item_id, {})[row.pipeline] = Match(
                Verdict(row.verdict),
                tuple(from_json(row.reasons)),
                Level(row.level) if row.level else None,
                row.record,
                row.distance,
            )
    return found


def count_matches(connection: Connection, library_id: int) -> dict[tuple[str, str], int]:
    """How many matches there are by (verdict, first reason); the first reason is the weightiest."""
    statement = (
        select(matches.c.verdict, matches.c.reasons, func.count())
        .join(items, items.c.id == matches.c.item_id)
        .where(items.c.library_id == library_id)
        .group_by(matches.c.verdict, matches.c.reasons)
    )
    found: dict[tuple[str, str], int] = {}
    for verdict, reasons, count in connection.execute(statement):
        key = (verdict, next(iter(from_json(reasons)), ""))
        found[key] = found.get(key, 0) + count
    return found


def write_proposals(
    connection: Connection,
    library_id: int,
    pipeline: str,
    rows: Sequence[tuple[int, int | None, tuple[str, ...], Sequence[tuple[Candidate, Sequence[Related]]]]],
    now: int,
) -> None:
    """Propose (item, run, reasons, candidates with what they bring along); what was pending gives way."""
    withdraw_proposals(connection, [item_id for item_id, *_ in rows], pipeline, now)
    ids = allocate(connection, proposals, len(rows))
    full: list[Row] = [
        (
            number,
            library_id,
            item_id,
            pipeline,
            run_id,
            "pending",
            to_json(reasons),
            to_json([_packed(c, related) for c, related in candidates]),
            max((c.confidence for c, _ in candidates), default=0.0),
            now,
            None,
            None,
            None,
        )
        for number, (item_id, run_id, reasons, candidates) in zip(ids, rows, strict=True)
    ]
    insert_rows(connection, proposals, full)


def withdraw_proposals(connection: Connection, ids: Sequence[int], pipeline: str, now: int) -> None:
    """Take pending proposals of these items back: newer input has answered them."""
    if ids:
        mine = (is_among(connection, proposals.c.item_id, ids), proposals.c.pipeline == pipeline, PENDING)
        connection.execute(update(proposals).where(*mine).values(state="superseded", decided_at=now))


def withdraw_proposals_of(connection: Connection, item_id: int, run_id: int, now: int) -> None:
    """Take back what waits because of a run: the run was undone."""
    connection.execute(
        update(proposals)
        .where(proposals.c.item_id == item_id, proposals.c.run_id == run_id, PENDING)
        .values(state="superseded", decided_at=now)
    )


def count_pending(connection: Connection, library_id: int) -> int:
    """How many proposals wait."""
    statement = select(func.count()).select_from(proposals)
    return connection.execute(statement.where(proposals.c.library_id == library_id, PENDING)).scalar_one()


def pending(
    connection: Connection, library_id: int, *, after: int = 0, limit: int = 50, at_least: float = 0.0
) -> list[Proposal]:
    """Waiting proposals behind id ``after`` whose best candidate reaches ``at_least``, oldest first."""
    rows = connection.execute(
        select(proposals)
        .where(
            proposals.c.library_id == library_id,
            PENDING,
            proposals.c.id > after,
            proposals.c.confidence >= at_least,
        )
        .order_by(proposals.c.id)
        .limit(limit)
    )
    return [_proposal(row) for row in rows]


def confidences(connection: Connection, library_id: int) -> list[float]:
    """How sure the best candidate of each waiting proposal is, rising."""
    mine = select(proposals.c.confidence).where(proposals.c.library_id == library_id, PENDING)
    return sorted(connection.execute(mine).scalars())


def count_decided(connection: Connection, library_id: int, since: int) -> int:
    """How many proposals people have decided since a moment."""
    mine = select(func.count()).select_from(proposals)
    return connection.execute(
        mine.where(
            proposals.c.library_id == library_id,
            proposals.c.state.in_(DECIDED),
            proposals.c.decided_at >= since,
        )
    ).scalar_one()


def pending_before(connection: Connection, library_id: int, proposal_id: int) -> int | None:
    """The waiting proposal before one, if there is any."""
    mine = select(func.max(proposals.c.id)).where(
        proposals.c.library_id == library_id, PENDING, proposals.c.id < proposal_id
    )
    found: int | None = connection.execute(mine).scalar_one()
    return found


def read_proposal(connection: Connection, library_id: int, proposal_id: int) -> Proposal | None:
    """One proposal in whatever state, or None when this library has none with that id."""
    row = connection.execute(
        select(proposals).where(proposals.c.library_id == library_id, proposals.c.id == proposal_id)
    ).one_or_none()
    return None if row is None else _proposal(row)


def decided_by(connection: Connection, item_id: int, change_id: int) -> Proposal | None:
    """The proposal whose decision stands as this change in the item's history, if there is one."""
    row = connection.execute(
        select(proposals).where(proposals.c.item_id == item_id, proposals.c.change_id == change_id)
    ).one_or_none()
    return None if row is None else _proposal(row)


def decide_proposal(
    connection: Connection,
    proposal_id: int,
    state: str,
    record: str | None,
    change_id: int | None,
    now: int | None,
) -> None:
    """Set a proposal's state: accepted with its record, rejected, or pending again."""
    connection.execute(
        update(proposals)
        .where(proposals.c.id == proposal_id)
        .values(state=state, record=record, change_id=change_id, decided_at=now)
    )


def write_decisions(
    connection: Connection,
    item_id: int,
    pipeline: str,
    verdicts: Mapping[str, str],
    proposal_id: int | None,
    now: int,
) -> None:
    """Keep what a person said of records: ``accepted`` or ``rejected`` by record id.

    What they said before stays with the proposal at which they said it.
    """
    said = read_decisions(connection, [item_id], pipeline).get(item_id, {})
    full: list[Row] = [
        (item_id, pipeline, record, verdict, proposal_id, now)
        for record, verdict in verdicts.items()
        if verdict != said.get(record) or verdict == "accepted"
    ]
    insert_rows(connection, decisions, full, replace=True)


def drop_decisions(connection: Connection, item_id: int, proposal_id: int) -> None:
    """Forget what was decided with a proposal of an item."""
    connection.execute(
        delete(decisions).where(decisions.c.item_id == item_id, decisions.c.proposal_id == proposal_id)
    )


def read_decisions(connection: Connection, ids: Sequence[int], pipeline: str) -> dict[int, dict[str, str]]:
    """Verdicts of people by item and record, the latest last; items without any are absent."""
    found: dict[int, dict[str, str]] = {}
    rows = connection.execute(
        select(decisions.c.item_id, decisions.c.record, decisions.c.verdict)
        .where(is_among(connection, decisions.c.item_id, ids), decisions.c.pipeline == pipeline)
        .order_by(decisions.c.at, decisions.c.proposal_id)
    )
    for item_id, record, verdict in rows:
        found.setdefault(item_id, {})[record] = verdict
    return found


def all_decisions(connection: Connection, ids: Sequence[int]) -> dict[int, list[tuple[str, str, str]]]:
    """The (pipeline, record, verdict) of people by item, the latest last; items without any are absent."""
    found: dict[int, list[tuple[str, str, str]]] = {}
    told = (decisions.c.item_id, decisions.c.pipeline, decisions.c.record, decisions.c.verdict)
    mine = select(*told).where(is_among(connection, decisions.c.item_id, ids))
    for item_id, *said in connection.execute(
        mine.order_by(decisions.c.at, decisions.c.proposal_id, decisions.c.pipeline, decisions.c.record)
    ):
        found.setdefault(item_id, []).append(tuple(said))
    return found


def _packed(c: Candidate, related: Sequence[Related]) -> dict[str, Any]:
    return {
        "provider": c.provider,
        "record": c.record,
        "level": c.level,
        "title": c.title,
        "byline": c.byline,
        "year": c.year,
        "work": c.work,
        "penalties": c.distance.penalties,
        "reasons": c.reasons,
        "fields": c.fields,
        "related": [[r.kind, r.relation, r.scheme, r.value, r.fields, r.position] for r in related],
    }


def _proposal(row: Fetched) -> Proposal:
    offered = from_json(row.candidates)
    return Proposal(
        id=row.id,
        item_id=row.item_id,
        pipeline=row.pipeline,
        run_id=row.run_id,
        state=row.state,
        reasons=tuple(from_json(row.reasons)),
        candidates=tuple(
            Candidate(
                provider=c["provider"],
                record=c["record"],
                level=Level(c["level"]),
                title=c["title"],
                byline=c["byline"],
                year=c["year"],
                work=c["work"],
                distance=Distance(c["penalties"]),
                reasons=tuple(c["reasons"]),
                fields=c["fields"],
            )
            for c in offered
        ),
        related={c["record"]: tuple(Related(*r) for r in c["related"]) for c in offered},
        confidence=row.confidence,
        record=row.record,
        change_id=row.change_id,
    )
