"""Claims: batches of runs handed out under a lease. The claim's id is the fence, its lease the permission."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, insert, or_, select, text, update

from completist.domain.run import Claim, Run, RunState
from completist.store.ledger import DUE, HELD, claims, runs

#: How often a run may take its worker down before it counts as failed.
MAX_ATTEMPTS = 5

#: How often until it is handed out alone.
SUSPECT = 2


def claim_runs(
    connection: Connection,
    claim_id: str,
    library_id: int,
    pipeline: str,
    *,
    limit: int,
    lease: int,
    claimer: str,
    now: int,
    items: Sequence[int] | None = None,
) -> Claim | None:
    """Take up to ``limit`` due runs of a pipeline under a lease of ``lease`` milliseconds; None when none is due.

    No two claims ever hold the same run. With ``items``, only runs of these items are taken. Runs whose worker
    was lost `SUSPECT` times come last and one at a time: if one of them is to blame, it takes no other along.
    """
    due = _due(library_id, pipeline, now, items)
    taken = _take(connection, claim_id, due.where(runs.c.attempts < SUSPECT).limit(limit))
    if not taken:
        taken = _take(connection, claim_id, due.where(runs.c.attempts >= SUSPECT).limit(1))
    if not taken:
        return None
    connection.execute(
        insert(claims).values(
            id=claim_id,
            library_id=library_id,
            pipeline=pipeline,
            claimer=claimer,
            size=len(taken),
            created_at=now,
            heartbeat_at=now,
            lease_until=now + lease,
        )
    )
    batch = [
        Run(r.id, r.item_id, pipeline, r.version, r.input_digest, RunState.CLAIMED, r.attempts)
        for r in sorted(taken, key=lambda r: r.id)
    ]
    return Claim(claim_id, pipeline, tuple(batch), now + lease)


def _due(library_id: int, pipeline: str, now: int, items: Sequence[int] | None) -> Select[tuple[int]]:
    statement = select(runs.c.id).where(
        DUE,
        runs.c.pipeline == pipeline,
        or_(
            runs.c.state == RunState.READY.value, runs.c.run_at <= now
        ),  # a clock set back makes nothing wait
        runs.c.library_id == library_id,
    )
    if items is not None:
        statement = statement.where(runs.c.item_id.in_(items))
    return statement.order_by(runs.c.priority, runs.c.run_at, runs.c.id)


def _take(connection: Connection, claim_id: str, due: Select[tuple[int]]) -> Sequence[Row[Any]]:
    if connection.dialect.name == "postgresql":
        due = due.with_for_update(skip_locked=True)
    chosen = due.cte("due")
    return connection.execute(
        update(runs)
        .where(runs.c.id.in_(select(chosen.c.id)))
        .values(state=RunState.CLAIMED.value, claim_id=claim_id, attempts=runs.c.attempts + 1)
        .returning(runs.c.id, runs.c.item_id, runs.c.version, runs.c.input_digest, runs.c.attempts)
    ).all()


def hold_claim(connection: Connection, claim_id: str) -> None:
    """Let nobody end a claim until the transaction ends; taken before its runs, as `expire_claims` does."""
    connection.execute(select(claims.c.id).where(claims.c.id == claim_id).with_for_update())


def heartbeat(connection: Connection, claim_id: str, lease: int, now: int) -> bool:
    """Extend the lease; False when the claim is closed and its runs are no longer this worker's."""
    done = connection.execute(
        update(claims)
        .where(claims.c.id == claim_id, claims.c.closed_at.is_(None))
        .values(heartbeat_at=now, lease_until=now + lease)
    )
    return done.rowcount > 0


def close_claim(connection: Connection, claim_id: str, now: int) -> int:
    """Close a claim; what it did not settle becomes ready again, its attempt refunded. How many those were."""
    connection.execute(
        update(claims).where(claims.c.id == claim_id, claims.c.closed_at.is_(None)).values(closed_at=now)
    )
    given_back = connection.execute(
        text(
            "UPDATE runs SET state = 'ready', claim_id = NULL, attempts = attempts - 1 "
            "WHERE claim_id = :claim AND state = 'claimed'"
        ),
        {"claim": claim_id},
    )
    return given_back.rowcount


def expire_claims(connection: Connection, now: int, also: Sequence[str] = ()) -> int:
    """End every claim whose lease is over, and those in ``also``; how many runs became ready again.

    Their attempts stay counted: a run that has taken its worker down `MAX_ATTEMPTS` times has failed.
    """
    over = or_(claims.c.lease_until <= now, claims.c.id.in_(also)) if also else claims.c.lease_until <= now
    ended = (
        connection.execute(
            update(claims)
            .where(claims.c.closed_at.is_(None), over)
            .values(closed_at=now)
            .returning(claims.c.id)
        )
        .scalars()
        .all()
    )
    if not ended:
        return 0
    held = and_(runs.c.claim_id.in_(ended), HELD)
    poison = and_(held, runs.c.attempts >= MAX_ATTEMPTS)
    failed = {
        "state": RunState.FAILED.value,
        "error_code": "worker_lost",
        "claim_id": None,
        "settled_at": now,
    }
    connection.execute(update(runs).where(poison).values(failed))
    ready = {"state": RunState.READY.value, "claim_id": None, "run_at": now}
    return connection.execute(update(runs).where(held).values(ready)).rowcount


def open_claims(connection: Connection) -> list[tuple[str, str]]:
    """The (id, claimer) pairs of the claims that are not closed."""
    rows = connection.execute(select(claims.c.id, claims.c.claimer).where(claims.c.closed_at.is_(None)))
    return [(row.id, row.claimer) for row in rows]
