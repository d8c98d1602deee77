"""Providers: outside sources of answers, and all that an adapter for one may ask of the rest.

An adapter is asynchronous, holds no connection and keeps no time: it hands requests to an `Http`, which keeps
the provider's limits, and reads replies. Whatever is no answer is a `Refused` with its outcome: a provider
that would not talk to us has never said "not found".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from completist.domain.budget import Budget
from completist.domain.errors import CompletistError
from completist.domain.fields import Data
from completist.domain.matching import Candidate
from completist.domain.run import Outcome
from completist.sdk.finder import Subject

#: A provider's own record: an object of its JSON.
Record: TypeAlias = dict[str, Data]

#: Outcomes after which nothing more is asked for a while.
FINAL = frozenset({Outcome.RATE_LIMITED, Outcome.QUOTA_EXHAUSTED, Outcome.BLOCKED, Outcome.INVALID_KEY})

#: Outcomes after which the same call may succeed without anybody doing anything.
PASSING = frozenset({Outcome.RATE_LIMITED, Outcome.QUOTA_EXHAUSTED, Outcome.TRANSIENT})

#: What an adapter may raise over a body that it did not expect: no reason to take others along.
STUMBLES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

_SAID = {
    Outcome.RATE_LIMITED: "asks for a rest",
    Outcome.QUOTA_EXHAUSTED: "has given all it gives today",
    Outcome.BLOCKED: "does not let us in",
    Outcome.INVALID_KEY: "does not accept the key",
    Outcome.TRANSIENT: "did not answer",
    Outcome.BAD_RESPONSE: "answered something that cannot be understood",
}


@dataclass(frozen=True, slots=True)
class Provider:
    """What has to be known about a provider before it is asked anything."""

    name: str
    hosts: frozenset[str]  #: the only ones that its requests, and redirects of them, may go to
    budget: Budget
    batch_size: int = 1  #: how many things one request may ask for
    #: How many its adapter likes to be asked about at once, in several requests, so that those for what was found
    #: are full, too; 0: as many as in one.
    together: int = 0
    uncounted: frozenset[str] = (
        frozenset()
    )  #: hosts that it sends on to, whose limits are others than its own

    @property
    def asks_for(self) -> int:
        """How many things its adapter is asked about at once, at most."""
        return self.together or self.batch_size


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Its repr shows neither headers, parameters nor body: they hold keys."""

    method: Literal["GET", "POST", "PUT"]
    url: str
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    json: Data = field(default=None, repr=False)
    form: Mapping[str, str] = field(default_factory=dict, repr=False)  #: sent as a form, in the place of JSON
    cost: int = 1  #: how many calls the provider counts it as
    text: bool = False  #: the answer is text; otherwise a success that is no JSON is a bad response
    binary: bool = False  #: the answer is bytes: an image; they come as `Reply.content`
    largest: int | None = (
        None  #: bytes of the body, unpacked, beyond which it is a bad response; None: the usual
    )


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: a success, or a refusal of this one request that its adapter has to understand (400, 404).

    ``headers`` have names in lower case. ``body`` is the parsed JSON, or text where text was asked for or where
    a refusal brought no JSON. ``content`` is a success as it came, where bytes were asked for; ``body`` is None then.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Data = field(default=None, repr=False)
    content: bytes = field(default=b"", repr=False)


#: Makes one call to a server of the operator's own, and waits for it. Raises `Refused`.
Send: TypeAlias = "Callable[[Provider, Request], Reply]"


class Http(Protocol):
    """The way out to one provider, within its limits."""

    async def send(self, request: Request) -> Reply:
        """The reply to a request, after such waiting as the provider's limits ask for.

        Raises:
            Refused: There is no reply, for a reason that concerns more than this request; or the wait would
                be longer than a caller should be kept for.
        """
        ...


class Refused(CompletistError):
    """A provider gave no answer. The outcome says what that means, ``after`` when to ask again, in seconds.

    ``code`` is short and stable (``http_503``, ``timeout``); neither it nor the message holds anything of the
    request. ``partial`` is what had been answered before, by what was asked for: answers cost budget, and are
    kept even if the last one failed.
    """

    def __init__(
        self,
        outcome: Outcome,
        after: float | None = None,
        code: str = "",
        partial: Mapping[str, list[Record]] | None = None,
    ) -> None:
        super().__init__(f"The provider {_SAID[outcome]}.", code=code or outcome.value)
        self.outcome = outcome
        self.after = after
        self.partial = dict(partial or {})
        self.retryable = outcome in PASSING


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a provider came to about one subject: candidates, that it knows none, or why it did not answer."""

    item_id: int
    outcome: Outcome
    candidates: tuple[Candidate, ...] = ()
    after: float | None = None  #: seconds until it may be asked again
    code: str | None = None


#: Is handed answers as soon as they are there, so that they can be kept.
Keep: TypeAlias = Callable[[Sequence[Resolved]], None]

#: The codes of refusals of our own: nothing was sent, for want of budget, because the provider has a rest after
#: failing too often, or because a person wants it left alone.
UNSENT = frozenset({"budget", "breaker", "paused"})

#: The code of what was not asked about because the user did not want it to be.
SET_ASIDE = "set_aside"


class Resolver(Protocol):
    """Asks one provider what the runs of one pipeline are there for: the heart of a worker outside."""

    provider: Provider

    async def resolve(
        self, http: Http, subjects: Sequence[Subject], keep: Keep, *, identified_only: bool = False
    ) -> list[Resolved]:
        """One for each subject, in the order given. Never raises `Refused`: that is an outcome, too.

        Each answer is handed to ``keep`` before the next request is made: it cost budget, and must survive
        whatever comes. With ``identified_only`` nothing is searched for by its title; what its identifiers do
        not lead to is `SET_ASIDE`.
        """
        ...


@dataclass(frozen=True, slots=True)
class ResolverPlan:
    """How a resolver for a pipeline is made: from a secret and, for tests and mirrors, another endpoint."""

    pipeline: str
    secret: str  #: the environment variable that holds the key or token
    endpoint: str  #: the usual one
    make: Callable[[str, str], Resolver]  #: of the secret and the endpoint
    where: str = ""  #: the page on which a person gets the secret
