"""Limits as a provider counts them, told in the headers of its replies where it does so.

Counted in another way than Completist paces itself, so that one can judge the other: a log of calls and a bucket
instead of one number. Headers: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

#: How a time to wait is told, in whole seconds.
Told: TypeAlias = Callable[[float], int]

DAY = 86_400  #: seconds
_A_HAIR = 1e-6  #: what sums of fractions may be off by


@dataclass(frozen=True, slots=True)
class Policy:
    """So many calls in any window of so many seconds, and at most ``burst`` faster than at an even pace.

    With ``even`` the pace and the burst are all that counts, as with nginx: a window may then see both. With
    ``midnight`` the window is no sliding one: it begins at that many seconds behind midnight UTC. ``group``: the only
    calls that count.
    """

    name: str
    calls: int
    window: int
    burst: int | None = None
    even: bool = False
    midnight: int | None = None
    group: str = ""

    @property
    def daily(self) -> bool:
        """Whether it is a quota for a day."""
        return self.window >= DAY

    def __post_init__(self) -> None:
        """Refuse a policy under which nothing could ever be called."""
        if not (self.calls >= 1 and self.window >= 1 and (self.burst is None or self.burst >= 1)):
            raise ValueError(f"no policy: {self}")


#: Hardcover's free plan.
FREE = (Policy("Free", 60, 60, burst=10), Policy("daily", 5_000, DAY))


@dataclass(slots=True)
class _Bucket:
    level: float
    moment: float


@dataclass(slots=True)
class Limiter:
    """Counts the calls of one key under several policies."""

    policies: tuple[Policy, ...] = FREE
    _taken: dict[str, deque[float]] = field(default_factory=dict)
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def take(self, now: float, cost: int, group: str = "") -> Policy | None:
        """Let ``cost`` calls through, or name the policy that does not allow them; nothing is counted then."""
        counting = [policy for policy in self.policies if policy.group in ("", group)]
        for policy in counting:
            if self.left(policy, now) < cost:
                return policy
        for policy in counting:
            self._taken.setdefault(policy.name, deque()).extend([now] * cost)
            if policy.burst is not None:
                self._buckets[policy.name] = _Bucket(self._level(policy, now) - cost, now)
        return None

    def left(self, policy: Policy, now: float) -> int:
        """How many calls are left at this moment."""
        free = policy.calls - len(self._recent(policy, now))
        if policy.burst is None:
            return free
        at_once = math.floor(self._level(policy, now) + _A_HAIR)
        return at_once if policy.even else min(free, at_once)

    def reset(self, policy: Policy, now: float) -> int:
        """Whole seconds until there is more."""
        recent = self._recent(policy, now)
        if policy.burst is not None and (policy.even or len(recent) < policy.calls):
            return max(1, math.ceil(policy.window / policy.calls))
        if policy.midnight is not None:
            return max(1, math.ceil(_beginning(policy, now) + policy.window - now))
        return max(1, math.ceil(recent[0] + policy.window - now)) if recent else policy.window

    def headers(
        self, now: float, over: Policy | None = None, told: Told = math.ceil, callers_now: float | None = None
    ) -> dict[str, str]:
        """What a reply says about the limits, in the standard's form and the older one.

        A policy in ``over`` is told to have nothing left, whether it has or not. ``callers_now`` is the time on the
        caller's clock, if that is another one.
        """
        at = now if callers_now is None else callers_now
        left = {policy.name: 0 if policy == over else self.left(policy, now) for policy in self.policies}
        first = self.policies[0]
        return {
            "RateLimit-Policy": ", ".join(_declared(policy) for policy in self.policies),
            "RateLimit": ", ".join(
                f'"{policy.name}";r={left[policy.name]};t={told(self.reset(policy, now))}'
                for policy in self.policies
            ),
            "X-RateLimit-Limit": str(first.calls),
            "X-RateLimit-Remaining": str(left[first.name]),
            "X-RateLimit-Reset": str(math.ceil(at) + told(self.reset(first, now))),
        }

    def _recent(self, policy: Policy, now: float) -> deque[float]:
        taken = self._taken.setdefault(policy.name, deque())
        since = now - policy.window if policy.midnight is None else _beginning(policy, now) - _A_HAIR
        while taken and taken[0] <= since:
            taken.popleft()
        return taken

    def _level(self, policy: Policy, now: float) -> float:
        """What a bucket of ``burst`` that fills at the policy's pace holds by now."""
        burst = float(policy.burst or 0)
        bucket = self._buckets.get(policy.name)
        if bucket is None:
            return burst
        return min(burst, bucket.level + (now - bucket.moment) * policy.calls / policy.window)


def _beginning(policy: Policy, now: float) -> float:
    """When the window began that is not a sliding one."""
    behind = policy.midnight or 0
    return now - (now - behind) % policy.window


def _declared(policy: Policy) -> str:
    burst = "" if policy.burst is None else f";burst={policy.burst}"
    return f'"{policy.name}";q={policy.calls};w={policy.window}{burst}'
