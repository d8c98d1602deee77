"""Events: what happened, in order, for those who watch. They carry ids and counts, never titles."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select

from completist.store.encoding import from_json, to_json
from completist.store.ledger import events


def append_event(
    connection: Connection, library_id: int, event: str, ref: str, data: dict[str, Any], now: int
) -> None:
    """Append an event, in the transaction of what it tells of."""
    connection.execute(
        insert(events).values(library_id=library_id, type=event, ref=ref, data=to_json(data), at=now)
    )


def events_after(
    connection: Connection, library_id: int, seq: int, limit: int = 100
) -> list[tuple[int, str, str, dict[str, Any]]]:
    """The next events behind ``seq`` as (seq, type, ref, data)."""
    rows = connection.execute(
        select(events)
        .where(events.c.library_id == library_id, events.c.seq > seq)
        .order_by(events.c.seq)
        .limit(limit)
    )
    return [(row.seq, row.type, row.ref, from_json(row.data)) for row in rows]
