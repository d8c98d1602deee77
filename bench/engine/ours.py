"""Completist's own ledger of work: the product's worker, on a kind whose finder knows nothing, at once."""

# ruff: noqa: D102 - `protocol.Entrant` says what these methods promise
from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import cast
from uuid import uuid4

from bench.engine.protocol import CHUNK, Entrant, answer
from bench.engine.tally import Tally

from completist.domain.fields import Level
from completist.domain.kind import Field, FieldType, Kind
from completist.domain.matching import Match, Verdict
from completist.domain.pipeline import Pipeline, input_digest
from completist.engine.claimers import this_process
from completist.engine.enriching import FillReport, Worker
from completist.engine.recording import schedule
from completist.sdk.catalogue import Catalogue
from completist.sdk.finder import Finding, Subject
from completist.sdk.registry import KindPlugin
from completist.store import items, run_states
from completist.store.bell import open_bell
from completist.store.database import Database, connect
from completist.store.libraries import ensure_library
from completist.store.migrating import migrate

BLANK = Kind(
    name="blank",
    plural="blanks",
    title="name",
    byline="name",
    keys=(),
    fields=(Field("name", FieldType.TEXT, "Name", wanted=True, level=Level.WORK),),
)
PIPELINE = Pipeline("nothing", BLANK.name, "1", ("name",), ("name",))
DIGEST = input_digest(PIPELINE, {})

#: More items than any measurement makes.
EVERYTHING = 10_000_000


@dataclass
class Nothing:
    """A finder that knows nothing."""

    started: Callable[[int], None]
    pipeline: Pipeline = PIPELINE

    def find(self, subjects: Sequence[Subject], catalogue: Catalogue) -> list[Finding]:  # noqa: ARG002 - not asked
        self.started(len(subjects))
        return [Finding(each.item_id, Match(Verdict.NONE, ("nothing",))) for each in subjects]


class Completist(Entrant):
    """Runs are made 1,000 to a transaction for items that are there; claimed and settled as in the product."""

    def setup(self, jobs: int) -> None:
        database = connect(self.url)
        migrate(database, Path(), _now())
        with database.write() as connection:
            library_id = ensure_library(connection, _now())
        for start in range(0, jobs, CHUNK):
            with database.write() as connection:
                items.create_items(connection, library_id, BLANK.name, min(CHUNK, jobs - start), _now())

    def open(self) -> None:
        self.database, self.library_id = _library(self.url)
        with self.database.read() as connection:
            made = items.page_items(connection, self.library_id, kind=BLANK.name, limit=EVERYTHING)
        self.ids = iter([item_id for item_id, _ in made])

    def enqueue(self, jobs: int) -> None:
        for start in range(0, jobs, CHUNK):
            self._make_due(min(CHUNK, jobs - start))

    def send(self) -> None:
        self._make_due(1)

    def _make_due(self, count: int) -> None:
        due = [(next(self.ids), DIGEST) for _ in range(count)]
        with self.database.write() as connection:
            schedule(connection, self.library_id, PIPELINE, due, _now(), fresh=True)

    def drain(self, tally: Tally) -> None:
        database, library_id = _library(self.url)
        finder = Nothing(tally.started)
        plugin = KindPlugin(kind=BLANK, finders=(finder,))
        worker = Worker(database, library_id, cast("Catalogue", None), _now, uuid4, this_process())
        report, counted = FillReport(), 0

        def progress(so_far: FillReport) -> None:
            nonlocal counted
            tally.finished(so_far.runs - counted)
            counted = so_far.runs

        bell, stop = open_bell(database), Event()
        tally.begin()
        while not tally.over:
            worker.drain(plugin, finder, report, progress=progress)
            bell.wait(self.poll, stop)

    def left(self) -> int:
        database, library_id = _library(self.url)
        with database.read() as connection:
            counts = run_states.count_runs(connection, library_id)
        return sum(count for (_, state), count in counts.items() if state in {"ready", "waiting", "claimed"})


def drain_all(url: str) -> int:
    """Work off all that is due; how many runs."""
    database, library_id = _library(url)
    finder, report = Nothing(lambda _count: None), FillReport()
    worker = Worker(database, library_id, cast("Catalogue", None), _now, uuid4, this_process())
    worker.drain(KindPlugin(kind=BLANK, finders=(finder,)), finder, report)
    return report.runs


def _library(url: str) -> tuple[Database, int]:
    database = connect(url)
    with database.write() as connection:
        return database, ensure_library(connection, _now())


def _now() -> int:
    return int(time.time() * 1000)


if __name__ == "__main__":
    answer(Completist)
