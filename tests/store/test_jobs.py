from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from tests.support.effects import rows

from completist.domain.run import Result, RunState
from completist.store import claims, jobs, libraries, run_states, runs
from completist.store.database import Connection, Database

Stock = Callable[[int], Sequence[int]]

SAID: dict[str, dict[str, str]] = {"filter": {}}
OPTIONS = {"priority": 4, "force": False}


def _open(
    connection: Connection, library: int, key: str, ids: Sequence[int] = (), pipeline: str = "facts"
) -> int:
    """A running job over the runs of some items."""
    number = jobs.open_job(connection, library, pipeline, "1", SAID, OPTIONS, key, 1)
    assert number is not None
    due = [(item, "a") for item in ids]
    held = runs.demand(connection, library, pipeline, "1", due, priority=4, now=1)
    jobs.join_runs(connection, number, [run for run, _ in held.values()])
    jobs.set_job_state(connection, number, "running")
    return number


def _settle(connection: Connection, library: int, *results: Result) -> None:
    claim = claims.claim_runs(
        connection, f"claim {results}", library, "facts", "1", limit=len(results), lease=9, claimer="t", now=5
    )
    assert claim is not None
    runs.settle(connection, claim.id, list(zip([r.id for r in claim.runs], results, strict=True)), 6)


def test_a_key_has_one_open_job_and_any_number_that_are_over(database: Database, library: int) -> None:
    with database.write() as connection:
        other = libraries.ensure_library(connection, 1, "Somebody else's")
        first = _open(connection, library, "key")
        assert jobs.open_job(connection, library, "facts", "1", SAID, OPTIONS, "key", 2) is None
        assert _open(connection, other, "key") != first
        jobs.set_job_state(connection, first, "done", 3)
        second = _open(connection, library, "key")
        jobs.set_job_state(connection, second, "cancelled", 4)
        third = _open(connection, library, "key")
        found = jobs.open_by_key(connection, library, "key")
        assert found is not None
        assert (found.id, found.selection, found.options, found.planned) == (third, SAID, OPTIONS, 0)
        assert jobs.read_job(connection, other, third) is None


def test_a_run_joins_a_job_once(database: Database, library: int, stock: Stock) -> None:
    ids = stock(3)
    with database.write() as connection:
        number = _open(connection, library, "key", ids)
        mine = [run["run_id"] for run in _joined(connection)]
        assert jobs.join_runs(connection, number, mine) == 0
        assert jobs.join_runs(connection, number, []) == 0
    assert len(rows(database, "job_runs")) == 3


def _joined(connection: Connection) -> list[dict[str, int]]:
    return [dict(row) for row in connection.exec_driver_sql("SELECT run_id FROM job_runs").mappings()]


def test_a_job_ends_with_its_last_run_and_keeps_what_it_came_to(
    database: Database, library: int, stock: Stock
) -> None:
    ids = stock(3)
    with database.write() as connection:
        number = _open(connection, library, "key", ids)
        assert jobs.libraries_with_open(connection) == [library]
        _settle(connection, library, Result(RunState.FILLED), Result(RunState.FAILED, "broken"))
        assert jobs.finish_jobs(connection, library, 7) == []
        _settle(connection, library, Result(RunState.WAITING, "quota", run_at=99))
        assert jobs.finish_jobs(connection, library, 8) == []
        claims.stage(connection, 99)
        _settle(connection, library, Result(RunState.EMPTY))
        assert jobs.finish_jobs(connection, library, 100) == [number]
        assert jobs.finish_jobs(connection, library, 101) == []
        assert jobs.libraries_with_open(connection) == []
        over = jobs.read_job(connection, library, number)
        assert over is not None
        assert (over.state, over.finished_at) == ("done", 100)
        runs.make_ready(connection, jobs.runs_in(connection, number, ["failed"]), 102)
        assert over.result == {"filled": 1, "failed": 1, "empty": 1}
        assert jobs.count_progress(connection, number) == {"filled": 1, "ready": 1, "empty": 1}


def test_a_job_that_nothing_is_planned_for_yet_goes_on(database: Database, library: int) -> None:
    with database.write() as connection:
        number = jobs.open_job(connection, library, "facts", "1", SAID, OPTIONS, "key", 1)
        assert jobs.finish_jobs(connection, library, 2) == []
        assert jobs.unplanned(connection) == [(library, number)]


def test_runs_that_another_open_job_waits_for_are_told_apart(
    database: Database, library: int, stock: Stock
) -> None:
    one, two, three = stock(3)
    with database.write() as connection:
        mine = _open(connection, library, "mine", [one, two, three])
        _open(connection, library, "theirs", [two])
        over = _open(connection, library, "over", [three])
        jobs.set_job_state(connection, over, "done", 2)
        ids = jobs.runs_in(connection, mine, ["ready"])
        alone = jobs.only_of(connection, mine, ids)
        assert run_states.items_of(connection, alone) == {one, three}
        assert jobs.runs_in(connection, mine, ["ready"], version="2") == []


def test_items_of_a_job_are_paged_by_their_state(database: Database, library: int, stock: Stock) -> None:
    ids = stock(5)
    with database.write() as connection:
        number = _open(connection, library, "key", ids)
        _settle(connection, library, Result(RunState.FAILED, "x"), Result(RunState.FILLED))
        pages = [jobs.items_in(connection, number, ["ready", "failed"], after=0, limit=2)]
        while pages[-1]:
            pages.append(jobs.items_in(connection, number, ["ready", "failed"], after=pages[-1][-1], limit=2))
    assert pages == [[ids[0], ids[2]], [ids[3], ids[4]], []]


@pytest.mark.parametrize("count", [jobs.NAMED - 1, jobs.NAMED + 5])
def test_failures_name_the_first_items_of_each_cause(
    database: Database, library: int, stock: Stock, count: int
) -> None:
    ids = stock(count + 2)
    with database.write() as connection:
        number = _open(connection, library, "key", ids)
        _settle(connection, library, *[Result(RunState.FAILED)] * count)
        waits = [Result(RunState.WAITING, "quota", run_at=at) for at in (80, 70)]
        _settle(connection, library, *waits)
        often, rarely = jobs.count_failures(connection, number)
    assert (often.code, often.state, often.count) == ("unknown", RunState.FAILED, count)
    assert often.items == tuple(ids[: min(count, jobs.NAMED)])
    assert (rarely.code, rarely.count, rarely.next_retry_at) == ("quota", 2, 70)
