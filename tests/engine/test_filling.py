from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.support import wines
from tests.support.cellars import Cellar, EmptyCatalogue, fills
from tests.support.databases import content
from tests.support.wines import WINES, Record, WineFinder

from completist.app import Wish
from completist.domain.fields import Level, Origin
from completist.domain.matching import Verdict
from completist.domain.pipeline import Pipeline
from completist.domain.run import RunState
from completist.engine import batches
from completist.engine.conditions import When
from completist.engine.enriching import LEASE, FillReport, Worker
from completist.store import run_states

RIESLING = {"id": "1", "name": "Riesling"}
MOSEL = Record("W1", {"name": "Riesling!", "region": "Mosel", "grapes": ["Riesling"], "vintage": 1999})
SURE = ("name", "region", "grapes", "vintage")


def _states(cellar: Cellar, key: str) -> list[str]:
    with cellar.database.read() as connection:
        return [run.state.value for run in run_states.runs_of(connection, cellar.item(key).id)]


def test_gaps_are_filled_and_say_where_from(cellar: Cellar) -> None:
    cellar.know("Riesling", MOSEL)
    cellar.bring(RIESLING, {"id": "2", "name": "Nobody knows"})
    report = cellar.fill()
    assert fills(report) == (1, 1, 0, 0)
    assert (report.runs, report.values, report.waiting) == (2, 4, 0)
    view = cellar.item("1")
    assert view.data == {"name": "Riesling", "region": "Mosel", "grapes": ["Riesling"], "vintage": 1999}
    found = view.values["region"]
    assert (found.origin, found.source, found.record, found.version) == (
        Origin.PROVIDER, "atlas", "W1", "wine-facts@1",
    )  # fmt: skip
    assert view.gaps == ()
    assert view.matches["wine-facts"].verdict is Verdict.AUTO
    assert cellar.item("2").matches["wine-facts"].reasons == ("unknown",)


def test_what_is_done_is_not_done_again(cellar: Cellar) -> None:
    cellar.know("Riesling", MOSEL)
    cellar.bring(RIESLING)
    cellar.fill()
    before = content(cellar.database)
    assert cellar.fill().runs == 0
    assert content(cellar.database) == before


def test_what_nobody_knew_is_asked_again_only_on_request(cellar: Cellar) -> None:
    cellar.bring(RIESLING)
    assert fills(cellar.fill()) == (0, 1, 0, 0)
    cellar.know("Riesling", MOSEL)
    assert cellar.fill().runs == 0
    assert fills(cellar.fill(again=True)) == (1, 0, 0, 0)
    assert cellar.fill(again=True).runs == 0


def test_a_fill_never_touches_what_a_person_typed_or_locked(cellar: Cellar) -> None:
    cellar.know("Riesling", MOSEL)
    cellar.bring(RIESLING)
    item = cellar.item("1").id
    cellar.app.set(item, {"region": "My own", "vintage": None})
    cellar.app.lock(item, "grapes")
    cellar.fill()
    view = cellar.item("1")
    assert (view.data["region"], view.data["vintage"]) == ("My own", None)
    assert "grapes" not in view.data
    assert view.gaps == ()


def test_a_match_of_the_work_alone_fills_what_is_true_of_the_work(cellar: Cellar) -> None:
    cellar.know("Riesling", Record("W1", MOSEL.fields, level=Level.WORK))
    cellar.bring(RIESLING)
    cellar.fill()
    assert cellar.data("1") == {"name": "Riesling", "region": "Mosel", "grapes": ["Riesling"]}


def test_a_provider_never_fills_what_belongs_to_the_owner(cellar: Cellar) -> None:
    cellar.know("Riesling", Record("W1", {"stars": 5, "notes": "Buy!", "region": "Mosel"}))
    cellar.bring(RIESLING)
    cellar.fill()
    assert cellar.data("1") == {"name": "Riesling", "region": "Mosel"}


def test_an_item_that_breaks_the_finder_fails_alone(cellar: Cellar) -> None:
    rows = [{"id": str(n), "name": f"Wine {n}"} for n in range(40)]
    rows[13]["name"] = rows[27]["name"] = "Corked"
    for n in range(40):
        cellar.know(f"Wine {n}", Record(f"W{n}", {"region": "Mosel"}))
    cellar.bring(*rows)
    assert fills(cellar.fill()) == (38, 0, 0, 2)
    assert (_states(cellar, "13"), _states(cellar, "14")) == (["failed"], ["filled"])
    (logged,) = [a for a in content(cellar.database)["attempts"] if a[1] == _run(cellar, "13")]
    assert "bad_response" in logged
    assert "ValueError" in logged
    assert not any("corked" in str(cell).casefold() for cell in logged)  # no titles in logs


def _run(cellar: Cellar, key: str) -> int:
    with cellar.database.read() as connection:
        (run,) = run_states.runs_of(connection, cellar.item(key).id)
    return run.id


def test_a_finder_that_forgets_an_item_has_failed_it(cellar: Cellar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WineFinder, "find", lambda *_: [])
    cellar.bring(RIESLING)
    assert fills(cellar.fill()) == (0, 0, 0, 1)


# --- the input moves -------------------------------------------------------------------------------------------


def test_a_newer_name_brings_another_record_and_takes_the_older_ones_values_back(cellar: Cellar) -> None:
    cellar.know("Riesling", MOSEL)
    cellar.know("Rioja", Record("W9", {"region": "Spain", "vintage": 2010}))
    cellar.bring(RIESLING)
    cellar.fill()
    cellar.bring({"id": "1", "name": "Rioja"})
    assert fills(cellar.fill()) == (1, 0, 0, 0)
    view = cellar.item("1")
    assert view.data == {"name": "Rioja", "region": "Spain", "vintage": 2010}  # no grapes of the other wine
    assert {value.record for value in view.said} == {None, "W9"}
    assert _states(cellar, "1") == ["filled", "filled"]


def test_a_newer_name_that_nobody_knows_takes_the_older_ones_values_back(cellar: Cellar) -> None:
    cellar.know("Riesling", MOSEL)
    cellar.bring(RIESLING)
    cellar.fill()
    cellar.bring({"id": "1", "name": "Mystery"})
    assert fills(cellar.fill()) == (0, 1, 0, 0)
    assert cellar.data("1") == {"name": "Mystery"}


def test_values_of_a_record_that_is_still_among_the_candidates_stay(cellar: Cellar) -> None:
    cellar.know("Riesling", MOSEL)
    cellar.know("Rissling", Record("W1", MOSEL.fields, sure=False), Record("W2", {}, sure=False))
    cellar.bring(RIESLING)
    cellar.fill()
    cellar.bring({"id": "1", "name": "Rissling"})
    assert fills(cellar.fill()) == (0, 0, 1, 0)
    assert cellar.data("1")["region"] == "Mosel"


def test_a_change_of_anything_else_makes_nothing_due(cellar: Cellar) -> None:
    cellar.bring(RIESLING)
    cellar.fill()
    cellar.bring({**RIESLING, "stars": "5", "maker": "Anna"})
    assert cellar.fill().runs == 0


def test_what_is_due_for_older_input_gives_way(cellar: Cellar) -> None:
    cellar.know("Rioja", Record("W9", {"region": "Spain"}))
    cellar.bring(RIESLING)
    cellar.bring({"id": "1", "name": "Rioja"})
    assert cellar.fill().runs == 1
    assert _states(cellar, "1") == ["cancelled", "filled"]


def test_an_item_that_returns_to_an_earlier_input_is_looked_up_again(cellar: Cellar) -> None:
    cellar.know("Riesling", MOSEL)
    cellar.bring(RIESLING)
    cellar.fill()
    cellar.bring({"id": "1", "name": "Mystery"})
    cellar.fill()
    cellar.bring(RIESLING)
    assert fills(cellar.fill()) == (1, 0, 0, 0)
    assert cellar.data("1")["region"] == "Mosel"


def test_a_new_version_of_a_pipeline_makes_everything_due_once(
    cellar: Cellar, monkeypatch: pytest.MonkeyPatch
) -> None:
    cellar.know("Riesling", MOSEL)
    cellar.bring(RIESLING, {"id": "2", "name": "Mystery"})
    cellar.fill()
    newer = Pipeline("wine-facts", "wine", "2", ("name", "ean"), SURE)
    monkeypatch.setattr(WINES.finders[0], "pipeline", newer)
    cellar.know("Riesling", Record("W1", {"region": "Rheingau"}))
    assert fills(cellar.fill()) == (1, 1, 0, 0)
    assert cellar.data("1") == {"name": "Riesling", "region": "Rheingau"}
    assert cellar.item("1").values["region"].version == "wine-facts@2"
    assert cellar.fill().runs == 0


# --- how much, and for whom ------------------------------------------------------------------------------------


def test_a_fill_may_be_limited_and_goes_on_later(cellar: Cellar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 3)
    cellar.bring(*({"id": str(n), "name": f"W{n}"} for n in range(10)))
    assert [cellar.fill(limit=4).runs for _ in range(4)] == [4, 4, 2, 0]


def test_a_limit_counts_what_a_match_brings_along(cellar: Cellar) -> None:
    for n in range(4):
        cellar.know(f"W{n}", Record(f"R{n}", {"region": "x"}, makers=((f"OL{n}A", f"Maker {n}"),)))
    cellar.bring(*({"id": str(n), "name": f"W{n}"} for n in range(4)))
    assert cellar.fill(limit=6).runs == 6  # four wines and two of their makers
    assert cellar.fill().runs == 2


def test_a_fill_may_be_for_some_items(cellar: Cellar) -> None:
    cellar.know("Riesling", MOSEL)
    cellar.bring(RIESLING, {"id": "2", "name": "Mystery"}, {"id": "3", "name": "Riesling", "region": "Here"})
    assert fills(cellar.app.fill(Wish(ids=[cellar.item("2").id]))) == (0, 1, 0, 0)
    assert cellar.app.due(Wish(kind="wine", when=When(missing=("region",)))) == {"wine-facts": 1}
    assert fills(cellar.app.fill(Wish(when=When(missing=("region",))))) == (1, 0, 0, 0)
    assert cellar.data("1")["region"] == "Mosel"
    assert _states(cellar, "3") == ["ready"]


def test_a_match_brings_its_related_items_along_once(cellar: Cellar) -> None:
    anna = ("OL1A", "Anna")
    cellar.know("A", Record("R1", {"region": "x"}, makers=(anna, ("OL2A", "Bruno"))))
    cellar.know("B", Record("R2", {"region": "x"}, makers=(("OL2A", "Bruno"), anna)))
    cellar.bring({"id": "1", "name": "A"})
    cellar.fill()
    cellar.bring({"id": "2", "name": "B"})
    cellar.fill()
    makers = [view.data["name"] for view in cellar.app.items("author")]
    assert makers == ["Anna", "Bruno"]
    for key, names in (("1", ["Anna", "Bruno"]), ("2", ["Bruno", "Anna"])):
        related = cellar.app.related(cellar.item(key).id)
        assert [(relation, view.data["name"]) for relation, view in related] == [("maker", n) for n in names]


# --- several workers, and those that are late ------------------------------------------------------------------


def _worker(cellar: Cellar, name: str) -> Worker:
    return Worker(
        cellar.database,
        cellar.app.library_id,
        EmptyCatalogue(),
        cellar.tick,
        _ids(name),
        name,
    )


def _ids(name: str) -> Any:  # noqa: ANN401 - stands for uuid4
    numbers = iter(range(10_000))
    return lambda: f"{name}-{next(numbers)}"


def test_a_worker_that_comes_too_late_writes_nothing(cellar: Cellar) -> None:
    cellar.know("Riesling", MOSEL)
    cellar.bring(RIESLING)
    late, prompt = _worker(cellar, "late"), _worker(cellar, "prompt")
    finder = WINES.finders[0]
    claim = late.claim(finder, 10)
    assert claim is not None
    cellar.at += LEASE
    fresh = prompt.claim(finder, 10)
    assert fresh is not None
    before = content(cellar.database)
    settled = late.work(WINES, finder, claim)
    assert (settled.runs, settled.lost, settled.values) == (0, 1, 0)
    assert content(cellar.database) == before
    assert prompt.work(WINES, finder, fresh).filled == 1
    assert cellar.data("1")["region"] == "Mosel"


def test_workers_side_by_side_do_each_item_once(cellar: Cellar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 5)
    for n in range(60):
        cellar.know(f"W{n}", Record(f"R{n}", {"region": f"r{n}"}, makers=(("OL1A", "Anna"),)))
    cellar.bring(*({"id": str(n), "name": f"W{n}"} for n in range(60)))
    workers = [_worker(cellar, name) for name in ("a", "b", "c")]

    def drain(worker: Worker) -> FillReport:
        report = FillReport()
        worker.drain(WINES, WINES.finders[0], report)
        return report

    with ThreadPoolExecutor(3) as pool:
        reports = list(pool.map(drain, workers))
    assert sum(report.filled for report in reports) == 60
    stands = content(cellar.database)
    assert len(stands["attempts"]) == 60
    assert {view.data["region"] for view in cellar.items()} == {f"r{n}" for n in range(60)}
    assert len(list(cellar.app.items("author"))) == 1  # all brought the same maker along


def test_nothing_is_left_in_the_hands_of_a_worker(cellar: Cellar) -> None:
    cellar.bring(*({"id": str(n), "name": "Corked" if n % 3 else f"W{n}"} for n in range(30)))
    cellar.fill()
    with cellar.database.read() as connection:
        states = {state for _, state in run_states.count_runs(connection, cellar.app.library_id)}
    assert states == {RunState.EMPTY.value, RunState.FAILED.value}
    assert wines.KNOWN == {}
