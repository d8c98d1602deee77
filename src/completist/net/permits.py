"""Permits: who may call now, and who has to wait. Kept in this process; a library's tables can stand behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from completist.domain.budget import Budget, Usage, adopt, learn, take
from completist.domain.run import Outcome
from completist.net.limits import Limit, Limits
from completist.sdk.provider import Provider

#: The time in milliseconds since the epoch.
Clock: TypeAlias = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to wait before asking for the permit again, and for want of what; 0 seconds: it was granted."""

    seconds: float = 0.0
    outcome: Outcome = Outcome.RATE_LIMITED


class Permits(Protocol):
    """What stands between every call and its provider."""

    async def take(self, provider: Provider, cost: int = 1) -> Wait:
        """A permit for ``cost`` calls, or the time to wait; nothing is taken then."""
        ...

    async def learn(self, provider: Provider, limits: Limits) -> None:
        """Take to heart what the provider said about its limits."""
        ...

    async def rest(self, provider: Provider, seconds: float, outcome: Outcome) -> None:
        """Grant nothing for so long."""
        ...


@dataclass(slots=True)
class _Account:
    budget: Budget
    usage: Usage = field(default_factory=Usage)
    rests_until: int = 0
    rests_for: Outcome = Outcome.RATE_LIMITED

    def rest(self, until: int, outcome: Outcome) -> None:
        """The longer rest counts."""
        if until > self.rests_until:
            self.rests_until, self.rests_for = until, outcome


class ProcessPermits:
    """Permits for the calls of this process alone: other processes with the same key are not seen."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._accounts: dict[str, _Account] = {}

    async def take(self, provider: Provider, cost: int = 1) -> Wait:
        """A permit, or the wait; see `Permits.take`."""
        account, now = self._account(provider), self._clock()
        if account.rests_until > now:
            return Wait((account.rests_until - now) / 1000, account.rests_for)
        grant = take(account.budget, account.usage, now, cost)
        account.usage = grant.usage
        outcome = Outcome.QUOTA_EXHAUSTED if grant.exhausted else Outcome.RATE_LIMITED
        return Wait(grant.wait / 1000, outcome)

    async def learn(self, provider: Provider, limits: Limits) -> None:
        """Correct budget and usage by what was said; see `Permits.learn`."""
        account, now = self._account(provider), self._clock()
        for limit in limits.policies:
            if limit.calls and limit.window:
                account.budget = adopt(account.budget, limit.calls, limit.window * 1000, limit.burst)
            account.usage = _corrected(account, limit, now)
            if limit.remaining == 0 and limit.reset:
                account.rest(now + round(limit.reset * 1000), out_of(limit))

    async def rest(self, provider: Provider, seconds: float, outcome: Outcome) -> None:
        """Grant nothing for so long; see `Permits.rest`."""
        self._account(provider).rest(self._clock() + round(seconds * 1000), outcome)

    def _account(self, provider: Provider) -> _Account:
        return self._accounts.setdefault(provider.name, _Account(provider.budget))


def out_of(limit: Limit | None) -> Outcome:
    """The outcome of a call that this limit stopped."""
    return Outcome.QUOTA_EXHAUSTED if limit is not None and limit.daily else Outcome.RATE_LIMITED


def _corrected(account: _Account, limit: Limit, now: int) -> Usage:
    rate, today = (None, limit.remaining) if limit.daily else (limit.remaining, None)
    return learn(account.budget, account.usage, now, rate=rate, today=today)
