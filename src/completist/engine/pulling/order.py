"""The order for a pull: what to get from where, and the report of what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

from completist.domain.errors import BadInput, CompletistError

_NEAR = (".localhost", ".local", ".lan", ".home", ".internal", ".home.arpa")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be pulled from where. ``secret`` is the provider's key, ``key`` that of the server."""

    server: str
    pipeline: str
    secret: str = field(repr=False)
    key: str = field(default="", repr=False)
    endpoint: str = ""  #: of the provider, when it is not the usual one
    limit: int | None = None  #: items in all
    batch: int = 20  #: items at a time
    lease: int = 1800  #: seconds
    follow: bool = False  #: wait for more when nothing is due, or when the provider rests
    identified_only: bool = False


class Ended(StrEnum):
    """Why a pull came to its end."""

    NOTHING_DUE = "nothing_due"
    LIMIT = "limit"
    STOPPED = "stopped"
    FAILED = "failed"


class Awaited(StrEnum):
    """What a pull may wait for."""

    SERVER = "server"  #: an answer of the server
    PROVIDER = "provider"  #: what the provider says of a batch
    WORK = "work"  #: more that is due
    REST = "rest"  #: the end of the provider's rest


@dataclass(frozen=True, slots=True)
class Wait:
    """What a pull waits for now, and why it goes on waiting."""

    what: Awaited
    items: int = 0  #: that the provider is asked about
    seconds: float = 0.0  #: until it is tried again
    code: str = ""  #: of the failure that it is tried again for
    tried: int = 0  #: how often that was in vain


@dataclass(slots=True)
class PullReport:
    """What a pull came to: what the provider said, then what the server made of it."""

    claimed: int = 0
    found: int = 0
    not_found: int = 0
    unanswered: int = 0
    set_aside: int = 0
    filled: int = 0
    empty: int = 0
    review: int = 0
    waiting: int = 0
    failed: int = 0
    resent: int = 0  #: results found by an earlier pull that this one handed in
    stale: int = 0  #: results that came too late
    unfit: int = 0  #: results that the server could not use
    kept: int = 0  #: results that are still to be handed in
    remaining: int = 0  #: runs that nobody had claimed at the end
    seconds: float = 0.0
    wait: Wait | None = None  #: while it is under way
    ended: Ended = Ended.NOTHING_DUE
    failure: CompletistError | None = None

    @property
    def resolved(self) -> int:
        """How many items the provider was asked about, answered or not."""
        return self.found + self.not_found + self.unanswered + self.set_aside


def address(server: str) -> str:
    """A server's address in one form, without a slash at its end.

    Raises:
        BadInput: It is none.
    """
    try:
        parts = urlsplit(server.strip())
        usable = parts.scheme in ("http", "https") and parts.hostname and not (parts.username or parts.query)
        _ = parts.port
    except ValueError:
        usable = None
    if not usable:
        raise BadInput(f"{server!r} is no address of a server.", hint="One looks like http://127.0.0.1:8337.")
    return server.strip().rstrip("/")


def is_loopback(url: str) -> bool:
    """Whether an address leads to this machine by itself."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def own_network(url: str, *, named: bool = False) -> list[str]:
    """The host of an address as a list, if it may be in our own network; else nothing.

    It may by its name or number, and wherever nothing goes in the clear to a host that the user has ``named``.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    return [host] if is_loopback(url) or _is_near(host) or (named and parts.scheme == "https") else []


def _is_near(host: str) -> bool:
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith(_NEAR)
