"""Runs: what is due, what was done. The states are those of `domain.run.RunState`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, update

from completist.domain.run import DONE, NEVER, Result, RunState
from completist.store.bulk import Row, allocate, among, insert_rows, statement
from completist.store.items import chunked
from completist.store.ledger import runs

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
