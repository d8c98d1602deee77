"""Retrying: when a run that did not succeed is tried again, and when no more."""

from __future__ import annotations

from random import Random

from completist.domain.run import Outcome, Result, RunState

#: How often a run may be tried, or take its worker down, before it counts as failed.
MAX_ATTEMPTS = 5

#: The first wait after a failure, and the longest, in milliseconds.
FIRST, LONGEST = 30_000, 6 * 3_600_000

#: How long to stay away from a provider that turns us away without saying until when, in milliseconds.
REST = 15 * 60_000

#: Outcomes that say something about the provider and nothing about the run.
_NO_FAULT = frozenset({Outcome.RATE_LIMITED, Outcome.QUOTA_EXHAUSTED, Outcome.BLOCKED, Outcome.INVALID_KEY})


def backoff(attempts: int, chance: Random) -> int:
    """How long to wait after so many attempts, in milliseconds: doubling from `FIRST`, give or take a half."""
    return int(min(LONGEST, FIRST * 2 ** max(0, attempts - 1)) * chance.uniform(0.5, 1.5))


def postponed(
    outcome: Outcome,
    attempts: int,
    now: int,
    after: float | None,
    chance: Random,
    *,
    resting: bool = False,
) -> Result:
    """What becomes of a run that got no answer. ``after`` is the wait that the provider named, in seconds.

    A provider that rests costs no attempt, be it by its own wish or because it is left alone (``resting``). Anything
    else is tried `MAX_ATTEMPTS` times in all.
    """
    if resting or outcome in _NO_FAULT:
        wait = REST * chance.uniform(1.0, 1.5) if after is None else after * 1000
        return Result(RunState.WAITING, outcome.value, now + int(wait), refund=True)
    if attempts >= MAX_ATTEMPTS:
        return Result(RunState.FAILED, outcome.value)
    wait = backoff(attempts, chance) if after is None else after * 1000
    return Result(RunState.WAITING, outcome.value, now + int(wait))
