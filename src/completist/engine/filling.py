"""Filling: working off all that is due, one pipeline after the other, until nothing is left."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from types import MappingProxyType

from completist.domain.errors import BadInput
from completist.domain.pipeline import Pipeline
from completist.engine import requesting, scanning
from completist.engine.conditions import ALWAYS, When
from completist.engine.enriching import OFFLINE, FillReport, Worker
from completist.engine.selecting import check, select
from completist.engine.turns import Asks, in_turn
from completist.sdk import registry
from completist.sdk.finder import Finder, NoFinder, Unasked
from completist.sdk.registry import KindPlugin
from completist.store import jobs, run_states, runs, waits
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


def due(
    database: Database,
    library_id: int,
    wish: Wish,
    now: int,
    asks: Asks = lambda _pipeline: False,
    own: Mapping[str, Finder] = MappingProxyType({}),
) -> dict[str, int]:
    """How many runs of each pipeline `fill` would work off. Writes nothing.

    Items that a run brings along (the authors of a book) are not counted: nobody knows them yet.

    Raises:
        NotFound: There is no such kind, item or wanted field.
    """
    check(database, library_id, wish.kind, wish.ids, wish.when.missing)
    counts: dict[str, int] = {}
    for plugin, finder in finders(wish.kind, asks, own):
        chosen = select(database, library_id, plugin, finder.pipeline, wish.ids, wish.when, now)
        found = scanning.due(database, library_id, finder.pipeline, now, again=wish.again)
        if asks(finder.pipeline.name):
            with database.read() as connection:
                found |= waits.waiting_for(connection, library_id, finder.pipeline.name, OFFLINE)
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
    wanted = finders(wish.kind, worker.asks, worker.own, catalogue=worker.has_catalogue)
    meant = _made_due(worker, wanted, wish, stop)
    if wish.when == ALWAYS:
        worker = worker.in_order()
    if wish.limit is not None:
        worker = worker.in_one_turn()  # or what is gone on with later would make room for others

    def drain(plugin: KindPlugin, finder: Finder) -> bool:
        room = None if wish.limit is None else wish.limit - report.runs
        chosen = meant[finder.pipeline.name]
        return worker.drain(plugin, finder, report, items=chosen, limit=room, stop=stop, progress=progress)

    def drain_whole(plugin: KindPlugin, finder: Finder) -> None:
        while drain(plugin, finder) and not stop():
            pass  # what is gone on with later is due again at once

    before = -1
    # Once more for what is gone on with, and for what a pipeline brought in for another.
    while report.batches > before:
        before = report.batches
        if wish.limit is None:
            in_turn(wanted, worker.asks, drain_whole, stop)
        else:
            for plugin, finder in wanted:
                drain(plugin, finder)
    with database.write() as connection:
        requesting.finish(connection, library_id, database.moment(connection, worker.clock))
        report.waiting = run_states.count_waiting(connection, library_id)
    report.seconds = round(perf_counter() - begun, 3)
    return report


def _made_due(
    worker: Worker, wanted: Sequence[tuple[KindPlugin, Finder]], wish: Wish, stop: Callable[[], bool]
) -> dict[str, list[int] | None]:
    """Make runs for what is wished; the items that are meant, by pipeline, None for all of them."""
    database, library_id = worker.database, worker.library_id
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
            if worker.asks(pipeline.name):
                waits.end(connection, library_id, pipeline.name, OFFLINE, now)
        if wish.again:
            _ask_again(worker, pipeline, chosen)
        if chosen is not None and wish.when.older_than is not None:
            scanning.redo(database, library_id, pipeline, chosen, worker.clock)
    return meant


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
    found = next(
        (
            each
            for each in finders(None, worker.asks, worker.own, catalogue=worker.has_catalogue)
            if each[1].pipeline.name == pipeline
        ),
        None,
    )
    if found is None:
        raise BadInput(f"Workers outside fill {pipeline}: nothing here can.", hint="completist pull --help")
    plugin, finder = found
    worker = replace(worker, orderly=False)  # what was asked for is not kept waiting
    after = 0
    while not stop():
        with database.read() as connection:
            page = jobs.items_in(connection, job_id, ["ready", "waiting"], after=after, limit=PAGE)
        if not page:
            break
        while worker.drain(plugin, finder, report, items=page, stop=stop, progress=progress) and not stop():
            pass  # what is gone on with later is due again at once
        after = page[-1]
    with database.write() as connection:
        requesting.finish(connection, library_id, database.moment(connection, worker.clock))
    report.seconds = round(perf_counter() - begun, 3)
    return report


def finders(
    kind: str | None = None,
    asks: Asks = lambda _pipeline: False,
    own: Mapping[str, Finder] = MappingProxyType({}),
    *,
    catalogue: bool = True,
) -> list[tuple[KindPlugin, Finder]]:
    """Every finder, or those of one kind, in order of priority.

    A pipeline that is filled outside is filled here, too, once live providers can be asked for it. One that looks at
    pictures waits until there is a way to them. ``own`` are the finders that the app has made, by pipeline: they stand
    in the place of declared ones. Without a ``catalogue``, those that look things up in it are left out, unless others
    can be asked.
    """
    both: list[tuple[KindPlugin, Finder]] = []
    for plugin in registry.plugins().values():
        if kind in (None, plugin.kind.name):
            both += [(plugin, each if asks(each.pipeline.name) else Unasked(each)) for each in plugin.live]
            both += [
                (plugin, own.get(each.pipeline.name, each))
                for each in plugin.finders
                if asks(each.pipeline.name)
                or (each.pipeline.picture is None and (catalogue or not plugin.catalogued))
            ]
            both += [(plugin, own[each.name]) for each in plugin.inside if each.name in own]
            both += [(plugin, NoFinder(maker.pipeline)) for maker in plugin.makers]
            both += [(plugin, NoFinder(each)) for each in plugin.outside if asks(each.name)]
    return sorted(both, key=lambda pair: (pair[1].pipeline.priority, pair[1].pipeline.name))


def _ask_again(worker: Worker, pipeline: Pipeline, chosen: Sequence[int] | None) -> None:
    with worker.database.write() as connection:
        ready = run_states.unanswered(connection, worker.library_id, pipeline.name, pipeline.version, chosen)
        runs.make_ready(connection, ready, worker.clock())
