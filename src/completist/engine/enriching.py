"""Enriching: claims due runs, lets the finders look things up, and records what they found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from uuid import UUID

from completist.domain.run import Claim
from completist.engine.asking import read_subjects
from completist.engine.claimers import is_gone
from completist.engine.settling import Settled, settle
from completist.sdk.catalogue import Catalogue
from completist.sdk.finder import Finder, Finding, Subject
from completist.sdk.registry import KindPlugin
from completist.store import claims
from completist.store.database import Database
from completist.store.items import chunked

#: Runs per claim.
BATCH = 100

#: How long a worker inside this process may be silent, in milliseconds.
LEASE = 60_000


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

    def add(self, settled: Settled) -> None:
        """Count a settled batch in."""
        self.runs += settled.runs
        self.filled += settled.filled
        self.empty += settled.empty
        self.review += settled.review
        self.failed += settled.failed
        self.values += settled.values


@dataclass(frozen=True, slots=True)
class Worker:
    """What it takes to work off runs: where they stand, whom to ask, what time it is."""

    database: Database
    library_id: int
    catalogue: Catalogue
    clock: Callable[[], int]
    fresh_id: Callable[[], UUID]
    name: str

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
    ) -> None:
        """Work off what is due in one pipeline, batch by batch, until nothing is due, ``limit`` or ``stop``."""
        goal = None if limit is None else report.runs + limit
        for part in [None] if items is None else chunked(items):
            while not stop() and (goal is None or report.runs < goal):
                room = BATCH if goal is None else min(BATCH, goal - report.runs)
                claim = self.claim(finder, room, part)
                if claim is None:
                    break
                report.add(self.work(plugin, finder, claim))
                progress(report)

    def claim(self, finder: Finder, limit: int, items: Sequence[int] | None = None) -> Claim | None:
        """Take the next batch; None when nothing is due."""
        now = self.clock()
        with self.database.write() as connection:
            dead = [claim_id for claim_id, claimer in claims.open_claims(connection) if is_gone(claimer)]
            claims.expire_claims(connection, now, dead)
            return claims.claim_runs(
                connection,
                str(self.fresh_id()),
                self.library_id,
                finder.pipeline.name,
                limit=limit,
                lease=LEASE,
                claimer=self.name,
                now=now,
                items=items,
            )

    def work(self, plugin: KindPlugin, finder: Finder, claim: Claim) -> Settled:
        """Look up a batch with no transaction open, then settle it in one."""
        with self.database.read() as connection:
            asked = read_subjects(connection, finder.pipeline, [run.item_id for run in claim.runs])
        subjects = list(asked.values())
        begun = perf_counter()
        findings, failed = find(finder, subjects, self.catalogue)
        spent = (perf_counter() - begun) * 1000 / max(1, len(subjects))
        return settle(
            self.database,
            self.library_id,
            plugin,
            finder.pipeline,
            claim,
            asked,
            findings,
            failed,
            spent,
            self.clock(),
        )


def find(
    finder: Finder, subjects: Sequence[Subject], catalogue: Catalogue
) -> tuple[dict[int, Finding], dict[int, str]]:
    """Findings by item, and for items that broke the finder the name of the error.

    A batch that breaks is halved until the broken item stands alone, so one bad record never takes others along.
    """
    try:
        return {finding.item_id: finding for finding in finder.find(subjects, catalogue)}, {}
    except Exception as error:  # noqa: BLE001 - the one place where a failed attempt is turned into a record
        if len(subjects) == 1:
            return {}, {subjects[0].item_id: type(error).__name__}
    middle = len(subjects) // 2
    left, broken_left = find(finder, subjects[:middle], catalogue)
    right, broken_right = find(finder, subjects[middle:], catalogue)
    return left | right, broken_left | broken_right
