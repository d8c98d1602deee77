"""Filling: working off all that is due, one pipeline after the other, until nothing is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from threading import Event
from time import perf_counter
from typing import TypeAlias

from completist.domain.errors import BadInput
from completist.domain.pipeline import Pipeline
from completist.engine import requesting, scanning
from completist.engine.conditions import ALWAYS, When
from completist.engine.enriching import FillReport, Worker, together
from completist.engine.selecting import check, select
from completist.sdk import registry
from completist.sdk.finder import Finder, NoFinder
from completist.sdk.registry import KindPlugin
from completist.store import jobs, runs
from completist.store.database import Database

#: Seconds between two looks for items whose picture may be looked for by now.
PAUSE = 0.5

#: Items of a job that are worked off before the next ones are looked up.
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants filled: everything, or items of one kind, some items, those for which conditions hold.

    ``limit`` is the most runs; ``again`` asks once more about items that nobody knew or that failed.
    """

    kind: str | None = None
    ids: Sequence[int] | None = None
    when: When = ALWAYS
    limit: int | None = None
    again: bool = False


#: Whether live providers can be asked for a pipeline.
Asks: TypeAlias = Callable[[str], bool]


def due(
    database: Database, library_id: int, wish: Wish, now: int, asks: Asks = lambda _pipeline: False
) -> dict[str, int]:
    """How many runs of each pipeline `fill` would work off. Writes nothing.

    Items that a run brings along (the authors of a book) are not counted: nobody knows them yet.

    Raises:
        NotFound: There is no such kind, item or wanted field.
    """
    check(database, library_id, wish.kind, wish.ids, wish.when.missing)
    counts: dict[str, int] = {}
    for plugin, finder in finders(wish.kind, asks):
        chosen = select(database, library_id, plugin, finder.pipeline, wish.ids, wish.when, now)
        found = scanning.due(database, library_id, finder.pipeline, now, again=wish.again)
        if chosen is not None and wish.when.older_than is not None:
            found |= scanning.done(database, finder.pipeline, chosen)
        count = len(found if chosen is None else found.intersection(chosen))
        room = count if wish.limit is None else max(0, wish.limit - sum(counts.values()))
        counts[finder.pipeline.name] = min(count, room)
    return counts


def fill(
    worker: Worker,
    wish: Wish,
    *,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[FillReport], None] = lambda _report: None,
) -> FillReport:
    """Work off what is due. What one pipeline brings in for another is filled in the same call.

    Raises:
        NotFound: There is no such kind, item or wanted field.
    """
    begun = perf_counter()
    report = FillReport()
    database, library_id = worker.database, worker.library_id
    check(database, library_id, wish.kind, wish.ids, wish.when.missing)
    wanted = finders(wish.kind, worker.asks)
    meant: dict[str, list[int] | None] = {}
    for plugin, finder in wanted:
        pipeline = finder.pipeline
        scanning.scan(database, library_id, pipeline, worker.clock, stop)
        with database.read() as connection:
            now = database.moment(connection, worker.clock)
        chosen = select(database, library_id, plugin, pipeline, wish.ids, wish.when, now)
        meant[pipeline.name] = chosen
        with database.write() as connection:
            now = database.moment(connection, worker.clock)
            runs.revive(connection, library_id, pipeline.name, pipeline.version, now, chosen)
        if wish.again:
            _ask_again(worker, pipeline, chosen)
        if chosen is not None and wish.when.older_than is not None:
            scanning.redo(database, library_id, pipeline, chosen, worker.clock)
    if wish.limit is not None:
        worker = worker.in_one_turn()  # or what is gone on with later would make room for others

    def drain(plugin: KindPlugin, finder: Finder) -> None:
        room = None if wish.limit is None else wish.limit - report.runs
        chosen = meant[finder.pipeline.name]
        worker.drain(plugin, finder, report, items=chosen, limit=room, stop=stop, progress=progress)

    before = -1
    # Once more for what is gone on with, and for what a pipeline brought in for another.
    while report.batches > before:
        before = report.batches
        if wish.limit is None:
            in_turn(worker, wanted, drain)
        else:
            for plugin, finder in wanted:
                drain(plugin, finder)
    with database.write() as connection:
        requesting.finish(connection, library_id, database.moment(connection, worker.clock))
        report.waiting = runs.count_waiting(connection, library_id)
    report.seconds = round(perf_counter() - begun, 3)
    return report


def in_turn(
    worker: Worker,
    wanted: Sequence[tuple[KindPlugin, Finder]],
    drain: Callable[[KindPlugin, Finder], None],
) -> None:
    """Drain each pipeline in order, and at once those that live providers are asked for: they mostly wait.

    What is about pictures follows behind the others, item by item: what an item is should be known before.
    """
    asking = [pair for pair in wanted if worker.asks(pair[1].pipeline.name)]
    for plugin, finder in wanted:
        if (plugin, finder) not in asking:
            drain(plugin, finder)
    first = [partial(drain, *pair) for pair in asking if pair[1].pipeline.picture is None]
    behind = [partial(drain, *pair) for pair in asking if pair[1].pipeline.picture is not None]
    over = Event()

    def lead() -> None:
        try:
            together(first)
        finally:
            over.set()

    def follow() -> None:
        while not over.wait(PAUSE):
            together(behind)

    together([lead, follow] if behind else [lead])
    together(behind)


def work_off(
    worker: Worker,
    job_id: int,
    *,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[FillReport], None] = lambda _report: None,
) -> FillReport:
    """Work off what is due of one job, and nothing else.

    Raises:
        NotFound: The library has no such job.
        BadInput: No finder here fills its pipeline.
    """
    begun = perf_counter()
    report = FillReport()
    database, library_id = worker.database, worker.library_id
    with database.read() as connection:
        pipeline = requesting.show(connection, library_id, job_id).job.pipeline
    found = next((each for each in finders(None, worker.asks) if each[1].pipeline.name == pipeline), None)
    if found is None:
        raise BadInput(f"Workers outside fill {pipeline}: nothing here can.", hint="completist pull --help")
    plugin, finder = found
    worker = replace(worker, follows=False)  # what was asked for is not kept waiting
    after = 0
    while not stop():
        with database.read() as connection:
            page = jobs.items_in(connection, job_id, ["ready", "waiting"], after=after, limit=PAGE)
        if not page:
            break
        worker.drain(plugin, finder, report, items=page, stop=stop, progress=progress)
        after = page[-1]
    with database.write() as connection:
        requesting.finish(connection, library_id, database.moment(connection, worker.clock))
    report.seconds = round(perf_counter() - begun, 3)
    return report


def finders(kind: str | None = None, asks: Asks = lambda _pipeline: False) -> list[tuple[KindPlugin, Finder]]:
    """Every finder, or those of one kind, in order of priority.

    A pipeline that is filled outside is filled here, too, once live providers can be asked for it. One that looks at
    pictures waits until there is a way to them.
    """
    both: list[tuple[KindPlugin, Finder]] = []
    for plugin in registry.plugins().values():
        if kind in (None, plugin.kind.name):
            both += [
                (plugin, f) for f in plugin.finders if f.pipeline.picture is None or asks(f.pipeline.name)
            ]
            both += [(plugin, NoFinder(each)) for each in plugin.outside if asks(each.name)]
    return sorted(both, key=lambda pair: (pair[1].pipeline.priority, pair[1].pipeline.name))


def _ask_again(worker: Worker, pipeline: Pipeline, chosen: Sequence[int] | None) -> None:
    with worker.database.write() as connection:
        ready = runs.unanswered(connection, worker.library_id, pipeline.name, pipeline.version, chosen)
        runs.make_ready(connection, ready, worker.clock())
