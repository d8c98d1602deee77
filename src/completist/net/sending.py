"""Sending: one request to its reply, through the limits of its provider. Only `Client` makes what sends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

import httpx2

from completist.domain.allowance import Why
from completist.domain.run import Outcome
from completist.net.addresses import check_url, is_named
from completist.net.flights import Flight, Flights
from completist.net.identity import identity, key_digest
from completist.net.limits import Limits, read_limits
from completist.net.mirror import Mirror
from completist.net.permits import Clock, Permits, Wait
from completist.net.queues import Queues
from completist.net.replies import parse, parse_leniently, refusal
from completist.sdk.provider import UNSENT, Provider, Refused, Reply, Request

#: Waits for so many seconds.
Sleep: TypeAlias = Callable[[float], Awaitable[None]]

LARGEST = 10 * 1024 * 1024  #: bytes of a body, unpacked, unless a request says otherwise
BEYOND = 32 * 1024 * 1024  #: bytes that no request may ask for
REDIRECTS = 3
TRIES = 3  #: how often one call is made when all that is asked for in between is a rest

_REDIRECTED = frozenset({301, 302, 303, 307, 308})
_REPEATED = frozenset({307, 308})  #: a POST that is redirected so stays a POST
_GOOD = range(200, 300)
_LIMITED = frozenset({Outcome.RATE_LIMITED, Outcome.QUOTA_EXHAUSTED})
#: Refusals of our own: what they say about the provider, if anything, is not that it is in trouble.
_OURS = UNSENT | {"host_not_allowed", "scheme_not_allowed", "private_address"}
#: The answer was too much, or the question: a smaller one may do.
_TOO_MUCH = frozenset({"too_large", "http_413"})
#: A request to another host has its own.
_OF_ONE_HOST = frozenset({"host", "content-length"})


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
    mirror: Mirror | None = None
    flights: Flights = field(default_factory=Flights)
    queues: Queues = field(default_factory=Queues)


class ProviderHttp:
    """The `Http` that an adapter is given: to its provider and nowhere else."""

    def __init__(self, line: Line, provider: Provider, *, urgent: bool = False) -> None:
        self._line = line
        self._provider = provider
        self._urgent = urgent

    async def send(self, request: Request) -> Reply:
        """The reply to a request; see `Http.send`.

        A rest that the provider asks for is waited out if patience allows, and the request made again. Who sends
        the same request as somebody whose reply has not come yet is given that reply.
        """
        same = identity(self._provider, request)
        return await self._line.flights.share(same, partial(self._persist, request), urgent=self._urgent)

    async def _persist(self, request: Request, flight: Flight) -> Reply:
        for _ in range(TRIES - 1):
            try:
                return await self._try(request, flight)
            except Refused as refused:
                if not self._worth_waiting(refused):
                    raise
        return await self._try(request, flight)

    def _worth_waiting(self, refused: Refused) -> bool:
        passing = refused.outcome is Outcome.RATE_LIMITED and refused.code not in UNSENT
        return passing and (refused.after or 0) <= self._line.patience.permit

    async def _try(self, request: Request, flight: Flight) -> Reply:
        """The reply to a request that is sent once; the breaker is told how it went."""
        wire, key = self._wire(request), key_digest(self._provider, request)
        permit = await self._permit(request.cost, key)
        flight.sent = True
        try:
            reply = await self._follow(request, wire, permit, key)
        except Refused as refused:
            told = None if refused.code in _TOO_MUCH else refused.outcome
            if refused.code in _OURS:
                told = Outcome.RATE_LIMITED  # neither well nor in trouble
            await self._line.permits.settle(self._provider, permit, told, key)
            raise
        await self._line.permits.settle(self._provider, permit, None, key)
        return reply

    async def _follow(self, request: Request, wire: httpx2.Request, permit: Wait, key: str) -> Reply:
        """The reply at the end of all redirects, each of which is a call like any other, but for uncounted hosts."""
        for turn in range(REDIRECTS + 1):
            if turn and not is_named(wire.url.host, self._provider.uncounted):
                await self._permit(request.cost, key, permit.probe)
            answer, content = await self._exchange(wire, min(request.largest or LARGEST, BEYOND))
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
        accept = "*/*" if request.text or request.binary else "application/json"
        headers = {"Accept": accept, **request.headers}
        form = {**request.form} or None
        return self._line.web.build_request(
            request.method, url, headers=headers, json=request.json, data=form
        )

    def _redirected(self, wire: httpx2.Request, answer: httpx2.Response) -> httpx2.Request:
        """The same request at the place it was sent on to; a key goes to the host it was meant for alone."""
        if wire.method != "GET" and answer.status_code not in _REPEATED:
            raise Refused(Outcome.BAD_RESPONSE, code="redirected")
        try:
            url = wire.url.join(answer.headers.get("location", ""))
            if self._line.mirror is not None:
                url = self._line.mirror.original(url)
        except httpx2.InvalidURL:
            raise Refused(Outcome.BAD_RESPONSE, code="redirected") from None
        check_url(url, self._provider.hosts, self._line.local)
        same = (url.scheme, url.host, url.port) == (wire.url.scheme, wire.url.host, wire.url.port)
        kept = {"accept", "content-type", *(("authorization", "x-api-key") if same else ())}
        headers = {name: value for name, value in wire.headers.items() if name in kept}
        return self._line.web.build_request(wire.method, url, headers=headers, content=wire.content)

    async def _permit(self, cost: int, key: str, probe: int = 0) -> Wait:
        """A permit, after such waiting as patience allows."""
        async with self._line.queues.stand(self._provider.name, urgent=self._urgent):
            while (wait := await self._ask(cost, key, probe)).seconds > 0:
                if wait.why is not Why.BUDGET or wait.seconds > self._line.patience.permit:
                    raise Refused(wait.outcome, wait.seconds, wait.why)
                await self._line.sleep(wait.seconds)
        return wait

    async def _ask(self, cost: int, key: str, probe: int) -> Wait:
        async with self._line.queues.give_way(self._provider.name, urgent=self._urgent):
            return await self._line.permits.take(
                self._provider, cost, urgent=self._urgent, key=key, probe=probe
            )

    async def _exchange(self, wire: httpx2.Request, largest: int) -> tuple[httpx2.Response, bytes]:
        try:
            async with asyncio.timeout(self._line.patience.whole):
                answer = await self._line.web.send(self._mirrored(wire), stream=True, follow_redirects=False)
                try:
                    return answer, await _content(answer, largest)
                finally:
                    await answer.aclose()
        except (TimeoutError, httpx2.TimeoutException):
            raise Refused(Outcome.TRANSIENT, code="timeout") from None
        except httpx2.DecodingError:
            raise Refused(Outcome.BAD_RESPONSE, code="broken_encoding") from None
        except httpx2.RequestError:
            raise Refused(Outcome.TRANSIENT, code="no_connection") from None

    def _mirrored(self, wire: httpx2.Request) -> httpx2.Request:
        """The same request to the mirror, if there is one; the operator's own hosts are called as they are."""
        if self._line.mirror is None or wire.url.host in self._line.local:
            return wire
        headers = {name: value for name, value in wire.headers.items() if name not in _OF_ONE_HOST}
        url = self._line.mirror.of(wire.url)
        return self._line.web.build_request(wire.method, url, headers=headers, content=wire.content)

    async def _read(self, request: Request, answer: httpx2.Response, content: bytes) -> Reply:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        limits = read_limits(headers, self._line.clock())
        await self._line.permits.learn(self._provider, limits)
        status = answer.status_code
        if status in _GOOD and request.binary:
            return Reply(status, headers, content=content)
        if status in _GOOD and not request.text:
            return Reply(status, headers, parse(content))
        body = parse_leniently(content)
        if refused := refusal(status, limits, body, (*request.headers.values(), *request.params.values())):
            raise await self._rested(refused, limits)
        text = content.decode("utf-8", errors="replace") if request.text else body
        return Reply(status, headers, text)

    async def _rested(self, refused: Refused, limits: Limits) -> Refused:
        """The refusal, after which nobody calls while the provider wants its rest."""
        rest = partial(self._line.permits.rest, self._provider)
        if refused.outcome in _LIMITED and refused.after != 0:
            seconds = await rest(refused.after, refused.outcome)
            return Refused(refused.outcome, seconds, refused.code)
        if limits.retry_after:
            await rest(limits.retry_after, refused.outcome)
        return refused


async def _content(answer: httpx2.Response, largest: int) -> bytes:
    content = bytearray()
    async for piece in answer.aiter_bytes():
        content += piece
        if len(content) > largest:
            raise Refused(Outcome.BAD_RESPONSE, code="too_large")
    return bytes(content)
