from __future__ import annotations

from typing import Any

import pytest
from tests.support.cellars import Cellar, counts, fills
from tests.support.databases import content
from tests.support.wines import Record

from completist.app import Wish
from completist.domain.errors import Conflict, NotFound
from completist.engine.outlook import Outlook
from completist.engine.undoing import Undone
from completist.store import run_states

RIESLING = {"id": "1", "name": "Riesling", "vintage": "1999"}
CHIANTI = {"id": "2", "name": "Chianti", "notes": "Fine."}

#: What tells how things stand: not when, by which run, or by what way they came to it.
HISTORY = (
    "items.revision",
    "changes",
    "events",
    "imports",
    "runs",
    "attempts",
    "claims",
    "items.updated_at",
    "field_values.at",
)


def _stands(cellar: Cellar) -> dict[str, Any]:
    return content(cellar.database, without=[*HISTORY, "matches", "proposals", "tallies"])


# --- what a person typed ---------------------------------------------------------------------------------------


def test_undo_takes_back_what_was_typed_last_then_what_was_before(cellar: Cellar) -> None:
    cellar.bring(RIESLING)
    item = cellar.item("1").id
    cellar.app.set(item, {"vintage": 2001, "region": "Mosel"})
    cellar.app.set(item, {"vintage": None})
    cellar.app.give_up(item, ["region"])
    seen = []
    for _ in range(3):
        assert cellar.app.undo().changes == 1
        seen.append((cellar.data("1").get("vintage"), cellar.data("1").get("region")))
    assert seen == [(None, "Mosel"), (2001, "Mosel"), (1999, None)]
    with pytest.raises(NotFound, match="nothing to undo"):
        cellar.app.undo()


def test_undoing_leaves_a_trace_in_the_history(cellar: Cellar) -> None:
    cellar.bring(RIESLING)
    item = cellar.item("1").id
    cellar.app.set(item, {"vintage": 2001})
    cellar.app.undo()
    told = cellar.app.history(item)
    assert [change.action for change in told] == ["create", "type", "undo"]
    assert told[1].undone_by == told[2].id


def test_an_older_change_is_left_alone_where_something_was_typed_since(cellar: Cellar) -> None:
    cellar.bring(RIESLING)
    item = cellar.item("1").id
    cellar.app.set(item, {"vintage": 2001, "region": "Mosel"})
    first = cellar.app.history(item)[-1].id
    cellar.app.set(item, {"vintage": 2002})
    undone = cellar.app.undo(change=first)
    assert (undone.values, undone.kept) == (1, 1)
    assert cellar.data("1") == {"name": "Riesling", "vintage": 2002}
    with pytest.raises(NotFound):
        cellar.app.undo(change=first)  # once


@pytest.mark.parametrize("what", [{"change": 999}, {"run": 999}, {"import_": 999}])
def test_what_was_never_done_cannot_be_undone(cellar: Cellar, what: dict[str, int]) -> None:
    cellar.bring(RIESLING)
    before = content(cellar.database)
    with pytest.raises(NotFound, match="nothing to undo"):
        cellar.app.undo(**what)
    assert content(cellar.database) == before


# --- what was found --------------------------------------------------------------------------------------------


def _run(cellar: Cellar, key: str) -> int:
    with cellar.database.read() as connection:
        return run_states.runs_of(connection, cellar.item(key).id)[-1].id


def test_undoing_a_run_takes_its_values_back_and_does_not_find_them_again(cellar: Cellar) -> None:
    cellar.know("Riesling", Record("W1", {"region": "Mosel", "vintage": 2003}))
    cellar.bring(RIESLING, CHIANTI)
    before = _stands(cellar)
    cellar.fill()
    undone = cellar.app.undo(run=_run(cellar, "1"))
    assert (undone.values, undone.kept) == (2, 0)
    assert _stands(cellar) == before
    assert cellar.item("1").matches == {}
    assert cellar.fill().runs == 0
    assert _stands(cellar) == before


def test_undoing_a_run_leaves_alone_what_was_typed_since(cellar: Cellar) -> None:
    cellar.know("Riesling", Record("W1", {"region": "Mosel", "grapes": ["Riesling"]}))
    cellar.bring(RIESLING)
    cellar.fill()
    cellar.app.set(cellar.item("1").id, {"region": "Mine"})
    cellar.app.undo(run=_run(cellar, "1"))
    assert cellar.data("1") == {"name": "Riesling", "vintage": 1999, "region": "Mine"}


def test_undoing_a_newer_run_brings_the_older_ones_values_back(cellar: Cellar) -> None:
    cellar.know("Riesling", Record("W1", {"region": "Mosel", "grapes": ["Riesling"]}))
    cellar.know("Rioja", Record("W2", {"region": "Spain"}))
    cellar.bring(RIESLING)
    cellar.fill()
    cellar.app.set(cellar.item("1").id, {"name": "Rioja"})
    cellar.fill()
    assert cellar.data("1")["region"] == "Spain"
    cellar.app.undo(run=_run(cellar, "1"))
    data = cellar.data("1")
    assert (data["name"], data["region"], data["grapes"]) == ("Rioja", "Mosel", ["Riesling"])


def _agrees(outlook: Outlook, undone: Undone) -> bool:
    """Whether what was foreseen is what came of it."""
    return (outlook.changes, outlook.values, outlook.kept, outlook.removed) == (
        undone.changes,
        undone.values,
        undone.kept,
        undone.removed,
    )


def test_what_undoing_a_run_comes_to_is_told_before_field_by_field(cellar: Cellar) -> None:
    cellar.know("Riesling", Record("W1", {"region": "Mosel", "grapes": ["Riesling"], "maker": "Wagner"}))
    cellar.bring(RIESLING)
    cellar.fill()
    run, item = _run(cellar, "1"), cellar.item("1").id
    cellar.app.set(item, {"region": "Mine"})
    before = content(cellar.database)
    seen = cellar.app.foresee_undo(run=run)
    assert content(cellar.database) == before
    assert {step.field: (step.now, step.then, step.stays) for step in seen.named[item]} == {
        "maker": ("Wagner", None, ""),
        "region": ("Mine", "Mine", "typed"),
        "grapes": (["Riesling"], None, ""),
    }
    assert (seen.values, seen.kept, seen.covered) == (3, 0, 1)
    assert _agrees(seen, cellar.app.undo(run=run))
    assert cellar.data("1") == {"name": "Riesling", "vintage": 1999, "region": "Mine"}
    with pytest.raises(NotFound):
        cellar.app.foresee_undo(run=run)


def test_what_has_changed_since_is_told_to_stay(cellar: Cellar) -> None:
    cellar.know("Riesling", Record("W1", {"region": "Mosel", "grapes": ["Riesling"]}))
    cellar.know("Rioja", Record("W2", {"region": "Spain"}))
    cellar.bring(RIESLING)
    cellar.fill()
    first, item = _run(cellar, "1"), cellar.item("1").id
    cellar.app.set(item, {"name": "Rioja"})
    cellar.fill()
    seen = cellar.app.foresee_undo(run=first)
    assert {step.field: (step.now, step.stays) for step in seen.named[item]} == {
        "region": ("Spain", "moved"),
        "grapes": (None, "moved"),
    }
    assert _agrees(seen, cellar.app.undo(run=first))
    assert cellar.data("1")["region"] == "Spain"


def test_undoing_a_job_takes_back_what_it_wrote_and_nothing_else(cellar: Cellar) -> None:
    cellar.know("Riesling", Record("W1", {"region": "Mosel"}))
    cellar.know("Chianti", Record("W2", {"region": "Tuscany"}))
    cellar.bring(RIESLING, CHIANTI, {"id": "3", "name": "Rioja"})
    cellar.know("Rioja", Record("W3", {"region": "Spain"}))
    pipeline = next(
        each.pipeline.name for each in cellar.app.ledger.pipelines() if each.pipeline.kind == "wine"
    )
    rioja = cellar.item("3").id
    cellar.app.fill(Wish(ids=[rioja]))
    before = [cellar.data(key) for key in "123"]
    job, _ = cellar.app.ledger.create_job(pipeline)
    assert job.job.total == 2
    with pytest.raises(Conflict):
        cellar.app.undo(job=job.job.id)
    cellar.fill()
    cellar.app.ledger.finish_jobs()
    seen = cellar.app.foresee_undo(job=job.job.id)
    undone = cellar.app.undo(job=job.job.id)
    assert _agrees(seen, undone)
    assert (undone.values, len(seen.items)) == (2, 2)
    assert [cellar.data(key) for key in "123"] == before
    assert cellar.data("3")["region"] == "Spain"
    with pytest.raises(NotFound):
        cellar.app.undo(job=job.job.id)


# --- what was decided ------------------------------------------------------------------------------------------


@pytest.fixture
def unsure(cellar: Cellar) -> Cellar:
    """A library in which a proposal waits."""
    offered = [Record("W2", {"region": "Tuscany"}, sure=False), Record("W3", {"region": "x"}, sure=False)]
    cellar.know("Chianti", *offered)
    cellar.bring(CHIANTI)
    assert fills(cellar.fill()) == (0, 0, 1, 0)
    return cellar


def _decide(cellar: Cellar, verdict: str) -> int:
    (proposal,) = cellar.app.proposals()
    if verdict == "accept":
        cellar.app.accept(proposal.id)
    else:
        cellar.app.reject(proposal.id)
    return proposal.id


@pytest.mark.parametrize("verdict", ["accept", "reject"])
@pytest.mark.parametrize("by_name", [False, True])
def test_undo_takes_a_decision_back(unsure: Cellar, verdict: str, *, by_name: bool) -> None:
    before = _stands(unsure)
    proposal = _decide(unsure, verdict)
    undone = unsure.app.undo_decision(proposal) if by_name else unsure.app.undo()
    assert undone.reopened == 1
    assert _stands(unsure) == before
    (again,) = unsure.app.proposals()
    assert (again.id, again.state) == (proposal, "pending")
    assert unsure.item("2").matches["wine-facts"].verdict.value == "review"
    _decide(unsure, "accept")
    assert unsure.data("2")["region"] == "Tuscany"


def test_undo_takes_back_deeds_of_every_sort_in_the_order_they_were_done(unsure: Cellar) -> None:
    item = unsure.item("2").id
    unsure.app.set(item, {"notes": "one"})
    _decide(unsure, "reject")
    unsure.app.set(item, {"notes": "two"})
    results: list[Undone] = [unsure.app.undo() for _ in range(3)]
    assert [(r.changes, r.reopened) for r in results] == [(1, 0), (1, 1), (1, 0)]
    assert unsure.data("2")["notes"] == "Fine."


def test_an_acceptance_that_wrote_nothing_can_be_undone(cellar: Cellar) -> None:
    cellar.know("Chianti", Record("W2", {"region": "Tuscany"}, sure=False), Record("W3", {}, sure=False))
    cellar.bring(CHIANTI)
    cellar.fill()
    cellar.app.lock(cellar.item("2").id, "region")
    _decide(cellar, "accept")
    assert cellar.app.undo().reopened == 1
    assert cellar.app.waiting() == 1


# --- what was imported -----------------------------------------------------------------------------------------


def test_undoing_an_import_removes_what_it_brought_in(cellar: Cellar) -> None:
    before = _stands(cellar)
    report = cellar.bring(RIESLING, CHIANTI)
    assert report.import_id is not None
    undone = cellar.app.undo(import_=report.import_id)
    assert (undone.removed, undone.kept) == (2, 0)
    assert _stands(cellar) == {**before, "libraries": _stands(cellar)["libraries"]}
    assert counts(cellar.bring(RIESLING, CHIANTI)) == (2, 0, 0, 0)


def test_undoing_an_import_keeps_what_a_person_has_typed_into(cellar: Cellar) -> None:
    report = cellar.bring(RIESLING, CHIANTI)
    cellar.app.set(cellar.item("2").id, {"region": "Mine"})
    undone = cellar.app.undo(import_=report.import_id)
    assert (undone.removed, undone.kept) == (1, 1)
    assert cellar.data("2")["region"] == "Mine"


def test_undoing_a_newer_import_brings_the_older_values_back(cellar: Cellar) -> None:
    cellar.bring(RIESLING, CHIANTI)
    before = {key: cellar.data(key) for key in "12"}
    newer = cellar.bring(
        {**RIESLING, "vintage": "2005"}, {**CHIANTI, "notes": "", "stars": "5"}, {"id": "3", "name": "Rioja"}
    )
    undone = cellar.app.undo(import_=newer.import_id)
    assert (undone.values, undone.removed, undone.kept) == (3, 1, 0)
    assert {key: cellar.data(key) for key in "12"} == before
    assert len(cellar.items()) == 2


def test_an_undone_import_can_be_done_again(cellar: Cellar) -> None:
    cellar.bring(RIESLING, CHIANTI)
    rows = [{**RIESLING, "vintage": "2005"}, {**CHIANTI, "notes": ""}, {"id": "3", "name": "Rioja"}]
    newer = cellar.bring(*rows)
    cellar.app.undo(import_=newer.import_id)
    assert counts(cellar.bring(*rows)) == counts(newer) == (1, 2, 0, 0)
    assert cellar.data("1")["vintage"] == 2005
    assert "notes" not in cellar.data("2")


def test_an_item_of_two_sources_stays_when_one_import_is_undone(cellar: Cellar) -> None:
    first = cellar.bring({**RIESLING, "ean": "1"})
    shop = cellar.bring({"id": "s1", "name": "Riesling!", "ean": "1", "region": "Mosel"}, source="shop")
    undone = cellar.app.undo(import_=shop.import_id)
    assert undone.removed == 0
    assert cellar.data("1") == {"name": "Riesling", "vintage": 1999, "ean": ["1"]}
    again = cellar.bring({"id": "s1", "name": "Riesling!", "ean": "1", "region": "Mosel"}, source="shop")
    assert counts(again) == (0, 1, 0, 0)
    cellar.app.undo(import_=first.import_id)
    assert cellar.data("s1", "shop")["region"] == "Mosel"


def test_undoing_an_import_leaves_alone_what_a_newer_one_said(cellar: Cellar) -> None:
    cellar.bring(RIESLING)
    second = cellar.bring({**RIESLING, "vintage": "2005", "maker": "Anna"})
    cellar.bring({**RIESLING, "vintage": "2006", "maker": "Anna"})
    undone = cellar.app.undo(import_=second.import_id)
    assert (undone.values, undone.kept) == (1, 1)
    assert cellar.data("1") == {"name": "Riesling", "vintage": 2006}
