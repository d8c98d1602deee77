"""Claims: batches of runs handed out under a lease. The claim's id is the fence, its lease the permission."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from completist.domain.retry import MAX_ATTEMPTS
from completist.domain.run import UNFINISHED, Claim, Run, RunState
from completist.store.bulk import among, statement
from completist.store.ledger import HELD, claims, pauses, runs
from completist.store.runs import overtake

#: How often a run may have been handed out until it is handed out alone if its worker was lost.
SUSPECT = 2

#: Why a run is ready again, or has failed, whose worker was lost.
LOST = "worker_lost"

#: Runs that become ready in one go when their time has come.
STAGED = 1000

#: Runs that are gone on with together while the pipeline before them is still at work: full requests are fewer.
ENOUGH = 500

_DUE = """
SELECT id FROM runs
WHERE state = 'ready' AND library_id = :library AND pipeline = :pipeline AND version = :version
  AND {suspect} AND (:all = 1 OR {among}){behind}
ORDER BY priority, run_at, id LIMIT :limit {skip}
"""
#: What the other pipeline has said something of, or is not about to.
_BEHIND = """
  AND (EXISTS (SELECT 1 FROM matches WHERE matches.item_id = runs.item_id AND matches.pipeline = :behind)
       OR NOT EXISTS (SELECT 1 FROM runs AS first WHERE first.item_id = runs.item_id
                      AND first.pipeline = :behind AND first.state IN ('ready', 'claimed')))"""
#: What the other pipeline has still to do with; to wait for somebody else is nothing to do.
_AHEAD = """
  EXISTS (SELECT 1 FROM runs AS first WHERE {which} AND first.pipeline = :behind
          AND (first.state IN ('ready', 'claimed')
               OR first.state = 'waiting' AND first.error_code = :unfinished))"""
_OF_RUN, _OF_ITEM, _OF_ANY = (
    _AHEAD.format(which=which)
    for which in ("first.item_id = runs.item_id", "first.item_id = items.id", "first.library_id = :library")
)
#: What was not looked at yet, or the other pipeline is through with.
_THROUGH = f"""
  AND (runs.error_code IS NULL OR runs.error_code <> :unfinished OR :ripe = 1 AND NOT {_OF_RUN})"""
#: Whether enough is gone on with together, or nothing else will come.
_RIPE = f"""
SELECT NOT {_OF_ANY} OR :enough <= (
    SELECT count(*) FROM (
        SELECT 1 FROM runs WHERE state = 'ready' AND library_id = :library AND pipeline = :pipeline
          AND version = :version AND error_code = :unfinished AND NOT {_OF_RUN} LIMIT :enough) AS ripe)
"""  # noqa: S608 - put together of fixed texts
_CLAIM = """
WITH due AS ({due})
UPDATE runs SET state = 'claimed', claim_id = :claim, attempts = attempts + 1
WHERE id IN (SELECT id FROM due)
RETURNING id, item_id, input_digest, attempts
"""
_STAGE = """
WITH due AS (
    SELECT id FROM runs WHERE state IN ('waiting', 'empty') AND run_at <= :now
    ORDER BY run_at LIMIT :limit {skip})
UPDATE runs SET attempts = CASE state WHEN 'empty' THEN 0 ELSE attempts END, state = 'ready', settled_at = NULL
WHERE id IN (SELECT id FROM due)
RETURNING id
"""


_INNOCENT = f"(attempts < {SUSPECT} OR error_code IS NULL OR error_code <> '{LOST}')"
_SUSPECT = f"attempts >= {SUSPECT} AND error_code = '{LOST}'"


def claim_runs(
    connection: Connection,
    claim_id: str,
    library_id: int,
    pipeline: str,
    version: str,
    *,
    limit: int,
    lease: int,
    claimer: str,
    now: int,
    items: Sequence[int] | None = None,
    behind: str = "",
    wholly: bool = False,
) -> Claim | None:
    """Take up to ``limit`` ready runs of a pipeline's version under a lease of ``lease`` milliseconds.

    None when none is ready, or the pipeline is paused. No two claims ever hold the same run. With ``items``, only
    runs of these items are taken. ``behind`` names a pipeline, not a paused one, whose first word on an item is waited
    for as long as it is about to come; or (``wholly``), when a run is gone on with, until it is through with the item
    (see `unripe`), and with `ENOUGH` of them or all. Runs whose worker was lost `SUSPECT` times come last and one at
    a time: if one of them is to blame, it takes no other along.
    """
    if is_paused(connection, library_id, pipeline):
        return None
    wanted = {
        "claim": claim_id,
        "library": library_id,
        "pipeline": pipeline,
        "version": version,
        "all": 1 if items is None else 0,
    }
    if behind and not is_paused(connection, library_id, behind):
        wanted["behind"] = behind
    order = "" if "behind" not in wanted else _THROUGH if wholly else _BEHIND
    if order == _THROUGH:
        wanted["unfinished"] = UNFINISHED
        wanted["ripe"] = 1 if items is not None else _ripe(connection, wanted)
    taken = _take(connection, {**wanted, "limit": limit}, _INNOCENT, order, items or ())
    if not taken:
        taken = _take(connection, {**wanted, "limit": min(1, limit)}, _SUSPECT, order, items or ())
    if not taken:
        return None
    connection.execute(
        insert(claims).values(
            id=claim_id,
            library_id=library_id,
            pipeline=pipeline,
            version=version,
            claimer=claimer,
            size=len(taken),
            created_at=now,
            heartbeat_at=now,
            lease_until=now + lease,
        )
    )
    batch = [
        Run(r.id, r.item_id, pipeline, version, r.input_digest, RunState.CLAIMED, r.attempts)
        for r in sorted(taken, key=lambda r: r.id)
    ]
    return Claim(claim_id, pipeline, version, tuple(batch), now + lease)


def _take(
    connection: Connection, wanted: dict[str, Any], suspect: str, order: str, items: Sequence[int]
) -> Sequence[Row[Any]]:
    chosen, ids = among(connection, "item_id", items)
    due = _DUE.format(suspect=suspect, among=chosen, behind=order, skip=_skip(connection))
    return connection.execute(statement(_CLAIM.format(due=due)), {**wanted, "ids": ids}).all()


def _ripe(connection: Connection, wanted: dict[str, Any]) -> int:
    return int(connection.execute(statement(_RIPE), {**wanted, "enough": ENOUGH}).scalar_one())


def _skip(connection: Connection) -> str:
    return "FOR UPDATE SKIP LOCKED" if connection.dialect.name == "postgresql" else ""


def stage(connection: Connection, now: int) -> int:
    """Make runs ready whose time has come: those that waited, and empty ones to ask again. How many."""
    staged = connection.execute(
        statement(_STAGE.format(skip=_skip(connection))), {"now": now, "limit": STAGED}
    )
    return len(staged.all())  # SQLite's driver counts no rows of a statement that begins with WITH


def is_paused(connection: Connection, library_id: int, pipeline: str) -> bool:
    """Whether a pipeline, or all of the library's, is paused."""
    paused = select(pauses.c.at).where(
        pauses.c.library_id == library_id, pauses.c.pipeline.in_((pipeline, ""))
    )
    return connection.execute(paused.limit(1)).first() is not None


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """A claim that is not closed, with the runs that it still holds."""

    id: str
    library_id: int
    pipeline: str
    version: str
    claimer: str
    created_at: int
    lease_until: int
    runs: tuple[Run, ...]


def read_open(
    connection: Connection, library_id: int, claim_id: str, *, hold: bool = False
) -> OpenClaim | None:
    """A library's claim unless it is closed. With ``hold`` nobody else ends it until the transaction ends."""
    mine = select(claims).where(
        claims.c.id == claim_id, claims.c.library_id == library_id, claims.c.closed_at.is_(None)
    )
    row = connection.execute(mine.with_for_update() if hold else mine).one_or_none()
    if row is None:
        return None
    held = connection.execute(
        select(runs.c.id, runs.c.item_id, runs.c.input_digest, runs.c.attempts)
        .where(runs.c.claim_id == claim_id, HELD)
        .order_by(runs.c.id)
    )
    batch = tuple(
        Run(r.id, r.item_id, row.pipeline, row.version, r.input_digest, RunState.CLAIMED, r.attempts)
        for r in held
    )
    return OpenClaim(
        row.id, row.library_id, row.pipeline, row.version, row.claimer, row.created_at, row.lease_until, batch
    )


def pipeline_of(connection: Connection, library_id: int, claim_id: str) -> str | None:
    """The pipeline of a claim that the library handed out, open or not; None when it is not remembered."""
    mine = select(claims.c.pipeline).where(claims.c.id == claim_id, claims.c.library_id == library_id)
    found: str | None = connection.execute(mine).scalar_one_or_none()
    return found


def hold_claim(connection: Connection, claim_id: str) -> None:
    """Let nobody end a claim until the transaction ends; taken before its runs, as `expire_claims` does."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(claims.c.id).where(claims.c.id == claim_id).with_for_update())


def heartbeat(connection: Connection, claim_id: str, lease: int, now: int) -> bool:
    """Extend the lease; False when the claim is closed and its runs are no longer this worker's."""
    done = connection.execute(
        update(claims)
        .where(claims.c.id == claim_id, claims.c.closed_at.is_(None))
        .values(heartbeat_at=now, lease_until=now + lease)
    )
    return done.rowcount > 0


def unripe(connection: Connection, library_id: int, items: Sequence[int], behind: str) -> frozenset[int]:
    """Those of some items that the pipeline ``behind`` has still to do with, unless it is paused."""
    if is_paused(connection, library_id, behind):
        return frozenset()
    chosen, ids = among(connection, "items.id", items)
    asked = statement(f"SELECT items.id FROM items WHERE {chosen} AND {_OF_ITEM}")  # noqa: S608 - fixed text
    found = connection.execute(asked, {"behind": behind, "unfinished": UNFINISHED, "ids": ids})
    return frozenset(found.scalars())


def close_claim(connection: Connection, claim_id: str, now: int) -> int:
    """Close a claim; what it did not settle becomes ready again, its attempt refunded. How many those were."""
    connection.execute(
        update(claims).where(claims.c.id == claim_id, claims.c.closed_at.is_(None)).values(closed_at=now)
    )
    given_back = connection.execute(
        statement(
            "UPDATE runs SET state = 'ready', claim_id = NULL, attempts = attempts - 1 "
            "WHERE claim_id = :claim AND state = 'claimed' RETURNING id"
        ),
        {"claim": claim_id},
    )
    back = given_back.scalars().all()
    overtake(connection, back, now)
    return len(back)


def expire_claims(connection: Connection, now: int, also: Sequence[str] = ()) -> int:
    """End every claim whose lease is over, and those in ``also``; how many runs became ready again.

    Their attempts stay counted: a run that has taken its worker down `MAX_ATTEMPTS` times has failed.
    """
    if not also and not _any_over(connection, now):
        return 0
    over = claims.c.lease_until <= now
    ended = (
        connection.execute(
            update(claims)
            .where(claims.c.closed_at.is_(None), over | claims.c.id.in_(also) if also else over)
            .values(closed_at=now)
            .returning(claims.c.id)
        )
        .scalars()
        .all()
    )
    held = runs.c.claim_id.in_(ended) & HELD
    failed = {
        "state": RunState.FAILED.value,
        "error_code": LOST,
        "claim_id": None,
        "settled_at": now,
    }
    connection.execute(update(runs).where(held, runs.c.attempts >= MAX_ATTEMPTS).values(failed))
    ready = {"state": RunState.READY.value, "error_code": LOST, "claim_id": None, "run_at": now}
    given_back = connection.execute(update(runs).where(held).values(ready).returning(runs.c.id))
    back = given_back.scalars().all()
    overtake(connection, back, now)
    return len(back)


def _any_over(connection: Connection, now: int) -> bool:
    over = statement("SELECT 1 FROM claims WHERE closed_at IS NULL AND lease_until <= :now LIMIT 1")
    return connection.execute(over, {"now": now}).first() is not None


def release_old(connection: Connection, library_id: int, pipeline: str, before: int, now: int) -> int:
    """Close the claims of a pipeline made before a time, as `close_claim` does; how many runs came back."""
    old = select(claims.c.id).where(
        claims.c.library_id == library_id,
        claims.c.pipeline == pipeline,
        claims.c.closed_at.is_(None),
        claims.c.created_at <= before,
    )
    found = connection.execute(old.order_by(claims.c.id)).scalars().all()
    return sum(close_claim(connection, claim_id, now) for claim_id in found)


def free_unheld(connection: Connection) -> int:
    """Make runs ready that no open claim holds. There should be none; how many."""
    unheld = ~select(claims.c.id).where(claims.c.id == runs.c.claim_id, claims.c.closed_at.is_(None)).exists()
    ready = {"state": RunState.READY.value, "claim_id": None}
    return connection.execute(update(runs).where(HELD, unheld).values(ready)).rowcount


def open_claims(connection: Connection) -> list[tuple[str, str]]:
    """The (id, claimer) pairs of the claims that are not closed."""
    rows = connection.execute(select(claims.c.id, claims.c.claimer).where(claims.c.closed_at.is_(None)))
    return [(row.id, row.claimer) for row in rows]


def claim_holding(connection: Connection, pipeline: str, item_ids: Sequence[int], claimer: str) -> set[str]:
    """The open claims of a claimer that hold runs of these items."""
    chosen, ids = among(connection, "runs.item_id", item_ids)
    rows = connection.execute(
        statement(
            "SELECT DISTINCT claims.id FROM claims JOIN runs ON runs.claim_id = claims.id "  # noqa: S608 - our own words
            f"AND runs.state = 'claimed' WHERE {chosen} AND claims.pipeline = :pipeline "
            "AND claims.claimer = :claimer AND claims.closed_at IS NULL"
        ),
        {"ids": ids, "pipeline": pipeline, "claimer": claimer},
    )
    return set(rows.scalars())


def prune_claims(connection: Connection, before: int, limit: int = 5000) -> int:
    """Forget claims closed before a time; how many."""
    chosen = "DELETE FROM claims WHERE id IN (SELECT id FROM claims WHERE closed_at < :before LIMIT :limit)"
    return connection.execute(statement(chosen), {"before": before, "limit": limit}).rowcount


def count_ready(connection: Connection, library_id: int, pipeline: str, version: str) -> int:
    """How many runs of a pipeline's version a claim could take now."""
    ready = select(func.count()).select_from(runs)
    return connection.execute(
        ready.where(
            statement("state = 'ready'"),
            runs.c.library_id == library_id,
            runs.c.pipeline == pipeline,
            runs.c.version == version,
        )
    ).scalar_one()
