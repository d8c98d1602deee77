"""Runs: what is due, what was done. The states are those of `domain.run.RunState`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, not_, or_, select, update

from completist.domain.run import DONE, NEVER, Result, Run, RunState
from completist.store.bulk import Row, allocate, among, insert_rows, statement
from completist.store.items import chunked
from completist.store.ledger import HELD, LATER, READY, runs

#: Why a run is cancelled that a person or a program called off.
CALLED_OFF = "called_off"

#: Why a run waits that a person holds back.
ON_HOLD = "on_hold"

_PENDING = ("ready", "waiting")

_INSERT = """
INSERT INTO runs
    (library_id, item_id, pipeline, version, input_digest, state, priority, run_at, attempts, created_at)
VALUES (:library, :item, :pipeline, :version, :digest, 'ready', :priority, :now, 0, :now)
ON CONFLICT (item_id, pipeline, version, input_digest)
DO UPDATE SET state = 'ready', run_at = excluded.run_at, priority = excluded.priority, attempts = 0,
    settled_at = NULL, error_code = NULL
"""
_ENQUEUE = _INSERT + "WHERE runs.state NOT IN ('ready', 'waiting', 'claimed')"
_ENSURE = _INSERT + "WHERE runs.state = 'cancelled' AND runs.error_code IN ('superseded', 'not_needed')"
_GIVE_WAY = """
UPDATE runs SET
    error_code = CASE state WHEN 'empty' THEN error_code ELSE 'superseded' END,
    settled_at = CASE state WHEN 'empty' THEN settled_at ELSE :now END,
    run_at = CASE state WHEN 'empty' THEN :never ELSE run_at END,
    state = CASE state WHEN 'empty' THEN 'empty' ELSE 'cancelled' END
WHERE state IN ('ready', 'waiting', 'empty') AND
"""
_SUPERSEDE = f"""
{_GIVE_WAY} item_id = :item AND pipeline = :pipeline AND (input_digest <> :digest OR version <> :version)
"""
_OVERTAKE = f"""
{_GIVE_WAY} {{among}} AND EXISTS (
    SELECT 1 FROM runs AS later
    WHERE later.item_id = runs.item_id AND later.pipeline = runs.pipeline AND later.version <> runs.version
      AND later.id > runs.id AND coalesce(later.error_code, '') <> 'superseded')
"""  # noqa: S608 - our own words


def enqueue(
    connection: Connection,
    library_id: int,
    pipeline: str,
    version: str,
    due: Sequence[tuple[int, str]],
    *,
    priority: int,
    now: int,
    fresh: bool = False,
    returned: bool = True,
) -> None:
    """Make a run ready for each (item, input digest) in ``due``.

    A run that was settled before under the same digest becomes ready again: the item has come back to that
    input. One that is pending stays as it is. ``fresh`` says that the items are new and have no runs, and without
    ``returned`` the items have had this input all along: then a run that has its result keeps it.
    """
    if not due:
        return
    if fresh:
        ids = allocate(connection, runs, len(due))
        row = (pipeline, version)
        state = (RunState.READY.value, priority, now, 0, None, None, now, None, None)
        full: list[Row] = [
            (number, library_id, item_id, *row, digest, *state)
            for number, (item_id, digest) in zip(ids, due, strict=True)
        ]
        insert_rows(connection, runs, full)
        return
    connection.execute(
        statement(_ENQUEUE if returned else _ENSURE),
        [
            {
                "library": library_id,
                "item": item_id,
                "pipeline": pipeline,
                "version": version,
                "digest": digest,
                "priority": priority,
                "now": now,
            }
            for item_id, digest in due
        ],
    )


_DEMAND = _INSERT + "WHERE runs.state IN ('failed', 'cancelled')"
_FORCE = _ENQUEUE


def demand(
    connection: Connection,
    library_id: int,
    pipeline: str,
    version: str,
    due: Sequence[tuple[int, str]],
    *,
    priority: int,
    now: int,
    force: bool = False,
) -> dict[int, tuple[int, RunState]]:
    """Make sure that each (item, input digest) in ``due`` has a run; its id and state by item.

    One that failed or was cancelled becomes ready again, with ``force`` one that is done, too. A pending one keeps
    its place, or gets a better one.
    """
    if not due:
        return {}
    same = {"library": library_id, "pipeline": pipeline, "version": version, "priority": priority, "now": now}
    rows = [{"item": item_id, "digest": digest, **same} for item_id, digest in due]
    connection.execute(statement(_FORCE if force else _DEMAND), rows)
    chosen, ids = among(connection, "item_id", [item_id for item_id, _ in due])
    mine = f"{chosen} AND pipeline = :pipeline AND version = :version"
    bound = {"ids": ids, "pipeline": pipeline, "version": version, "priority": priority}
    first = f"UPDATE runs SET priority = :priority WHERE {mine} AND state = 'ready' AND priority > :priority"  # noqa: S608 - our own words
    connection.execute(statement(first), bound)
    found = connection.execute(
        statement(f"SELECT item_id, input_digest, id, state FROM runs WHERE {mine}"),  # noqa: S608 - likewise
        bound,
    )
    wanted = dict(due)
    return {
        item_id: (run_id, RunState(state))
        for item_id, digest, run_id, state in found
        if wanted[item_id] == digest
    }


def supersede(
    connection: Connection, pipeline: str, version: str, due: Sequence[tuple[int, str]], now: int
) -> None:
    """Cancel the pending runs of these items whose input or version is no longer the given one.

    Nor is anyone asked again about what such a run found nothing for.
    """
    if due:
        both = {"pipeline": pipeline, "version": version, "now": now, "never": NEVER}
        rows = [{"item": item, "digest": digest, **both} for item, digest in due]
        connection.execute(statement(_SUPERSEDE), rows)


def overtake(connection: Connection, ids: Sequence[int], now: int) -> None:
    """Cancel those of some runs, pending by now, for whose item their pipeline has a run of a newer version.

    That was made while a worker held them; nobody claims theirs any more.
    """
    if ids:
        chosen, bound = among(connection, "runs.id", ids)
        values = {"ids": bound, "now": now, "never": NEVER}
        connection.execute(statement(_OVERTAKE.format(among=chosen)), values)


def unneed(connection: Connection, pipeline: str, items: Sequence[int], now: int) -> int:
    """Cancel the pending runs of items that have what the pipeline is there for; how many.

    Those too that a worker holds, which else came back when it gives them back; nor is anyone asked again about those
    that found nothing.
    """
    chosen, ids = among(connection, "item_id", items)
    gone = statement(
        "UPDATE runs SET state = 'cancelled', error_code = 'not_needed', claim_id = NULL, settled_at = :now "  # noqa: S608 - our own words
        f"WHERE {chosen} AND pipeline = :pipeline AND state IN ('ready', 'waiting', 'claimed')"
    )
    never = statement(
        f"UPDATE runs SET run_at = :never WHERE {chosen} AND pipeline = :pipeline AND state = 'empty'"  # noqa: S608 - likewise
    )
    bound = {"ids": ids, "pipeline": pipeline}
    connection.execute(never, {**bound, "never": NEVER})
    return connection.execute(gone, {**bound, "now": now}).rowcount


def settle(
    connection: Connection, claim_id: str, settled: Sequence[tuple[int, Result]], now: int
) -> set[int]:
    """Give runs of a claim their results; the ids that the claim still held.

    The claim is the fence: a run that it lost in the meantime is left alone and missing from the answer, and
    nothing may be written for it.
    """
    held: set[int] = set()
    by_result: dict[Result, list[int]] = {}
    for run_id, result in settled:
        by_result.setdefault(result, []).append(run_id)
    for result, run_ids in by_result.items():
        chosen, ids = among(connection, "id", run_ids)
        done = connection.execute(
            statement(_settle(result, chosen)),
            {
                "ids": ids,
                "claim": claim_id,
                "state": result.state.value,
                "code": result.code,
                "now": now,
                "run_at": NEVER if result.run_at is None else result.run_at,
            },
        )
        held.update(done.scalars())
    return held


def _settle(result: Result, chosen: str) -> str:
    changes = ["state = :state", "error_code = :code", "claim_id = NULL"]
    if result.state in DONE:
        changes.append("done_at = :now")
    if result.state is not RunState.WAITING:
        changes.append("settled_at = :now")
    if result.state in (RunState.WAITING, RunState.EMPTY):
        changes.append("run_at = :run_at")
    if result.refund:
        changes.append("attempts = attempts - 1")
    return (
        f"UPDATE runs SET {', '.join(changes)} "  # noqa: S608 - our own words
        f"WHERE {chosen} AND claim_id = :claim AND state = 'claimed' RETURNING id"
    )


def set_state(
    connection: Connection, ids: Sequence[int], state: RunState, now: int, code: str | None = None
) -> None:
    """Move settled runs to another result, as a decision or an undo does."""
    changed = {"state": state.value, "settled_at": now, "error_code": code, "run_at": NEVER}
    changed["done_at"] = now if state in DONE else None
    for chunk in chunked(ids):
        connection.execute(
            update(runs).where(runs.c.id.in_(chunk), runs.c.state != RunState.CLAIMED.value).values(changed)
        )


def make_ready(connection: Connection, ids: Sequence[int], now: int, priority: int | None = None) -> None:
    """Make settled runs due again; with a ``priority``, it is theirs from now on."""
    ready = {
        "state": RunState.READY.value,
        "run_at": now,
        "attempts": 0,
        "settled_at": None,
        "error_code": None,
    }
    if priority is not None:
        ready["priority"] = priority
    for chunk in chunked(ids):
        connection.execute(
            update(runs)
            .where(runs.c.id.in_(chunk), runs.c.state.not_in(("claimed", *_PENDING)))
            .values(ready)
        )


def doubt(
    connection: Connection,
    pipeline: str,
    version: str,
    items: Sequence[int],
    now: int,
    *,
    priority: int,
    unknown_only: bool = False,
) -> int:
    """Make the last word on each of these items due again, though it was done on the same input; how many.

    What it rests on has changed: `freshness` tells the item as stale because of its data until it is done again.
    Items that have something pending are left alone, and so are those about which nobody shall be asked again. With
    ``unknown_only``, only those are doubted of which nobody knew anything.
    """
    chosen, ids = among(connection, "item_id", items)
    states = "'empty'" if unknown_only else "'filled', 'review', 'empty'"
    doubted = statement(
        "UPDATE runs SET state = 'ready', run_at = :now, attempts = 0, priority = :priority, settled_at = NULL, "  # noqa: S608 - our own words
        f"error_code = NULL WHERE {chosen} AND pipeline = :pipeline AND version = :version "
        f"AND state IN ({states}) AND (state <> 'empty' OR run_at <> :never) AND NOT EXISTS ("
        "SELECT 1 FROM runs AS later WHERE later.item_id = runs.item_id AND later.pipeline = :pipeline "
        "AND later.id <> runs.id AND (later.settled_at IS NULL OR later.settled_at > runs.settled_at "
        "OR (later.settled_at = runs.settled_at AND later.id > runs.id)))"
    )
    bound = {"ids": ids, "pipeline": pipeline, "version": version, "now": now, "never": NEVER}
    return connection.execute(doubted, {**bound, "priority": priority}).rowcount


def redo(connection: Connection, due: Sequence[tuple[int, str, str, str]], now: int) -> None:
    """Make filled runs due again: (item, pipeline, version, input digest) each."""
    for item_id, pipeline, version, digest in due:
        connection.execute(
            update(runs)
            .where(
                runs.c.item_id == item_id,
                runs.c.pipeline == pipeline,
                runs.c.version == version,
                runs.c.input_digest == digest,
                runs.c.state == RunState.FILLED.value,
            )
            .values(state=RunState.READY.value, run_at=now, attempts=0, settled_at=None)
        )


def count_runs(
    connection: Connection, library_id: int, *, pending: bool = False
) -> dict[tuple[str, str], int]:
    """How many runs stand in each (pipeline, state); of the ``pending`` ones alone, without a look at the others."""
    statement = select(runs.c.pipeline, runs.c.state, func.count()).where(runs.c.library_id == library_id)
    counts: dict[tuple[str, str], int] = {}
    for part in (READY, LATER, HELD) if pending else (None,):
        asked = statement if part is None else statement.where(part)
        rows = connection.execute(asked.group_by(runs.c.pipeline, runs.c.state))
        counts |= {(pipeline, state): count for pipeline, state, count in rows}
    return counts


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


def call_off(connection: Connection, ids: Sequence[int], now: int) -> int:
    """Cancel runs that are not settled, those too that a worker holds: its claim no longer covers them. How many."""
    chosen, bound = among(connection, "id", ids)
    off = statement(
        "UPDATE runs SET state = 'cancelled', claim_id = NULL, settled_at = :now, error_code = :code "  # noqa: S608 - our own words
        f"WHERE {chosen} AND state IN ('ready', 'waiting', 'claimed')"
    )
    return connection.execute(off, {"ids": bound, "now": now, "code": CALLED_OFF}).rowcount


def revive(
    connection: Connection,
    library_id: int,
    pipeline: str,
    version: str,
    now: int,
    items: Sequence[int] | None,
) -> int:
    """Make runs ready that were called off, of some items or of all; how many."""
    chosen, ids = among(connection, "item_id", items or ())
    ready = statement(
        "UPDATE runs SET state = 'ready', run_at = :now, attempts = 0, settled_at = NULL, error_code = NULL "  # noqa: S608 - our own words
        "WHERE library_id = :library AND pipeline = :pipeline AND version = :version AND state = 'cancelled' "
        f"AND error_code = :code AND (:all = 1 OR {chosen})"
    )
    bound = {"library": library_id, "pipeline": pipeline, "version": version, "now": now, "code": CALLED_OFF}
    return connection.execute(ready, {**bound, "ids": ids, "all": 1 if items is None else 0}).rowcount


def hold(connection: Connection, library_id: int, ids: Sequence[int]) -> int:
    """Hold pending runs back until `let_go`; how many."""
    chosen, bound = among(connection, "id", ids)
    held = statement(
        "UPDATE runs SET state = 'waiting', run_at = :never, error_code = :code "  # noqa: S608 - our own words
        f"WHERE {chosen} AND library_id = :library AND state IN ('ready', 'waiting')"
    )
    values = {"ids": bound, "library": library_id, "never": NEVER, "code": ON_HOLD}
    return connection.execute(held, values).rowcount


def let_go(connection: Connection, library_id: int, ids: Sequence[int], now: int) -> int:
    """Let runs that are held back be ready again; how many."""
    chosen, bound = among(connection, "id", ids)
    ready = statement(
        "UPDATE runs SET state = 'ready', run_at = :now, error_code = NULL "  # noqa: S608 - our own words
        f"WHERE {chosen} AND library_id = :library AND state = 'waiting' AND error_code = :code"
    )
    values = {"ids": bound, "library": library_id, "now": now, "code": ON_HOLD}
    return connection.execute(ready, values).rowcount


def hasten(connection: Connection, pipeline: str, version: str, items: Sequence[int], now: int) -> None:
    """Make what waits for its time due at once; the tries so far count no more."""
    chosen, ids = among(connection, "item_id", items)
    sql = (
        f"UPDATE runs SET state = 'ready', run_at = :now, attempts = 0, error_code = NULL WHERE {chosen} "  # noqa: S608 - our own words
        f"AND pipeline = :pipeline AND version = :version AND state = 'waiting' AND run_at <> {NEVER}"
    )
    connection.execute(statement(sql), {"ids": ids, "pipeline": pipeline, "version": version, "now": now})


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
