"""Budgets: how often a provider may be asked. Pure rules; the time comes in as milliseconds since the epoch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

DAY = 24 * 60 * 60 * 1000  #: milliseconds


@dataclass(frozen=True, slots=True)
class Rate:
    """One call each ``interval_ms``, and up to ``burst`` at once after a rest.

    Any window of time sees at most ``window / interval_ms + burst`` calls.
    """

    interval_ms: int
    burst: int = 1

    def __post_init__(self) -> None:
        """Refuse a rate that would let nothing or everything through."""
        if self.interval_ms < 1 or self.burst < 1:
            raise ValueError("a rate has an interval of at least 1 ms and a burst of at least 1")

    @classmethod
    def within(cls, calls: int, window_ms: int, burst: int = 1) -> Rate:
        """The fastest rate with this burst that no window of ``window_ms`` ever sees exceed ``calls``.

        A provider that counts calls per window is then never overstepped, wherever its windows begin. A burst
        that leaves no room for a rate beside it is cut to half of the calls.
        """
        burst = max(1, min(burst, calls // 2))
        return cls(max(1, -(-window_ms // max(1, calls - burst))), burst)


@dataclass(frozen=True, slots=True)
class Quota:
    """Calls per day; the day begins at midnight of a zone ``offset_ms`` ahead of UTC (behind it: negative).

    Where clocks are put forward and back, ``zone`` names the place (``America/Los_Angeles``). No rule here knows
    it: whoever keeps the time puts the offsets of the day in question beside it.
    """

    calls: int
    offset_ms: int = 0
    zone: str = ""
    later_ms: int | None = None  #: how far ahead it is when the day ends; None: as far as now


@dataclass(frozen=True, slots=True)
class Budget:
    """What a provider allows."""

    rate: Rate
    quota: Quota | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """What has been used of a budget: all that has to be kept between two calls."""

    tat: int = 0  #: when the burst will be whole again (GCRA's theoretical arrival time)
    day: int = 0  #: the day that ``spent`` counts, in days since the epoch
    spent: int = 0


@dataclass(frozen=True, slots=True)
class Grant:
    """The usage after the call, or, with a ``wait``, as it was: nothing was taken."""

    usage: Usage
    wait: int = 0  #: milliseconds until the same call may succeed; 0 when it was granted
    exhausted: bool = False  #: the wait is for the next day's quota, not for the rate


@dataclass(frozen=True, slots=True)
class Spared:
    """What of a budget is left to others: calls of the day, and calls of the burst."""

    calls: int = 0
    slots: int = 0


#: Everything may be used.
NOTHING = Spared()


def spared_for_people(budget: Budget, share: float) -> Spared:
    """What those nobody waits for leave to those somebody does: a share of the quota, and a fifth of the burst.

    Of either it is at least one call, unless there is only one. What is left of a burst is also room for calls that
    are sent apart and arrive together: no window sees more for it.
    """
    calls = (
        0 if budget.quota is None else min(budget.quota.calls - 1, max(1, ceil(budget.quota.calls * share)))
    )
    return Spared(max(0, calls), min(ceil(budget.rate.burst / 5), budget.rate.burst - 1))


def take(
    budget: Budget, usage: Usage, now: int, cost: int = 1, spared: Spared = NOTHING, *, most: int = 0
) -> Grant:
    """Take ``cost`` calls out of the budget, all or none, and leave to others what is to be ``spared``.

    Rate and quota are both kept to. ``most`` is the largest burst that was ever allowed, if it was larger than now.
    Raises ValueError for a cost that the budget could never grant.
    """
    counted = spend(budget.quota, usage, now, cost, spared.calls)
    if counted.wait:
        return counted
    return pace(budget.rate, counted.usage, now, cost, spared.slots, kept=usage, most=most)


def pace(
    rate: Rate,
    usage: Usage,
    now: int,
    cost: int = 1,
    spared: int = 0,
    *,
    kept: Usage | None = None,
    most: int = 0,
) -> Grant:
    """Take ``cost`` calls at this rate. A refusal hands ``kept`` back, by default ``usage``.

    The generic cell rate algorithm (ITU-T I.371). A time of arrival further ahead than a whole burst, ``most`` if that
    is larger, comes from a clock that was set back or from a slower rate: it is brought back, by a refusal too. Of the
    burst, ``spared`` calls are left, unless the cost leaves no room for them.
    """
    if not 0 < cost <= rate.burst:
        raise ValueError(f"a call costs between 1 and {rate.burst}, not {cost}")
    whole = rate.burst * rate.interval_ms
    before = min(usage.tat, now + max(most, rate.burst) * rate.interval_ms)
    tat = max(now, before) + cost * rate.interval_ms
    wait = tat - whole + min(spared, rate.burst - cost) * rate.interval_ms - now
    if wait > 0:
        return Grant(replace(kept or usage, tat=before), wait)
    return Grant(replace(usage, tat=tat))


def spend(quota: Quota | None, usage: Usage, now: int, cost: int = 1, spared: int = 0) -> Grant:
    """Take ``cost`` calls out of the day's quota; without a quota everything is granted.

    A day that has begun for anybody has begun for all: of two clocks that differ, the later one counts. Of the
    quota, ``spared`` calls are left, unless the cost leaves no room for them.
    """
    if quota is None:
        return Grant(usage)
    today = _reached(quota, usage, now)
    spent = usage.spent if usage.day == today else 0
    if spent + cost > quota.calls - max(0, min(spared, quota.calls - cost)):
        return Grant(usage, max(1, day_ends(quota, today) - now), exhausted=True)
    return Grant(replace(usage, day=today, spent=spent + cost))


def day(quota: Quota, now: int) -> int:
    """The quota's day that ``now`` lies in, in days since the epoch."""
    return (now + quota.offset_ms) // DAY


def day_ends(quota: Quota, today: int) -> int:
    """When one of the quota's days ends, in milliseconds since the epoch."""
    return (today + 1) * DAY - (quota.offset_ms if quota.later_ms is None else quota.later_ms)


def _reached(quota: Quota, usage: Usage, now: int) -> int:
    """The latest day that has begun for anybody. One beyond tomorrow comes from a clock that was set back."""
    today = day(quota, now)
    return usage.day if usage.day == today + 1 else today


def left_today(quota: Quota, usage: Usage, now: int) -> int:
    """How many calls the day still has."""
    spent = usage.spent if usage.day == _reached(quota, usage, now) else 0
    return max(0, quota.calls - spent)


def learn(budget: Budget, usage: Usage, now: int, *, rate: int | None, today: int | None) -> Usage:
    """The usage, corrected by what the provider says is left: calls at once, and calls today.

    Others may use the same key. A correction only ever takes away: nobody's word makes us faster.
    """
    if rate is not None and rate < budget.rate.burst:
        used = now + (budget.rate.burst - max(0, rate)) * budget.rate.interval_ms
        usage = replace(usage, tat=max(usage.tat, used))
    quota = budget.quota
    if quota is not None and today is not None and today < left_today(quota, usage, now):
        usage = replace(usage, day=_reached(quota, usage, now), spent=quota.calls - max(0, today))
    return usage


def adopt(budget: Budget, calls: int, window_ms: int, burst: int | None = None) -> Budget:
    """The budget after the provider has said that it allows ``calls`` per window.

    What it says about a day is its quota, which differs between plans. What it says about less than half a day
    only ever makes us slower.
    """
    if window_ms >= DAY // 2:
        return replace(budget, quota=replace(budget.quota or Quota(0), calls=max(0, calls)))
    ours = budget.rate
    said = Rate.within(calls, window_ms, min(burst or ours.burst, ours.burst))
    return replace(budget, rate=Rate(max(said.interval_ms, ours.interval_ms), min(said.burst, ours.burst)))
