"""Enriching: claims due runs, lets the finders look things up, and records what they found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import reduce
from math import inf
from random import Random
from threading import Event, Lock, Thread
from time import perf_counter
from typing import Protocol
from uuid import UUID

import structlog

from completist.catalog.collecting import uncollected
from completist.domain.errors import ActionRequired, Retryable
from completist.domain.matching import Verdict
from completist.domain.retry import postponed
from completist.domain.run import Claim, Outcome, Result, Run, RunState
from completist.engine import batches
from completist.engine.ahead import Ahead
from completist.engine.asking import Asked, ask
from completist.engine.finding import Found, look_up
from completist.engine.helping import Helpers
from completist.engine.inquiry.inquiring import Inquirer
from completist.engine.inquiry.matters import Inquired
from completist.engine.lanes import Crew, Room, together
from completist.engine.patience import patiently
from completist.engine.recovering import recover
from completist.engine.settling import Batch, NoFinding, Settled, settle
from completist.engine.voices import DECLARED, Voices
from completist.sdk.catalogue import Catalogue, NoCatalogue
from completist.sdk.finder import Finder, Finding, Unasked
from completist.sdk.registry import KindPlugin
from completist.store import claims
from completist.store.database import Connection, Database
from completist.store.items import chunked

#: Batches that one worker has under way at once where live providers are asked.
LANES = 4

#: How long a worker inside this process may be silent, in milliseconds.
LEASE = 60_000

#: The code of a run that waits because no live provider can be asked, and how long it does, in milliseconds.
OFFLINE, UNASKED = "offline", 3_600_000

#: How often it says that it is there while it looks things up, in seconds.
BEAT = 15.0

_log = structlog.get_logger()


@dataclass(slots=True)
class FillReport:
    """What a fill came to, in runs; ``values`` counts the values written."""

    runs: int = 0
    filled: int = 0
    empty: int = 0
    review: int = 0
    failed: int = 0
    waiting: int = 0
    values: int = 0
    seconds: float = 0.0
    batches: int = 0
    #: Items that live providers were asked about: (provider, outcome).
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def add(self, settled: Settled) -> None:
        """Count a settled batch in."""
        with self._lock:
            self.batches += 1
            self.runs += settled.runs
            self.filled += settled.filled
            self.empty += settled.empty
            self.review += settled.review
            self.failed += settled.failed
            self.values += settled.values
            self.asked.update(settled.asked)


class Makes(Protocol):
    """Works off what is due of a kind whose pipeline makes cards, as `Worker.drain` does of others."""

    def __call__(
        self,
        worker: Worker,
        plugin: KindPlugin,
        report: FillReport,
        *,
        items: Sequence[int] | None,
        limit: int | None,
        stop: Callable[[], bool],
        progress: Callable[[FillReport], None],
    ) -> None:
        """Until nothing is due, ``limit`` or ``stop``."""
        ...


@dataclass(frozen=True, slots=True)
class Worker:
    """What it takes to work off runs: where they stand, whom to ask, what time it is."""

    database: Database
    library_id: int
    catalogue: Catalogue
    clock: Callable[[], int]
    fresh_id: Callable[[], UUID]
    name: str
    chance: Random = field(default_factory=Random)
    inquirer: Inquirer | None = None  #: asks live providers; without one, only what is on this machine counts
    voices: Voices = DECLARED  #: whom to believe
    orderly: bool = False  #: what pipelines before this one have to do with goes there first
    own: Mapping[str, Finder] = field(default_factory=dict)  #: finders that the app has made, by pipeline
    held: set[str] = field(default_factory=set)  #: the claims that are being worked on
    makes: Makes | None = None  #: works off the pipelines of makers of cards
    helpers: Helpers | None = None  #: look things up beside this process

    def drain(
        self,
        plugin: KindPlugin,
        finder: Finder,
        report: FillReport,
        *,
        items: Sequence[int] | None = None,
        limit: int | None = None,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[FillReport], None] = lambda _report: None,
    ) -> bool:
        """Work off what is due in one pipeline, batch by batch, until nothing is due, ``limit`` or ``stop``.

        Whether anything was due.

        A batch is settled and the next one taken in one transaction. Where live providers are asked, several batches
        are under way at once: one waits for its provider while others are asked elsewhere.
        """
        if self.makes is not None and any(finder.pipeline == maker.pipeline for maker in plugin.makers):
            before = report.batches
            self.makes(self, plugin, report, items=items, limit=limit, stop=stop, progress=progress)
            return report.batches > before
        room = Room(limit)
        worked = Event()
        lanes = LANES if self.asks(finder.pipeline.name) and (limit is None or limit > batches.BATCH) else 1

        crew = Crew(lanes)

        def tell(settled: Settled) -> None:
            report.add(settled)
            progress(report)
            if settled.later:
                crew.leave()

        def lane() -> None:
            try:
                look()
            except BaseException:
                crew.drop_out()
                raise

        def look() -> None:
            more = True
            while more:
                seen = crew.left
                for part in [None] if items is None else chunked(items):
                    if self._drain(plugin, finder, report, room, part, stop, progress, tell):
                        worked.set()
                more = crew.has_more(seen) and not stop()

        together([lane] * lanes)
        return worked.is_set()

    def _drain(
        self,
        plugin: KindPlugin,
        finder: Finder,
        report: FillReport,
        room: Room,
        part: Sequence[int] | None,
        stop: Callable[[], bool],
        progress: Callable[[FillReport], None],
        tell: Callable[[Settled], None],
    ) -> bool:
        if self.helpers is not None and self.helpers.can(plugin, finder, self._due(finder, room, part)):
            ahead = Ahead(self, self.helpers, plugin, finder, part, room, stop, batches.fitted)
            return ahead.drain(batches.BATCH, report, progress)
        asks = self.asks(finder.pipeline.name)
        size, worked = batches.ASKED if asks else batches.BATCH, False
        granted = 0 if stop() else room.take(size)
        claim = self.claim(finder, granted, part) if granted else None
        while True:
            room.give_back(granted - (0 if claim is None else len(claim.runs)))
            if claim is None:
                return worked
            begun, worked = perf_counter(), True
            granted = 0 if stop() else room.take(size)
            settled, claim = self._work(plugin, finder, claim, granted, part, stop, tell)
            size = batches.ASKED if asks else batches.fitted(size, perf_counter() - begun)
            report.add(settled)
            progress(report)

    def _due(self, finder: Finder, room: Room, items: Sequence[int] | None) -> int:
        """About how many runs of a pipeline this process will look up in the catalogue alone."""
        pipeline = finder.pipeline
        if self.asks(pipeline.name) or not self.has_catalogue:
            return 0
        with self.database.read() as connection:
            ready = claims.count_ready(connection, self.library_id, pipeline.name, pipeline.version)
        return min(ready, *(len(each) for each in (items,) if each is not None), room.most(ready))

    @property
    def has_catalogue(self) -> bool:
        """Whether there is an offline catalogue to look things up in."""
        return not isinstance(self.catalogue, NoCatalogue)

    def asks(self, pipeline: str) -> bool:
        """Whether live providers can be asked for a pipeline."""
        return self.inquirer is not None and self.inquirer.asks(pipeline)

    def in_one_turn(self) -> Worker:
        """The same, asking about each batch until nothing is left to ask."""
        patient = None if self.inquirer is None else replace(self.inquirer, turn=inf)
        return replace(self, inquirer=patient)

    def in_order(self) -> Worker:
        """The same, leaving to the pipelines before it what they have still to do with."""
        return replace(self, orderly=True)

    def claim(self, finder: Finder, limit: int, items: Sequence[int] | None = None) -> Claim | None:
        """Take the next batch; None when nothing is due."""
        with self._write() as (connection, now):
            recover(connection, now, self.name)
            claims.stage(connection, now)
            return self._take(connection, now, finder, limit, items)

    def work(self, plugin: KindPlugin, finder: Finder, claim: Claim) -> Settled:
        """Look up a batch with no transaction open, then settle it in one."""
        parts: list[Settled] = []
        last, _ = self._work(plugin, finder, claim, 0, None, lambda: False, parts.append)
        return reduce(Settled.plus, parts, last)

    def _work(
        self,
        plugin: KindPlugin,
        finder: Finder,
        claim: Claim,
        room: int,
        items: Sequence[int] | None,
        stop: Callable[[], bool],
        tell: Callable[[Settled], None],
    ) -> tuple[Settled, Claim | None]:
        """Settle a claim: what is through before the others by itself, with its result to ``tell``."""
        asked = self.asked(finder, claim)

        def hand_in(batch: Batch, failed: Mapping[int, Exception]) -> None:
            tell(self.record(plugin, finder, batch, failed, 0, None, stop)[0])

        with self.beating(claim):
            found = look_up(finder, list(asked.subjects.values()), self.catalogue)
            batch, failed = self.batch(plugin, finder, claim, asked, found, stop, hand_in)
        return self.record(plugin, finder, batch, failed, room, items, stop)

    def record(
        self,
        plugin: KindPlugin,
        finder: Finder,
        batch: Batch,
        failed: Mapping[int, Exception],
        room: int,
        items: Sequence[int] | None,
        stop: Callable[[], bool],
    ) -> tuple[Settled, Claim | None]:
        """Settle a batch and take the next one, in one transaction."""

        def write() -> tuple[Settled, Claim | None]:
            with self._write() as (connection, now):
                pipeline = finder.pipeline
                whole = replace(batch, others=self._others(batch, failed, now))
                settled = settle(
                    connection, self.library_id, plugin, pipeline, whole, now, self.name, self.voices
                )
                more = room and not stop()
                return settled, self._take(connection, now, finder, room, items) if more else None

        with uncollected():  # a batch is thousands of values
            settled, following = patiently(write)
        if not batch.keep:
            self.held.discard(batch.claim.id)
        return settled, following

    def give_back(self) -> int:
        """Close what is held at this moment; what is found for it later is refused. How many runs went back.

        For a process that has to end, or whose database went away before it could settle.
        """
        given = 0
        for claim_id in list(self.held):
            with self._write() as (connection, now):
                claims.hold_claim(connection, claim_id)
                given += claims.close_claim(connection, claim_id, now)
            self.held.discard(claim_id)
        return given

    def asked(self, finder: Finder, claim: Claim) -> Asked:
        """What a finder is told of a claim's items."""
        with uncollected(), self.database.read() as connection:
            return ask(connection, finder.pipeline, [run.item_id for run in claim.runs])

    def batch(
        self,
        plugin: KindPlugin,
        finder: Finder,
        claim: Claim,
        asked: Asked,
        found: Found,
        stop: Callable[[], bool],
        hand_in: Callable[[Batch, Mapping[int, Exception]], None] | None = None,
    ) -> tuple[Batch, Mapping[int, Exception]]:
        """What was found for a claim, here and by live providers, and the errors by item.

        What is through before the others goes to ``hand_in``, with the claim still open, and is not returned.
        """
        through: set[int] = set()

        def came(inquired: Inquired, runs: Iterable[Run], *, keep: bool = False) -> Batch:
            findings, others = inquired.findings, inquired.pending
            if isinstance(finder, Unasked):
                findings, others = _without_negatives(findings, others, self.clock())
            part = replace(claim, runs=tuple(runs))
            return Batch(part, asked, findings, others, found.spent, tries=inquired.tries, keep=keep)

        def part_is_through(inquired: Inquired) -> None:
            items = {*inquired.findings, *inquired.pending}
            through.update(items)
            if hand_in is not None:
                hand_in(came(inquired, (r for r in claim.runs if r.item_id in items), keep=True), {})

        inquired = Inquired(found.findings)
        if self.inquirer is not None:
            attempts = {run.item_id: run.attempts for run in claim.runs}
            inquired = self.inquirer.inquire(
                plugin,
                finder.pipeline,
                asked,
                found.findings,
                attempts,
                stop,
                self._unripe(finder, claim),
                part_is_through if hand_in is not None else None,
            )
        gone = inquired.unasked | through
        return came(inquired, (r for r in claim.runs if r.item_id not in gone)), found.failed

    def _unripe(self, finder: Finder, claim: Claim) -> frozenset[int]:
        """The items of a claim that the pipeline before this one has still to name."""
        pipeline = finder.pipeline
        if not (self.orderly and pipeline.yields_wholly and self.asks(pipeline.name)):
            return frozenset()
        with self.database.read() as connection:
            ids = [run.item_id for run in claim.runs]
            return claims.unripe(connection, self.library_id, ids, pipeline.yields_to)

    def _others(self, batch: Batch, failed: Mapping[int, Exception], now: int) -> dict[int, NoFinding]:
        """What becomes of the runs that got no finding, by item; what may pass is tried again."""
        others = dict(batch.others)
        for run in batch.claim.runs:
            error = failed.get(run.item_id)
            if isinstance(error, Retryable):
                result = postponed(
                    Outcome.TRANSIENT,
                    run.attempts,
                    now,
                    error.after or None,
                    self.chance,
                    resting=error.resting,
                )
                others[run.item_id] = NoFinding(Outcome.TRANSIENT, result)
            elif isinstance(error, ActionRequired):  # a person's to mend, and no fault of the item
                result = postponed(Outcome.INVALID_KEY, run.attempts, now, None, self.chance)
                others[run.item_id] = NoFinding(Outcome.INVALID_KEY, result)
            elif run.item_id not in batch.findings and run.item_id not in others:
                code = "no_answer" if error is None else type(error).__name__
                others[run.item_id] = NoFinding(Outcome.BAD_RESPONSE, Result(RunState.FAILED, code))
        return others

    @contextmanager
    def _write(self) -> Iterator[tuple[Connection, int]]:
        with self.database.write() as connection:
            yield connection, self.database.moment(connection, self.clock)

    def _take(
        self, connection: Connection, now: int, finder: Finder, limit: int, items: Sequence[int] | None
    ) -> Claim | None:
        claim_id = str(self.fresh_id())
        self.held.add(
            claim_id
        )  # before it is committed: a database that goes away does not tell whether it was
        taken = claims.claim_runs(
            connection,
            claim_id,
            self.library_id,
            finder.pipeline.name,
            finder.pipeline.version,
            limit=limit,
            lease=LEASE,
            claimer=self.name,
            now=now,
            items=items,
            behind=finder.pipeline.yields_to if self.orderly else "",
            wholly=finder.pipeline.yields_wholly,
        )
        if taken is None:
            self.held.discard(claim_id)
        return taken

    @contextmanager
    def beating(self, claim: Claim) -> Iterator[None]:
        """Say every `BEAT` seconds that the batch is being worked on, for as long as that takes."""
        over = Event()
        heart = Thread(target=self._beat, args=(claim, over), name="heartbeat", daemon=True)
        heart.start()
        try:
            yield
        finally:
            over.set()
            heart.join()

    def _beat(self, claim: Claim, over: Event) -> None:
        while not over.wait(BEAT):
            try:
                with self._write() as (connection, now):
                    claims.heartbeat(connection, claim.id, LEASE, now)
            except Exception as error:  # noqa: BLE001 - the next beat may get through; without any, the fence holds
                _log.warning("heartbeat_failed", claim=claim.id, error=type(error).__name__)


def _without_negatives(
    findings: Mapping[int, Finding], others: Mapping[int, NoFinding], now: int
) -> tuple[Mapping[int, Finding], Mapping[int, NoFinding]]:
    """What was found where nobody could be asked: that something is not known is no finding then, and waits."""
    known = {i: each for i, each in findings.items() if each.match.verdict is not Verdict.NONE}
    later = NoFinding(Outcome.TRANSIENT, Result(RunState.WAITING, OFFLINE, now + UNASKED, refund=True))
    return known, {**dict.fromkeys(findings.keys() - known.keys(), later), **others}
