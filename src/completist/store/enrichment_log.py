"""The enrichment log: what was told through the enrichment API, and each time that it asked a provider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from completist.store.bulk import Fetched, insert_rows, statement
from completist.store.encoding import from_json, to_json
from completist.store.ledger import enrichment_log

#: What was done: somebody told something, a request of the queue was worked on, a person looked something up.
UPSERT, ENRICH, LOOKUP = "upsert", "enrich", "lookup"


@dataclass(frozen=True, slots=True)
class Logged:
    """One operation. Keys and names of fields alone: no title, no value."""

    entity_type: str
    entity_key: str
    provider: str
    operation: str
    success: bool
    fields_updated: tuple[str, ...] = ()
    error_message: str | None = None
    response_time_ms: float = 0.0
    request_id: str | None = None
    created_at: int = 0


def write_log(connection: Connection, operations: Sequence[Logged], now: int) -> None:
    """Log operations in the transaction of what they did."""
    rows = [
        (
            each.request_id,
            each.entity_type,
            each.entity_key,
            each.provider,
            each.operation,
            each.success,
            to_json(each.fields_updated),
            each.error_message,
            round(each.response_time_ms, 3),
            now,
        )
        for each in operations
    ]
    insert_rows(connection, enrichment_log, rows, counted=True)


def read_log(connection: Connection, entity_type: str, entity_key: str, limit: int = 100) -> list[Logged]:
    """The last operations on one thing, oldest first."""
    mine = select(enrichment_log).where(
        enrichment_log.c.entity_type == entity_type, enrichment_log.c.entity_key == entity_key
    )
    rows = connection.execute(mine.order_by(enrichment_log.c.id.desc()).limit(limit)).all()
    return [_logged(row) for row in reversed(rows)]


def log_of(connection: Connection, request_id: str, limit: int = 100) -> list[Logged]:
    """The last operations of a request, oldest first."""
    mine = select(enrichment_log).where(enrichment_log.c.request_id == request_id)
    rows = connection.execute(mine.order_by(enrichment_log.c.id.desc()).limit(limit)).all()
    return [_logged(row) for row in reversed(rows)]


def prune_log(connection: Connection, before: int, limit: int = 5000) -> int:
    """Forget what was logged before a time; how many."""
    old = (
        "DELETE FROM enrichment_log WHERE id IN "
        "(SELECT id FROM enrichment_log WHERE created_at < :before LIMIT :limit)"
    )
    return connection.execute(statement(old), {"before": before, "limit": limit}).rowcount


def _logged(row: Fetched) -> Logged:
    return Logged(
        row.entity_type,
        row.entity_key,
        row.provider,
        row.operation,
        bool(row.success),
        tuple(from_json(row.fields_updated)),
        row.error_message,
        row.response_time_ms,
        row.request_id,
        row.created_at,
    )
