"""Freshness: of items in a pipeline, by what their runs came to. One statement, however many items."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from completist.domain.pipeline import Freshness, Pipeline, StaleCause
from completist.domain.run import RunState
from completist.store.bulk import among, statement

#: What the runs of one item say: when it was last done, when last by this version, when last by a run that is not
#: due again, whether something is pending, and what the latest result is, unless it was overtaken by newer input.
#: Runs under other versions count: they are what makes it stale.
_RUNS = """
SELECT item_id,
    max(done_at) AS done,
    max(CASE WHEN version = :version THEN done_at END) AS done_now,
    max(CASE WHEN version = :version AND settled_at IS NOT NULL THEN done_at END) AS done_last,
    max(CASE WHEN version = :version AND settled_at IS NULL THEN state END) AS pending,
    max(CASE WHEN version = :version AND settled_at IS NOT NULL AND coalesce(error_code, '') <> 'superseded'
        THEN CAST(settled_at + 10000000000000 AS TEXT) || state END) AS latest
FROM runs WHERE pipeline = :pipeline {among} GROUP BY item_id
"""
_GOAL = """
EXISTS (SELECT 1 FROM field_values WHERE field_values.item_id = items.id AND field_values.field = :goal)
OR EXISTS (SELECT 1 FROM locks WHERE locks.item_id = items.id AND locks.field = :goal)
"""
_ITEMS = """
SELECT items.id AS item_id, pending, latest,
    CASE
        WHEN pending IS NULL AND ({goal}) THEN 'fresh'
        WHEN done IS NULL THEN 'missing'
        WHEN done_last = done AND pending IS NULL AND substr(latest, 15) IN ('filled', 'empty', 'review')
            THEN 'fresh'
        WHEN done_now = done THEN 'stale data'
        ELSE 'stale code'
    END AS standing
FROM items LEFT JOIN ({runs}) AS r ON r.item_id = items.id
WHERE items.library_id = :library AND items.kind = :kind {chosen}
"""
_STATED = 14  #: digits before the state in ``latest``
_STATES: dict[str | None, RunState | None] = {None: None, **{state.value: state for state in RunState}}
_TOLD: dict[str, tuple[Freshness, StaleCause | None]] = {
    "fresh": (Freshness.FRESH, None),
    "missing": (Freshness.MISSING, None),
    **{f"stale {cause}": (Freshness.STALE, cause) for cause in StaleCause},
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an item stands in a pipeline. ``state`` is that of its run under this version, if it has one."""

    item_id: int
    freshness: Freshness
    cause: StaleCause | None = None
    state: RunState | None = None


def read_freshness(
    connection: Connection,
    library_id: int,
    pipeline: Pipeline,
    *,
    items: Sequence[int] | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[Standing]:
    """The standing of ``items``, or of the next ``limit`` items behind id ``after``, in order of id.

    Items that the library does not hold, or of another kind than the pipeline's, are left out.
    """
    bound = _bound(library_id, pipeline)
    if items is not None:
        inside, bound["ids"] = among(connection, "item_id", items)
        outside, _ = among(connection, "items.id", items)
    else:
        bound |= {"after": after, "last": _last(connection, library_id, pipeline.kind, after, limit)}
        inside = "item_id > :after AND item_id <= :last"
        outside = "items.id > :after AND items.id <= :last"
    sql = f"{_items(pipeline, f'AND {inside}', f'AND {outside}')} ORDER BY items.id"
    return [_standing(*row) for row in connection.execute(statement(sql), bound)]


def count_freshness(
    connection: Connection, library_id: int, pipeline: Pipeline
) -> dict[tuple[Freshness, StaleCause | None], int]:
    """How many items of the pipeline's kind stand in each (freshness, cause)."""
    counted = f"SELECT standing, count(*) FROM ({_items(pipeline, '', '')}) AS each GROUP BY standing"  # noqa: S608 - our own words
    rows = connection.execute(statement(counted), _bound(library_id, pipeline))
    return {_TOLD[standing]: count for standing, count in rows}


def _bound(library_id: int, pipeline: Pipeline) -> dict[str, Any]:
    named = {"pipeline": pipeline.name, "version": pipeline.version, "kind": pipeline.kind}
    goal = {} if pipeline.goal is None else {"goal": pipeline.goal}
    return {"library": library_id, **named, **goal}


def _items(pipeline: Pipeline, inside: str, outside: str) -> str:
    goal = "1 = 0" if pipeline.goal is None else _GOAL
    return _ITEMS.format(runs=_RUNS.format(among=inside), goal=goal, chosen=outside)


def _last(connection: Connection, library_id: int, kind: str, after: int, limit: int | None) -> int:
    """The id of the ``limit``-th item behind ``after``, or of the last one."""
    page = (
        "SELECT max(id) FROM (SELECT id FROM items WHERE library_id = :library AND kind = :kind AND id > :after "
        "ORDER BY id LIMIT :limit) AS page"
    )
    bound = {"library": library_id, "kind": kind, "after": after, "limit": 2**31 if limit is None else limit}
    found: int | None = connection.execute(statement(page), bound).scalar_one()
    return after if found is None else found


def _standing(item_id: int, pending: str | None, latest: str | None, standing: str) -> Standing:
    state = pending or (latest[_STATED:] if latest else None)
    freshness, cause = _TOLD[standing]
    return Standing(item_id, freshness, cause, _STATES[state])
