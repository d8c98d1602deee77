"""Pulling: a worker outside of a library, which claims runs from its server and asks a provider about them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import structlog

from completist.domain.budget import Budget, Rate
from completist.domain.errors import (
    ActionRequired,
    BadInput,
    CompletistError,
    Conflict,
    NotFound,
    Retryable,
    Stale,
)
from completist.domain.run import Outcome
from completist.engine.pulling.desk import Desk, Handed, Unfit, Unknown, result
from completist.engine.pulling.heart import Beating
from completist.engine.pulling.order import (
    Awaited,
    Ended,
    Order,
    PullReport,
    Wait,
    address,
    is_loopback,
    own_network,
)
from completist.engine.pulling.state import Kept, StateFile
from completist.net.client import Client
from completist.net.permits import Clock, ProcessPermits
from completist.net.sending import Sleep
from completist.sdk import registry
from completist.sdk.provider import SET_ASIDE, Http, Provider, Refused, Resolved, ResolverPlan
from completist.sdk.provider import Resolver as AnyResolver

_log = structlog.get_logger()

#: The pauses between two questions whether anything is due, in seconds.
SHORTEST_PAUSE, LONGEST_PAUSE = 5.0, 60.0
#: How long to leave a provider alone that is down or does not say until when it rests, in seconds.
REST, LONGEST_REST = 60.0, 900.0
#: Characters of results in one request: a server takes 10 MB.
LARGEST = 2_000_000

_ANSWERS = frozenset({Outcome.FOUND, Outcome.NOT_FOUND, Outcome.AMBIGUOUS})
_RESTS = frozenset({Outcome.RATE_LIMITED, Outcome.QUOTA_EXHAUSTED})
_LOCKED_OUT = frozenset({Outcome.INVALID_KEY, Outcome.BLOCKED})
#: Our own calls to a server: nobody has set us a limit, and a loop gone wild must not flood it.
_SERVER_BUDGET = Budget(Rate(50, burst=20))


def plan_for(pipeline: str) -> ResolverPlan:
    """The ready client of a pipeline.

    Raises:
        NotFound: No installed kind brings one.
    """
    plans = {plan.pipeline: plan for plugin in registry.plugins().values() for plan in plugin.resolvers}
    if pipeline not in plans:
        raise NotFound(
            f"Nothing here can answer pipeline {pipeline!r}.", hint=f"What can be pulled: {', '.join(plans)}."
        )
    return plans[pipeline]


def pull(
    order: Order,
    state: Path,
    *,
    now: Clock,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[PullReport], None] = lambda _report: None,
    sleep: Sleep = asyncio.sleep,
    chance: Random | None = None,
) -> PullReport:
    """Claim, resolve and hand in until nothing is due; what goes wrong on the way is the report's ``failure``.

    What was found stands in the file ``state`` until the server has acknowledged it: a pull that was killed at
    any moment is gone on with by the next, which hands that in first and asks the provider for none of it again.

    Raises:
        NotFound: Nothing here can answer this pipeline.
        BadInput: An address or the state cannot be used.
        ActionRequired: A key is missing.
        Busy: Another process works with this state.
    """
    plan = plan_for(order.pipeline)
    server = address(order.server)
    endpoint = address(order.endpoint or plan.endpoint)
    if not order.secret:
        raise ActionRequired(
            f"{order.pipeline} wants a token, and {plan.secret} is not set.",
            hint=f"Get one at {plan.where or plan.endpoint} and put it into {plan.secret}.",
        )
    if not (order.key or is_loopback(server)):
        raise ActionRequired(
            f"The server at {server} wants a key, and COMPLETIST_KEY is not set.",
            hint="Its owner makes one: completist keys create",
        )
    resolver = plan.make(order.secret, endpoint)
    with StateFile(state) as file:
        kept = _taken_up(file, server, order.pipeline)

        async def pulled() -> PullReport:
            local = own_network(server, named=True) + own_network(endpoint)
            async with Client(ProcessPermits(now), now, local=local, sleep=sleep) as client:
                host = urlsplit(server).hostname or ""
                there = client.to(Provider("completist", frozenset({host}), _SERVER_BUDGET))
                pause = _pausing(sleep, stop)
                desk = Desk(there, server, order.key, pause, chance or Random(), stop, now)  # noqa: S311 - jitter
                http = client.to(resolver.provider)
                return await _Pull(order, desk, resolver, http, file, kept, now, pause, stop, progress).run()

        return asyncio.run(pulled())


@dataclass(slots=True)
class _Pull:
    order: Order
    desk: Desk
    resolver: AnyResolver
    http: Http
    file: StateFile
    kept: Kept
    now: Clock
    pause: Callable[[float], Awaitable[None]]
    stop: Callable[[], bool]
    told: Callable[[PullReport], None]
    report: PullReport = field(default_factory=PullReport)
    unanswered: list[dict[str, Any]] = field(default_factory=list)  #: not worth keeping: they are asked again
    silences: int = 0  #: batches in a row of which the provider answered nothing

    async def run(self) -> PullReport:
        """All of it."""
        began = self.now()
        self.desk.waiting = self._waiting
        self.report.resent = len(self.kept.results)
        try:
            await self._work()
        except CompletistError as error:
            self.report.ended, self.report.failure = Ended.FAILED, error
        self.report.kept = len(self.kept.results)
        self.report.seconds = (self.now() - began) / 1000
        return self.report

    async def _work(self) -> None:
        idle = SHORTEST_PAUSE
        while (ended := self._over()) is None:
            handed = await self._take()
            if handed.claim is not None:
                idle = SHORTEST_PAUSE
                await self._resolve(handed.claim, handed)
                continue
            if not self.order.follow:
                return
            spell = max(idle, handed.rest or 0)
            self._waiting(Wait(Awaited.WORK, seconds=spell))
            await self.pause(spell)
            idle = min(LONGEST_PAUSE, idle * 2)
        self.report.ended = ended
        await self._hand_in()

    def _waiting(self, wait: Wait) -> None:
        self.report.wait = wait
        self.told(self.report)

    def _over(self) -> Ended | None:
        if self.stop():
            return Ended.STOPPED
        return Ended.LIMIT if self._room() < 1 else None

    def _room(self) -> int:
        limit = self.order.limit
        return self.order.batch if limit is None else min(self.order.batch, limit - self.report.claimed)

    # --- the provider -------------------------------------------------------------------------------------

    async def _resolve(self, claim: str, handed: Handed) -> None:
        """Ask about a claim's items; what the provider's refusals call for."""
        runs = {subject.item_id: run for run, subject in handed.subjects.items()}

        def keep(answers: Sequence[Resolved]) -> None:
            self.kept.results += [result(runs[each.item_id], each) for each in answers]
            self.file.write(self.kept)

        http = Beating(self.http, self.desk, claim, self.order.lease, self.now)
        subjects = list(handed.subjects.values())
        self._waiting(Wait(Awaited.PROVIDER, items=len(subjects)))
        try:
            resolved = await self.resolver.resolve(
                http, subjects, keep, identified_only=self.order.identified_only
            )
        except Conflict:
            _log.warning("claim lost", claim=claim)
            return
        self.unanswered = [
            result(runs[each.item_id], each) for each in resolved if each.outcome not in _ANSWERS
        ]
        self._count(resolved)
        self.told(self.report)
        await self._rest(resolved)

    def _count(self, resolved: Sequence[Resolved]) -> None:
        report, outcomes = self.report, [each.outcome for each in resolved]
        aside = sum(each.code == SET_ASIDE for each in resolved)
        answered = sum(outcome in _ANSWERS for outcome in outcomes)
        unknown = outcomes.count(Outcome.NOT_FOUND)
        report.found += answered - unknown
        report.not_found += unknown
        report.set_aside += aside
        report.unanswered += len(resolved) - answered - aside
        self.silences = 0 if answered + aside else self.silences + 1

    async def _rest(self, resolved: Sequence[Resolved]) -> None:
        """Leave a provider alone that wants it, or end if nobody wants to wait; the runs wait at the server."""
        refused = [each for each in resolved if each.outcome not in _ANSWERS and each.code != SET_ASIDE]
        failure = self._failure(refused)
        if failure is None:
            return
        await self._hand_in()
        if not (self.order.follow and isinstance(failure, Retryable)):
            raise failure
        _log.info("provider rests", provider=self.resolver.provider.name, seconds=failure.after)
        self._waiting(Wait(Awaited.REST, seconds=failure.after))
        await self.pause(failure.after)

    def _failure(self, refused: Sequence[Resolved]) -> CompletistError | None:
        name, plan = self.resolver.provider.name, plan_for(self.order.pipeline)
        for each in refused:
            if each.outcome in _LOCKED_OUT:
                return ActionRequired(
                    f"{Refused(each.outcome)} ({name}, {each.code})",
                    hint=f"Look at {plan.secret}; a new one comes from {plan.where or plan.endpoint}.",
                )
        resting = [each for each in refused if each.outcome in _RESTS]
        if resting:
            wait = max(each.after or REST for each in resting)
            return self._come_back(f"{Refused(resting[0].outcome)} ({name}, {resting[0].code})", wait)
        if self.silences:
            wait = min(LONGEST_REST, REST * 2 ** (self.silences - 1))
            return self._come_back(f"{Refused(refused[0].outcome)} ({name}, {refused[0].code})", wait)
        return None

    def _come_back(self, message: str, wait: float) -> Retryable:
        at = datetime.fromtimestamp(self.now() / 1000 + wait, UTC)
        return Retryable(message, after=wait, hint=f"Start again after {at:%Y-%m-%d %H:%M:%S} UTC.")

    # --- the server ---------------------------------------------------------------------------------------

    async def _take(self) -> Handed:
        """Hand in what there is, and take the next batch."""
        await self._hand_in_most()
        while True:
            kept = self.kept
            try:
                handed = await self.desk.claim(
                    self.order.pipeline, self._room(), self.order.lease, kept.claim, self._results()
                )
                break
            except Stale as stale:
                self._drop(stale)
            except Unfit as unfit:
                await self._hand_in_one_by_one(unfit)
            except Unknown as unknown:
                handed = await self._take_afresh(unknown)
                break
        self._acknowledged(handed.settled, handed.claim)
        self.report.claimed += len(handed.subjects)
        self.report.remaining = handed.remaining
        _log.info("claimed", claim=handed.claim, runs=len(handed.subjects), remaining=handed.remaining)
        self.told(self.report)
        return handed

    async def _take_afresh(self, unknown: Unknown) -> Handed:
        """Take the next batch from a server that has forgotten the claim before; not from one that knows nothing."""
        if self.kept.claim is None:
            raise unknown
        handed = await self.desk.claim(self.order.pipeline, self._room(), self.order.lease)
        self.report.stale += len(self.kept.results)
        return handed

    async def _hand_in(self) -> None:
        """Hand in what there is and close the claim."""
        await self._hand_in_most()
        while self.kept.claim is not None:
            try:
                self._acknowledged(await self.desk.complete(self.kept.claim, self._results()), None)
            except Stale as stale:
                self._drop(stale)
            except Unfit as unfit:
                await self._hand_in_one_by_one(unfit)
            except Unknown:
                self.report.stale += len(self.kept.results)
                self._acknowledged({}, None)

    async def _hand_in_most(self) -> None:
        """Hand in what would be too much for one request beside the rest."""
        while (
            (claim := self.kept.claim) is not None
            and len(self.kept.results) > 1
            and _size(self.kept.results) > LARGEST
        ):
            await self._hand_in_part(claim, self.kept.results[: len(self.kept.results) // 2])

    async def _hand_in_one_by_one(self, unfit: Unfit) -> None:
        """Find the results that the server cannot use, and leave those out; if it is all of them, nothing."""
        results = [*self.kept.results]
        claim = self.kept.claim
        if claim is None or not self._results():
            raise unfit
        self.unanswered.clear()
        refused: set[int] = set()
        for each in results:
            try:
                await self._hand_in_part(claim, [each])
            except Unfit as error:
                _log.warning("result unfit", run=each["run"], code=error.code)
                refused.add(each["run"])
        if 1 < len(results) == len(refused):
            raise unfit
        self.report.unfit += len(refused)
        self._forget(refused)

    async def _hand_in_part(self, claim: str, results: list[dict[str, Any]]) -> None:
        try:
            settled = await self.desk.complete(claim, results, keep=True)
        except Stale as stale:
            self._drop(stale)
            return
        self._add(settled)
        self._forget({each["run"] for each in results})

    def _results(self) -> list[dict[str, Any]]:
        return [*self.kept.results, *self.unanswered]

    def _drop(self, stale: Stale) -> None:
        """Leave out what came too late."""
        runs = set(stale.runs)
        if not runs.intersection(each["run"] for each in self._results()):
            raise stale
        _log.warning("results stale", claim=self.kept.claim, runs=len(runs))
        self.report.stale += sum(each["run"] in runs for each in self.kept.results)
        self._forget(runs)

    def _forget(self, runs: set[int]) -> None:
        self.kept.results = [each for each in self.kept.results if each["run"] not in runs]
        self.unanswered = [each for each in self.unanswered if each["run"] not in runs]
        self.file.write(self.kept)

    def _acknowledged(self, settled: dict[str, int], claim: str | None) -> None:
        """The server has it all; from now on there is another claim, or none."""
        self._add(settled)
        self.unanswered = []
        self.kept = Kept(self.kept.server, self.kept.pipeline, claim)
        self.file.write(self.kept)

    def _add(self, settled: dict[str, int]) -> None:
        for name in ("filled", "empty", "review", "waiting", "failed"):
            setattr(self.report, name, getattr(self.report, name) + settled.get(name, 0))


def _taken_up(file: StateFile, server: str, pipeline: str) -> Kept:
    """What an earlier pull has left, if it was one of the same pipeline at the same server."""
    kept = file.read()
    if kept is None or (kept.server, kept.pipeline) == (server, pipeline):
        return kept or Kept(server, pipeline)
    if not kept.results:
        return Kept(server, pipeline)
    raise BadInput(
        f"{file.path} holds {len(kept.results)} results for pipeline {kept.pipeline} at {kept.server}.",
        hint="Hand them in there first, or name another file with --state.",
    )


def _size(results: Sequence[dict[str, Any]]) -> int:
    return sum(len(repr(each)) for each in results)


def _pausing(sleep: Sleep, stop: Callable[[], bool]) -> Callable[[float], Awaitable[None]]:
    """Waiting that ends soon after somebody wants to stop."""

    async def pause(seconds: float) -> None:
        while seconds > 0 and not stop():
            await sleep(min(1.0, seconds))
            seconds -= 1.0

    return pause
