"""Freshness, and what the ledger's statements read of a library with hundreds of thousands of results in it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import event, text
from tests.support import postgres

from completist.domain.pipeline import Freshness, Pipeline, StaleCause
from completist.domain.run import Result, RunState
from completist.store import claims, items, jobs, libraries, runs
from completist.store.bulk import insert_rows
from completist.store.database import Database, connect
from completist.store.freshness import Standing, count_freshness, read_freshness
from completist.store.ledger import runs as table
from completist.store.migrating import migrate

Stock = Callable[[int], Sequence[int]]

FACTS = Pipeline("facts", "wine", "2", ("name",), ("region",))

#: Runs that are done, and those among them of which a claim has to find a few.
DONE, READY = 100_000, 1000
ASKED = 10_000


def _run(database: Database, library: int, item: int, version: str, state: RunState, at: int) -> None:
    with database.write() as connection:
        runs.enqueue(connection, library, "facts", version, [(item, f"at {at}")], priority=5, now=at)
        claim = claims.claim_runs(
            connection, f"claim {at}", library, "facts", version, limit=1, lease=9, claimer="t", now=at
        )
        assert claim is not None
        runs.settle(connection, claim.id, [(claim.runs[0].id, Result(state))], at)


def test_an_item_stands_as_its_runs_say(database: Database, library: int, stock: Stock) -> None:
    never, pending, done, old, moved, broken = stock(6)
    for at, (item, version, state) in enumerate(
        [
            (done, "2", RunState.FILLED),
            (old, "1", RunState.REVIEW),
            (moved, "2", RunState.EMPTY),
            (broken, "2", RunState.FILLED),
            (broken, "2", RunState.FAILED),
        ],
        start=10,
    ):
        _run(database, library, item, version, state, at)
    with database.write() as connection:
        for item in (pending, moved):
            runs.enqueue(connection, library, "facts", "2", [(item, "new")], priority=5, now=50)
        told = read_freshness(connection, library, FACTS)
        counted = count_freshness(connection, library, FACTS)
    assert told == [
        Standing(never, Freshness.MISSING),
        Standing(pending, Freshness.MISSING, state=RunState.READY),
        Standing(done, Freshness.FRESH, state=RunState.FILLED),
        Standing(old, Freshness.STALE, StaleCause.CODE),
        Standing(moved, Freshness.STALE, StaleCause.DATA, RunState.READY),
        Standing(broken, Freshness.STALE, StaleCause.DATA, RunState.FAILED),
    ]
    assert counted == {
        (Freshness.MISSING, None): 2,
        (Freshness.FRESH, None): 1,
        (Freshness.STALE, StaleCause.CODE): 1,
        (Freshness.STALE, StaleCause.DATA): 2,
    }


def test_items_of_others_and_of_other_kinds_are_left_out(
    database: Database, library: int, stock: Stock
) -> None:
    (mine,) = stock(1)
    with database.write() as connection:
        other = libraries.ensure_library(connection, 1, "Somebody else's")
        theirs = items.create_items(connection, other, "wine", 2, 1)
        book = items.create_items(connection, library, "book", 1, 1)
        named = [mine, *theirs, *book, 999_999]
        assert [each.item_id for each in read_freshness(connection, library, FACTS, items=named)] == [mine]
        assert read_freshness(connection, library, FACTS, items=[]) == []
        assert count_freshness(connection, other, FACTS) == {(Freshness.MISSING, None): 2}


# --- what is read ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def crowded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A library with `DONE` results and `READY` runs that are due, once on each database."""
    folder: Path = tmp_path_factory.mktemp("crowded")
    with ExitStack() as stack:
        if request.param == "sqlite":
            path = folder / "library.db"
            shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
            database = connect(f"sqlite:///{path}")
        else:
            server = request.getfixturevalue("postgres_server")
            database = connect(
                stack.enter_context(postgres.created(server, f"completist_test_{uuid4().hex[:12]}"))
            )
            migrate(database, folder, 0)
            with database.write() as connection:  # checking each of so many rows takes most of the time
                for name, of in (("items", "library_id"), ("runs", "library_id"), ("runs", "item_id")):
                    connection.execute(text(f"ALTER TABLE {name} DROP CONSTRAINT fk_{name}_{of}"))
        stack.callback(database.close)
        with database.write() as connection:
            library = libraries.ensure_library(connection, 1)
            ids = items.create_items(connection, library, "wine", DONE, 1)
            ends = [
                ("ready", 5, 1, 0, None, None, 1, None, None)
                if n % (DONE // READY) == 0
                else ("filled", 5, 1, 1, None, None, 1, 2, 2)
                for n in range(DONE)
            ]
            full = [
                (n, library, item, "facts", "2", "a", *end)
                for n, (item, end) in enumerate(zip(ids, ends, strict=True), start=1)
            ]
            insert_rows(connection, table, full)
        with database.write() as connection:
            connection.execute(text("ANALYZE"))
        yield database


def _plans(database: Database, words: str, act: Callable[[], object]) -> list[str]:
    """How the database means to answer the statements with ``words`` in them."""
    plans: list[str] = []
    explain = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "

    def note(_connection: object, cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        if words in statement:
            cursor.execute(explain + statement, parameters)  # type: ignore[attr-defined]
            plans.append("\n".join(str(row) for row in cursor.fetchall()))  # type: ignore[attr-defined]

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    assert plans
    return plans


def _scans_runs(plan: str) -> bool:
    return any(words in plan for words in ("Seq Scan on runs", "SCAN runs")) and "USING INDEX" not in plan


@pytest.mark.parametrize("suspects", [False, True])
def test_a_claim_reads_the_index_of_what_is_ready(crowded: Database, suspects: bool) -> None:  # noqa: FBT001 - parametrized
    def claim() -> None:
        with crowded.rehearsal() as connection:
            if suspects:  # those come last, and only when nothing else is ready
                connection.execute(
                    text("UPDATE runs SET attempts = 2, error_code = 'worker_lost' WHERE state = 'ready'")
                )
            taken = claims.claim_runs(connection, "c", 1, "facts", "2", limit=20, lease=9, claimer="t", now=9)
            assert taken is not None
            assert len(taken.runs) == (1 if suspects else 20)

    for plan in _plans(crowded, "SET state = 'claimed'", claim):
        assert "ix_runs_ready" in plan
        assert not _scans_runs(plan)


def test_the_freshness_of_many_items_is_read_by_their_key(crowded: Database) -> None:
    with crowded.read() as connection:
        every = items.page_items(connection, 1, kind="wine", after=DONE // 2, limit=ASKED)
    ids = [item_id for item_id, _ in every]
    told: list[Standing] = []

    def read() -> None:
        with crowded.read() as connection:
            told.extend(read_freshness(connection, 1, FACTS, items=ids))
            told.extend(read_freshness(connection, 1, FACTS, after=ids[-1], limit=100))

    for plan in _plans(crowded, "FROM runs WHERE pipeline", read):
        assert any(name in plan for name in ("uq_runs_item_id", "sqlite_autoindex_runs"))
        assert not _scans_runs(plan)
    assert len(told) == ASKED + 100
    assert {each.freshness for each in told} == {Freshness.FRESH, Freshness.MISSING}


def test_looking_for_what_waits_reads_next_to_nothing(crowded: Database) -> None:
    def stage() -> None:
        with crowded.rehearsal() as connection:
            assert claims.stage(connection, 10**15) == 0

    for plan in _plans(crowded, "run_at <= ", stage):
        assert "ix_runs_later" in plan
        assert not _scans_runs(plan)


def test_looking_for_the_end_of_a_job_reads_no_more_than_the_head_of_the_queue(crowded: Database) -> None:
    def look() -> None:
        with crowded.rehearsal() as connection:
            number = jobs.open_job(connection, 1, "facts", "2", {"filter": {}}, {}, "all", 1)
            assert number is not None
            connection.execute(
                text("INSERT INTO job_runs SELECT :job, id FROM runs WHERE id % 100 = 1"), {"job": number}
            )
            jobs.set_job_state(connection, number, "running")
            assert jobs.finish_jobs(connection, 1, 9) == []

    (plan,) = _plans(crowded, "AS head", look)
    assert "ix_runs_ready" in plan
