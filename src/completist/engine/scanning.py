"""Scanning: finding the items for which a pipeline has no run of its present version yet."""

from __future__ import annotations

from completist.domain.pipeline import Pipeline, input_digest
from completist.engine.recording import inputs, schedule
from completist.store import fields, items, runs
from completist.store.database import Connection, Database

#: Items per transaction.
CHUNK = 500


def scan(database: Database, library_id: int, pipeline: Pipeline, now: int) -> int:
    """Make runs for items that have none under this version of ``pipeline``; how many.

    New items get theirs when they are made. This finds those left over when a pipeline is new or has moved on.
    """
    after, made = 0, 0
    while True:
        with database.write() as connection:
            found = items.without_run(
                connection,
                library_id,
                pipeline.kind,
                pipeline.name,
                pipeline.version,
                after=after,
                limit=CHUNK,
            )
            if not found:
                return made
            items.hold_items(connection, found)  # or what it reads may be older than what it cancels
            schedule(connection, library_id, pipeline, _due(connection, pipeline, found), now, returned=False)
        made += len(found)
        after = found[-1]


def due(
    database: Database, library_id: int, pipeline: Pipeline, now: int, *, again: bool = False
) -> set[int]:
    """The items that `scan` and a worker would come to now; with ``again`` those unanswered so far, too.

    Writes nothing.
    """
    with database.read() as connection:
        found = runs.due_items(connection, library_id, pipeline.name, pipeline.version, now)
        if again:
            left = runs.unanswered(connection, library_id, pipeline.name, pipeline.version)
            found |= runs.items_of(connection, left)
        after = 0
        while page := items.without_run(
            connection,
            library_id,
            pipeline.kind,
            pipeline.name,
            pipeline.version,
            after=after,
            limit=CHUNK,
        ):
            found.update(page)
            after = page[-1]
    return found


def _due(connection: Connection, pipeline: Pipeline, ids: list[int]) -> list[tuple[int, str]]:
    said = fields.read_values(connection, ids, names=pipeline.inputs)
    return [(item_id, input_digest(pipeline, inputs(pipeline, said[item_id]))) for item_id in ids]
