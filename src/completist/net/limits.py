"""Limits as providers announce them in the headers of each reply, in all the usual dialects.

``RateLimit`` and ``RateLimit-Policy``: https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/;
``Retry-After``: RFC 9110, 10.2.3; ``X-RateLimit-*`` has no standard: the reset is a time or a wait.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

_HOUR, _HALF_DAY = 60 * 60, 12 * 60 * 60  #: seconds
_ENOUGH = 2_000  #: characters of a header; nobody has that many policies
_EPOCH = 1_000_000_000  #: a reset above this is a time, below it a wait in seconds
_LONGEST = 31 * 24 * _HOUR  #: nobody means to be asked again after more than a month

#: One member of a list of structured fields (RFC 9651): a name and its parameters.
_MEMBER = re.compile(
    r'\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>[^",;\s=]+))(?P<parameters>(?:\s*;\s*[^",;\s=]+=(?:"[^"]*"|[^",;\s]*))*)'
)
_PARAMETER = re.compile(r';\s*([^",;\s=]+)=(?:"([^"]*)"|([^",;\s]*))')
_NUMBER = re.compile(r"\s*(\d{1,15})(?:\.\d*)?(?:\s*[,;].*)?\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Limit:
    """One policy of a provider and where we stand in it; what it did not say is None."""

    name: str = ""
    calls: int | None = None  #: per window
    window: int | None = None  #: seconds
    burst: int | None = None
    remaining: int | None = None
    reset: float | None = None  #: seconds from now

    @property
    def daily(self) -> bool:
        """Whether it counts days rather than minutes; told by its window, else by how far its reset is off."""
        if self.window is not None:
            return self.window >= _HALF_DAY
        return self.name.casefold() in ("daily", "day") or (self.reset or 0) > _HOUR


@dataclass(frozen=True, slots=True)
class Limits:
    """All that one reply said about limits."""

    policies: tuple[Limit, ...] = ()
    retry_after: float | None = None  #: seconds from now

    @property
    def exhausted(self) -> Limit | None:
        """The policy with nothing left; of several the one that lasts longest."""
        over = [limit for limit in self.policies if limit.remaining == 0]
        return max(over, key=lambda limit: (limit.daily, limit.reset or 0), default=None)


def read_limits(headers: Mapping[str, str], now: int) -> Limits:
    """The limits in a reply's headers, whose names are in lower case; ``now`` in milliseconds since the epoch.

    What cannot be read counts as not said. The older dialects count only where the standard one is absent.
    """
    policies = _policies(headers) or _triple(headers, now)
    return Limits(policies, retry_after(headers.get("retry-after", ""), now))


def retry_after(text: str, now: int) -> float | None:
    """Seconds to wait, out of a number of seconds or an HTTP date; never negative, at most a month."""
    if (seconds := _number(text)) is not None:
        return float(min(seconds, _LONGEST))
    try:
        moment = parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, moment - now / 1000), float(_LONGEST))


def _policies(headers: Mapping[str, str]) -> tuple[Limit, ...]:
    declared = _members(headers.get("ratelimit-policy", ""))
    standing = _members(headers.get("ratelimit", ""))
    names = dict.fromkeys((*declared, *standing))
    return tuple(_limit(name, declared.get(name, {}), standing.get(name, {})) for name in names)


def _limit(name: str, declared: Mapping[str, str], standing: Mapping[str, str]) -> Limit:
    reset = _number(standing.get("t", ""))
    return Limit(
        name,
        calls=_number(declared.get("q", "")),
        window=_number(declared.get("w", "")),
        burst=_number(declared.get("burst", "")),
        remaining=_number(standing.get("r", "")),
        reset=None if reset is None else float(min(reset, _LONGEST)),
    )


def _members(text: str) -> dict[str, dict[str, str]]:
    """The members of a list that have parameters, by name."""
    found: dict[str, dict[str, str]] = {}
    for member in _MEMBER.finditer(text[:_ENOUGH]):
        if member["parameters"]:
            name = member["bare"] if member["quoted"] is None else member["quoted"]
            found[name] = {
                key: quoted or bare for key, quoted, bare in _PARAMETER.findall(member["parameters"])
            }
    return found


def _triple(headers: Mapping[str, str], now: int) -> tuple[Limit, ...]:
    for prefix in ("ratelimit-", "x-ratelimit-", "x-rate-limit-"):
        calls, remaining, reset = (
            _number(headers.get(prefix + name, "")) for name in ("limit", "remaining", "reset")
        )
        if calls is not None or remaining is not None:
            return (Limit(calls=calls, remaining=remaining, reset=_from_now(reset, now)),)
    return ()


def _from_now(reset: int | None, now: int) -> float | None:
    if reset is None:
        return None
    seconds = reset - now / 1000 if reset > _EPOCH else float(reset)
    return min(max(0.0, seconds), float(_LONGEST))


def _number(text: str) -> int | None:
    found = _NUMBER.fullmatch(text)
    return int(found[1]) if found else None
