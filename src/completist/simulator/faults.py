"""Faults: what goes wrong, how often and for how long. Switched on when the simulator is made, or while it runs."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Literal, Self, TypeAlias, get_args

Kind: TypeAlias = Literal[
    "rate_limited",  # the limit for short times is used up
    "quota_exhausted",  # the limit for a day is used up
    "forbidden",  # 403
    "insufficient_scope",  # 403: the key may not read this
    "invalid_token",  # the key is not accepted
    "key_revoked",  # likewise: a key that was good until now
    "request_timeout",  # 408
    "server_error",  # 500
    "unavailable",  # 503
    "http_200_error",  # 200, and in the body the provider's own way to say that something went wrong
    "graphql_error",  # 200 with errors
    "graphql_timeout",  # 200 with the error of a query that took too long
    "hang",  # no answer at all
    "slow",  # an answer that takes `after` seconds to come
    "drop",  # the connection ends before the answer
    "cut_off",  # the connection ends in the middle of the answer
    "broken_json",  # an answer that stops in the middle, as if that were all
    "wrong_json",  # well-formed, and of another shape
    "empty_body",
    "empty_answer",  # well-formed, and nothing in it
    "other_record",  # a record of something else than what was asked for
    "html",  # a page for people
    "huge",  # 300 MB
    "redirect",  # 302 to `location`
]
KINDS = frozenset(get_args(Kind))

_NUMBERS = {"every": 1, "times": 1, "larger_than": 0, "after": 0}  #: the least that makes sense
_ELSEWHERE = "http://127.0.0.1:1/"


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail: on each ``every``-th call, ``times`` in all, and only with more than ``larger_than`` things.

    With ``operation``, only calls for that are met. ``after`` is the time to wait that a refusal names, in seconds;
    for ``slow`` how long the answer takes. ``location`` is where ``redirect`` leads.
    """

    kind: Kind
    every: int = 1
    times: int | None = None
    larger_than: int = 0
    after: int = 2
    operation: str = ""
    location: str = _ELSEWHERE

    def __post_init__(self) -> None:
        """Refuse what could never happen: whoever typed it meant something else."""
        if self.kind not in KINDS:
            raise ValueError(f"no fault is called {self.kind!r}")
        for name, least in _NUMBERS.items():
            number = getattr(self, name)
            if number is None and name == "times":
                continue
            if not isinstance(number, int) or isinstance(number, bool) or number < least:
                raise ValueError(f"{name} has to be a whole number from {least} on")


@dataclass(slots=True)
class Faults:
    """The faults that are switched on, and the seconds that pass before each answer. Safe across threads.

    Before an answer ``latency`` passes, and up to ``jitter`` more.
    """

    faults: tuple[Fault, ...] = ()
    latency: float = 0.0
    jitter: float = 0.0
    _seen: dict[int, int] = field(default_factory=dict)
    _hits: dict[int, int] = field(default_factory=dict)
    _random: Random = field(default_factory=lambda: Random(0))  # noqa: S311 - chance here guards nothing
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Refuse times that run backwards."""
        if self.latency < 0 or self.jitter < 0:
            raise ValueError("latency and jitter are seconds from 0 on")

    @classmethod
    def read(cls, body: Mapping[str, Any]) -> Self:
        """Faults as they are typed: ``{"latency": 0.1, "faults": [{"kind": "hang", "times": 1}]}``.

        Raises ValueError or TypeError for anything else.
        """
        if unknown := set(body) - {"faults", "latency", "jitter"}:
            raise ValueError(f"only faults, latency and jitter can be set, not {', '.join(sorted(unknown))}")
        faults = tuple(Fault(**fault) for fault in body.get("faults", ()))
        return cls(faults, float(body.get("latency", 0)), float(body.get("jitter", 0)))

    def anew(self) -> Self:
        """The same, of which nothing has happened yet."""
        return replace(self, _seen={}, _hits={}, _random=Random(0), _lock=threading.Lock())  # noqa: S311 - likewise

    def delay(self) -> float:
        """Seconds until the next answer may go out."""
        with self._lock:
            return self.latency + (self._random.random() * self.jitter if self.jitter else 0.0)

    def strike(self, size: int, operation: str = "") -> Fault | None:
        """The fault that this call meets, if any; the first of several. ``size``: how many things it asks for."""
        with self._lock:
            met = [
                at
                for at, fault in enumerate(self.faults)
                if size > fault.larger_than and fault.operation in ("", operation) and self._due(at, fault)
            ]
            if not met:
                return None
            self._hits[met[0]] = self._hits.get(met[0], 0) + 1
            return self.faults[met[0]]

    def _due(self, at: int, fault: Fault) -> bool:
        self._seen[at] = self._seen.get(at, 0) + 1
        over = fault.times is not None and self._hits.get(at, 0) >= fault.times
        return not over and self._seen[at] % fault.every == 0
