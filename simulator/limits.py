"""Limits as a provider counts them, told in the headers of each reply.

Counted in another way than Completist paces itself, so that one can judge the other: a log of calls instead of
one number. Format: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

DAY = 86_400  #: seconds


@dataclass(frozen=True, slots=True)
class Policy:
    """So many calls in any window of so many seconds, and at most ``burst`` faster than at an even pace."""

    name: str
    calls: int
    window: int
    burst: int | None = None


#: Hardcover's free plan.
FREE = (Policy("Free", 60, 60, burst=10), Policy("daily", 5_000, DAY))


@dataclass(slots=True)
class Limiter:
    """Counts the calls of one key under several policies."""

    policies: tuple[Policy, ...] = FREE
    _taken: dict[str, deque[float]] = field(default_factory=dict)

    def take(self, now: float, cost: int) -> Policy | None:
        """Let ``cost`` calls through, or name the policy that does not allow them; nothing is counted then."""
        for policy in self.policies:
            if self.left(policy, now) < cost:
                return policy
        for policy in self.policies:
            self._taken.setdefault(policy.name, deque()).extend([now] * cost)
        return None

    def left(self, policy: Policy, now: float) -> int:
        """How many calls are left at this moment."""
        recent = self._recent(policy, now)
        free = policy.calls - len(recent)
        return (
            free if policy.burst is None else min(free, math.floor(self._bucket(policy, recent, now) + 1e-6))
        )

    def reset(self, policy: Policy, now: float) -> int:
        """Whole seconds until there is more."""
        recent = self._recent(policy, now)
        if policy.burst is not None and len(recent) < policy.calls:
            return max(1, math.ceil(policy.window / policy.calls))
        return max(1, math.ceil(recent[0] + policy.window - now)) if recent else policy.window

    def headers(self, now: float, over: Policy | None = None) -> dict[str, str]:
        """What a reply says about the limits, in the standard's form and the older one.

        A policy in ``over`` is told to have nothing left, whether it has or not.
        """
        left = {policy.name: 0 if policy == over else self.left(policy, now) for policy in self.policies}
        first = self.policies[0]
        return {
            "RateLimit-Policy": ", ".join(_declared(policy) for policy in self.policies),
            "RateLimit": ", ".join(
                f'"{policy.name}";r={left[policy.name]};t={self.reset(policy, now)}'
                for policy in self.policies
            ),
            "X-RateLimit-Limit": str(first.calls),
            "X-RateLimit-Remaining": str(left[first.name]),
            "X-RateLimit-Reset": str(math.ceil(now) + self.reset(first, now)),
        }

    def _recent(self, policy: Policy, now: float) -> deque[float]:
        taken = self._taken.setdefault(policy.name, deque())
        while taken and taken[0] <= now - policy.window:
            taken.popleft()
        return taken

    def _bucket(self, policy: Policy, recent: deque[float], now: float) -> float:
        """What a bucket of ``burst`` that fills at the policy's pace holds after the calls of the window."""
        burst = float(policy.burst or 0)
        pace, level, before = policy.calls / policy.window, burst, now - policy.window
        for moment in recent:
            level, before = min(burst, level + (moment - before) * pace) - 1, moment
        return min(burst, level + (now - before) * pace)


def _declared(policy: Policy) -> str:
    burst = "" if policy.burst is None else f";burst={policy.burst}"
    return f'"{policy.name}";q={policy.calls};w={policy.window}{burst}'
