"""Permits: who may call now, and who has to wait: of all processes of a library, or of this one alone."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

import structlog

from completist.domain.allowance import (
    Allowance,
    Answered,
    Rule,
    Why,
    Wish,
    announce,
    ask,
    awake,
    correct,
    rested,
    resting,
)
from completist.domain.breaker import TROUBLE, Breaker, State, failed, succeeded, undecided
from completist.domain.errors import Busy, Unavailable
from completist.domain.run import Outcome
from completist.net.limits import Limit, Limits
from completist.sdk.provider import Provider
from completist.store.zones import placed

if TYPE_CHECKING:
    from completist.store.database import Database

T = TypeVar("T")

#: The time in milliseconds since the epoch.
Clock: TypeAlias = Callable[[], int]

#: The share of each day's quota that is kept for people waiting.
SHARE = 0.1

#: Seconds of rest that a caller is told of when the database could not be.
UNKEPT = 30.0

#: What is waited before each further try when the database is busy, in seconds.
PAUSES = (0.1, 0.5, 2.0)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to wait before asking for the permit again, and for want of what; 0 seconds: it was granted.

    What a breaker or a person keeps out is not to be waited for: ``why`` tells. Of a permit that was granted,
    ``probe`` is its number if it is the breaker's probe, and ``doubted`` says that the breaker wants to know how
    it went, even if it went well.
    """

    seconds: float = 0.0
    outcome: Outcome = Outcome.RATE_LIMITED
    why: Why = Why.BUDGET
    probe: int = 0
    doubted: bool = False


class Permits(Protocol):
    """What stands between every call and its provider."""

    async def take(
        self, provider: Provider, cost: int = 1, *, urgent: bool = False, key: str = "", probe: int = 0
    ) -> Wait:
        """A permit for ``cost`` calls, or the time to wait; nothing is taken then.

        A person waits for what is ``urgent``. ``key`` is a digest of the provider's key; ``probe`` the number of
        the breaker's probe of which this is a further call.
        """
        ...

    async def learn(self, provider: Provider, limits: Limits) -> None:
        """Take to heart what the provider said about its limits."""
        ...

    async def rest(self, provider: Provider, seconds: float | None, outcome: Outcome) -> float:
        """Grant nothing for so long; None: for as long as it takes. For how many seconds, then."""
        ...

    async def settle(self, provider: Provider, permit: Wait, outcome: Outcome | None, key: str = "") -> None:
        """Tell the breaker what a call came to: one of `TROUBLE`, None for an answer, or another refusal."""
        ...


class _Ruled(ABC):
    """Permits by the rules of `completist.domain.allowance`, wherever allowances are kept."""

    share = 0.0  #: of each quota, left by those nobody waits for
    breaks = False  #: whether a provider in trouble is left alone

    @abstractmethod
    async def _amend(self, provider: Provider, rule: Rule[T]) -> T:
        """Change the provider's allowance by a rule, while nobody else does; what the rule answers."""

    async def take(
        self, provider: Provider, cost: int = 1, *, urgent: bool = False, key: str = "", probe: int = 0
    ) -> Wait:
        """A permit, or the wait; see `Permits.take`."""
        wish = Wish(cost, 0.0 if urgent else self.share, key, probe)

        def rule(allowance: Allowance, now: int) -> tuple[Allowance, Answered]:
            answered = ask(allowance, now, wish)
            return answered.allowance, answered

        answered = await self._amend(provider, rule)
        stood = answered.allowance
        troubled = stood.breaker.state is not State.CLOSED or stood.breaker.failures > 0
        doubted = (self.breaks and troubled) or stood.rest.unsaid > 0
        return Wait(answered.wait / 1000, answered.outcome, answered.why, answered.probe, doubted)

    async def learn(self, provider: Provider, limits: Limits) -> None:
        """Correct budget and usage by what was said; see `Permits.learn`."""
        if limits.policies:
            await self._amend(provider, partial(_learnt, limits.policies))

    async def rest(self, provider: Provider, seconds: float | None, outcome: Outcome) -> float:
        """Grant nothing for so long; see `Permits.rest`."""

        def rule(allowance: Allowance, now: int) -> tuple[Allowance, float]:
            wait = None if seconds is None else round(seconds * 1000)
            after = rested(allowance, now, wait, outcome)
            return after, resting(after, now) / 1000 if seconds is None else seconds

        return await self._amend(provider, rule)

    async def settle(self, provider: Provider, permit: Wait, outcome: Outcome | None, key: str = "") -> None:
        """Tell the breaker; see `Permits.settle`."""
        if not (permit.doubted or (self.breaks and outcome in TROUBLE)):
            return

        def rule(allowance: Allowance, now: int) -> tuple[Allowance, None]:
            if outcome is None:
                allowance = awake(allowance)
            if self.breaks:
                after = _after(allowance.breaker, now, outcome, key, permit.probe)
                allowance = replace(allowance, breaker=after)
            return allowance, None

        await self._amend(provider, rule)


class ProcessPermits(_Ruled):
    """Permits for the calls of this process alone: other processes with the same key are not seen.

    Nobody else waits, so nothing is kept back; and there is no breaker: who pulls ends when a provider is down.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._allowances: dict[str, Allowance] = {}

    async def _amend(self, provider: Provider, rule: Rule[T]) -> T:
        now, declared = self._clock(), provider.budget
        before = self._allowances.get(provider.name) or Allowance(declared)
        before = replace(before, declared=placed(declared, now))
        self._allowances[provider.name], answer = rule(before, now)
        return answer


class SharedPermits(_Ruled):
    """Permits out of a library's tables: shared by all processes that have it open.

    Times are the database's own where it `keeps_time`. A database that is busy for a moment is asked again. What
    was learnt from a reply and cannot be kept even then is logged and given up: the reply itself is worth more.
    """

    share = SHARE
    breaks = True

    def __init__(
        self,
        database: Database,
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._database = database
        self._clock = clock
        self._sleep = sleep

    async def _amend(self, provider: Provider, rule: Rule[T]) -> T:
        from completist.store import budgets  # noqa: PLC0415 - slow to load, and who pulls has no database

        amend = partial(budgets.amend, self._database, provider.name, provider.budget, self._clock, rule)
        for pause in PAUSES:
            try:
                return await asyncio.to_thread(amend)
            except (Busy, Unavailable):
                await self._sleep(pause)
        return await asyncio.to_thread(amend)

    async def learn(self, provider: Provider, limits: Limits) -> None:
        """See `Permits.learn`."""
        try:
            await super().learn(provider, limits)
        except (Busy, Unavailable) as error:
            _log.warning("limits not kept", provider=provider.name, error=error.code)

    async def rest(self, provider: Provider, seconds: float | None, outcome: Outcome) -> float:
        """See `Permits.rest`."""
        try:
            return await super().rest(provider, seconds, outcome)
        except (Busy, Unavailable) as error:
            _log.warning("rest not kept", provider=provider.name, error=error.code)
            return UNKEPT if seconds is None else seconds

    async def settle(self, provider: Provider, permit: Wait, outcome: Outcome | None, key: str = "") -> None:
        """See `Permits.settle`."""
        try:
            await super().settle(provider, permit, outcome, key)
        except (Busy, Unavailable) as error:
            _log.warning("outcome not kept", provider=provider.name, error=error.code)


def out_of(limit: Limit | None) -> Outcome:
    """The outcome of a call that this limit stopped."""
    return Outcome.QUOTA_EXHAUSTED if limit is not None and limit.daily else Outcome.RATE_LIMITED


def _learnt(policies: tuple[Limit, ...], allowance: Allowance, now: int) -> tuple[Allowance, None]:
    for limit in policies:
        if limit.calls and limit.window:
            allowance = announce(allowance, now, limit.calls, limit.window * 1000, limit.burst)
        rate, today = (None, limit.remaining) if limit.daily else (limit.remaining, None)
        allowance = correct(allowance, now, rate=rate, today=today)
        if limit.remaining == 0 and limit.reset:
            allowance = rested(allowance, now, round(limit.reset * 1000), out_of(limit))
    return allowance, None


def _after(stood: Breaker, now: int, outcome: Outcome | None, key: str, probe: int) -> Breaker:
    if outcome is None:
        return succeeded(stood, probe)
    if outcome in TROUBLE:
        return failed(stood, now, outcome, key, probe)
    return undecided(stood, now, probe)
