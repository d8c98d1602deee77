"""Schedules: jobs that come round by themselves. Whoever moves the date on has the tick, so each fires once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, select, update

from completist.store.bulk import Fetched, insert_rows
from completist.store.encoding import from_json, to_json
from completist.store.ledger import schedules


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job, or a chore, by the clock: five fields of cron in a time zone."""

    library_id: int
    name: str
    cron: str
    zone: str
    next_at: int
    pipeline: str
    selection: Mapping[str, Any]
    options: Mapping[str, Any]
    paused: bool = False

    @property
    def chore(self) -> str:
        """What is done instead of a pipeline's job; empty for a job."""
        return str(self.options.get("chore", ""))


def put_schedule(connection: Connection, schedule: Schedule) -> None:
    """Make a schedule, in place of one of the same name."""
    said = (schedule.cron, schedule.zone, schedule.next_at, schedule.pipeline)
    kept = (to_json(schedule.selection), to_json(schedule.options), schedule.paused)
    named = (schedule.library_id, schedule.name)
    insert_rows(connection, schedules, [(*named, *said, *kept)], replace=True)


def switch_schedule(connection: Connection, library_id: int, name: str, next_at: int | None) -> bool:
    """Let a schedule rest, or let it come round again at ``next_at``; False when there is none."""
    said = {"paused": True} if next_at is None else {"paused": False, "next_at": next_at}
    mine = update(schedules).where(schedules.c.library_id == library_id, schedules.c.name == name)
    return connection.execute(mine.values(**said)).rowcount > 0


def drop_schedule(connection: Connection, library_id: int, name: str) -> bool:
    """Remove a schedule; False when there was none."""
    gone = delete(schedules).where(schedules.c.library_id == library_id, schedules.c.name == name)
    return connection.execute(gone).rowcount > 0


def read_schedules(connection: Connection, library_id: int) -> list[Schedule]:
    """The schedules of a library by name."""
    mine = select(schedules).where(schedules.c.library_id == library_id).order_by(schedules.c.name)
    return [_schedule(row) for row in connection.execute(mine)]


def due_schedules(connection: Connection, now: int) -> list[Schedule]:
    """The schedules of all libraries whose time has come."""
    due = select(schedules).where(schedules.c.next_at <= now, schedules.c.paused.is_(False))
    return [_schedule(row) for row in connection.execute(due.order_by(schedules.c.next_at))]


def move_on(connection: Connection, seen: Schedule, next_at: int) -> bool:
    """Take the tick of a schedule and set the next; False when another process took it."""
    taken = (
        update(schedules)
        .where(
            schedules.c.library_id == seen.library_id,
            schedules.c.name == seen.name,
            schedules.c.next_at == seen.next_at,
        )
        .values(next_at=next_at)
    )
    return connection.execute(taken).rowcount > 0


def _schedule(row: Fetched) -> Schedule:
    return Schedule(
        row.library_id,
        row.name,
        row.cron,
        row.zone,
        row.next_at,
        row.pipeline,
        from_json(row.selection),
        from_json(row.options),
        row.paused,
    )
