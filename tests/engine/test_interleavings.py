"""What two do at once, or one after the other in an order that nobody thought of."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from tests.support.cellars import Cellar, EmptyCatalogue, counts, fills
from tests.support.wines import WINES, Record

from completist.domain.errors import CompletistError, Conflict, NotFound
from completist.domain.fields import Level
from completist.domain.run import Claim, RunState
from completist.engine import importing
from completist.engine.enriching import LEASE, Worker
from completist.store import changes, matches, run_states
from completist.store.changes import Change

RIESLING = {"id": "1", "name": "Riesling"}
FINDER = WINES.finders[0]
NEAR = [Record("W2", {"region": "Tuscany"}, sure=False), Record("W3", {"region": "x"}, sure=False)]


@pytest.fixture
def stock(cellar: Cellar) -> Cellar:
    """A library with one wine, of which the finder knows as Riesling and as Rioja."""
    cellar.know("Riesling", Record("W1", {"region": "Mosel"}))
    cellar.know("Rioja", Record("W9", {"region": "Spain"}))
    cellar.bring(RIESLING)
    return cellar


def _worker(cellar: Cellar, name: str) -> Worker:
    ids: Any = lambda: name  # noqa: E731 - stands for uuid4
    return Worker(cellar.database, cellar.app.library_id, EmptyCatalogue(), cellar.tick, ids, name)


def _claim(cellar: Cellar, name: str) -> tuple[Worker, Claim]:
    worker = _worker(cellar, name)
    claim = worker.claim(FINDER, 10)
    assert claim is not None
    return worker, claim


def _in_between(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Let ``act`` happen while the finder is looking things up, once."""
    find, waiting = type(FINDER).find, [act]

    def interrupted(self: Any, subjects: Any, catalogue: Any) -> Any:  # noqa: ANN401 - as the finder's own
        found = find(self, subjects, catalogue)
        if waiting:
            waiting.pop()()
        return found

    monkeypatch.setattr(type(FINDER), "find", interrupted)


def _states(cellar: Cellar, key: str = "1") -> list[RunState]:
    with cellar.database.read() as connection:
        return [run.state for run in run_states.runs_of(connection, cellar.item(key).id)]


# --- while a worker looks things up ----------------------------------------------------------------------------


def test_what_was_found_for_an_older_name_is_not_written(
    stock: Cellar, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, claim = _claim(stock, "late")

    def newer() -> None:
        stock.app.set(stock.item("1").id, {"name": "Rioja"})
        assert fills(stock.fill()) == (1, 0, 0, 0)

    _in_between(monkeypatch, newer)
    settled = late.work(WINES, FINDER, claim)
    assert (settled.runs, settled.values, settled.lost) == (0, 0, 1)
    assert stock.data("1") == {"name": "Rioja", "region": "Spain"}
    assert _states(stock) == [RunState.CANCELLED, RunState.FILLED]


def test_an_item_that_comes_back_to_its_input_meanwhile_is_asked_about_again(
    stock: Cellar, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = stock.item("1").id
    late, claim = _claim(stock, "late")
    stock.app.set(item, {"name": "Rioja"})
    _in_between(monkeypatch, lambda: stock.app.give_up(item, ["name"]))
    assert late.work(WINES, FINDER, claim).values == 0
    assert fills(stock.fill()) == (1, 0, 0, 0)
    assert stock.data("1") == {"name": "Riesling", "region": "Mosel"}


def test_what_is_rejected_while_it_is_found_again_is_not_offered(
    cellar: Cellar, monkeypatch: pytest.MonkeyPatch
) -> None:
    cellar.know("Chianti", *NEAR)
    cellar.bring({"id": "1", "name": "Chianti"})
    cellar.fill()
    (proposal,) = cellar.app.proposals()
    cellar.bring({"id": "1", "name": "Chianti", "ean": "5"})
    late, claim = _claim(cellar, "late")
    _in_between(monkeypatch, lambda: cellar.app.reject(proposal.id))
    late.work(WINES, FINDER, claim)
    assert cellar.app.waiting() == 0
    assert fills(cellar.fill()) == (0, 1, 0, 0)
    assert cellar.app.waiting() == 0


def test_a_run_whose_worker_died_gives_way_to_that_of_newer_input(cellar: Cellar) -> None:
    for name in ("Chianti", "Barolo"):
        cellar.know(name, *NEAR)
    cellar.bring({"id": "1", "name": "Chianti"})
    _claim(cellar, "dead")
    cellar.app.set(cellar.item("1").id, {"name": "Barolo"})
    cellar.at += LEASE
    assert fills(cellar.fill()) == (0, 0, 1, 0)
    assert _states(cellar) == [RunState.CANCELLED, RunState.REVIEW]


# --- records that give way -------------------------------------------------------------------------------------


def test_an_edition_is_forgotten_when_only_the_work_of_another_record_is_certain(stock: Cellar) -> None:
    stock.know("Riesling", Record("W1", {"vintage": 1999}))
    stock.fill()
    stock.know("Rioja", Record("W9", {"vintage": 2005, "region": "Spain"}, level=Level.WORK))
    stock.app.set(stock.item("1").id, {"name": "Rioja"})
    stock.fill()
    assert stock.data("1") == {"name": "Rioja", "region": "Spain"}


def test_a_value_that_two_records_share_is_that_of_the_record_that_counts(stock: Cellar) -> None:
    stock.know("Rioja", Record("W9", {"region": "Mosel"}))
    stock.fill()
    stock.app.set(stock.item("1").id, {"name": "Rioja"})
    stock.fill()
    assert stock.item("1").values["region"].record == "W9"


@pytest.fixture
def doubted(stock: Cellar) -> Cellar:
    """A wine once filled from W1, about which a person is asked by now: W1 or W5?"""
    stock.know("Riesling", Record("W1", {"region": "Mosel", "grapes": ["Riesling"]}))
    stock.fill()
    offered = [Record("W5", {"region": "Spain"}, sure=False), Record("W1", {"region": "Mosel"}, sure=False)]
    stock.know("Rioja", *offered)
    stock.app.set(stock.item("1").id, {"name": "Rioja"})
    assert fills(stock.fill()) == (0, 0, 1, 0)
    assert stock.data("1")["region"] == "Mosel"
    return stock


def test_nothing_stands_from_a_record_that_was_rejected(doubted: Cellar) -> None:
    (proposal,) = doubted.app.proposals()
    doubted.app.reject(proposal.id)
    assert doubted.data("1") == {"name": "Rioja"}
    doubted.app.undo()
    assert (doubted.data("1")["region"], doubted.app.waiting()) == ("Mosel", 1)


def test_nothing_stands_from_the_record_beside_the_one_accepted(doubted: Cellar) -> None:
    (proposal,) = doubted.app.proposals()
    doubted.app.accept(proposal.id, "W5")
    assert doubted.data("1") == {"name": "Rioja", "region": "Spain"}
    doubted.app.undo()
    assert doubted.data("1") == {"name": "Rioja", "region": "Mosel", "grapes": ["Riesling"]}


def test_the_record_chosen_last_counts(cellar: Cellar) -> None:
    cellar.bring(RIESLING)
    item = cellar.item("1").id
    for name, record in (("Chianti", "W1"), ("Barolo", "W2")):
        cellar.know(name, Record(record, {"region": record}, sure=False))
        cellar.app.set(item, {"name": name})
        cellar.fill()
        (proposal,) = cellar.app.proposals()
        cellar.app.accept(proposal.id)
        cellar.at += 1
    cellar.know("Both", *(Record(r, {"region": r}, sure=False) for r in ("W1", "W2")))
    cellar.app.set(item, {"name": "Both"})
    cellar.fill()
    assert cellar.data("1")["region"] == "W2"


def test_a_rejection_outlives_the_undoing_of_a_later_one(cellar: Cellar) -> None:
    cellar.know("Chianti", NEAR[0])
    cellar.bring({"id": "1", "name": "Chianti"})
    cellar.fill()
    (first,) = cellar.app.proposals()
    cellar.app.reject(first.id)
    again = next(iter(first.candidates))
    with cellar.database.write() as connection:  # as if a later proposal had offered it once more
        matches.write_decisions(connection, first.item_id, "wine-facts", {again.record: "rejected"}, 99, 1)
        matches.drop_decisions(connection, first.item_id, 99)
    cellar.know("Chianti", *NEAR)
    cellar.fill(again=True)
    assert [[c.record for c in p.candidates] for p in cellar.app.proposals()] == [["W3"]]


# --- undo ------------------------------------------------------------------------------------------------------


def test_undoing_an_older_change_leaves_alone_the_same_text_typed_again(stock: Cellar) -> None:
    item = stock.item("1").id
    stock.app.set(item, {"region": "Mine"})
    first = stock.app.history(item)[-1].id
    stock.app.set(item, {"region": "Other"})
    stock.app.set(item, {"region": "Mine"})
    assert stock.app.undo(change=first).kept == 1
    assert stock.data("1")["region"] == "Mine"


def test_undo_does_not_stop_at_an_item_that_is_gone(stock: Cellar) -> None:
    report = stock.bring(RIESLING, {"id": "2", "name": "Rioja"})
    stock.app.set(stock.item("1").id, {"region": "Mine"})
    stock.app.set(stock.item("2").id, {"region": "Mine"})
    stock.app.give_up(stock.item("2").id, ["region"])
    gone = stock.app.history(stock.item("2").id)[-1].id
    assert stock.app.undo(import_=report.import_id).removed == 1
    with pytest.raises(NotFound):
        stock.app.undo(change=gone)
    assert stock.app.undo().values == 1
    assert stock.data("1") == {"name": "Riesling"}


def test_undo_goes_by_what_came_last_though_the_clock_was_set_back(cellar: Cellar) -> None:
    cellar.know("Chianti", *NEAR)
    cellar.bring({"id": "1", "name": "Chianti"})
    cellar.fill()
    cellar.app.set(cellar.item("1").id, {"notes": "typed"})
    cellar.at -= 500
    cellar.app.reject(next(cellar.app.proposals()).id)
    assert cellar.app.undo().reopened == 1
    assert cellar.data("1")["notes"] == "typed"


def test_a_clock_that_was_set_back_makes_nothing_wait(stock: Cellar) -> None:
    stock.at -= 900
    assert fills(stock.fill()) == (1, 0, 0, 0)


def test_undoing_a_run_takes_its_question_back(doubted: Cellar) -> None:
    doubted.know("Rioja", Record("W5", {"region": "Spain"}, sure=False))
    doubted.app.set(doubted.item("1").id, {"ean": ["5"]})
    assert fills(doubted.fill()) == (0, 0, 1, 0)
    assert "region" not in doubted.data("1")  # W1 is no longer among those it may be
    with doubted.database.read() as connection:
        last = run_states.runs_of(connection, doubted.item("1").id)[-1]
    doubted.app.undo(run=last.id)
    assert (doubted.data("1")["region"], doubted.app.waiting()) == ("Mosel", 0)


# --- imports ---------------------------------------------------------------------------------------------------


def test_a_blank_column_is_heard_after_a_file_without_it(cellar: Cellar) -> None:
    cellar.bring({**RIESLING, "notes": "Fine."})
    cellar.bring(RIESLING)  # has no such column
    assert cellar.data("1")["notes"] == "Fine."
    assert counts(cellar.bring({**RIESLING, "notes": ""})) == (0, 1, 0, 0)
    assert "notes" not in cellar.data("1")


def test_what_a_file_said_while_a_field_was_locked_is_heard_afterwards(cellar: Cellar) -> None:
    cellar.bring({**RIESLING, "notes": "old"})
    item = cellar.item("1").id
    cellar.app.lock(item, "notes")
    cellar.bring({**RIESLING, "notes": "new"})
    cellar.app.unlock(item, "notes")
    cellar.bring({**RIESLING, "notes": "new"})
    assert cellar.data("1")["notes"] == "new"


def test_a_gap_that_was_locked_is_filled_once_it_is_not(stock: Cellar) -> None:
    item = stock.item("1").id
    stock.app.lock(item, "region")
    stock.fill()
    assert "region" not in stock.data("1")
    stock.app.unlock(item, "region")
    assert stock.item("1").gaps[0] == "region"
    assert fills(stock.fill()) == (1, 0, 0, 0)
    assert stock.data("1")["region"] == "Mosel"


def test_what_is_locked_stays_when_its_import_is_undone(stock: Cellar) -> None:
    report = stock.bring({"id": "2", "name": "Rioja"})
    stock.app.lock(stock.item("2").id, "region")
    assert stock.app.undo(import_=report.import_id).removed == 0
    assert stock.item("2").locked == {"region"}


def test_what_a_newer_file_has_changed_stays_when_the_older_is_undone(cellar: Cellar) -> None:
    older = cellar.bring(RIESLING, {"id": "2", "name": "Rioja"})
    newer = cellar.bring({**RIESLING, "vintage": "1999"})
    undone = cellar.app.undo(import_=older.import_id)
    assert (undone.removed, undone.kept) == (1, 1)
    assert cellar.data("1") == {"name": "Riesling", "vintage": 1999}
    cellar.app.undo(import_=newer.import_id)
    cellar.app.undo(import_=older.import_id)
    assert cellar.items() == []


def test_an_import_undone_half_way_is_not_taken_up_where_it_was(
    cellar: Cellar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)
    path = cellar.write([{"id": str(n), "name": f"W{n}"} for n in range(6)])
    asked = iter([False, True])
    stopped = cellar.app.import_file(path, "cellar-csv", stop=lambda: next(asked))
    assert stopped.added == 4
    pages = changes.changes_by

    def first_page(*arguments: Any, after: int | None = None, **named: Any) -> list[Change]:  # noqa: ANN401
        if after is not None:
            raise KeyboardInterrupt
        return pages(*arguments, after=after, limit=2, **named)

    with monkeypatch.context() as patched:
        patched.setattr(changes, "changes_by", first_page)
        with pytest.raises(KeyboardInterrupt):
            cellar.app.undo(import_=stopped.import_id)
    assert len(cellar.items()) == 2
    assert counts(cellar.app.import_file(path, "cellar-csv")) == (4, 0, 2, 0)
    assert len(cellar.items()) == 6


def test_an_import_that_is_undone_while_it_runs_ends(cellar: Cellar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "CHUNK", 2)
    path = cellar.write([{"id": str(n), "name": f"W{n}"} for n in range(6)])

    def undo(done: int, _total: int) -> None:
        if done == 4:
            cellar.app.undo(import_=1)

    with pytest.raises(Conflict, match="undone while it ran"):
        cellar.app.import_file(path, "cellar-csv", progress=undo)
    assert cellar.items() == []


# --- two at once -----------------------------------------------------------------------------------------------


def _at_once(*acts: Callable[[], object]) -> list[BaseException | None]:
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> BaseException | None:
        start.wait(timeout=30)
        try:
            act()
        except CompletistError as error:
            return error
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_inputs_that_change_at_once_have_one_run_for_what_they_come_to(cellar: Cellar) -> None:
    keys = [str(n) for n in range(20)]
    cellar.bring(*({"id": key, "name": "Riesling"} for key in keys))
    path = cellar.write([{"id": key, "name": "Rioja"} for key in keys])
    ids = [cellar.item(key).id for key in keys]

    def type_all() -> None:
        for number, item in enumerate(reversed(ids)):
            cellar.app.set(item, {"ean": [str(number)]})

    failed = _at_once(lambda: cellar.app.import_file(path, "cellar-csv"), type_all, cellar.fill, cellar.fill)
    assert failed == [None] * 4
    cellar.fill()
    for key in keys:
        states = _states(cellar, key)
        assert states[-1] is RunState.EMPTY, states
        shop = {"id": key, "name": "Rioja", "ean": str(cellar.data(key)["ean"][0])}  # type: ignore[index]
        cellar.bring(shop, source="shop")
    assert len(cellar.items()) == len(keys)  # each was found by what was typed


def test_a_proposal_that_two_decide_at_once_is_decided_once(cellar: Cellar) -> None:
    for n in range(10):
        cellar.know(f"W{n}", *NEAR)
    cellar.bring(*({"id": str(n), "name": f"W{n}"} for n in range(10)))
    cellar.fill()
    for proposal in list(cellar.app.proposals()):
        number = proposal.id
        failed = _at_once(
            lambda: cellar.app.accept(number, "W2"),  # noqa: B023 - over before the next
            lambda: cellar.app.accept(number, "W3"),  # noqa: B023 - likewise
        )
        assert [type(error) for error in failed if error] == [Conflict]
