"""The contract of a simulated provider: how one API reads calls and words its answers.

Everything else (limits, faults, the log of calls) is the same for all, and happens at `completist.simulator.desk`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from completist.simulator.answers import Answer, Request
from completist.simulator.faults import Kind
from completist.simulator.limits import Limiter, Policy
from completist.simulator.pace import Pace
from completist.simulator.world.view import View

#: The key that every provider accepts that wants one.
KEY = "simulated"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call asks for, as far as it has to be known before it is answered."""

    operation: str  #: a short name; an empty one is answered with 404 and counted like any other
    size: int = 1  #: how many things
    cost: int = 1  #: how many calls it counts as
    group: str = ""  #: of the calls that are counted together
    at_once: int | None = None  #: of these calls, how many may be under way at one time
    keyed: bool = False
    said: Any = None  #: whatever the provider has read already


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call is not answered. ``after``: whole seconds until it may be made again; ``nth``: of how many so far."""

    kind: Kind
    after: int = 0
    policy: Policy | None = None
    nth: int = 1


class Provider(Protocol):
    """One simulated provider."""

    @property
    def name(self) -> str:
        """What the provider is called: openlibrary."""
        ...

    @property
    def hosts(self) -> tuple[str, ...]:
        """The true hosts that it answers for."""
        ...

    @property
    def policies(self) -> tuple[Policy, ...]:
        """Its limits."""
        ...

    @property
    def knows_as(self) -> str:
        """The provider whose part of the world it tells."""
        ...

    def read(self, request: Request) -> Asked:
        """What a call asks for. Never raises."""
        ...

    def admit(self, request: Request, asked: Asked) -> Answer | None:
        """The refusal of a call that would not even be counted: a wrong key, a wrong User-Agent."""
        ...

    def reply(self, request: Request, asked: Asked, view: View) -> Answer:
        """The answer."""
        ...

    def refuse(self, why: Refusal) -> Answer:
        """A refusal in the provider's own words."""
        ...

    def announce(self, limiter: Limiter, pace: Pace, over: Policy | None) -> dict[str, str]:
        """What the headers of every reply say about limits."""
        ...


class Open:
    """What most providers have in common: they let everybody in, and say nothing of limits."""

    name: str
    policies: tuple[Policy, ...] = ()

    @property
    def knows_as(self) -> str:
        """Its own part of the world."""
        return self.name

    def admit(self, request: Request, asked: Asked) -> Answer | None:
        """Everybody is let in."""
        del request, asked
        return None

    def announce(self, limiter: Limiter, pace: Pace, over: Policy | None) -> dict[str, str]:
        """Nothing is said about limits."""
        del limiter, pace, over
        return {}
