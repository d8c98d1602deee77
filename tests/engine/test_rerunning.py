"""A pipeline that moves on: what was done comes round again, exactly once, and nothing is lost on the way."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from sqlalchemy import text
from tests.support.cellars import Cellar
from tests.support.effects import rows
from tests.support.ledgers import (
    FACTS,
    FRESH,
    GUIDE,
    MISSING,
    OLD_CODE,
    OLD_DATA,
    check_freshness,
    declare,
    desk,
    found,
    hand,
    standing,
    states,
    wines,
)
from tests.support.wines import WINES, Record, WineFinder

from completist.app import Wish
from completist.domain.errors import BadInput, NotFound, Retryable
from completist.domain.pipeline import RERUN_PRIORITY
from completist.domain.run import NEVER, Outcome, RunState
from completist.engine import batches, scanning
from completist.engine.enriching import LEASE, FillReport
from completist.engine.judging import Reported
from completist.store import run_states


def _claimed(cellar: Cellar, limit: int) -> Any:  # noqa: ANN401 - a worker and its claim
    worker = hand(cellar)
    claim = worker.claim(WINES.finders[0], limit)
    assert claim is not None
    return worker, claim


# --- a pipeline moves on while its runs are claimed --------------------------------------------------------------


def test_what_is_claimed_completes_as_the_old_version_and_comes_round_again(cellar: Cellar) -> None:
    ids = wines(cellar, 3)
    worker, claim = _claimed(cellar, 2)
    new = declare("2")
    assert cellar.app.ledger.populate(FACTS.name).created == 3
    settled = worker.work(WINES, WINES.finders[0], claim)
    assert (settled.filled, settled.lost) == (2, 0)
    versions = {v.version for view in cellar.items() for v in view.said if v.version}
    assert versions == {"wine-facts@1"}
    assert cellar.fill().runs == 3
    assert standing(cellar) == [
        (ids[0], "1", "filled"),
        (ids[0], "2", "filled"),
        (ids[1], "1", "filled"),
        (ids[1], "2", "filled"),
        (ids[2], "1", "cancelled"),
        (ids[2], "2", "filled"),
    ]
    assert new.pipeline.version == "2"
    assert cellar.fill().runs == 0


@pytest.mark.parametrize("end", ["gives back", "dies"])
def test_what_a_worker_of_the_old_version_leaves_is_not_left_over(cellar: Cellar, end: str) -> None:
    """Nobody claims runs of the old version any more: they must not wait for ever."""
    wines(cellar, 2)
    view, _ = cellar.app.ledger.create_job(FACTS.name)
    worker, _ = _claimed(cellar, 2)
    declare("2")
    cellar.app.ledger.populate(FACTS.name)
    if end == "gives back":
        worker.give_back()
    else:
        cellar.at += LEASE
    assert cellar.fill().runs == 2
    assert states(cellar) == ["cancelled", "filled"] * 2
    assert cellar.app.ledger.job(view.job.id).job.state == "done"


@pytest.mark.parametrize("outcome", [Outcome.TRANSIENT, Outcome.RATE_LIMITED, Outcome.NOT_FOUND])
def test_a_worker_of_the_old_version_makes_nobody_wait_for_it(cellar: Cellar, outcome: Outcome) -> None:
    declare(guide="1")
    wines(cellar, 1)
    taken = desk(cellar).take(GUIDE.name)
    assert taken.claim is not None
    declare(guide="2")
    cellar.app.ledger.populate(GUIDE.name)
    desk(cellar).complete(taken.claim.id, [Reported(taken.claim.runs[0].id, outcome)])
    old, new = [run for run in rows(cellar.database, "runs") if run["pipeline"] == GUIDE.name]
    assert (old["version"], old["state"]) == ("1", "empty" if outcome is Outcome.NOT_FOUND else "cancelled")
    assert old["state"] == "cancelled" or old["run_at"] == NEVER
    assert (new["version"], new["state"]) == ("2", "ready")


def test_an_outside_worker_whose_claim_is_older_than_the_version_is_heard(cellar: Cellar) -> None:
    declare(guide="1")
    ids = wines(cellar, 3)
    first = desk(cellar).take(GUIDE.name, 2)
    assert first.claim is not None
    declare(guide="2")
    second = desk(cellar).take(
        GUIDE.name, 5, previous=first.claim.id, reported=found(first, grapes=["Pinot"])
    )
    assert second.settled.filled == 2
    assert second.claim is None, "nobody has looked yet who has to come round again"
    assert cellar.app.ledger.populate(GUIDE.name).created == 3
    third = desk(cellar).take(GUIDE.name, 5)
    assert third.claim is not None
    assert {run.item_id for run in third.claim.runs} == set(ids)
    desk(cellar).complete(third.claim.id, found(third))
    done = [(item, version) for item, version, state in standing(cellar, GUIDE.name) if state == "filled"]
    assert done == [(ids[0], "1"), (ids[0], "2"), (ids[1], "1"), (ids[1], "2"), (ids[2], "2")]
    assert cellar.app.ledger.populate(GUIDE.name).created == 0


def test_runs_come_round_in_chunks_while_workers_go_on(
    cellar: Cellar, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = wines(cellar, 120)
    cellar.fill()
    monkeypatch.setattr(scanning, "CHUNK", 10)
    monkeypatch.setattr(batches, "BATCH", 7)
    finder = declare("2")
    with ThreadPoolExecutor(3) as pool:
        bump = pool.submit(lambda: cellar.app.ledger.populate(FACTS.name).created)
        while not bump.done():
            list(pool.map(lambda _: hand(cellar).drain(WINES, finder, FillReport()), range(2)))
    assert bump.result() == 120
    cellar.fill()
    assert Counter((item, state) for item, version, state in standing(cellar) if version == "2") == Counter(
        (item, "filled") for item in ids
    )
    assert len(rows(cellar.database, "attempts")) == 240


def test_what_is_done_again_stands_behind_what_is_missing(cellar: Cellar) -> None:
    ids = wines(cellar, 2)
    cellar.fill(limit=1)
    declare("2")
    cellar.app.ledger.populate(FACTS.name)
    newer = [run for run in rows(cellar.database, "runs") if run["version"] == "2"]
    urgency = {run["item_id"]: run["priority"] for run in newer}
    assert [urgency[item_id] for item_id in ids] == [RERUN_PRIORITY, FACTS.priority]


def test_a_worker_brings_every_pipeline_up_to_date_also_those_filled_outside(cellar: Cellar) -> None:
    declare(guide="1")
    cellar.bring({"id": "1", "name": "Nobody knows"})
    declare(guide="2")
    bell = cellar.app.bell()
    cellar.app.worker(bell).drain(Event())
    bell.close()
    assert [(version, state) for _, version, state in standing(cellar, GUIDE.name)] == [
        ("1", "cancelled"),
        ("2", "ready"),
    ]


def test_going_back_to_the_older_version_loses_nothing(cellar: Cellar) -> None:
    """What was due under the old version and gave way to the new one is due again."""
    ids = wines(cellar, 2)
    declare("2")
    cellar.app.ledger.populate(FACTS.name)
    assert states(cellar) == ["cancelled", "ready"] * 2
    declare("1")
    assert cellar.app.due(Wish())[FACTS.name] == 2
    assert cellar.fill().runs == 2
    assert standing(cellar) == [(i, v, s) for i in ids for v, s in (("1", "filled"), ("2", "cancelled"))]


# --- freshness -------------------------------------------------------------------------------------------------


def test_an_item_is_missing_then_fresh_then_stale_for_a_reason(cellar: Cellar) -> None:
    ids = wines(cellar, 4)
    assert list(check_freshness(cellar).values()) == [MISSING] * 4
    cellar.fill()
    assert list(check_freshness(cellar).values()) == [FRESH] * 4
    cellar.app.set(ids[0], {"name": "Another"})
    assert list(check_freshness(cellar).values()) == [OLD_DATA, FRESH, FRESH, FRESH]
    two = declare("2").pipeline
    assert list(check_freshness(cellar, two).values()) == [OLD_CODE] * 4
    cellar.fill(limit=2)
    assert Counter(check_freshness(cellar, two).values()) == {FRESH: 2, OLD_CODE: 2}
    cellar.fill()
    assert list(check_freshness(cellar, two).values()) == [FRESH] * 4


@pytest.mark.parametrize("end", ["fails", "is called off"])
def test_newer_input_that_nobody_has_done_leaves_the_item_stale(cellar: Cellar, end: str) -> None:
    (item,) = wines(cellar, 1)
    cellar.fill()
    cellar.app.set(item, {"name": "Corked"})
    if end == "fails":
        assert cellar.fill().failed == 1
    else:
        view, _ = cellar.app.ledger.create_job(FACTS.name, {"ids": [item]})
        cellar.app.ledger.cancel_job(view.job.id)
    assert check_freshness(cellar) == {item: OLD_DATA}
    assert cellar.app.ledger.rerun(FACTS.name, "stale").job.total == 1


def test_a_result_taken_back_leaves_the_item_missing(cellar: Cellar) -> None:
    (item,) = wines(cellar, 1)
    cellar.fill()
    (run,) = rows(cellar.database, "runs")
    cellar.app.undo(run=run["id"])
    assert check_freshness(cellar) == {item: MISSING}


def test_an_item_that_has_what_a_pipeline_is_there_for_is_fresh(cellar: Cellar) -> None:
    declare(guide="1")
    one, two, three, four = wines(cellar, 4)
    taken = desk(cellar).take(GUIDE.name, 2)
    assert taken.claim is not None
    desk(cellar).complete(taken.claim.id, found(taken))
    cellar.app.set(three, {"region": "Mine"})
    assert list(check_freshness(cellar, GUIDE).values()) == [FRESH, FRESH, FRESH, MISSING]
    declare(guide="2")
    newer = replace(GUIDE, version="2")
    cellar.app.ledger.populate(GUIDE.name)
    assert list(check_freshness(cellar, newer).values()) == [FRESH, FRESH, FRESH, MISSING]
    assert [i for i, v, s in standing(cellar, GUIDE.name) if (v, s) == ("2", "ready")] == [four]
    assert cellar.app.ledger.count_rerun(GUIDE.name, "stale") == 0
    assert {one, two} == {run.item_id for run in taken.claim.runs}


def test_pages_of_freshness_hold_every_item_once(cellar: Cellar) -> None:
    ids = wines(cellar, 7)
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        page, after = cellar.app.ledger.freshness(FACTS.name, after=after, limit=3)
        seen.extend(each.item_id for each in page)
    assert seen == ids
    named, _ = cellar.app.ledger.freshness(FACTS.name, ids=[ids[5], ids[1], 999_999])
    assert [(each.item_id, each.state) for each in named] == [(i, RunState.READY) for i in (ids[1], ids[5])]
    with pytest.raises(BadInput, match="limit"):
        cellar.app.ledger.freshness(FACTS.name, limit=0)
    with pytest.raises(NotFound):
        cellar.app.ledger.freshness("no such pipeline")


# --- doing it again --------------------------------------------------------------------------------------------


def test_exactly_what_is_stale_is_done_again(cellar: Cellar) -> None:
    ids = wines(cellar, 5)
    cellar.fill()
    finder = declare("2")
    cellar.fill(limit=2)
    stale = {i for i, told in check_freshness(cellar, finder.pipeline).items() if told == OLD_CODE}
    assert len(stale) == 3
    assert cellar.app.ledger.count_rerun(FACTS.name, "stale") == 3
    view = cellar.app.ledger.rerun(FACTS.name, "stale")
    assert (view.job.total, view.job.skipped) == (3, 0)
    assert cellar.fill().runs == 3
    assert cellar.app.ledger.job(view.job.id).progress == {"filled": 3}
    assert Counter(check_freshness(cellar, finder.pipeline).values()) == {FRESH: len(ids)}
    assert cellar.app.ledger.rerun(FACTS.name, "stale").job.state == "done"


def test_what_is_stale_because_the_version_went_back_is_done_again(cellar: Cellar) -> None:
    wines(cellar, 2)
    cellar.fill()
    declare("2")
    cellar.fill()
    declare("1")
    assert Counter(check_freshness(cellar).values()) == {OLD_CODE: 2}
    assert cellar.app.ledger.rerun(FACTS.name, "stale").job.total == 2
    assert cellar.fill().runs == 2
    assert Counter(check_freshness(cellar).values()) == {FRESH: 2}


def test_force_does_again_what_is_named_and_nothing_else(cellar: Cellar) -> None:
    ids = wines(cellar, 3)
    cellar.fill()
    view = cellar.app.ledger.rerun(FACTS.name, "force", {"ids": ids[:2]})
    assert states(cellar) == ["ready", "ready", "filled"]
    assert list(check_freshness(cellar).values()) == [OLD_DATA, OLD_DATA, FRESH]
    again = cellar.app.ledger.rerun(FACTS.name, "force", {"ids": ids[:2]})
    assert again.job.id != view.job.id
    assert cellar.fill().runs == 2
    assert [cellar.app.ledger.job(v.job.id).job.state for v in (view, again)] == ["done", "done"]


def test_stale_is_found_by_itself(cellar: Cellar) -> None:
    ids = wines(cellar, 1)
    for which, selection in (("stale", {"ids": ids}), ("everything", None)):
        with pytest.raises(BadInput):
            cellar.app.ledger.rerun(FACTS.name, which, selection)


# --- goals -----------------------------------------------------------------------------------------------------


@pytest.fixture
def guided(cellar: Cellar) -> Cellar:
    """Two wines whose region a guide may tell."""
    declare(guide="1")
    wines(cellar, 2)
    assert states(cellar, GUIDE.name) == ["ready", "ready"]
    return cellar


def test_an_item_leaves_the_queue_when_its_goal_is_typed_and_comes_back_when_it_is_given_up(
    guided: Cellar,
) -> None:
    item = guided.item("0").id
    for typed in ("Mine", None):
        guided.app.set(item, {"region": typed})
        assert states(guided, GUIDE.name) == ["cancelled", "ready"]
        assert guided.app.ledger.populate(GUIDE.name).created == 0
        guided.app.give_up(item, ["region"])
        assert states(guided, GUIDE.name) == ["ready", "ready"]


def test_an_item_leaves_the_queue_when_its_goal_is_locked_and_comes_back_when_it_is_unlocked(
    guided: Cellar,
) -> None:
    item = guided.item("0").id
    guided.app.lock(item, "region")
    assert states(guided, GUIDE.name) == ["cancelled", "ready"]
    assert guided.app.ledger.populate(GUIDE.name).created == 0
    guided.app.unlock(item, "region")
    assert states(guided, GUIDE.name) == ["ready", "ready"]


def test_an_item_leaves_the_queue_when_its_goal_is_imported(guided: Cellar) -> None:
    guided.bring(
        {"id": "0", "name": "Wine 0", "region": "Baden"}, {"id": "9", "name": "Wine 9", "region": "x"}
    )
    assert states(guided, GUIDE.name) == ["cancelled", "ready"]


def test_an_item_leaves_the_queue_when_another_pipeline_finds_its_goal(guided: Cellar) -> None:
    guided.fill()
    assert states(guided, GUIDE.name) == ["cancelled", "cancelled"]
    assert guided.app.ledger.clean(GUIDE.name) == 0


def test_what_was_left_in_the_queue_is_cleaned_out_of_it(guided: Cellar) -> None:
    guided.fill()
    with guided.database.write() as connection:
        connection.execute(
            text("UPDATE runs SET state = 'ready', settled_at = NULL WHERE pipeline = 'wine-guide'")
        )
    assert guided.app.ledger.clean(GUIDE.name) == 2
    assert guided.app.ledger.clean(FACTS.name) == 0
    assert states(guided, GUIDE.name) == ["cancelled", "cancelled"]


# --- asking again ----------------------------------------------------------------------------------------------


def test_what_nobody_knew_is_asked_again_when_its_date_has_come(cellar: Cellar) -> None:
    cellar.bring({"id": "1", "name": "Riesling"})
    assert cellar.fill().empty == 1
    (run,) = rows(cellar.database, "runs")
    assert run["run_at"] == run["settled_at"] + FACTS.ask_again
    cellar.know("Riesling", Record("W1", {"region": "Mosel"}))
    cellar.at = run["run_at"] - 100
    assert cellar.fill().runs == 0
    cellar.at = run["run_at"]
    assert cellar.fill().filled == 1


def test_nobody_is_asked_again_for_an_input_that_the_item_no_longer_has(cellar: Cellar) -> None:
    cellar.bring({"id": "1", "name": "Riesling"})
    cellar.fill()
    cellar.app.set(cellar.item("1").id, {"name": "Rioja"})
    cellar.fill()
    cellar.at += 2 * FACTS.ask_again
    assert cellar.fill().runs == 1
    assert len(rows(cellar.database, "attempts")) == 3


def test_a_finder_that_may_be_asked_later_is_asked_so_often(
    cellar: Cellar, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Retryable("away")

    monkeypatch.setattr(WineFinder, "find", away)
    ids = wines(cellar, 30)
    for attempt in range(1, 5):
        assert cellar.fill().waiting == 30
        assert {run["attempts"] for run in rows(cellar.database, "runs")} == {attempt}
        with cellar.database.read() as connection:
            due = min(run["run_at"] for run in rows(cellar.database, "runs"))
            assert run_states.due_items(connection, cellar.app.library_id, FACTS.name, "1", due - 1) == set()
        cellar.at = max(run["run_at"] for run in rows(cellar.database, "runs"))
    assert (cellar.fill().failed, states(cellar)) == (30, ["failed"] * 30)
    claims = rows(cellar.database, "claims")
    assert [claim["size"] for claim in claims] == [30] * 5, "no run is to blame for a provider that was away"
    assert len(rows(cellar.database, "attempts")) == 5 * len(ids)
