"""Sending: one request to its reply, through the limits of its provider. Only `Client` makes what sends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

import httpx2

from completist.domain.run import Outcome
from completist.net.addresses import check_url
from completist.net.limits import Limits, read_limits
from completist.net.permits import Clock, Permits
from completist.net.replies import parse, parse_leniently, refusal
from completist.sdk.provider import Provider, Refused, Reply, Request

#: Waits for so many seconds.
Sleep: TypeAlias = Callable[[float], Awaitable[None]]

LARGEST = 10 * 1024 * 1024  #: bytes of a body, unpacked
REDIRECTS = 3
TRIES = 3  #: how often one call is made when all that is asked for in between is a rest
REST = 30.0  #: seconds, for a provider that asks for a rest without saying how long

_REDIRECTED = frozenset({301, 302, 303, 307, 308})
_REPEATED = frozenset({307, 308})  #: a POST that is redirected so stays a POST
_GOOD = range(200, 300)
_BUDGET = "budget"  #: the code of a refusal of our own: nothing was sent
_LIMITED = frozenset({Outcome.RATE_LIMITED, Outcome.QUOTA_EXHAUSTED})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one call may take, in seconds; what would take longer is given back to the caller."""

    answer: float = 30.0  #: to connect, and between two pieces of an answer
    whole: float = 60.0  #: from the first byte sent to the last one read
    permit: float = 60.0  #: at one time, for the provider's limits


@dataclass(frozen=True, slots=True)
class Line:
    """What all providers share."""

    web: httpx2.AsyncClient
    permits: Permits
    clock: Clock
    sleep: Sleep
    patience: Patience
    local: frozenset[str]


class ProviderHttp:
    """The `Http` that an adapter is given: to its provider and nowhere else."""

    def __init__(self, line: Line, provider: Provider) -> None:
        self._line = line
        self._provider = provider

    async def send(self, request: Request) -> Reply:
        """The reply to a request; see `Http.send`.

        A rest that the provider asks for is waited out if patience allows, and the request made again.
        """
        for _ in range(TRIES - 1):
            try:
                return await self._follow(request)
            except Refused as refused:
                if not self._worth_waiting(refused):
                    raise
        return await self._follow(request)

    def _worth_waiting(self, refused: Refused) -> bool:
        passing = refused.outcome is Outcome.RATE_LIMITED and refused.code != _BUDGET
        return passing and _wanted(refused) <= self._line.patience.permit

    async def _follow(self, request: Request) -> Reply:
        """The reply at the end of all redirects, each of which is a call like any other."""
        wire = self._wire(request)
        for _ in range(REDIRECTS + 1):
            await self._permit(request.cost)
            answer, content = await self._exchange(wire)
            if answer.status_code not in _REDIRECTED:
                return await self._read(request, answer, content)
            wire = self._redirected(wire, answer)
        raise Refused(Outcome.BAD_RESPONSE, code="too_many_redirects")

    def _wire(self, request: Request) -> httpx2.Request:
        try:
            url = httpx2.URL(request.url, params={**request.params} if request.params else None)
        except httpx2.InvalidURL:
            raise Refused(Outcome.BLOCKED, code="host_not_allowed") from None
        check_url(url, self._provider.hosts, self._line.local)
        headers = {"Accept": "*/*" if request.text else "application/json", **request.headers}
        return self._line.web.build_request(request.method, url, headers=headers, json=request.json)

    def _redirected(self, wire: httpx2.Request, answer: httpx2.Response) -> httpx2.Request:
        """The same request at the place it was sent on to; a key goes to the host it was meant for alone."""
        if wire.method != "GET" and answer.status_code not in _REPEATED:
            raise Refused(Outcome.BAD_RESPONSE, code="redirected")
        try:
            url = wire.url.join(answer.headers.get("location", ""))
        except httpx2.InvalidURL:
            raise Refused(Outcome.BAD_RESPONSE, code="redirected") from None
        check_url(url, self._provider.hosts, self._line.local)
        same = (url.scheme, url.host, url.port) == (wire.url.scheme, wire.url.host, wire.url.port)
        kept = {"accept", "content-type", *(("authorization", "x-api-key") if same else ())}
        headers = {name: value for name, value in wire.headers.items() if name in kept}
        return self._line.web.build_request(wire.method, url, headers=headers, content=wire.content)

    async def _permit(self, cost: int) -> None:
        while (wait := await self._line.permits.take(self._provider, cost)).seconds > 0:
            if wait.seconds > self._line.patience.permit:
                raise Refused(wait.outcome, wait.seconds, _BUDGET)
            await self._line.sleep(wait.seconds)

    async def _exchange(self, wire: httpx2.Request) -> tuple[httpx2.Response, bytes]:
        try:
            async with asyncio.timeout(self._line.patience.whole):
                answer = await self._line.web.send(wire, stream=True, follow_redirects=False)
                try:
                    return answer, await _content(answer)
                finally:
                    await answer.aclose()
        except (TimeoutError, httpx2.TimeoutException):
            raise Refused(Outcome.TRANSIENT, code="timeout") from None
        except httpx2.DecodingError:
            raise Refused(Outcome.BAD_RESPONSE, code="broken_encoding") from None
        except httpx2.RequestError:
            raise Refused(Outcome.TRANSIENT, code="no_connection") from None

    async def _read(self, request: Request, answer: httpx2.Response, content: bytes) -> Reply:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        limits = read_limits(headers, self._line.clock())
        await self._line.permits.learn(self._provider, limits)
        status = answer.status_code
        body = parse_leniently(content)
        if refused := refusal(status, limits, body, (*request.headers.values(), *request.params.values())):
            await self._rest(refused, limits)
            raise refused
        if request.text:
            return Reply(status, headers, content.decode("utf-8", errors="replace"))
        return Reply(status, headers, parse(content) if status in _GOOD else body)

    async def _rest(self, refused: Refused, limits: Limits) -> None:
        """Let nobody call while the provider wants its rest."""
        seconds = limits.retry_after
        if refused.outcome in _LIMITED:
            seconds = _wanted(refused)
        if seconds:
            await self._line.permits.rest(self._provider, seconds, refused.outcome)


def _wanted(refused: Refused) -> float:
    """How long a rest the provider wants, in seconds."""
    return REST if refused.after is None else refused.after


async def _content(answer: httpx2.Response) -> bytes:
    content = bytearray()
    async for piece in answer.aiter_bytes():
        content += piece
        if len(content) > LARGEST:
            raise Refused(Outcome.BAD_RESPONSE, code="too_large")
    return bytes(content)
