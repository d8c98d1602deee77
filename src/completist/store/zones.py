"""Zones: when a day begins and ends where clocks are put forward and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from completist.domain.budget import Budget


def placed(budget: Budget, now: int) -> Budget:
    """The budget, its quota with the offsets of the day that ``now`` lies in, by the name of its zone.

    A zone that this machine does not know leaves the offset as it was declared.
    """
    zone = None if budget.quota is None else _zone(budget.quota.zone)
    if budget.quota is None or zone is None:
        return budget
    here = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone)
    midnight = datetime.combine(here.date() + timedelta(days=1), time(), zone)
    return replace(budget, quota=replace(budget.quota, offset_ms=_offset(here), later_ms=_offset(midnight)))


@cache
def _zone(name: str) -> ZoneInfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _offset(moment: datetime) -> int:
    offset = moment.utcoffset() or timedelta()
    return round(offset / timedelta(milliseconds=1))
