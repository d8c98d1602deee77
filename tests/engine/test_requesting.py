"""Jobs: made once however often they are asked for, planned to the end whatever interrupts, as far as their runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from threading import Barrier, Event
from uuid import uuid4

import pytest
from tests.support.cellars import Cellar
from tests.support.effects import rows
from tests.support.ledgers import FACTS, GUIDE, declare, desk, hand, standing, states, wines
from tests.support.wines import WINES, Record

from completist.app import Wish
from completist.domain.errors import BadInput, Conflict, NotFound
from completist.domain.run import Outcome
from completist.engine import requesting
from completist.engine.choosing import Selection
from completist.engine.duties import Duties
from completist.engine.enriching import FillReport
from completist.engine.judging import Reported
from completist.sdk import registry
from completist.store import items, jobs
from completist.store.database import Connection, Database


def _duties(cellar: Cellar) -> Duties:
    return Duties(cellar.database, cellar.tick, uuid4, "duties")


def _events(cellar: Cellar, kind: str) -> list[str]:
    return [each.ref for each in cellar.app.ledger.events(0, 10_000) if each.type == kind]


# --- made once ---------------------------------------------------------------------------------------------------


def test_the_same_request_is_the_same_job_until_it_is_over(cellar: Cellar) -> None:
    wines(cellar, 3)
    ledger = cellar.app.ledger
    first, new = ledger.create_job(FACTS.name)
    again, made = ledger.create_job(FACTS.name)
    assert (new, made, again.job.id) == (True, False, first.job.id)
    other, made = ledger.create_job(FACTS.name, priority=2)
    assert made
    assert other.job.id != first.job.id
    cellar.fill()
    third, made = ledger.create_job(FACTS.name)
    assert made
    assert third.job.id not in (first.job.id, other.job.id)
    assert (third.job.state, third.job.total, third.job.skipped) == ("done", 0, 3)


def test_the_same_selection_in_another_order_is_the_same_job(cellar: Cellar) -> None:
    one, two, _ = wines(cellar, 3)
    first, _ = cellar.app.ledger.create_job(FACTS.name, {"ids": [two, one, two]})
    again, new = cellar.app.ledger.create_job(FACTS.name, {"ids": [one, two]})
    assert (again.job.id, new, again.job.total) == (first.job.id, False, 2)


def test_a_job_with_force_is_always_new_unless_it_carries_a_key(cellar: Cellar) -> None:
    wines(cellar, 1)
    ledger = cellar.app.ledger
    ids = {ledger.create_job(FACTS.name, force=True)[0].job.id for _ in range(2)}
    assert len(ids) == 2
    keyed = {ledger.create_job(FACTS.name, force=True, key="mine")[0].job.id for _ in range(2)}
    assert len(keyed) == 1


def test_a_key_that_asks_for_something_else_is_refused_while_its_job_is_open(cellar: Cellar) -> None:
    (item,) = wines(cellar, 1)
    ledger = cellar.app.ledger
    ledger.create_job(FACTS.name, key="mine")
    for asked in ({"selection": {"ids": [item]}}, {"priority": 1}, {"force": True}):
        with pytest.raises(Conflict, match="key"):
            ledger.create_job(FACTS.name, key="mine", **asked)
    cellar.fill()
    _, new = ledger.create_job(FACTS.name, {"ids": [item]}, key="mine")
    assert new


def test_two_that_ask_for_the_same_at_once_get_the_same_job(cellar: Cellar) -> None:
    ids = wines(cellar, 40)
    start = Barrier(6)

    def ask(_number: int) -> tuple[int, bool]:
        start.wait(timeout=60)
        view, new = cellar.app.ledger.create_job(FACTS.name)
        return view.job.id, new

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(ask, range(6)))
    assert len({number for number, _ in told}) == 1
    assert [new for _, new in told].count(True) == 1
    view = cellar.app.ledger.job(told[0][0])
    assert (view.job.total, view.job.skipped, dict(view.progress)) == (len(ids), 0, {"ready": len(ids)})
    assert len(_events(cellar, "job.created")) == 1


def test_a_request_that_cannot_be_makes_no_job(cellar: Cellar) -> None:
    (item,) = wines(cellar, 1)
    wrong: list[tuple[type[Exception], str, dict[str, object]]] = [
        (NotFound, "no such pipeline", {}),
        (NotFound, FACTS.name, {"ids": [item, 999_999]}),
        (NotFound, FACTS.name, {"job": 999_999}),
        (NotFound, FACTS.name, {"filter": {"missing": "stars"}}),
        (BadInput, "book-metadata", {"ids": [item]}),
        (BadInput, FACTS.name, {"ids": []}),
        (BadInput, FACTS.name, {"ids": [0]}),
        (BadInput, FACTS.name, {"ids": [item], "job": 1}),
        (BadInput, FACTS.name, {"filter": {"freshness": "rotten"}}),
        (BadInput, FACTS.name, {"nothing": True}),
    ]
    for error, pipeline, selection in wrong:
        with pytest.raises(error):
            cellar.app.ledger.create_job(pipeline, selection)
    with pytest.raises(BadInput, match="priority"):
        cellar.app.ledger.create_job(FACTS.name, priority=11)
    assert cellar.app.ledger.jobs() == []


# --- planned to the end --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("after", range(5))
def test_planning_that_is_interrupted_goes_on_behind_the_last_chunk(
    cellar: Cellar, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    ids = wines(cellar, 10)
    cellar.fill(limit=4)
    monkeypatch.setattr(requesting, "CHUNK", 3)
    view, _ = cellar.app.ledger.create_job(FACTS.name, chunks=after)
    assert view.job.state == ("planning" if after < 5 else "running")
    cellar.bring({"id": "new", "name": "One more"})  # behind the last chunk, and so part of it
    _duties(cellar).plan_jobs(lambda: False)
    planned = cellar.app.ledger.job(view.job.id)
    assert (planned.job.state, planned.job.total, planned.job.skipped) == ("running", 7, 4)
    assert len(rows(cellar.database, "job_runs")) == 7
    cellar.fill()
    assert cellar.app.ledger.job(view.job.id).job.state == "done"
    assert len(rows(cellar.database, "attempts")) == len(ids) + 1


def test_a_worker_told_to_stop_leaves_the_planning_to_the_next(
    cellar: Cellar, monkeypatch: pytest.MonkeyPatch
) -> None:
    wines(cellar, 6)
    monkeypatch.setattr(requesting, "CHUNK", 2)
    view, _ = cellar.app.ledger.create_job(FACTS.name, chunks=0)
    answers: Iterator[bool] = iter([False, True])
    _duties(cellar).plan_jobs(lambda: next(answers))
    assert (cellar.app.ledger.job(view.job.id).job.state, len(rows(cellar.database, "job_runs"))) == (
        "planning",
        2,
    )
    _duties(cellar).plan_jobs(lambda: False)
    assert len(rows(cellar.database, "job_runs")) == 6


def test_a_job_whose_pipeline_is_gone_keeps_no_other_from_being_planned(cellar: Cellar) -> None:
    declare(guide="1")
    cellar.bring({"id": "1", "name": "Nobody knows"})
    lost, _ = cellar.app.ledger.create_job(GUIDE.name, chunks=0)
    other, _ = cellar.app.ledger.create_job(FACTS.name, chunks=0)
    declare()
    bell = cellar.app.bell()
    cellar.app.worker(bell).drain(Event())
    bell.close()
    assert cellar.app.ledger.job(other.job.id).job.state == "done"
    assert cellar.app.ledger.job(lost.job.id).job.state == "planning"
    declare(guide="1")
    _duties(cellar).plan_jobs(lambda: False)
    assert cellar.app.ledger.job(lost.job.id).job.state == "running"


def test_a_job_takes_only_what_needs_it_and_finds_what_nobody_scheduled(cellar: Cellar) -> None:
    done, failed, waiting, _ = wines(cellar, 4)
    cellar.app.set(failed, {"name": "Corked"})
    cellar.app.fill(Wish(ids=(done, failed)))
    cellar.app.ledger.hold([next(r["id"] for r in rows(cellar.database, "runs") if r["item_id"] == waiting)])
    with cellar.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM runs WHERE item_id = (SELECT max(id) FROM items)")
    view, _ = cellar.app.ledger.create_job(FACTS.name)
    assert (view.job.total, view.job.skipped) == (3, 1)
    assert dict(view.progress) == {"ready": 2, "waiting": 1}
    (held,) = view.failures
    assert (held.code, held.count, held.items) == ("on_hold", 1, (waiting,))


def test_a_job_moves_its_runs_forward_and_never_back(cellar: Cellar) -> None:
    one, two = wines(cellar, 2)
    cellar.app.ledger.create_job(FACTS.name, {"ids": [two]}, priority=2)
    cellar.app.ledger.create_job(FACTS.name, priority=4)
    assert {run["item_id"]: run["priority"] for run in rows(cellar.database, "runs")} == {one: 4, two: 2}
    claim = hand(cellar).claim(WINES.finders[0], 1)
    assert claim is not None
    assert claim.runs[0].item_id == two


@pytest.mark.parametrize(
    ("selection", "chosen"),
    [
        ({}, [0, 1, 2, 3]),
        ({"filter": {"missing": "region"}}, [2, 3]),
        ({"filter": {"freshness": "fresh"}}, [0, 1]),
        ({"filter": {"freshness": "missing"}}, [2, 3]),
        ({"filter": {"freshness": "stale"}}, []),
    ],
)
def test_a_selection_is_read_page_by_page(
    cellar: Cellar, monkeypatch: pytest.MonkeyPatch, selection: dict[str, object], chosen: list[int]
) -> None:
    monkeypatch.setattr(requesting, "CHUNK", 1)
    ids = wines(cellar, 4)
    cellar.fill(limit=2)
    assert cellar.app.ledger.count_selected(FACTS.name, selection) == len(chosen)
    view, _ = cellar.app.ledger.create_job(FACTS.name, selection, force=True)
    picked = {row["run_id"] for row in rows(cellar.database, "job_runs") if row["job_id"] == view.job.id}
    items = {run["item_id"] for run in rows(cellar.database, "runs") if run["id"] in picked}
    assert sorted(items) == [ids[n] for n in chosen]
    assert Selection.read(view.job.selection).said() == view.job.selection


def test_a_job_over_what_became_of_another_takes_its_own_kind_alone(cellar: Cellar) -> None:
    cellar.know("Good", Record("W1", {"region": "x"}))
    cellar.bring({"id": "1", "name": "Good"}, {"id": "2", "name": "Corked"}, {"id": "3", "name": "Unknown"})
    first, _ = cellar.app.ledger.create_job(FACTS.name)
    cellar.fill()
    again, _ = cellar.app.ledger.create_job(FACTS.name, {"job": first.job.id, "state": "empty"}, force=True)
    assert again.job.total == 1
    assert cellar.app.ledger.create_job(FACTS.name, {"job": first.job.id}, force=True)[0].job.total == 3
    other, _ = cellar.app.ledger.create_job("book-metadata", {"job": first.job.id})
    assert (other.job.total, other.job.state) == (0, "done")
    assert {run["pipeline"] for run in rows(cellar.database, "runs")} == {FACTS.name}
    assert registry.pipeline("book-metadata")[1].kind == "book"


# --- as far as its runs ----------------------------------------------------------------------------------------------


def test_progress_is_that_of_the_runs(cellar: Cellar) -> None:
    cellar.know("Good", Record("W1", {"region": "x"}))
    cellar.know("Unsure", Record("W2", {}, sure=False), Record("W3", {}, sure=False))
    names = ["Good", "Unsure", "Corked", "Corked", "Nobody knows"]
    cellar.bring(*({"id": str(n), "name": name} for n, name in enumerate(names)))
    view, _ = cellar.app.ledger.create_job(FACTS.name)
    assert dict(view.progress) == {"ready": 5}
    cellar.fill(limit=1)
    assert dict(cellar.app.ledger.job(view.job.id).progress) == {"ready": 4, "filled": 1}
    cellar.fill()
    over = cellar.app.ledger.job(view.job.id)
    assert dict(over.progress) == {"filled": 1, "review": 1, "failed": 2, "empty": 1}
    assert [(f.code, f.state.value, f.count) for f in over.failures] == [("ValueError", "failed", 2)]
    assert over.job.finished_at is not None
    assert _events(cellar, "job.finished") == [f"job:{view.job.id}"]


def test_failures_are_grouped_by_cause_the_most_frequent_first(cellar: Cellar) -> None:
    declare(guide="1")
    ids = wines(cellar, jobs.NAMED + 6)
    view, _ = cellar.app.ledger.create_job(GUIDE.name)
    taken = desk(cellar).take(GUIDE.name, 99)
    assert taken.claim is not None
    causes = ["quota"] * 2 + ["blocked"] * 3 + ["no such page"] * (jobs.NAMED + 1)
    outcomes = [Outcome.QUOTA_EXHAUSTED] * 2 + [Outcome.BLOCKED] * 3 + [Outcome.TRANSIENT] * (jobs.NAMED + 1)
    desk(cellar).complete(
        taken.claim.id,
        [
            Reported(run.id, outcome, error=cause, retry_after=60.0)
            for run, outcome, cause in zip(taken.claim.runs, outcomes, causes, strict=True)
        ],
    )
    failures = cellar.app.ledger.job(view.job.id).failures
    assert [(f.code, f.count) for f in failures] == [
        ("no such page", jobs.NAMED + 1),
        ("blocked", 3),
        ("quota", 2),
    ]
    assert failures[0].items == tuple(ids[5 : 5 + jobs.NAMED])
    assert failures[2].next_retry_at == min(
        run["run_at"] for run in rows(cellar.database, "runs")[-len(ids) :][:2]
    )


def test_calling_a_job_off_leaves_what_another_open_job_wants(cellar: Cellar) -> None:
    one, two, three = wines(cellar, 3)
    mine, _ = cellar.app.ledger.create_job(FACTS.name)
    theirs, _ = cellar.app.ledger.create_job(FACTS.name, {"ids": [two]})
    claimed = hand(cellar).claim(WINES.finders[0], 1)
    assert claimed is not None
    view = cellar.app.ledger.cancel_job(mine.job.id)
    assert (view.job.state, dict(view.progress)) == ("cancelled", {"cancelled": 2, "ready": 1})
    assert [(i, s) for i, _, s in standing(cellar)] == [
        (one, "cancelled"),
        (two, "ready"),
        (three, "cancelled"),
    ]
    assert hand(cellar).work(WINES, WINES.finders[0], claimed).runs == 0
    with pytest.raises(Conflict):
        cellar.app.ledger.cancel_job(mine.job.id)
    cellar.app.ledger.cancel_job(theirs.job.id)
    assert states(cellar) == ["cancelled"] * 3
    assert dict(cellar.app.ledger.job(mine.job.id).progress) == {"cancelled": 2, "ready": 1}, "as it was then"
    assert cellar.fill().runs == 3, "a person who fills wants all of it"


def test_a_retry_takes_up_what_failed_and_the_job_goes_on(cellar: Cellar) -> None:
    cellar.bring({"id": "1", "name": "Corked"}, {"id": "2", "name": "Fine"})
    view, _ = cellar.app.ledger.create_job(FACTS.name, priority=3)
    cellar.fill()
    assert cellar.app.ledger.job(view.job.id).job.state == "done"
    again, count = cellar.app.ledger.retry_job(view.job.id)
    assert (again.job.state, count, dict(again.progress)) == ("running", 1, {"ready": 1, "empty": 1})
    cellar.fill()
    assert dict(cellar.app.ledger.job(view.job.id).progress) == {"failed": 1, "empty": 1}
    assert len(_events(cellar, "job.finished")) == 2


def test_a_retry_of_nothing_or_beside_the_same_request_is_refused(cellar: Cellar) -> None:
    (item,) = wines(cellar, 1)
    done, _ = cellar.app.ledger.create_job(FACTS.name)
    cellar.fill()
    with pytest.raises(Conflict, match="failed"):
        cellar.app.ledger.retry_job(done.job.id)
    cellar.app.set(item, {"name": "Corked"})
    first, _ = cellar.app.ledger.create_job(FACTS.name)
    cellar.fill()
    second, _ = cellar.app.ledger.create_job(FACTS.name, chunks=0)
    with pytest.raises(Conflict, match=str(second.job.id)):
        cellar.app.ledger.retry_job(first.job.id)
    for act in (cellar.app.ledger.retry_job, cellar.app.ledger.cancel_job, cellar.app.ledger.job):
        with pytest.raises(NotFound):
            act(999_999)


def test_what_failed_under_an_older_version_is_not_retried_under_it(cellar: Cellar) -> None:
    """Nobody works under the older version any more: its runs would be ready for ever."""
    cellar.bring({"id": "1", "name": "Corked"})
    view, _ = cellar.app.ledger.create_job(FACTS.name)
    cellar.fill()
    declare("2")
    with pytest.raises(Conflict, match="version 2"):
        cellar.app.ledger.retry_job(view.job.id)
    assert states(cellar) == ["failed"]


def test_a_job_ends_once_however_many_look(cellar: Cellar) -> None:
    wines(cellar, 30)
    views = [cellar.app.ledger.create_job(FACTS.name, force=True)[0] for _ in range(5)]
    hand(cellar).drain(WINES, WINES.finders[0], FillReport())
    start = Barrier(4)

    def look(_number: int) -> None:
        start.wait(timeout=60)
        _duties(cellar).finish_jobs()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(look, range(4)))
    _duties(cellar).finish_jobs()
    assert Counter(_events(cellar, "job.finished")) == Counter(f"job:{v.job.id}" for v in views)


def test_a_job_that_is_taken_up_again_while_somebody_ends_it_goes_on(
    postgres_library: Database, cellar: Cellar
) -> None:
    """Who ends a job must not overwrite what somebody else does with it at that moment."""
    if cellar.database.dialect == "sqlite":
        cellar.database.close()  # there one writes at a time, and each sees what the one before has done
        return
    cellar.bring({"id": "1", "name": "Corked"})
    view, _ = cellar.app.ledger.create_job(FACTS.name)
    hand(cellar).drain(WINES, WINES.finders[0], FillReport())
    with cellar.database.write() as connection:
        held = jobs.read_job(connection, cellar.app.library_id, view.job.id, hold=True)
        assert held is not None
        _duties(cellar).finish_jobs()
        jobs.set_job_state(connection, view.job.id, "cancelled", cellar.tick())
    _duties(cellar).finish_jobs()
    assert cellar.app.ledger.job(view.job.id).job.state == "cancelled"
    assert _events(cellar, "job.finished") == []


def test_jobs_are_called_off_while_workers_settle_their_runs(cellar: Cellar) -> None:
    wines(cellar, 200)
    stop = Event()

    def work(_number: int) -> None:
        while not stop.is_set():
            hand(cellar).drain(WINES, WINES.finders[0], FillReport())

    with ThreadPoolExecutor(2) as pool:
        for _ in range(2):
            pool.submit(work, 0)
        try:
            for _ in range(8):
                view, _ = cellar.app.ledger.create_job(FACTS.name, force=True)
                with suppress(Conflict):  # the workers may have been quicker
                    cellar.app.ledger.cancel_job(view.job.id)
        finally:
            stop.set()
    assert set(states(cellar)) <= {"filled", "cancelled"}
    assert {view.job.state for view in cellar.app.ledger.jobs()} <= {"cancelled", "done"}


def test_an_item_that_goes_while_it_is_looked_at_is_left_out(
    cellar: Cellar, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between choosing items and holding them, on a database where others write at the same time."""
    one, _ = wines(cellar, 2)
    hold = items.hold_items

    def late(connection: Connection, ids: Iterable[int]) -> list[int]:
        with cellar.database.write() if cellar.database.path is None else nullcontext(connection) as other:
            items.delete_items(other, [one])
        return hold(connection, ids)

    monkeypatch.setattr(items, "hold_items", late)
    view, _ = cellar.app.ledger.create_job(FACTS.name, force=True)
    assert view.job.total == 1
    (two,) = [item.id for item in cellar.items()]
    one = two
    declare("2")
    assert cellar.app.ledger.populate(FACTS.name).created == 0


def test_a_page_of_jobs_has_the_latest_first(cellar: Cellar) -> None:
    wines(cellar, 1)
    ids = [cellar.app.ledger.create_job(FACTS.name, force=True)[0].job.id for _ in range(5)]
    cellar.app.ledger.cancel_job(ids[0])
    first = cellar.app.ledger.jobs(limit=2)
    assert [view.job.id for view in first] == [ids[4], ids[3]]
    assert [view.job.id for view in cellar.app.ledger.jobs(before=ids[3])] == [ids[2], ids[1], ids[0]]
    assert [view.job.id for view in cellar.app.ledger.jobs(state="cancelled")] == [ids[0]]
