"""Runs: what is due, what was done. The states are those of `domain.run.RunState`."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, not_, or_, select, text, update

from completist.domain.run import Run, RunState
from completist.store.bulk import Row, allocate, insert_rows
from completist.store.items import chunked
from completist.store.ledger import DUE, runs

_PENDING = ("ready", "waiting")

_INSERT = """
INSERT INTO runs
    (library_id, item_id, pipeline, version, input_digest, state, priority, run_at, attempts, created_at)
VALUES (:library, :item, :pipeline, :version, :digest, 'ready', :priority, :now, 0, :now)
ON CONFLICT (item_id, pipeline, version, input_digest)
DO UPDATE SET state = 'ready', run_at = excluded.run_at, attempts = 0, settled_at = NULL, error_code = NULL
"""
_ENQUEUE = _INSERT + "WHERE runs.state NOT IN ('ready', 'waiting', 'claimed')"
_ENSURE = _INSERT + "WHERE runs.state = 'cancelled' AND runs.error_code = 'superseded'"


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
        state = (RunState.READY.value, priority, now, 0, None, None, now, None)
        full: list[Row] = [
            (number, library_id, item_id, *row, digest, *state)
            for number, (item_id, digest) in zip(ids, due, strict=True)
        ]
        insert_rows(connection, runs, full)
        return
    connection.execute(
        text(_ENQUEUE if returned else _ENSURE),
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


def supersede(
    connection: Connection, pipeline: str, version: str, due: Sequence[tuple[int, str]], now: int
) -> None:
    """Cancel the pending runs of these items whose input or version is no longer the given one."""
    statement = text(
        "UPDATE runs SET state = 'cancelled', error_code = 'superseded', settled_at = :now "
        "WHERE item_id = :item AND pipeline = :pipeline AND state IN ('ready', 'waiting') "
        "AND (input_digest <> :digest OR version <> :version)"
    )
    if due:
        both = {"pipeline": pipeline, "version": version, "now": now}
        connection.execute(statement, [{"item": item, "digest": digest, **both} for item, digest in due])


def settle(
    connection: Connection,
    claim_id: str,
    settled: Sequence[tuple[int, RunState, str | None]],
    now: int,
) -> list[int]:
    """Give runs of a claim their result, (run, state, error code) each; the ids that the claim still held.

    The claim is the fence: a run that it lost in the meantime is left alone and missing from the answer, and
    nothing may be written for it.
    """
    held: list[int] = []
    by_result: dict[tuple[RunState, str | None], list[int]] = {}
    for run_id, state, code in settled:
        by_result.setdefault((state, code), []).append(run_id)
    for (state, code), ids in by_result.items():
        for chunk in chunked(ids):
            done = connection.execute(
                update(runs)
                .where(
                    runs.c.id.in_(chunk), runs.c.claim_id == claim_id, runs.c.state == RunState.CLAIMED.value
                )
                .values(state=state.value, error_code=code, claim_id=None, settled_at=now)
                .returning(runs.c.id)
            )
            held.extend(done.scalars())
    return sorted(held)


def set_state(
    connection: Connection, ids: Sequence[int], state: RunState, now: int, code: str | None = None
) -> None:
    """Move settled runs to another result, as a decision or an undo does."""
    for chunk in chunked(ids):
        connection.execute(
            update(runs)
            .where(runs.c.id.in_(chunk), runs.c.state != RunState.CLAIMED.value)
            .values(state=state.value, settled_at=now, error_code=code)
        )


def make_ready(connection: Connection, ids: Sequence[int], now: int) -> None:
    """Make settled runs due again."""
    for chunk in chunked(ids):
        connection.execute(
            update(runs)
            .where(runs.c.id.in_(chunk), runs.c.state.not_in(("claimed", *_PENDING)))
            .values(state=RunState.READY.value, run_at=now, attempts=0, settled_at=None, error_code=None)
        )


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


def count_runs(connection: Connection, library_id: int) -> dict[tuple[str, str], int]:
    """How many runs stand in each (pipeline, state)."""
    rows = connection.execute(
        select(runs.c.pipeline, runs.c.state, func.count())
        .where(runs.c.library_id == library_id)
        .group_by(runs.c.pipeline, runs.c.state)
    )
    return {(pipeline, state): count for pipeline, state, count in rows}


def count_waiting(connection: Connection, library_id: int) -> int:
    """How many runs wait for a time that is named."""
    statement = select(func.count()).select_from(runs)
    return connection.execute(
        statement.where(DUE, runs.c.library_id == library_id, runs.c.state == RunState.WAITING.value)
    ).scalar_one()


def unanswered(
    connection: Connection, library_id: int, pipeline: str, version: str, items: Sequence[int] | None = None
) -> list[int]:
    """The runs of a pipeline's version that ended empty or failed, of some items or of all.

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
        runs.c.state.in_((RunState.EMPTY.value, RunState.FAILED.value)),
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


def due_items(connection: Connection, library_id: int, pipeline: str, version: str, now: int) -> set[int]:
    """The items whose run of a pipeline's version could be claimed now."""
    statement = select(runs.c.item_id).where(
        runs.c.library_id == library_id,
        runs.c.pipeline == pipeline,
        runs.c.version == version,
        DUE,
        or_(runs.c.state == RunState.READY.value, runs.c.run_at <= now),
    )
    return set(connection.execute(statement).scalars())


def runs_of(connection: Connection, item_id: int) -> list[Run]:
    """All runs of an item, oldest first."""
    rows = connection.execute(select(runs).where(runs.c.item_id == item_id).order_by(runs.c.id))
    return [
        Run(r.id, r.item_id, r.pipeline, r.version, r.input_digest, RunState(r.state), r.attempts)
        for r in rows
    ]
