"""Claiming: outside workers take runs under a lease, report what they found, and take the next, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from uuid import UUID

from completist.domain.errors import BadInput, Conflict, NotFound, Stale
from completist.domain.pipeline import Pipeline
from completist.domain.run import Claim
from completist.engine import judging, requesting
from completist.engine.asking import ask, subjects_of
from completist.engine.judging import Reported
from completist.engine.patience import patiently
from completist.engine.recovering import recover
from completist.engine.settling import Batch, NoFinding, Settled, settle
from completist.engine.viewing import ItemView, view_items
from completist.engine.voices import DECLARED, Voices
from completist.sdk import registry
from completist.sdk.finder import Finding, Subject
from completist.sdk.registry import KindPlugin
from completist.store import claims, tallies
from completist.store.claims import OpenClaim
from completist.store.database import Connection, Database

#: How many runs a claim may hold, and for how long at a time, in milliseconds.
MOST_RUNS = 100
SHORTEST, USUAL, LONGEST = 60_000, 30 * 60_000, 6 * 3_600_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What a worker outside was handed: its claim with what is known of each item, or nothing.

    ``settled`` is what became of what it reported of the claim before, ``remaining`` how many more are ready.
    """

    claim: Claim | None
    pipeline: Pipeline
    subjects: dict[int, Subject]
    wanted: dict[int, tuple[str, ...]]  #: by item, the gaps that the pipeline may fill
    remaining: int
    settled: Settled


@dataclass(frozen=True, slots=True)
class Outside:
    """What it takes to serve workers outside of one library. ``who`` is the worker, by its key."""

    database: Database
    library_id: int
    clock: Callable[[], int]
    fresh_id: Callable[[], UUID]
    who: str
    chance: Random = field(default_factory=Random)
    voices: Voices = DECLARED  #: whom to believe

    def take(
        self,
        pipeline: str,
        limit: int = 20,
        lease: int = USUAL,
        previous: str | None = None,
        reported: Sequence[Reported] = (),
    ) -> Taken:
        """Close the claim before with what was found for it, and take the next: both or neither.

        What the claim before holds and nothing was reported for goes back, its attempt refunded.

        Raises:
            NotFound: There is no such pipeline, or the library never handed out the claim before.
            BadInput: A limit is out of range, or results do not fit.
            Stale: The claim before does not hold all of the runs that results were reported for.
        """
        plugin, declared = registry.pipeline(pipeline)
        _within("limit", limit, 1, MOST_RUNS)
        _within("lease", lease, SHORTEST, LONGEST)
        if reported and previous is None:
            raise BadInput("Results belong to a claim: name it as the previous one.")
        judging.check(plugin, reported)
        taken = patiently(lambda: self._take(plugin, declared, limit, lease, previous, reported))
        self._finish_jobs()
        return taken

    def _take(
        self,
        plugin: KindPlugin,
        declared: Pipeline,
        limit: int,
        lease: int,
        previous: str | None,
        reported: Sequence[Reported],
    ) -> Taken:
        with self._stale_counted(declared.name), self.database.write() as connection:
            now = self.database.moment(connection, self.clock)
            settled = Settled()
            if previous is not None:
                settled = self._close(connection, plugin, declared, previous, reported, now)
            recover(connection, now, self.who)
            claims.stage(connection, now)
            claim = claims.claim_runs(
                connection,
                str(self.fresh_id()),
                self.library_id,
                declared.name,
                declared.version,
                limit=limit,
                lease=lease,
                claimer=self.who,
                now=now,
            )
            remaining = claims.count_ready(connection, self.library_id, declared.name, declared.version)
            subjects, wanted = _told(connection, declared, claim)
        return Taken(claim, declared, subjects, wanted, remaining, settled)

    def complete(self, claim_id: str, reported: Sequence[Reported], *, keep: bool = False) -> Settled:
        """Record what was found, and close the claim unless it is to ``keep`` what nothing was reported for.

        Raises:
            NotFound: The library never handed out this claim.
            BadInput: Results do not fit.
            Stale: The claim does not hold all of these runs; nothing was written.
        """
        pipeline = self._pipeline_of(claim_id)
        plugin, declared = registry.pipeline(pipeline)
        judging.check(plugin, reported)

        def close() -> Settled:
            with self._stale_counted(pipeline), self.database.write() as connection:
                now = self.database.moment(connection, self.clock)
                return self._close(connection, plugin, declared, claim_id, reported, now, keep=keep)

        settled = patiently(close)
        self._finish_jobs()
        return settled

    def heartbeat(self, claim_id: str, lease: int = USUAL) -> OpenClaim:
        """Extend a claim; as it stands, with the runs that it still holds.

        Raises:
            NotFound: The library never handed out this claim.
            BadInput: The lease is out of range.
            Conflict: It is closed: its runs are somebody else's.
        """
        _within("lease", lease, SHORTEST, LONGEST)
        with self.database.write() as connection:
            now = self.database.moment(connection, self.clock)
            claim = claims.read_open(connection, self.library_id, claim_id, hold=True)
            if claim is None:
                self._require(connection, claim_id)
                raise Conflict(f"Claim {claim_id} is closed; its runs went back.", hint="Claim again.")
            claims.heartbeat(connection, claim_id, lease, now)
            return replace(claim, lease_until=now + lease)

    def release(self, claim_id: str) -> int:
        """Give back all that a claim still holds; how many runs, 0 when it was closed before.

        Raises:
            NotFound: The library never handed out this claim.
        """
        with self.database.write() as connection:
            self._require(connection, claim_id)
            claims.hold_claim(connection, claim_id)
            return claims.close_claim(connection, claim_id, self.database.moment(connection, self.clock))

    def claim_of(self, pipeline: str, items: Sequence[int]) -> str | None:
        """The one open claim of this worker that holds runs of these items; None when none or several do."""
        with self.database.read() as connection:
            found = claims.claim_holding(connection, pipeline, items, self.who)
        return next(iter(found)) if len(found) == 1 else None

    def runs_of(self, claim_id: str) -> dict[int, int]:
        """The runs that a claim still holds, by item."""
        with self.database.read() as connection:
            claim = claims.read_open(connection, self.library_id, claim_id)
        return {} if claim is None else {run.item_id: run.id for run in claim.runs}

    def _close(
        self,
        connection: Connection,
        plugin: KindPlugin,
        pipeline: Pipeline,
        claim_id: str,
        reported: Sequence[Reported],
        now: int,
        *,
        keep: bool = False,
    ) -> Settled:
        claim = claims.read_open(connection, self.library_id, claim_id, hold=True)
        held = {} if claim is None else {run.id: run for run in claim.runs}
        lost = sorted(each.run_id for each in reported if each.run_id not in held)
        if claim is None:
            self._require(connection, claim_id)
        if lost:
            raise Stale(
                f"Claim {claim_id} does not hold {len(lost)} of these runs any more; nothing was written.",
                lost,
                hint="Leave these out and send the rest again.",
            )
        if claim is None:
            return Settled()
        if claim.pipeline != pipeline.name:
            raise BadInput(f"Claim {claim_id} is one of pipeline {claim.pipeline}, not {pipeline.name}.")
        batch = self._judged(connection, plugin, pipeline, claim, reported, now)
        kept = replace(batch, keep=keep)
        return settle(connection, self.library_id, plugin, pipeline, kept, now, self.who, self.voices)

    def _judged(
        self,
        connection: Connection,
        plugin: KindPlugin,
        pipeline: Pipeline,
        claim: OpenClaim,
        reported: Sequence[Reported],
        now: int,
    ) -> Batch:
        whole = Claim(claim.id, claim.pipeline, claim.version, claim.runs, claim.lease_until)
        asked = ask(connection, pipeline, [run.item_id for run in claim.runs], hold=True)
        subjects = asked.subjects
        runs = {run.id: run for run in claim.runs}
        provider = pipeline.name if pipeline in plugin.outside else self.who
        findings: dict[int, Finding] = {}
        others: dict[int, NoFinding] = {}
        for each in reported:
            run = runs[each.run_id]
            found = judging.judge(
                plugin, pipeline, run, subjects[run.item_id], each, provider, now, self.chance
            )
            if isinstance(found, NoFinding):
                others[run.item_id] = found
            else:
                findings[run.item_id] = found
        return Batch(whole, asked, findings, others, provider=provider)

    def _finish_jobs(self) -> None:
        """In a transaction of its own: who cancels a job holds it before its runs, and this would hold it after."""
        with self.database.write() as connection:
            requesting.finish(connection, self.library_id, self.database.moment(connection, self.clock))

    def _pipeline_of(self, claim_id: str) -> str:
        with self.database.read() as connection:
            found = claims.pipeline_of(connection, self.library_id, claim_id)
        if found is None:
            raise _no_claim(claim_id)
        return found

    def _require(self, connection: Connection, claim_id: str) -> None:
        if claims.pipeline_of(connection, self.library_id, claim_id) is None:
            raise _no_claim(claim_id)

    @contextmanager
    def _stale_counted(self, pipeline: str) -> Iterator[None]:
        """Count what is refused as stale, in a transaction of its own: that of the refusal is rolled back."""
        try:
            yield
        except Stale as error:
            with self.database.write() as connection:
                counted = {("stale_completions", pipeline, "", ""): len(error.runs)}
                tallies.add_tallies(connection, counted, self.who)
            raise


def _told(
    connection: Connection, pipeline: Pipeline, claim: Claim | None
) -> tuple[dict[int, Subject], dict[int, tuple[str, ...]]]:
    if claim is None:
        return {}, {}
    views = view_items(connection, {run.item_id: pipeline.kind for run in claim.runs})
    said = {view.id: view.said for view in views}
    return subjects_of(connection, pipeline, said), {view.id: _wanted(pipeline, view) for view in views}


def _wanted(pipeline: Pipeline, view: ItemView) -> tuple[str, ...]:
    filled = {name for name, value in view.values.items() if value.data is not None} | view.locked
    return tuple(name for name in pipeline.fills if name not in filled)


def _within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise BadInput(f"{name} takes {least} to {most}, not {value}.")


def _no_claim(claim_id: str) -> NotFound:
    return NotFound(
        f"There is no claim {claim_id}.", hint="Claims are forgotten a month after they were closed."
    )
