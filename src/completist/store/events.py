"""Events: what happened, in order, for those who watch. They carry ids and counts, never titles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, text

from completist.store.database import hold
from completist.store.encoding import from_json, to_json
from completist.store.ledger import events


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. ``ref`` names what it happened to, such as ``job:12``."""

    seq: int
    type: str
    ref: str
    data: dict[str, Any]
    at: int


def append_event(
    connection: Connection, library_id: int, event: str, ref: str, data: dict[str, Any], now: int
) -> None:
    """Append an event, in the transaction of what it tells of and as the last thing in it.

    Events of a library become visible in the order of their numbers: whoever has read up to one misses none before.
    """
    hold(connection, "events", library_id)  # until it commits: a number drawn later is seen later
    connection.execute(
        insert(events).values(library_id=library_id, type=event, ref=ref, data=to_json(data), at=now)
    )


def events_after(connection: Connection, library_id: int, seq: int, limit: int = 100) -> list[Event]:
    """The next events behind ``seq``."""
    rows = connection.execute(
        select(events)
        .where(events.c.library_id == library_id, events.c.seq > seq)
        .order_by(events.c.seq)
        .limit(limit)
    )
    return [Event(row.seq, row.type, row.ref, from_json(row.data), row.at) for row in rows]


def latest_of(connection: Connection, library_id: int, event: str) -> Event | None:
    """The latest event of a type that is still remembered."""
    mine = select(events).where(events.c.library_id == library_id, events.c.type == event)
    row = connection.execute(mine.order_by(events.c.seq.desc()).limit(1)).one_or_none()
    return None if row is None else Event(row.seq, row.type, row.ref, from_json(row.data), row.at)


def last_event(connection: Connection, library_id: int) -> int:
    """The number of the latest event; 0 when nothing has happened yet."""
    latest = select(func.max(events.c.seq)).where(events.c.library_id == library_id)
    found: int | None = connection.execute(latest).scalar_one()
    return found or 0


def prune_events(connection: Connection, before: int, limit: int = 5000) -> int:
    """Forget events older than a time; how many."""
    head = "SELECT seq, at FROM events ORDER BY seq LIMIT :limit"
    old = f"DELETE FROM events WHERE seq IN (SELECT seq FROM ({head}) AS head WHERE at < :before)"  # noqa: S608 - our own words
    return connection.execute(text(old), {"before": before, "limit": limit}).rowcount
