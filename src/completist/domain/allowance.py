"""Allowances: whether a provider may be called right now, by all that is known of it. Pure rules; ms since the epoch.

In this order: a person's pause, the breaker, a rest that the provider asked for, its rate and its day's quota.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final, TypeAlias, TypeVar

from completist.domain.breaker import Breaker, enter
from completist.domain.budget import (
    DAY,
    NOTHING,
    Budget,
    Quota,
    Rate,
    Usage,
    adopt,
    day,
    day_ends,
    learn,
    spared_for_people,
    take,
)
from completist.domain.run import Outcome

T = TypeVar("T")

#: A provider's own slower pace is believed for so long after it has last said so.
SAID_LASTS: Final = DAY

#: How long to rest when the provider does not say; again twice as long each time in a row, up to the longest.
REST: Final = 30_000
LONGEST_UNSAID: Final = 3_600_000

#: Nobody rests longer; a time further ahead comes from a clock that was set back.
LONGEST_REST: Final = 32 * DAY

#: How long those wait whom a person keeps out; nobody knows until when.
PAUSED: Final = 10 * 60_000


class Why(StrEnum):
    """What a call waits for; stands in the refusal as its code."""

    BUDGET = "budget"  #: the rate, the quota, or a rest that the provider asked for
    BREAKER = "breaker"  #: the provider is in trouble
    PAUSED = "paused"  #: by a person


@dataclass(frozen=True, slots=True)
class Said:
    """What a provider has said itself of its limits, beside what the program declares."""

    rate: Rate | None = None
    quota: int | None = None  #: calls a day
    at: int = 0  #: when the rate was said last


@dataclass(frozen=True, slots=True)
class Rest:
    """Until when a provider wants to be left alone, and what for."""

    until: int = 0
    outcome: Outcome = Outcome.RATE_LIMITED
    unsaid: int = 0  #: how many in a row, without an answer in between, it did not say the length of


@dataclass(frozen=True, slots=True)
class Allowance:
    """All that has to be kept of a provider between two calls."""

    declared: Budget
    said: Said = field(default_factory=Said)
    usage: Usage = field(default_factory=Usage)
    rest: Rest = field(default_factory=Rest)
    breaker: Breaker = field(default_factory=Breaker)
    paused_at: int | None = None
    called_at: int | None = None


#: Of an allowance and the time makes the allowance that is kept, and an answer.
Rule: TypeAlias = Callable[[Allowance, int], tuple[Allowance, T]]


@dataclass(frozen=True, slots=True)
class Wish:
    """A call that somebody wants to make. ``share`` of the quota is left to others."""

    cost: int = 1
    share: float = 0.0  #: 0: everything may be used
    key: str = ""  #: a digest of the key
    probe: int = 0  #: of which this is a further call


@dataclass(frozen=True, slots=True)
class Answered:
    """The allowance after a wish. With a ``wait``, in milliseconds, nothing was taken."""

    allowance: Allowance
    wait: int = 0
    outcome: Outcome = Outcome.RATE_LIMITED
    why: Why = Why.BUDGET
    probe: int = 0


def budget_of(allowance: Allowance, now: int) -> Budget:
    """The budget that counts: as declared, or slower where the provider says so."""
    said, declared = allowance.said, allowance.declared
    rate, quota = declared.rate, declared.quota
    if said.rate is not None and now < said.at + SAID_LASTS:
        rate = Rate(max(rate.interval_ms, said.rate.interval_ms), min(rate.burst, said.rate.burst))
    if said.quota is not None:
        quota = replace(quota or Quota(0), calls=said.quota)
    return Budget(rate, quota)


def ask(allowance: Allowance, now: int, wish: Wish) -> Answered:
    """Whether the call may be made now; it is taken for made.

    Raises:
        ValueError: It costs more than the provider's budget could ever grant.
    """
    if allowance.paused_at is not None:
        return Answered(allowance, PAUSED, why=Why.PAUSED)
    passage = enter(allowance.breaker, now, wish.key, wish.probe)
    if passage.wait:
        return Answered(allowance, passage.wait, allowance.breaker.opened_for, Why.BREAKER)
    if rests := resting(allowance, now):
        return Answered(allowance, rests, allowance.rest.outcome)
    budget = _that_can_pay(budget_of(allowance, now), allowance.declared, wish.cost)
    spared = spared_for_people(budget, wish.share) if wish.share else NOTHING
    most = allowance.declared.rate.burst
    grant = take(budget, allowance.usage, now, wish.cost, spared, most=most)
    if grant.wait:
        outcome = Outcome.QUOTA_EXHAUSTED if grant.exhausted else Outcome.RATE_LIMITED
        return Answered(replace(allowance, usage=grant.usage), grant.wait, outcome)
    made = replace(allowance, usage=grant.usage, breaker=passage.breaker, called_at=now)
    return Answered(made, probe=passage.probe)


def _that_can_pay(budget: Budget, declared: Budget, cost: int) -> Budget:
    """A provider that shrinks its burst does not make larger calls impossible, only rarer."""
    burst = max(budget.rate.burst, min(cost, declared.rate.burst))
    return replace(budget, rate=replace(budget.rate, burst=burst))


def announce(allowance: Allowance, now: int, calls: int, window_ms: int, burst: int | None) -> Allowance:
    """The allowance after the provider has said how often it may be called.

    Of several paces the slowest counts, as long as it goes on being said.
    """
    present, said = budget_of(allowance, now), allowance.said
    adopted = adopt(present, calls, window_ms, burst)
    if adopted.quota != present.quota and adopted.quota is not None:
        said = replace(said, quota=adopted.quota.calls)
    alone = adopt(allowance.declared, calls, window_ms, burst).rate
    if alone != allowance.declared.rate:
        said = replace(said, rate=adopted.rate, at=now if adopted.rate == alone else said.at)
    return replace(allowance, said=said)


def correct(
    allowance: Allowance, now: int, *, rate: int | None = None, today: int | None = None
) -> Allowance:
    """The allowance after the provider has said how many calls are left: at once, and today."""
    usage = learn(budget_of(allowance, now), allowance.usage, now, rate=rate, today=today)
    return replace(allowance, usage=usage)


def resting(allowance: Allowance, now: int) -> int:
    """For how long the provider wants to be left alone, in milliseconds."""
    wait = allowance.rest.until - now
    return wait if 0 < wait <= LONGEST_REST else 0


def rested(allowance: Allowance, now: int, wait: int | None, outcome: Outcome) -> Allowance:
    """The allowance after the provider has asked to be left alone for so long; of two rests the longer one counts.

    None: it did not say. If its quota is used up, that is until the next day begins.
    """
    present = allowance.rest
    if wait is None and outcome is not Outcome.QUOTA_EXHAUSTED:
        if resting(allowance, now):  # several calls were under way, and all are told the same
            return allowance
        wait = min(LONGEST_UNSAID, REST * 2 ** min(present.unsaid, 10))
        present = replace(present, unsaid=present.unsaid + 1)
    if wait is None:
        wait = _to_the_next_day(allowance, now)
    if wait <= resting(allowance, now):
        return allowance
    return replace(allowance, rest=replace(present, until=now + wait, outcome=outcome))


def _to_the_next_day(allowance: Allowance, now: int) -> int:
    quota = budget_of(allowance, now).quota
    return LONGEST_UNSAID if quota is None else day_ends(quota, day(quota, now)) - now


def awake(allowance: Allowance) -> Allowance:
    """The allowance after an answer: what comes next is judged afresh."""
    return replace(allowance, rest=replace(allowance.rest, unsaid=0))
