"""Checks: a look at the database that tells about its health, on both databases."""

from __future__ import annotations

from completist.domain.run import Result, RunState
from completist.store import checks, claims, items, libraries, pauses, run_states, runs
from completist.store.database import Database


def claimed(database: Database) -> int:
    """A library with one run under a lease until 1,000."""
    with database.write() as connection:
        library = libraries.ensure_library(connection, 1, "mine")
        [item] = items.create_items(connection, library, "book", 1, 1)
        runs.enqueue(connection, library, "p", "1", [(item, "d")], priority=5, now=1)
        held = claims.claim_runs(
            connection, "c1", library, "p", "1", limit=5, lease=990, claimer="a worker", now=10
        )
    assert held is not None
    return held.runs[0].id


def test_a_new_library_is_sound(database: Database) -> None:
    with database.read() as connection:
        assert checks.damages(connection) == []
        name, recent = checks.engine_version(connection)
        assert name.lower().startswith(database.dialect)
        assert recent
        assert checks.count_expired_claims(connection, 5000) == 0
        assert checks.count_stuck_runs(connection) == 0


def test_a_claim_counts_as_expired_when_its_lease_is_over(database: Database) -> None:
    claimed(database)
    with database.read() as connection:
        assert checks.count_expired_claims(connection, 999) == 0
        assert checks.count_expired_claims(connection, 1000) == 1
        assert checks.count_stuck_runs(connection) == 0


def test_a_run_whose_claim_is_closed_is_stuck(database: Database) -> None:
    run = claimed(database)
    with database.write() as connection:
        claims.close_claim(connection, "c1", 20)
        connection.exec_driver_sql(f"UPDATE runs SET state = 'claimed', claim_id = 'c1' WHERE id = {run}")  # noqa: S608
    with database.read() as connection:
        assert checks.count_stuck_runs(connection) == 1


def test_runs_that_nobody_holds_are_freed_and_others_left(database: Database) -> None:
    run = claimed(database)
    with database.write() as connection:
        assert claims.free_unheld(connection) == 0
        claims.close_claim(connection, "c1", 20)
        connection.exec_driver_sql(f"UPDATE runs SET state = 'claimed', claim_id = 'c1' WHERE id = {run}")  # noqa: S608
        assert claims.free_unheld(connection) == 1
        assert checks.count_stuck_runs(connection) == 0
        assert checks.count_ready(connection) == {"p": 1}


def test_pauses_are_told_with_their_beginning(database: Database) -> None:
    library = _library(database)
    with database.write() as connection:
        pauses.pause(connection, library, "p", 7)
        pauses.pause(connection, library, pauses.EVERYTHING, 9)
        assert checks.paused_since(connection) == {"p": 7, "": 9}


def test_a_rehearsal_leaves_nothing(database: Database) -> None:
    run = claimed(database)
    database.rehearsing = True
    with database.write() as connection:
        runs.settle(connection, "c1", [(run, Result(RunState.EMPTY))], 30)
        assert run_states.count_runs(connection, 1)
    database.rehearsing = False
    with database.read() as connection:
        states = {state for _, state in run_states.count_runs(connection, _library(database))}
    assert states == {"claimed"}


def _library(database: Database) -> int:
    with database.write() as connection:
        return libraries.ensure_library(connection, 1, "mine")
