from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import select

from completist.domain.pipeline import RERUN_PRIORITY, Pipeline
from completist.domain.run import NEVER, Result, RunState
from completist.store import claims, freshness, run_states, runs
from completist.store.database import Database
from completist.store.ledger import runs as table

Stock = Callable[[int], Sequence[int]]

HOUR = 3_600_000


def _enqueue(
    database: Database, library: int, due: list[tuple[int, str]], *, now: int = 1, fresh: bool = False
) -> None:
    with database.write() as connection:
        runs.enqueue(connection, library, "facts", "1", due, priority=5, now=now, fresh=fresh)


def _states(database: Database, item: int) -> list[tuple[str, str]]:
    with database.read() as connection:
        return [(run.input_digest, run.state.value) for run in run_states.runs_of(connection, item)]


def _done(database: Database, library: int, state: RunState, code: str | None = None) -> None:
    """Claim all that is due and give it a result."""
    with database.write() as connection:
        claim = claims.claim_runs(
            connection, f"c{state}{code}", library, "facts", "1", limit=99, lease=HOUR, claimer="t", now=50
        )
        assert claim is not None
        runs.settle(connection, claim.id, [(run.id, Result(state, code)) for run in claim.runs], 6)


def test_an_input_is_due_once(database: Database, library: int, stock: Stock) -> None:
    one, two = stock(2)
    _enqueue(database, library, [(one, "a"), (two, "a")], fresh=True)
    _enqueue(database, library, [(one, "a"), (two, "b")])
    assert _states(database, one) == [("a", "ready")]
    assert _states(database, two) == [("a", "ready"), ("b", "ready")]


def test_what_is_pending_for_older_input_gives_way(database: Database, library: int, stock: Stock) -> None:
    one, two = stock(2)
    _enqueue(database, library, [(one, "a"), (two, "a")])
    with database.write() as connection:
        runs.supersede(connection, "facts", "1", [(one, "b")], 2)
        runs.supersede(connection, "other", "1", [(two, "b")], 2)
    assert _states(database, one) == [("a", "cancelled")]
    assert _states(database, two) == [("a", "ready")]


def test_a_settled_input_that_comes_back_is_due_again(database: Database, library: int, stock: Stock) -> None:
    for state in (RunState.FILLED, RunState.EMPTY, RunState.REVIEW, RunState.FAILED, RunState.CANCELLED):
        (item,) = stock(1)
        _enqueue(database, library, [(item, "a")])
        _done(database, library, state, "why")
        assert _states(database, item) == [("a", state.value)]
        _enqueue(database, library, [(item, "a")], now=9)
        with database.write() as connection:
            row = connection.execute(select(table).where(table.c.item_id == item)).one()
        assert (row.state, row.run_at, row.attempts, row.error_code, row.settled_at) == (
            "ready",
            9,
            0,
            None,
            None,
        )
        _done(database, library, RunState.FILLED, str(item))


def test_a_run_that_is_claimed_is_not_made_due_a_second_time(
    database: Database, library: int, stock: Stock
) -> None:
    (item,) = stock(1)
    _enqueue(database, library, [(item, "a")])
    with database.write() as connection:
        claims.claim_runs(connection, "c", library, "facts", "1", limit=1, lease=HOUR, claimer="t", now=5)
    _enqueue(database, library, [(item, "a")])
    assert _states(database, item) == [("a", "claimed")]


def test_a_result_is_taken_only_from_the_claim_that_holds_the_run(
    database: Database, library: int, stock: Stock
) -> None:
    one, two = stock(2)
    _enqueue(database, library, [(one, "a"), (two, "a")])
    with database.write() as connection:
        claim = claims.claim_runs(
            connection, "mine", library, "facts", "1", limit=9, lease=HOUR, claimer="t", now=50
        )
        assert claim is not None
        first, second = (run.id for run in claim.runs)
        results = [(first, Result(RunState.FILLED)), (second, Result(RunState.FAILED, "KeyError"))]
        assert runs.settle(connection, "theirs", results, 6) == set()
        assert runs.settle(connection, "mine", results, 6) == {first, second}
        assert runs.settle(connection, "mine", results, 7) == set()  # once
        row = connection.execute(select(table).where(table.c.id == second)).one()
    assert (row.state, row.error_code, row.settled_at, row.claim_id) == ("failed", "KeyError", 6, None)


def test_a_decision_moves_a_settled_run_but_never_a_claimed_one(
    database: Database, library: int, stock: Stock
) -> None:
    one, two = stock(2)
    _enqueue(database, library, [(one, "a")])
    _done(database, library, RunState.REVIEW)
    _enqueue(database, library, [(two, "a")])
    with database.write() as connection:
        claim = claims.claim_runs(
            connection, "c", library, "facts", "1", limit=1, lease=HOUR, claimer="t", now=5
        )
        assert claim is not None
        (settled,) = run_states.runs_of(connection, one)
        runs.set_state(connection, [settled.id, claim.runs[0].id], RunState.EMPTY, 8)
        runs.make_ready(connection, [claim.runs[0].id], 8)
    assert _states(database, one) == [("a", "empty")]
    assert _states(database, two) == [("a", "claimed")]
    with database.write() as connection:
        runs.make_ready(connection, [settled.id], 8)
    assert _states(database, one) == [("a", "ready")]


def test_runs_are_counted_by_pipeline_and_state(database: Database, library: int, stock: Stock) -> None:
    ids = stock(3)
    _enqueue(database, library, [(i, "a") for i in ids[:2]])
    _done(database, library, RunState.EMPTY)
    _enqueue(database, library, [(ids[2], "a")])
    with database.read() as connection:
        assert run_states.count_runs(connection, library) == {("facts", "empty"): 2, ("facts", "ready"): 1}
        assert run_states.due_items(connection, library, "facts", "1", 5) == {ids[2]}
        assert run_states.due_items(connection, library, "facts", "2", 5) == set()
        assert run_states.due_items(connection, library, "facts", "1", 0) == {
            ids[2]
        }  # though the clock was set back


def test_what_nobody_answered_can_be_asked_again(database: Database, library: int, stock: Stock) -> None:
    empty, failed, filled = stock(3)
    for item, state in ((empty, RunState.EMPTY), (failed, RunState.FAILED), (filled, RunState.FILLED)):
        _enqueue(database, library, [(item, "a")])
        _done(database, library, state)
    with database.read() as connection:
        found = run_states.unanswered(connection, library, "facts", "1")
        assert run_states.items_of(connection, found) == {empty, failed}
        some = run_states.unanswered(connection, library, "facts", "1", [failed, filled])
        assert run_states.items_of(connection, some) == {failed}
        assert run_states.unanswered(connection, library, "facts", "1", range(70_000, 140_000)) == []
    _enqueue(database, library, [(empty, "b")])  # newer input waits: the old answer is no longer asked for
    with database.read() as connection:
        found = run_states.unanswered(connection, library, "facts", "1")
        assert run_states.items_of(connection, found) == {failed}


# --- doubt -----------------------------------------------------------------------------------------------------

FACTS = Pipeline("facts", "wine", "1", ("name",), ("region",))


def _doubt(database: Database, items: Sequence[int], *, unknown_only: bool = False) -> int:
    with database.write() as connection:
        return runs.doubt(
            connection, "facts", "1", items, 90, priority=RERUN_PRIORITY, unknown_only=unknown_only
        )


def _standing(database: Database, library: int, item: int) -> tuple[str, str | None]:
    with database.read() as connection:
        (found,) = freshness.read_freshness(connection, library, FACTS, items=[item])
    return found.freshness.value, found.cause.value if found.cause else None


def test_what_is_doubted_is_due_again_and_stale_because_of_its_data(
    database: Database, library: int, stock: Stock
) -> None:
    for state in (RunState.FILLED, RunState.REVIEW, RunState.EMPTY):
        (item,) = stock(1)
        _enqueue(database, library, [(item, "a")])
        _done(database, library, state)
        with database.write() as connection:
            connection.execute(table.update().where(table.c.item_id == item).values(run_at=99_999))
        assert _standing(database, library, item) == ("fresh", None)
        assert _doubt(database, [item]) == 1
        assert _states(database, item) == [("a", "ready")]
        assert _standing(database, library, item) == ("stale", "data")
        assert _doubt(database, [item]) == 0  # it is pending by now
        _done(database, library, state, "again")
        assert _standing(database, library, item) == ("fresh", None)


def test_only_the_last_word_on_an_item_is_doubted(database: Database, library: int, stock: Stock) -> None:
    older, busy, failed, other = stock(4)
    _enqueue(database, library, [(older, "a"), (busy, "a"), (failed, "a"), (other, "a")])
    _done(database, library, RunState.FILLED)
    _enqueue(database, library, [(older, "b"), (failed, "b")])
    with database.write() as connection:
        connection.execute(table.update().values(settled_at=5).where(table.c.state == "filled"))
    _done(database, library, RunState.FAILED, "broken")
    _enqueue(database, library, [(older, "c"), (busy, "b")])
    with database.write() as connection:
        connection.execute(
            table.update().values(state="filled", settled_at=70).where(table.c.input_digest == "c")
        )
    assert _doubt(database, [older, busy, failed]) == 1
    assert _states(database, older) == [("a", "filled"), ("b", "failed"), ("c", "ready")]
    assert _states(database, busy) == [("a", "filled"), ("b", "ready")]
    assert _states(database, failed) == [("a", "filled"), ("b", "failed")]
    assert _states(database, other) == [("a", "filled")]


def test_the_unknown_are_doubted_unless_nobody_shall_be_asked_again(
    database: Database, library: int, stock: Stock
) -> None:
    unknown, settled, known = stock(3)
    _enqueue(database, library, [(unknown, "a"), (settled, "a")])
    _done(database, library, RunState.EMPTY)
    _enqueue(database, library, [(known, "a")])
    _done(database, library, RunState.FILLED)
    with database.write() as connection:
        connection.execute(table.update().where(table.c.item_id == unknown).values(run_at=99_999))
        connection.execute(table.update().where(table.c.item_id == settled).values(run_at=NEVER))
    assert _doubt(database, [unknown, settled, known], unknown_only=True) == 1
    assert [_states(database, item)[0][1] for item in (unknown, settled, known)] == [
        "ready",
        "empty",
        "filled",
    ]
    assert _doubt(database, [settled]) == 0
