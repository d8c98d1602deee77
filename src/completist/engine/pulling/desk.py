"""The desk of a Completist server as a worker outside sees it: claims handed out, results taken, over HTTP."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from completist.domain.errors import (
    ActionRequired,
    BadInput,
    CompletistError,
    Conflict,
    NotFound,
    Retryable,
    Stale,
)
from completist.domain.fields import Data
from completist.domain.matching import Candidate
from completist.domain.run import Outcome
from completist.engine.pulling.order import Awaited, Wait
from completist.net.limits import retry_after
from completist.sdk.finder import Subject
from completist.sdk.provider import PASSING, Http, Refused, Reply, Request, Resolved

#: How often one call is made in all; the first wait and the longest in between, in seconds, give or take a half.
TRIES, FIRST, LONGEST = 8, 1.0, 60.0
#: A server that wants to be left alone for longer than so many seconds is not waited for.
LONGEST_REST = 300.0

#: What the server takes: a wait in seconds, the characters of a title.
LONGEST_WAIT, LONGEST_TEXT = 7 * 86_400, 2_000

_GOOD = range(200, 300)
_NOT_FOUND, _CONFLICT, _UNFIT = 404, 409, (400, 422)
_SAID = 300  #: characters of what a server says that are told on
_OURS = frozenset({"host_not_allowed", "scheme_not_allowed", "private_address"})


class Unfit(BadInput):
    """The server cannot use what was sent; the same will never do."""


class Unknown(NotFound):
    """The server does not know the pipeline or the claim."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A claim with its runs, or, when nothing is due, none; and what became of the results before."""

    claim: str | None
    subjects: dict[int, Subject]  #: by run
    remaining: int
    settled: dict[str, int]
    rest: float | None  #: seconds after which the server wants to be asked again


@dataclass(slots=True)
class Desk:
    """Calls to one server, each made again a few times while it does not answer.

    Raises:
        Retryable: It still does not answer.
        ActionRequired: It does not accept the key.
        Unknown: It does not know the pipeline or the claim.
        NotFound: It is no Completist server.
        Unfit: It cannot use what was sent.
        Stale: The claim does not hold some of the runs any more.
        Conflict: The claim is closed.
    """

    http: Http
    url: str
    key: str = field(repr=False)
    pause: Callable[[float], Awaitable[None]]
    chance: Random
    stop: Callable[[], bool]
    now: Callable[[], int]
    waiting: Callable[[Wait], None] = lambda _wait: None

    async def claim(
        self,
        pipeline: str,
        limit: int,
        lease: int,
        previous: str | None = None,
        results: Sequence[dict[str, Any]] = (),
    ) -> Handed:
        """Hand in what was found for the claim before, and take the next."""
        body: dict[str, Any] = {
            "pipeline": pipeline,
            "limit": limit,
            "lease_seconds": lease,
            "previous_claim": previous,
        }
        reply = await self._post("claims", {**body, "results": [*results]})
        said = _object(reply.body)
        try:
            return Handed(
                claim=said["claim"] and str(said["claim"]),
                subjects={int(run["run"]): _subject(run) for run in said["runs"]},
                remaining=int(said["remaining"]),
                settled=_counts(said),
                rest=retry_after(reply.headers.get("retry-after", ""), self.now()),
            )
        except (KeyError, TypeError, ValueError):
            raise self._stranger("claims_shape") from None

    async def complete(
        self, claim: str, results: Sequence[dict[str, Any]], *, keep: bool = False
    ) -> dict[str, int]:
        """Hand in what was found, and close the claim unless it is to be kept; how many runs became what."""
        reply = await self._post(f"claims/{claim}/complete", {"results": [*results], "keep": keep})
        return _counts(_object(reply.body))

    async def heartbeat(self, claim: str, lease: int) -> None:
        """Hold a claim for longer. Made once: the next heartbeat makes good for one that failed."""
        await self._post(f"claims/{claim}/heartbeat", {"lease_seconds": lease}, once=True)

    async def _post(self, path: str, body: dict[str, Data], *, once: bool = False) -> Reply:
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        request = Request("POST", f"{self.url}/api/v1/{path}", headers=headers, json=body)
        tries = 1 if once else TRIES
        for tried in range(1, tries + 1):
            if not once:
                self.waiting(Wait(Awaited.SERVER))
            try:
                return self._read(await self.http.send(request))
            except Refused as refused:
                last = refused
            if last.outcome not in PASSING:
                raise self._refusal(last)
            backoff = min(LONGEST, FIRST * 2 ** (tried - 1)) * self.chance.uniform(0.5, 1.5)
            wait = max(backoff, last.after or 0)
            if tried == tries or wait > LONGEST_REST or self.stop():
                break
            self.waiting(Wait(Awaited.SERVER, seconds=wait, code=last.code, tried=tried))
            await self.pause(wait)
        raise Retryable(
            f"The server at {self.url} does not answer ({last.code}).",
            after=last.after or LONGEST,
            hint="Start again later; what was found is kept.",
        )

    def _read(self, reply: Reply) -> Reply:
        if reply.status in _GOOD:
            return reply
        body = _object(reply.body)
        error = _object(body.get("error"))
        message, hint = (str(error.get(name) or "")[:_SAID] for name in ("message", "hint"))
        if reply.status == _NOT_FOUND and error.get("code") == "not_found":
            raise Unknown(message, hint=hint)
        if reply.status == _CONFLICT and isinstance(runs := body.get("stale"), list):
            raise Stale(message, [run for run in runs if isinstance(run, int)], hint=hint)
        if reply.status == _CONFLICT and error:
            raise Conflict(message, hint=hint)
        if reply.status in _UNFIT and error:
            raise Unfit(message, hint=hint)
        raise self._stranger(f"http_{reply.status}")

    def _refusal(self, refused: Refused) -> CompletistError:
        if refused.outcome is Outcome.INVALID_KEY:
            said = "does not accept the key" if self.key else "wants a key"
            return ActionRequired(
                f"The server at {self.url} {said}.",
                hint="Set COMPLETIST_KEY to a key of that server: completist keys create",
            )
        if refused.code in _OURS:
            return BadInput(
                f"The server at {self.url} may not be called ({refused.code}).",
                hint="Plain http is for this machine and your own network: use https.",
            )
        if refused.outcome is Outcome.BLOCKED:
            return ActionRequired(
                f"The server at {self.url} does not let this key in ({refused.code}).",
                hint="Use a key with the role worker, member or admin.",
            )
        return self._stranger(refused.code)

    def _stranger(self, code: str) -> NotFound:
        return NotFound(
            f"{self.url} does not answer like a Completist server ({code}).", hint="Look at the address."
        )


def result(run: int, resolved: Resolved) -> dict[str, Any]:
    """What is said of a run, in the words of the server."""
    said: dict[str, Any] = {"run": run, "outcome": resolved.outcome.value}
    if resolved.candidates:
        said["candidates"] = [_candidate(each) for each in resolved.candidates]
    if resolved.after is not None:
        said["retry_after"] = min(resolved.after, LONGEST_WAIT)
    if resolved.code:
        said["error"] = resolved.code
    return said


def _candidate(candidate: Candidate) -> dict[str, Any]:
    said = {
        "record": candidate.record,
        "title": candidate.title[:LONGEST_TEXT],
        "byline": candidate.byline[:LONGEST_TEXT],
        "year": candidate.year,
        "level": candidate.level.value,
        "work": candidate.work,
        "fields": dict(candidate.fields),
    }
    return {name: data for name, data in said.items() if data is not None}


def _subject(run: dict[str, Any]) -> Subject:
    rejected = frozenset(str(record) for record in run.get("rejected") or ())
    return Subject(int(run["item"]), dict(run["fields"]), rejected)


def _counts(said: dict[str, Any]) -> dict[str, int]:
    settled = _object(said.get("settled"))
    return {name: count for name, count in settled.items() if isinstance(count, int)}


def _object(data: object) -> dict[str, Any]:
    return data if isinstance(data, dict) else {}
