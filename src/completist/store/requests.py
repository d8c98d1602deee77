"""Requests: what programs outside want to have asked of providers. Handed out under a lease; the claim is the fence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, func, select, update

from completist.store.bulk import Fetched, insert_rows, is_one_of, statement
from completist.store.database import hold
from completist.store.encoding import from_json, to_json
from completist.store.ledger import ASKING, UNDONE, enrichment_requests

#: A priority and its place in the queue add up to this: the most urgent, 10, stands at place 1.
_TURNED = 11

_STAGE = "UPDATE enrichment_requests SET next_at = NULL WHERE status = 'pending' AND next_at <= :now"
_CLAIM = """
WITH due AS (
    SELECT id FROM enrichment_requests WHERE status = 'pending' AND next_at IS NULL
    ORDER BY place, created_at, id LIMIT :limit {skip})
UPDATE enrichment_requests SET status = 'processing', claim_id = :claim, claimer = :claimer, lease_until = :lease,
    started_at = coalesce(started_at, :now)
WHERE id IN (SELECT id FROM due)
RETURNING *
"""


class Status(StrEnum):
    """How a request stands."""

    PENDING = "pending"  #: it waits for its turn, or for a provider that rests
    PROCESSING = "processing"  #: its providers are being asked
    COMPLETED = "completed"  #: they were asked; those that succeeded knew it
    FAILED = "failed"  #: nobody could be asked, however often it was tried


@dataclass(frozen=True, slots=True)
class Request:
    """One thing that somebody wants to have asked of providers."""

    id: str
    library_id: int
    asked_by: str
    entity_type: str
    entity_key: str
    priority: int  #: 1 to 10, the highest first
    providers_to_try: tuple[str, ...]
    created_at: int
    max_retries: int
    status: Status = Status.PENDING
    providers_attempted: tuple[str, ...] = ()  #: those that have answered, or never can
    providers_succeeded: tuple[str, ...] = ()
    retry_count: int = 0
    next_at: int | None = None
    error_message: str | None = None
    started_at: int | None = None
    completed_at: int | None = None

    @property
    def open(self) -> tuple[str, ...]:
        """The providers that have not answered yet."""
        return tuple(name for name in self.providers_to_try if name not in self.providers_attempted)


@dataclass(frozen=True, slots=True)
class Held:
    """A claim on requests."""

    id: str
    claimer: str
    lease_until: int


def put_request(connection: Connection, wanted: Request) -> tuple[Request, bool]:
    """Queue a request; or the one of the same thing that is open already, and whether it is new.

    That one then has the higher of the two priorities, and the providers of both.
    """
    hold(connection, "requests", wanted.library_id)
    same = (
        enrichment_requests.c.library_id == wanted.library_id,
        enrichment_requests.c.entity_type == wanted.entity_type,
        enrichment_requests.c.entity_key == wanted.entity_key,
        UNDONE,
    )
    row = connection.execute(select(enrichment_requests).where(*same).with_for_update()).one_or_none()
    if row is None:
        insert_rows(connection, enrichment_requests, [_row(wanted)])
        return wanted, True
    there = _read(row)
    names = tuple(dict.fromkeys((*there.providers_to_try, *wanted.providers_to_try)))
    joined = replace(there, priority=max(there.priority, wanted.priority), providers_to_try=names)
    if joined != there:
        changed = {"place": _TURNED - joined.priority, "providers_to_try": to_json(names)}
        connection.execute(
            update(enrichment_requests).where(enrichment_requests.c.id == there.id).values(changed)
        )
    return joined, False


def read_request(connection: Connection, library_id: int, request_id: str) -> Request | None:
    """A request of a library."""
    mine = select(enrichment_requests).where(
        enrichment_requests.c.id == request_id, enrichment_requests.c.library_id == library_id
    )
    row = connection.execute(mine).one_or_none()
    return None if row is None else _read(row)


def claim_requests(
    connection: Connection, claim_id: str, claimer: str, *, limit: int, lease: int, now: int
) -> list[Request]:
    """Take up to ``limit`` of those whose time has come, the most urgent first, then the oldest.

    No two claims ever hold the same one, until ``lease`` milliseconds are over.
    """
    connection.execute(statement(_STAGE), {"now": now})
    skip = "FOR UPDATE SKIP LOCKED" if connection.dialect.name == "postgresql" else ""
    bound = {"claim": claim_id, "claimer": claimer, "lease": now + lease, "now": now, "limit": limit}
    taken = [_read(row) for row in connection.execute(statement(_CLAIM.format(skip=skip)), bound)]
    return sorted(taken, key=lambda each: (-each.priority, each.created_at, each.id))


def extend(connection: Connection, claim_id: str, lease_until: int) -> None:
    """Hold what a claim still holds for longer."""
    mine = update(enrichment_requests).where(enrichment_requests.c.claim_id == claim_id, ASKING)
    connection.execute(mine.values(lease_until=lease_until))


def held(connection: Connection, claim_id: str, ids: Sequence[str]) -> list[Request]:
    """Those of ``ids`` that a claim holds, as they are now; nobody changes them until the transaction ends."""
    mine = select(enrichment_requests).where(
        is_one_of(connection, enrichment_requests.c.id, ids),
        enrichment_requests.c.claim_id == claim_id,
        ASKING,
    )
    order = mine.order_by(enrichment_requests.c.id).with_for_update()
    return [_read(row) for row in connection.execute(order)]


def write_request(connection: Connection, request: Request) -> None:
    """Write how a request stands now, for whoever `held` it; one that is not being processed is held no longer."""
    changed: dict[str, Any] = {
        "status": request.status.value,
        "providers_attempted": to_json(request.providers_attempted),
        "providers_succeeded": to_json(request.providers_succeeded),
        "retry_count": request.retry_count,
        "next_at": request.next_at,
        "error_message": request.error_message,
        "started_at": request.started_at,
        "completed_at": request.completed_at,
    }
    if request.status is not Status.PROCESSING:
        changed |= {"claim_id": None, "claimer": None, "lease_until": None}
    connection.execute(
        update(enrichment_requests).where(enrichment_requests.c.id == request.id).values(changed)
    )


def handed_out(connection: Connection) -> list[Held]:
    """The claims that hold anything, and whose they are."""
    columns = (
        enrichment_requests.c.claim_id,
        enrichment_requests.c.claimer,
        enrichment_requests.c.lease_until,
    )
    return [Held(*row) for row in connection.execute(select(*columns).where(ASKING).distinct())]


def take_back(connection: Connection, claim_ids: Sequence[str]) -> list[Request]:
    """What these claims hold; nobody changes it until the transaction ends."""
    mine = select(enrichment_requests).where(
        is_one_of(connection, enrichment_requests.c.claim_id, claim_ids), ASKING
    )
    order = mine.order_by(enrichment_requests.c.id)
    return [_read(row) for row in connection.execute(order.with_for_update(skip_locked=True))]


def count_requests(connection: Connection) -> dict[str, int]:
    """How many requests of all libraries stand at each status that is not the last."""
    counted = select(enrichment_requests.c.status, func.count()).where(UNDONE)
    rows = connection.execute(counted.group_by(enrichment_requests.c.status))
    return {row[0]: row[1] for row in rows}


def oldest_due(connection: Connection, now: int) -> int | None:
    """Since when the request has been due that has been due for longest; None when none is."""
    due = statement(
        "SELECT min(coalesce(next_at, created_at)) FROM enrichment_requests "
        "WHERE status = 'pending' AND (next_at IS NULL OR next_at <= :now)"
    )
    found: int | None = connection.execute(due, {"now": now}).scalar_one()
    return found


def prune_requests(connection: Connection, before: int, limit: int = 5000) -> int:
    """Forget requests that ended before a time; how many."""
    old = (
        "DELETE FROM enrichment_requests WHERE id IN "
        "(SELECT id FROM enrichment_requests WHERE completed_at < :before LIMIT :limit)"
    )
    return connection.execute(statement(old), {"before": before, "limit": limit}).rowcount


def _row(request: Request) -> tuple[Any, ...]:
    lists = (request.providers_to_try, request.providers_attempted, request.providers_succeeded)
    return (
        request.id,
        request.library_id,
        request.asked_by,
        request.entity_type,
        request.entity_key,
        _TURNED - request.priority,
        *map(to_json, lists),
        request.status.value,
        request.retry_count,
        request.max_retries,
        request.next_at,
        None,
        None,
        None,
        request.error_message,
        request.created_at,
        request.started_at,
        request.completed_at,
    )


def _read(row: Fetched) -> Request:
    return Request(
        row.id,
        row.library_id,
        row.asked_by,
        row.entity_type,
        row.entity_key,
        _TURNED - row.place,
        tuple(from_json(row.providers_to_try)),
        row.created_at,
        row.max_retries,
        Status(row.status),
        tuple(from_json(row.providers_attempted)),
        tuple(from_json(row.providers_succeeded)),
        row.retry_count,
        row.next_at,
        row.error_message,
        row.started_at,
        row.completed_at,
    )
