"""How runs stand: counts, and which items they are of. `runs` is where they change."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, not_, or_, select

from completist.domain.run import Run, RunState
from completist.store.bulk import among, is_among, statement
from completist.store.items import chunked
from completist.store.ledger import HELD, LATER, READY, runs
from completist.store.runs import CALLED_OFF

_PENDING = ("ready", "waiting")


def count_runs(connection: Connection, library_id: int) -> dict[tuple[str, str], int]:
    """How many runs stand in each (pipeline, state)."""
    mine = select(runs.c.pipeline, runs.c.state, func.count()).where(runs.c.library_id == library_id)
    rows = connection.execute(mine.group_by(runs.c.pipeline, runs.c.state))
    return {(pipeline, state): count for pipeline, state, count in rows}


def count_ready(connection: Connection, library_id: int) -> dict[tuple[str, str], int]:
    """How many runs of each (pipeline, version) a claim could take now: along the index that claims read."""
    mine = select(runs.c.pipeline, runs.c.version, func.count()).where(READY, runs.c.library_id == library_id)
    rows = connection.execute(mine.group_by(runs.c.pipeline, runs.c.version))
    return {(pipeline, version): count for pipeline, version, count in rows}


def count_not_ready(connection: Connection, library_id: int) -> dict[tuple[str, str], int]:
    """How many runs of each pipeline are ``waiting`` or ``claimed``, without a look at the others."""
    mine = select(runs.c.pipeline, runs.c.state, func.count()).where(runs.c.library_id == library_id)
    counts: dict[tuple[str, str], int] = {}
    for part in (LATER, HELD):
        rows = connection.execute(mine.where(part).group_by(runs.c.pipeline, runs.c.state))
        counts |= {(pipeline, state): count for pipeline, state, count in rows}
    return counts


def states_of(
    connection: Connection, pipeline: str, version: str, items: Sequence[int]
) -> dict[int, dict[str, RunState]]:
    """By item, the state of each of its runs under a pipeline's version by input digest; those without are absent."""
    mine = select(runs.c.item_id, runs.c.input_digest, runs.c.state).where(
        is_among(connection, runs.c.item_id, items), runs.c.pipeline == pipeline, runs.c.version == version
    )
    found: dict[int, dict[str, RunState]] = {}
    for item_id, digest, state in connection.execute(mine):
        found.setdefault(item_id, {})[digest] = RunState(state)
    return found


def count_pending(connection: Connection, library_id: int, pipeline: str, version: str) -> int:
    """How many runs of a pipeline's version are ready, waiting or claimed."""
    mine = (
        select(func.count())
        .select_from(runs)
        .where(runs.c.library_id == library_id, runs.c.pipeline == pipeline, runs.c.version == version)
    )
    waiting = runs.c.state == RunState.WAITING.value
    parts = (mine.where(READY), mine.where(LATER, waiting), mine.where(HELD))
    return sum(connection.execute(part).scalar_one() for part in parts)


def count_waiting(connection: Connection, library_id: int) -> int:
    """How many runs wait for a time that is named."""
    statement = select(func.count()).select_from(runs)
    return connection.execute(
        statement.where(LATER, runs.c.library_id == library_id, runs.c.state == RunState.WAITING.value)
    ).scalar_one()


def unanswered(
    connection: Connection, library_id: int, pipeline: str, version: str, items: Sequence[int] | None = None
) -> list[int]:
    """The runs of a pipeline's version that ended empty, failed or were called off, of some items or of all.

    Runs whose item has a later result or another run pending are left out.
    """
    later = runs.alias("later")
    overtaken = select(later.c.id).where(
        later.c.item_id == runs.c.item_id,
        later.c.pipeline == pipeline,
        later.c.id != runs.c.id,
        or_(later.c.settled_at.is_(None), later.c.settled_at > runs.c.settled_at),
    )
    statement = select(runs.c.id).where(
        runs.c.library_id == library_id,
        runs.c.pipeline == pipeline,
        runs.c.version == version,
        or_(
            runs.c.state.in_((RunState.EMPTY.value, RunState.FAILED.value)),
            (runs.c.state == RunState.CANCELLED.value) & (runs.c.error_code == CALLED_OFF),
        ),
        not_(overtaken.exists()),
    )
    found: list[int] = []
    for part in [None] if items is None else chunked(items):
        asked = statement if part is None else statement.where(runs.c.item_id.in_(part))
        found.extend(connection.execute(asked.order_by(runs.c.id)).scalars())
    return found


def items_of(connection: Connection, ids: Sequence[int]) -> set[int]:
    """The items of these runs."""
    found: set[int] = set()
    for chunk in chunked(ids):
        found.update(connection.execute(select(runs.c.item_id).where(runs.c.id.in_(chunk))).scalars())
    return found


def done_before(connection: Connection, pipeline: str, items: Sequence[int]) -> set[int]:
    """Those of ``items`` that some version of a pipeline has done."""
    chosen, ids = among(connection, "item_id", items)
    done = statement(
        f"SELECT DISTINCT item_id FROM runs WHERE {chosen} AND pipeline = :pipeline AND done_at IS NOT NULL"  # noqa: S608 - our own words
    )
    return set(connection.execute(done, {"ids": ids, "pipeline": pipeline}).scalars())


def pending_among(connection: Connection, pipeline: str, items: Sequence[int]) -> set[int]:
    """Those of ``items`` with a run of a pipeline that has no result yet."""
    chosen, ids = among(connection, "item_id", items)
    pending = statement(
        f"SELECT DISTINCT item_id FROM runs WHERE {chosen} AND pipeline = :pipeline AND settled_at IS NULL"  # noqa: S608 - our own words
    )
    return set(connection.execute(pending, {"ids": ids, "pipeline": pipeline}).scalars())


def under_way(connection: Connection, pipelines: Sequence[str], items: Sequence[int]) -> set[int]:
    """Those of ``items`` with a run of any of these pipelines that is being worked on, or will be soon.

    One that waits for a provider does not count: nobody knows when that comes back.
    """
    if not pipelines or not items:
        return set()
    chosen, ids = among(connection, "item_id", items)
    named = {f"p{n}": name for n, name in enumerate(pipelines)}
    found = statement(
        f"SELECT DISTINCT item_id FROM runs WHERE {chosen} AND pipeline IN ({', '.join(f':{n}' for n in named)}) "  # noqa: S608 - our own words
        "AND (state IN ('ready', 'claimed') OR (state = 'waiting' AND error_code = 'unfinished'))"
    )
    return set(connection.execute(found, {"ids": ids, **named}).scalars())


def reached(connection: Connection, pipeline: str, version: str, items: Sequence[int]) -> set[int]:
    """Those of ``items`` that have a run of a pipeline's version, whatever has become of it."""
    chosen, ids = among(connection, "item_id", items)
    found = statement(
        f"SELECT DISTINCT item_id FROM runs WHERE {chosen} AND pipeline = :pipeline AND version = :version"  # noqa: S608 - our own words
    )
    return set(connection.execute(found, {"ids": ids, "pipeline": pipeline, "version": version}).scalars())


def made_for(
    connection: Connection, pipeline: str, version: str, items: Sequence[int]
) -> set[tuple[int, str]]:
    """The (item, input digest) pairs of ``items`` for which a pipeline's version has a run.

    Those do not count that gave way to others, or were not needed at the time.
    """
    chosen, ids = among(connection, "item_id", items)
    made = statement(
        f"SELECT item_id, input_digest FROM runs WHERE {chosen} AND pipeline = :pipeline "  # noqa: S608 - our own words
        "AND version = :version AND coalesce(error_code, '') NOT IN ('superseded', 'not_needed')"
    )
    rows = connection.execute(made, {"ids": ids, "pipeline": pipeline, "version": version})
    return {(row.item_id, row.input_digest) for row in rows}


def due_items(connection: Connection, library_id: int, pipeline: str, version: str, now: int) -> set[int]:
    """The items whose run of a pipeline's version could be claimed now, or was called off and would be revived."""
    mine = (runs.c.library_id == library_id, runs.c.pipeline == pipeline, runs.c.version == version)
    ready = select(runs.c.item_id).where(*mine, READY)
    staged = select(runs.c.item_id).where(*mine, LATER, runs.c.run_at <= now)
    off = select(runs.c.item_id).where(
        *mine, runs.c.state == RunState.CANCELLED.value, runs.c.error_code == CALLED_OFF
    )
    return {item for each in (ready, staged, off) for item in connection.execute(each).scalars()}


def runs_of(connection: Connection, item_id: int) -> list[Run]:
    """All runs of an item, oldest first."""
    rows = connection.execute(select(runs).where(runs.c.item_id == item_id).order_by(runs.c.id))
    return [
        Run(r.id, r.item_id, r.pipeline, r.version, r.input_digest, RunState(r.state), r.attempts)
        for r in rows
    ]


def codes_of(
    connection: Connection, pipeline: str, items: Sequence[int]
) -> dict[int, tuple[str, str | None]]:
    """How the latest run of each item stands in a pipeline, with its code; called-off ones are left out."""
    chosen, ids = among(connection, "item_id", items)
    sql = (
        f"SELECT item_id, state, error_code FROM runs WHERE {chosen} AND pipeline = :pipeline "  # noqa: S608 - our own words
        "AND state <> 'cancelled' ORDER BY id"
    )
    rows = connection.execute(statement(sql), {"ids": ids, "pipeline": pipeline})
    return {row[0]: (row[1], row[2]) for row in rows}
