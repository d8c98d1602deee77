from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

import pytest
from sqlalchemy import event, select, text
from tests.support import databases

from completist.domain.matching import Match, Verdict
from completist.domain.retry import MAX_ATTEMPTS
from completist.domain.run import UNFINISHED, Claim, Result, RunState
from completist.store import claims, items, libraries, matches, pauses, run_states, runs
from completist.store.bulk import insert_rows
from completist.store.database import Database
from completist.store.ledger import claims as claims_table
from completist.store.ledger import runs as table

Stock = Callable[[int], Sequence[int]]
Enqueue = Callable[..., None]

LEASE = 60_000
_names = count()


@pytest.fixture
def enqueue(database: Database, library: int) -> Enqueue:
    """Makes runs due, of pipeline ``facts`` unless said otherwise."""

    def make(ids: Sequence[int], pipeline: str = "facts", *, now: int = 1, priority: int = 5) -> None:
        with database.write() as connection:
            due = [(i, "a") for i in ids]
            runs.enqueue(connection, library, pipeline, "1", due, priority=priority, now=now)

    return make


def _claim(
    database: Database,
    library: int,
    limit: int = 99,
    *,
    now: int = 10,
    only: Sequence[int] | None = None,
    behind: str = "",
    wholly: bool = False,
) -> Claim | None:
    with database.write() as connection:
        claims.stage(connection, now)
        return claims.claim_runs(
            connection,
            f"claim-{next(_names)}",
            library,
            "facts",
            "1",
            limit=limit,
            lease=LEASE,
            claimer="test",
            now=now,
            items=only,
            behind=behind,
            wholly=wholly,
        )


def _held(claim: Claim | None) -> list[int]:
    return [] if claim is None else [run.item_id for run in claim.runs]


def test_a_claim_hands_out_what_is_due(
    database: Database, library: int, stock: Stock, enqueue: Enqueue
) -> None:
    ids = stock(3)
    enqueue(ids)
    claim = _claim(database, library, now=10)
    assert claim is not None
    assert claim.lease_until == 10 + LEASE
    assert [(r.item_id, r.pipeline, r.version, r.input_digest, r.state, r.attempts) for r in claim.runs] == [
        (i, "facts", "1", "a", RunState.CLAIMED, 1) for i in ids
    ]
    assert _claim(database, library) is None


def test_what_another_pipeline_is_about_to_say_something_of_is_left_to_it(
    database: Database, library: int, stock: Stock, enqueue: Enqueue
) -> None:
    free, ready, claimed, told, resting = ids = stock(5)
    enqueue(ids)
    enqueue([ready, claimed, told, resting], "before")
    with database.write() as connection:
        held = claims.claim_runs(
            connection,
            "b",
            library,
            "before",
            "1",
            limit=9,
            lease=LEASE,
            claimer="test",
            now=10,
            items=ids[2:],
        )
        assert held is not None
        by_item = {run.item_id: run.id for run in held.runs}
        matches.write_matches(connection, [(told, Match(Verdict.NONE), by_item[told])], "before", 10)
        runs.settle(connection, "b", [(by_item[resting], Result(RunState.WAITING, "budget@atlas", 99))], 10)
    assert _held(_claim(database, library, behind="before")) == [free, told, resting]
    with database.write() as connection:
        pauses.pause(connection, library, "before", 10)
    assert _held(_claim(database, library, behind="before")) == [ready, claimed]


def test_what_another_pipeline_is_not_through_with_is_left_to_it_where_that_is_wanted(
    database: Database, library: int, stock: Stock, enqueue: Enqueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, unfinished, resting, told = ids = stock(4)
    enqueue(ids)
    enqueue([unfinished, resting, told], "before")
    with database.write() as connection:
        held = claims.claim_runs(
            connection, "b", library, "before", "1", limit=9, lease=LEASE, claimer="test", now=10
        )
        assert held is not None
        by_item = {run.item_id: run.id for run in held.runs}
        results = {
            unfinished: Result(RunState.WAITING, UNFINISHED, 99),
            resting: Result(RunState.WAITING, "budget@a", 99),
        }
        runs.settle(connection, "b", [(by_item[each], result) for each, result in results.items()], 10)
        matches.write_matches(connection, [(told, Match(Verdict.NONE), by_item[told])], "before", 10)
        assert claims.unripe(connection, library, ids, "before") == {unfinished, told}
    first = _claim(database, library, behind="before", wholly=True)
    assert first is not None
    assert _held(first) == [*ids], "it has a look at each before that"
    again = Result(RunState.WAITING, UNFINISHED, 10, refund=True)
    with database.write() as connection:
        runs.settle(connection, first.id, [(run.id, again) for run in first.runs], 10)
        claims.close_claim(connection, first.id, 10)
    assert _claim(database, library, behind="before", wholly=True) is None, "more may come together"
    monkeypatch.setattr(claims, "ENOUGH", 2)
    assert _held(_claim(database, library, behind="before", wholly=True)) == [free, resting]
    with database.write() as connection:
        pauses.pause(connection, library, "before", 10)
        assert claims.unripe(connection, library, ids, "before") == frozenset()
    assert _held(_claim(database, library, behind="before", wholly=True)) == [unfinished, told]


def test_the_most_urgent_come_first_then_those_that_wait_longest(
    database: Database, library: int, stock: Stock, enqueue: Enqueue
) -> None:
    late, early, urgent, later = stock(4)
    enqueue([late], now=5)
    enqueue([early], now=2)
    enqueue([urgent], now=9, priority=1)
    enqueue([later], now=11)  # before the clock was set back
    taken = [_held(_claim(database, library, 1, now=10)) for _ in range(4)]
    assert taken == [[urgent], [early], [late], [later]]


def test_a_run_that_waits_is_due_at_its_time(
    database: Database, library: int, stock: Stock, enqueue: Enqueue
) -> None:
    ids = stock(1)
    enqueue(ids)
    with database.write() as connection:
        connection.execute(table.update().values(state="waiting", run_at=50))
    assert _claim(database, library, now=49) is None
    with database.read() as connection:
        assert run_states.count_waiting(connection, library) == 1
    assert _held(_claim(database, library, now=50)) == list(ids)


def test_a_claim_stays_in_its_library_pipeline_and_selection(
    database: Database, library: int, stock: Stock, enqueue: Enqueue
) -> None:
    ids = stock(4)
    enqueue(ids)
    enqueue(ids, "other")
    with database.write() as connection:
        stranger = libraries.ensure_library(connection, 1, "Somebody else's")
    assert _claim(database, stranger) is None
    assert _claim(database, library, only=[]) is None
    assert _held(_claim(database, library, only=[ids[2], 999])) == [ids[2]]
    assert _held(_claim(database, library)) == [ids[0], ids[1], ids[3]]


def test_no_two_workers_ever_hold_the_same_run(
    database: Database, library: int, stock: Stock, enqueue: Enqueue
) -> None:
    ids = stock(200)
    enqueue(ids)
    start = Barrier(4)

    def work(_worker: int) -> list[int]:
        start.wait(timeout=30)
        taken: list[int] = []
        while claim := _claim(database, library, 7):
            taken.extend(_held(claim))
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [item for held in pool.map(work, range(4)) for item in held]
    assert sorted(taken) == list(ids)


def test_two_claims_at_the_same_moment_do_not_wait_for_one_another(postgres_library: Database) -> None:
    """On PostgreSQL the second worker passes over what the first has locked; SQLite has one writer."""
    database = postgres_library
    databases.empty(database)
    with database.write() as connection:
        library = libraries.ensure_library(connection, 1)
        ids = items.create_items(connection, library, "wine", 4, 1)
        runs.enqueue(connection, library, "facts", "1", [(i, "a") for i in ids], priority=5, now=1)
    with database.write() as first:
        one = claims.claim_runs(first, "one", library, "facts", "1", limit=2, lease=9, claimer="t", now=10)
        with database.write() as second:
            second.execute(text("SET LOCAL lock_timeout = '2s'"))
            two = claims.claim_runs(
                second, "two", library, "facts", "1", limit=2, lease=9, claimer="t", now=10
            )
    assert _held(one) + _held(two) == list(ids)


def test_a_heartbeat_keeps_a_claim_alive(
    database: Database, library: int, stock: Stock, enqueue: Enqueue
) -> None:
    enqueue(stock(1))
    claim = _claim(database, library, now=10)
    assert claim is not None
    with database.write() as connection:
        assert claims.heartbeat(connection, claim.id, LEASE, 10 + LEASE - 1)
        assert claims.expire_claims(connection, 10 + LEASE) == 0
        assert claims.expire_claims(connection, 10 + LEASE - 1 + LEASE) == 1
        assert not claims.heartbeat(connection, claim.id, LEASE, 10 + 2 * LEASE)
        assert not claims.heartbeat(connection, "no such claim", LEASE, 10)


def test_what_an_expired_claim_held_is_handed_to_the_next_and_its_own_results_are_refused(
    database: Database, library: int, stock: Stock, enqueue: Enqueue
) -> None:
    ids = stock(2)
    enqueue(ids)
    late = _claim(database, library, now=10)
    assert late is not None
    with database.write() as connection:
        assert claims.expire_claims(connection, 10 + LEASE - 1) == 0
        assert claims.expire_claims(connection, 10 + LEASE) == 2
        assert claims.expire_claims(connection, 10 + LEASE) == 0
    fresh = _claim(database, library, now=10 + LEASE)
    assert _held(fresh) == list(ids)
    assert fresh is not None
    assert [run.attempts for run in fresh.runs] == [2, 2]  # the lost try counts
    with database.write() as connection:
        results = [(run.id, Result(RunState.FILLED)) for run in late.runs]
        assert runs.settle(connection, late.id, results, 99) == set()
        assert claims.close_claim(connection, late.id, 99) == 0
    with database.read() as connection:
        states = connection.execute(select(table.c.state, table.c.claim_id)).all()
    assert {tuple(row) for row in states} == {("claimed", fresh.id)}


def test_closing_a_claim_gives_back_what_it_did_not_settle(
    database: Database, library: int, stock: Stock, enqueue: Enqueue
) -> None:
    done, left = stock(2)
    enqueue([done, left])
    claim = _claim(database, library)
    assert claim is not None
    with database.write() as connection:
        runs.settle(connection, claim.id, [(claim.runs[0].id, Result(RunState.FILLED))], 20)
        assert claims.close_claim(connection, claim.id, 20) == 1
        assert claims.close_claim(connection, claim.id, 21) == 0
        closed = connection.execute(select(claims_table.c.closed_at)).scalars().all()
    assert closed == [20]
    again = _claim(database, library)
    assert again is not None
    assert [(run.item_id, run.attempts) for run in again.runs] == [(left, 1)]  # the first try was refunded


def test_claiming_reads_the_index_of_what_is_due(database: Database, library: int) -> None:
    """However many results there are, a claim must not look at them."""
    with database.write() as connection:
        ids = items.create_items(connection, library, "wine", 20_000, 1)
        rows = [
            (
                n,
                library,
                i,
                "facts",
                "1",
                "a",
                "ready" if n % 200 == 0 else "filled",
                5,
                1,
                0,
                None,
                None,
                1,
                None,
                None,
            )
            for n, i in enumerate(ids, start=1)
        ]
        insert_rows(connection, table, rows)
        connection.execute(text("ANALYZE"))
    plans: list[str] = []
    explain = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "

    def note(_connection: object, cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        if "SET state = 'claimed'" in statement:
            cursor.execute(explain + statement, parameters)  # type: ignore[attr-defined]
            plans.append("\n".join(str(row) for row in cursor.fetchall()))  # type: ignore[attr-defined]

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        claim = _claim(database, library, 20)
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    assert claim is not None
    assert len(claim.runs) == 20
    (plan,) = plans
    assert "ix_runs_ready" in plan
    assert not any(scan in plan for scan in ("Seq Scan on runs", "SCAN runs"))


def test_a_run_that_takes_its_worker_down_each_time_fails_in_the_end(
    database: Database, library: int, stock: Stock, enqueue: Enqueue
) -> None:
    enqueue(stock(1))
    now = 10
    for _ in range(MAX_ATTEMPTS):
        assert _claim(database, library, now=now) is not None
        now += LEASE
        with database.write() as connection:
            claims.expire_claims(connection, now)
    assert _claim(database, library, now=now) is None
    with database.read() as connection:
        row = connection.execute(select(table.c.state, table.c.error_code, table.c.claim_id)).one()
    assert tuple(row) == ("failed", "worker_lost", None)


def test_one_poisonous_run_takes_no_other_along(
    database: Database, library: int, stock: Stock, enqueue: Enqueue
) -> None:
    ids = stock(10)
    enqueue(ids)
    now, poison, done = 10, ids[3], set[int]()
    while (claim := _claim(database, library, now=now)) is not None:
        now += LEASE
        with database.write() as connection:
            if poison in _held(claim):  # the worker dies of it, whatever else it holds
                claims.expire_claims(connection, now)
            else:
                done.update(_held(claim))
                runs.settle(connection, claim.id, [(r.id, Result(RunState.FILLED)) for r in claim.runs], now)
    assert done == set(ids) - {poison}


def test_a_claim_whose_worker_is_known_to_be_gone_ends_before_its_lease(
    database: Database, library: int, stock: Stock, enqueue: Enqueue
) -> None:
    ids = stock(2)
    enqueue(ids)
    dead, alive = _claim(database, library, 1), _claim(database, library, 1)
    assert dead is not None
    assert alive is not None
    with database.write() as connection:
        assert sorted(claims.open_claims(connection)) == sorted([(dead.id, "test"), (alive.id, "test")])
        assert claims.expire_claims(connection, 11, [dead.id]) == 1
        assert claims.open_claims(connection) == [(alive.id, "test")]
    assert _held(_claim(database, library, now=11)) == [ids[0]]
