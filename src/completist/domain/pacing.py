"""Pacing: how long a provider takes over what is due, at most. Pure rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from completist.domain.budget import Budget, Quota, Rate, spared_for_people


@dataclass(frozen=True, slots=True)
class Due:
    """Items that one provider may have to be asked about."""

    items: int
    batch: int  #: in one call
    calls: int  #: that a whole batch takes at most, by identifiers
    search: int  #: that one search takes at most; 0: it does not search

    @property
    def least(self) -> int:
        """Calls when all are found in batches, one call each."""
        return ceil(self.items / self.batch)

    @property
    def most(self) -> int:
        """Calls when each batch takes as many as it may, and then each item has to be searched for."""
        return ceil(self.items / self.batch) * self.calls + self.items * self.search


@dataclass(frozen=True, slots=True)
class Needed:
    """What a provider needs for what is due: bounds, for how many it will be asked about nobody knows before."""

    items: int = 0
    least: int = 0  #: calls
    most: int = 0  #: calls
    seconds_least: int = 0
    seconds_most: int = 0  #: at its pace, without regard to its days
    days: int = 0  #: that its quota lasts for at most; 0: it has none, or today is enough


def needed(due: Sequence[Due], rate: Rate, quota: int | None, left: int | None, share: float = 0.0) -> Needed:
    """The bounds for all that is due. ``share`` of a day's quota is kept for people who wait."""
    items = sum(each.items for each in due)
    least, most = sum(each.least for each in due), sum(each.most for each in due)
    spared = 0 if quota is None else spared_for_people(Budget(rate, Quota(quota)), share).calls
    return Needed(
        items, least, most, _seconds(least, rate), _seconds(most, rate), _days(most, quota, left, spared)
    )


def _seconds(calls: int, rate: Rate) -> int:
    return ceil(max(0, calls - rate.burst) * rate.interval_ms / 1000)


def _days(calls: int, quota: int | None, left: int | None, spared: int) -> int:
    """Today, and as many days as the rest takes."""
    if quota is None or quota <= 0:
        return 0
    today = max(0, (quota if left is None else left) - spared)
    return 0 if calls <= today else 1 + ceil((calls - today) / max(1, quota - spared))
