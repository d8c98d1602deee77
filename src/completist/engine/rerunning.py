"""Rerunning: how items stand in a pipeline, and doing again exactly what is out of date."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from completist.domain.errors import BadInput
from completist.domain.pipeline import Freshness, Pipeline, StaleCause
from completist.engine import scanning
from completist.engine.choosing import Selection
from completist.engine.conditions import ALWAYS
from completist.sdk import registry
from completist.store import freshness, items, pauses, run_states, runs
from completist.store.bell import ring
from completist.store.database import Database
from completist.store.freshness import Standing

#: Items in one answer.
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Populated:
    """What populating a pipeline's queue came to: runs made now, and those that were pending before."""

    created: int
    present: int


@dataclass(frozen=True, slots=True)
class PipelineView:
    """A pipeline as it stands in a library."""

    pipeline: Pipeline
    outside: bool  #: only workers outside fill it
    paused: bool
    ready: int
    waiting: int
    claimed: int


@dataclass(frozen=True, slots=True)
class Fresh:
    """How many items of its kind stand how in a pipeline."""

    fresh: int
    code: int  #: stale: the pipeline is newer than its result
    data: int  #: stale: what it reads has changed since, or somebody asked
    missing: int  #: never done

    @property
    def stale(self) -> int:
        """How many are out of date, whyever."""
        return self.code + self.data

    @property
    def total(self) -> int:
        """All of them."""
        return self.fresh + self.stale + self.missing


def standings(
    database: Database,
    library_id: int,
    pipeline: str,
    *,
    ids: Sequence[int] | None = None,
    only: Freshness | None = None,
    after: int = 0,
    limit: int = 100,
) -> tuple[list[Standing], int | None]:
    """How items stand in a pipeline, and the id to go on behind; None when there are no more.

    Of the next ``limit`` items those are told that stand as ``only`` says: a page may be empty and not the last.

    Raises:
        NotFound: There is no such pipeline.
        BadInput: There are too many ids, or the limit is out of range.
    """
    _, declared = registry.pipeline(pipeline)
    if not 1 <= limit <= MOST or len(ids or ()) > MOST:
        raise BadInput(f"limit takes 1 to {MOST}, and so many ids at most.")
    with database.read() as connection:
        found = freshness.read_freshness(
            connection, library_id, declared, items=ids, after=after, limit=limit
        )
    more = found[-1].item_id if ids is None and len(found) == limit else None
    return [each for each in found if only in (None, each.freshness)], more


def summary(
    database: Database, library_id: int, pipeline: str
) -> dict[tuple[Freshness, StaleCause | None], int]:
    """How many items stand in each (freshness, cause) in a pipeline. Raises NotFound."""
    _, declared = registry.pipeline(pipeline)
    with database.read() as connection:
        return freshness.count_freshness(connection, library_id, declared)


def counted(database: Database, library_id: int, pipeline: str) -> Fresh:
    """The same by name. Raises NotFound."""
    found = summary(database, library_id, pipeline)
    code, data = (found.get((Freshness.STALE, cause), 0) for cause in (StaleCause.CODE, StaleCause.DATA))
    return Fresh(found.get((Freshness.FRESH, None), 0), code, data, found.get((Freshness.MISSING, None), 0))


def selection(which: str, chosen: Selection | None) -> Selection:
    """What `rerun` selects: what is ``stale``, or with ``force`` whatever is chosen.

    Raises:
        BadInput: It is neither, or stale items of a choice by id or job.
    """
    if which == "force":
        return chosen or Selection()
    if which != "stale":
        raise BadInput(f"A rerun is of what is stale, or force; not {which!r}.")
    if chosen is not None and (
        chosen.ids is not None or chosen.job is not None or chosen.freshness is not None
    ):
        raise BadInput("What is stale is found by itself; items are named with force.")
    return Selection(when=chosen.when if chosen else ALWAYS, freshness=Freshness.STALE)


def populate(
    database: Database,
    library_id: int,
    pipeline: str,
    clock: Callable[[], int],
    stop: Callable[[], bool] = lambda: False,
) -> Populated:
    """Make runs for the items that need one and have none; again, it makes none. Raises NotFound.

    Every item is looked at: this makes up for whatever kept one from being scheduled.
    """
    _, declared = registry.pipeline(pipeline)
    with database.read() as connection:
        present = run_states.count_pending(connection, library_id, declared.name, declared.version)
    created = scanning.scan(database, library_id, declared, clock, stop, thorough=True)
    with database.write() as connection:
        ring(connection)
    return Populated(created, present)


def clean(database: Database, library_id: int, pipeline: str, clock: Callable[[], int]) -> int:
    """Cancel pending runs of items that have what the pipeline is there for; how many. Raises NotFound.

    That happens by itself when the value is written: this finds what was left over.
    """
    _, declared = registry.pipeline(pipeline)
    if declared.goal is None:
        return 0
    with database.write() as connection:
        now = database.moment(connection, clock)
        met = items.pending_with(connection, library_id, declared)
        return runs.unneed(connection, declared.name, met, now)


@dataclass(frozen=True, slots=True)
class Pending:
    """How many runs of a library are ready, by (pipeline, version), and wait or are claimed, by (pipeline, state)."""

    ready: Mapping[tuple[str, str], int]
    rest: Mapping[tuple[str, str], int]


def count_pending(database: Database, library_id: int) -> Pending:
    """Count what is pending: it takes the longer, the more of it there is."""
    with database.read() as connection:
        ready = run_states.count_ready(connection, library_id)
        return Pending(ready, run_states.count_not_ready(connection, library_id))


def pipelines(database: Database, library_id: int, pending: Pending | None = None) -> list[PipelineView]:
    """Every pipeline as it stands in a library, in order of name; ``pending`` is what was counted a moment ago."""
    counted = pending or count_pending(database, library_id)
    with database.read() as connection:
        paused = pauses.paused(connection, library_id)
    return [
        PipelineView(
            pipeline,
            pipeline in plugin.outside,
            name in paused or pauses.EVERYTHING in paused,
            counted.ready.get((name, pipeline.version), 0),
            counted.rest.get((name, "waiting"), 0),
            counted.rest.get((name, "claimed"), 0),
        )
        for name, (plugin, pipeline) in sorted(registry.pipelines().items())
    ]


def pause(database: Database, library_id: int, pipeline: str | None, now: int) -> bool:
    """Hand out nothing of a pipeline, or of any; False when it was paused before. Raises NotFound."""
    if pipeline is not None:
        registry.pipeline(pipeline)
    with database.write() as connection:
        return pauses.pause(connection, library_id, pipeline or pauses.EVERYTHING, now)


def resume(database: Database, library_id: int, pipeline: str | None) -> bool:
    """Hand out runs of a pipeline again, or of all that are not paused by name. Raises NotFound."""
    if pipeline is not None:
        registry.pipeline(pipeline)
    with database.write() as connection:
        ring(connection)
        return pauses.resume(connection, library_id, pipeline or pauses.EVERYTHING)
