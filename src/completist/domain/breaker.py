"""Breakers: a provider in trouble is left alone, and asked by one call alone whether it is well again.

Pure rules; the time comes in as milliseconds since the epoch.

    closed --5 failures in a row, or locked out--> open --its time is over--> half open --success--> closed
                                                     ^                            |
                                                     +---------- failure ---------+
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from completist.domain.run import Outcome

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

#: Failures in a row after which nobody calls.
FAILURES: Final = 5

#: Nobody calls for so long; again twice as long each time that the probe fails, up to the longest.
FIRST: Final = MINUTE
LONGEST: Final = HOUR

#: What no further try changes: nobody calls for so long from the first time on.
LOCKED_OUT: Final = {Outcome.BLOCKED: HOUR, Outcome.INVALID_KEY: DAY}

#: What counts as a failure. Whoever asks for a rest is well, and so is whoever refuses one request.
TROUBLE: Final = frozenset({Outcome.TRANSIENT, Outcome.BAD_RESPONSE, *LOCKED_OUT})

#: A probe that has not told how it went after so long is given up: its process may be dead.
LEASE: Final = 2 * MINUTE

#: After so long whoever is kept out by a probe under way asks again.
GLANCE: Final = 5_000


class State(StrEnum):
    """Whether calls pass."""

    CLOSED = "closed"  #: all of them
    OPEN = "open"  #: none
    HALF_OPEN = "half_open"  #: one, the probe


@dataclass(frozen=True, slots=True)
class Breaker:
    """All that has to be kept between two calls. ``key`` is a digest, never a key."""

    state: State = State.CLOSED
    failures: int = 0  #: in a row
    opened: int = 0  #: how often in a row
    opened_for: Outcome = Outcome.TRANSIENT
    until: int = 0  #: open: nobody calls before; half open: when the probe is given up
    probe: int = 0  #: the number of the last one
    key: str = ""  #: of the call that opened it


@dataclass(frozen=True, slots=True)
class Passage:
    """The breaker after somebody wanted to pass. With a ``wait``, in milliseconds, they may not."""

    breaker: Breaker
    wait: int = 0
    probe: int = 0  #: the number of the call's probe; 0 when it is none


def enter(breaker: Breaker, now: int, key: str = "", probe: int = 0) -> Passage:
    """Whether a call with this key passes. A further call of the ``probe`` under way does, and prolongs its lease.

    A key that was refused says nothing about another one.
    """
    if breaker.opened_for is Outcome.INVALID_KEY and key != breaker.key:
        breaker = _closed(breaker)
    if breaker.state is State.CLOSED:
        return Passage(breaker)
    if breaker.state is State.HALF_OPEN and probe == breaker.probe:
        return Passage(replace(breaker, until=now + LEASE), probe=probe)
    wait = breaker.until - now
    if 0 < wait <= DAY:  # a longer one comes from a clock that was set back
        return Passage(breaker, wait if breaker.state is State.OPEN else min(wait, GLANCE))
    number = breaker.probe + 1
    return Passage(replace(breaker, state=State.HALF_OPEN, until=now + LEASE, probe=number), probe=number)


def failed(breaker: Breaker, now: int, outcome: Outcome, key: str = "", probe: int = 0) -> Breaker:
    """The breaker after a call that came to one of `TROUBLE`.

    While it is open, a call that was under way before changes nothing, unless we are locked out.
    """
    rest = LOCKED_OUT.get(outcome)
    if rest is not None:
        return _open(breaker, now + rest, outcome, key)
    if breaker.state is State.CLOSED:
        breaker = replace(breaker, failures=breaker.failures + 1)
        return _open(breaker, now + FIRST, outcome, key) if breaker.failures >= FAILURES else breaker
    if not _is_probe(breaker, probe):
        return breaker
    return _open(breaker, now + min(LONGEST, FIRST * 2 ** min(breaker.opened, 10)), outcome, key)


def succeeded(breaker: Breaker, probe: int = 0) -> Breaker:
    """The breaker after an answer. While it is not closed, that of the probe alone counts."""
    if breaker.state is State.CLOSED:
        return replace(breaker, failures=0)
    return _closed(breaker) if _is_probe(breaker, probe) else breaker


def undecided(breaker: Breaker, now: int, probe: int = 0) -> Breaker:
    """The breaker after a call that says neither; a probe may be made again at once."""
    return replace(breaker, state=State.OPEN, until=now) if _is_probe(breaker, probe) else breaker


def _is_probe(breaker: Breaker, probe: int) -> bool:
    return breaker.state is State.HALF_OPEN and probe == breaker.probe


def _open(breaker: Breaker, until: int, outcome: Outcome, key: str) -> Breaker:
    return replace(
        breaker, state=State.OPEN, until=until, opened=breaker.opened + 1, opened_for=outcome, key=key
    )


def _closed(breaker: Breaker) -> Breaker:
    return Breaker(probe=breaker.probe)  # numbers are never given twice
