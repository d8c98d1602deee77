"""Scanning: finding the items for which a pipeline has no run of its present version yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from completist.domain.pipeline import RERUN_PRIORITY, Pipeline, input_digest
from completist.engine.reading import inputs, is_met
from completist.engine.recording import schedule
from completist.sdk import registry
from completist.store import fields, items, run_states, runs
from completist.store.database import Connection, Database
from completist.store.items import chunked

#: Items per transaction.
CHUNK = 500


def scan(
    database: Database,
    library_id: int,
    pipeline: Pipeline,
    clock: Callable[[], int],
    stop: Callable[[], bool] = lambda: False,
    *,
    thorough: bool = False,
) -> int:
    """Make runs for items that have none under this version of ``pipeline``; how many.

    New items get theirs when they are made. This finds those left over when a pipeline is new or has moved on:
    an item that has a result of an older version stands behind those that have none. Interrupted or asked to
    ``stop`` between two chunks, the next call goes on. A ``thorough`` one looks at every item, and so finds those
    too that have a run, but none for their present input: scheduling it may have failed.
    """
    after, made = 0, 0
    while not stop():
        with database.write() as connection:
            if thorough:
                page = items.page_items(connection, library_id, kind=pipeline.kind, after=after, limit=CHUNK)
                found = [item_id for item_id, _ in page]
            else:
                found = items.without_run(connection, library_id, pipeline, after=after, limit=CHUNK)
            if not found:
                return made
            there = items.hold_items(connection, found)  # or what it reads may be older than what it cancels
            now = database.moment(connection, clock)
            redone = run_states.done_before(connection, pipeline.name, there)
            due = _in_turn(connection, pipeline, _due(connection, pipeline, there))
            new = [pair for pair in due if pair[0] not in redone]
            again = [pair for pair in due if pair[0] in redone]
            schedule(connection, library_id, pipeline, new, now, returned=False)
            schedule(connection, library_id, pipeline, again, now, returned=False, priority=RERUN_PRIORITY)
        made += len(due)
        after = found[-1]
    return made


def due(
    database: Database, library_id: int, pipeline: Pipeline, now: int, *, again: bool = False
) -> set[int]:
    """The items that `scan` and a worker would come to now; with ``again`` those unanswered so far, too.

    Writes nothing.
    """
    with database.read() as connection:
        found = run_states.due_items(connection, library_id, pipeline.name, pipeline.version, now)
        if again:
            left = run_states.unanswered(connection, library_id, pipeline.name, pipeline.version)
            found |= run_states.items_of(connection, left)
        after = 0
        while page := items.without_run(connection, library_id, pipeline, after=after, limit=CHUNK):
            found.update(item_id for item_id, _ in _in_turn(connection, pipeline, [(i, "") for i in page]))
            after = page[-1]
    return found


def done(database: Database, pipeline: Pipeline, ids: Sequence[int]) -> set[int]:
    """Those of ``ids`` that `redo` would make due: what is done, and nothing of it under way. Writes nothing."""
    with database.read() as connection:
        return {item_id for part in chunked(ids, CHUNK) for item_id, _ in _done(connection, pipeline, part)}


def redo(
    database: Database, library_id: int, pipeline: Pipeline, ids: Sequence[int], clock: Callable[[], int]
) -> None:
    """Make what is done due again, behind all that is missing, a chunk of items at a time."""
    for part in chunked(ids, CHUNK):
        with database.write() as connection:
            again = _done(connection, pipeline, items.hold_items(connection, part))
            runs.demand(
                connection,
                library_id,
                pipeline.name,
                pipeline.version,
                again,
                priority=RERUN_PRIORITY,
                now=database.moment(connection, clock),
                force=True,
            )


def _done(connection: Connection, pipeline: Pipeline, ids: Sequence[int]) -> list[tuple[int, str]]:
    """The (item, input digest) pairs of what is done, and nothing of it under way."""
    pending = run_states.pending_among(connection, pipeline.name, ids)
    settled = run_states.done_before(connection, pipeline.name, ids) - pending
    mine = [item_id for item_id in ids if item_id in settled]
    return _inputs(connection, pipeline, mine)


def _in_turn(connection: Connection, pipeline: Pipeline, due: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """Those whose turn it is: the stage before has been reached, and nothing before is under way."""
    earlier = registry.plugin(pipeline.kind).before(pipeline) if pipeline.after and due else ()
    if not earlier:
        return due
    ids = [item_id for item_id, _ in due]
    reached = run_states.reached(connection, earlier[0].name, earlier[0].version, ids)
    busy = run_states.under_way(connection, [each.name for each in earlier], ids)
    return [pair for pair in due if pair[0] in reached and pair[0] not in busy]


def _due(connection: Connection, pipeline: Pipeline, ids: list[int]) -> list[tuple[int, str]]:
    """The (item, input digest) pairs that need a run and have none."""
    due = _inputs(connection, pipeline, ids)
    made = run_states.made_for(connection, pipeline.name, pipeline.version, ids)
    return [pair for pair in due if pair not in made]


def _inputs(connection: Connection, pipeline: Pipeline, ids: Sequence[int]) -> list[tuple[int, str]]:
    """The (item, input digest) pairs of those that lack what a pipeline is there for."""
    names = list(pipeline.inputs) + ([] if pipeline.goal is None else [pipeline.goal])
    said = fields.read_values(connection, ids, names=names)
    locked = fields.read_locks(connection, ids)
    return [
        (item_id, input_digest(pipeline, inputs(pipeline, said[item_id])))
        for item_id in ids
        if not is_met(pipeline, said[item_id], locked.get(item_id, ()))
    ]
