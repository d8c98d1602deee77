"""Faults: what goes wrong, how often and for how long. Switched on when the simulator is made, or while it runs."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Literal, Self, TypeAlias, get_args

Kind: TypeAlias = Literal[
    "rate_limited",  # 429 of the per-minute policy
    "quota_exhausted",  # 429 of the daily policy
    "forbidden",  # 403
    "insufficient_scope",  # 403: the token may not read this
    "invalid_token",  # 401
    "request_timeout",  # 408
    "server_error",  # 500
    "unavailable",  # 503
    "hang",  # no answer at all
    "drop",  # the connection ends in the middle of the answer
    "broken_json",
    "empty_body",
    "empty_answer",  # well-formed, and nothing in it
    "graphql_error",  # 200 with errors
    "graphql_timeout",  # 200 with the error of a query that took too long
]
KINDS = frozenset(get_args(Kind))


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail: on each ``every``-th call, ``times`` in all, and only with more than ``larger_than`` things.

    ``after`` is the time to wait that a 429 names, in seconds.
    """

    kind: Kind
    every: int = 1
    times: int | None = None
    larger_than: int = 0
    after: int = 2

    def __post_init__(self) -> None:
        """Refuse what could never happen: whoever typed it meant something else."""
        numbers = (self.every, 1 if self.times is None else self.times, self.larger_than + 1, self.after + 1)
        if self.kind not in KINDS or not all(isinstance(n, int) and n >= 1 for n in numbers):
            raise ValueError(f"no fault: {self}")


@dataclass(slots=True)
class Faults:
    """The faults that are switched on, and ``latency`` in seconds before each answer. Safe across threads."""

    faults: tuple[Fault, ...] = ()
    latency: float = 0.0
    _seen: dict[Fault, int] = field(default_factory=dict)
    _hits: dict[Fault, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def read(cls, body: object) -> Self:
        """Faults as ``POST /_faults`` takes them: ``{"latency": 0.1, "faults": [{"kind": "hang", "times": 1}]}``.

        Raises ValueError or TypeError for anything else.
        """
        if not isinstance(body, dict) or set(body) - {"faults", "latency"}:
            raise ValueError("only faults and latency can be set")
        return cls(tuple(Fault(**fault) for fault in body.get("faults", ())), float(body.get("latency", 0)))

    def strike(self, size: int) -> Fault | None:
        """The fault that this call meets, if any; the first of several. ``size``: how many things it asks for."""
        with self._lock:
            met = [fault for fault in self.faults if size > fault.larger_than and self._due(fault)]
            if not met:
                return None
            self._hits[met[0]] = self._hits.get(met[0], 0) + 1
            return met[0]

    def _due(self, fault: Fault) -> bool:
        self._seen[fault] = self._seen.get(fault, 0) + 1
        over = fault.times is not None and self._hits.get(fault, 0) >= fault.times
        return not over and self._seen[fault] % fault.every == 0
