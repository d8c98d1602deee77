"""Fetch when: which items a job or a fill is about, by how complete they are and when they were looked up last."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.cellars import Cellar, fills
from tests.support.databases import content
from tests.support.ledgers import FACTS, states
from tests.support.oracles import Oracle, consult
from tests.support.wines import Record

from completist.app import Wish
from completist.domain.errors import BadInput, NotFound
from completist.engine.choosing import Selection
from completist.engine.conditions import ALWAYS, When
from completist.store import jobs
from completist.store.answers import LASTS

DAY = 86_400_000


@pytest.fixture
def stock(cellar: Cellar) -> Cellar:
    """A wine of which all is known (100 %), one of which half is (50 %), one that was never looked up (25 %)."""
    cellar.know("Full", Record("W1", {"region": "r", "grapes": ["g"], "vintage": 1}))
    cellar.know("Half", Record("W2", {"region": "r"}))
    cellar.bring({"id": "1", "name": "Full"}, {"id": "2", "name": "Half"})
    cellar.fill()
    cellar.at += 10 * DAY
    cellar.know("New", Record("W3", {"region": "r", "grapes": ["g"], "vintage": 1}))
    cellar.bring({"id": "3", "name": "New"})
    return cellar


def _keys(cellar: Cellar, when: dict[str, Any]) -> str:
    """The keys of the wines that a selection holds."""
    counted = cellar.app.ledger.count_selected(FACTS.name, {"filter": when})
    view, _ = cellar.app.ledger.create_job(FACTS.name, {"filter": when}, force=True)
    with cellar.database.read() as connection:
        ids = jobs.items_in(connection, view.job.id, ["ready"], after=0, limit=100)
    assert len(ids) == view.job.total == counted
    return "".join(key for each in cellar.items() for _, key in each.sources if each.id in ids)


@pytest.mark.parametrize(
    ("when", "keys"),
    [
        ({}, "123"),
        ({"score_below": 50}, "3"),
        ({"score_below": 51}, "23"),
        ({"score_below": 100}, "23"),
        ({"missing": "region"}, "3"),
        ({"missing": ["region", "grapes"]}, "23"),
        ({"never_asked": True}, "3"),
        ({"never_asked": False}, "123"),
        ({"older_than": "9d"}, "123"),
        ({"older_than": "11d"}, "3"),
        ({"older_than": "11d", "never_asked": True}, "3"),
        ({"older_than": "9d", "score_below": 60}, "23"),
        ({"older_than": "9d", "score_below": 60, "missing": "region"}, "3"),
        ({"never_asked": True, "score_below": 20}, ""),
        ({"freshness": "fresh", "score_below": 60}, "2"),
    ],
)
def test_a_selection_is_what_all_conditions_hold_for(stock: Cellar, when: dict[str, Any], keys: str) -> None:
    assert _keys(stock, when) == keys


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"score_below": 0}, "score_below takes"),
        ({"score_below": 101}, "score_below takes"),
        ({"score_below": True}, "score_below takes"),
        ({"score_below": "60"}, "score_below takes"),
        ({"never_asked": "yes"}, "never_asked takes"),
        ({"older_than": "soon"}, "older_than takes"),
        ({"missing": 3}, "missing takes"),
        ({"missing": [3]}, "missing takes"),
        ({"colour": "red"}, "no colour"),
    ],
)
def test_what_is_no_condition_is_refused(said: dict[str, Any], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        Selection.read({"filter": said})


def test_the_same_conditions_are_kept_as_the_same_text() -> None:
    said = {"missing": ["grapes", "region"], "score_below": 60, "never_asked": True, "older_than": "2d"}
    assert When.read({**said, "missing": ["region", "grapes", "region"], "older_than": "48h"}).said() == said
    assert When.read({"missing": ["region"], "never_asked": False}).said() == {"missing": "region"}
    assert Selection.read({"filter": said}).said() == {"filter": said}
    assert Selection.read({}).when == ALWAYS


def test_a_field_that_nobody_wants_is_refused(stock: Cellar) -> None:
    with pytest.raises(NotFound, match="'stars'"):
        stock.app.ledger.create_job(FACTS.name, {"filter": {"missing": ["region", "stars"]}})
    with pytest.raises(NotFound, match="'stars'"):
        stock.app.fill(Wish(when=When(missing=("stars",))))


@pytest.mark.parametrize(
    ("wish", "runs"),
    [
        (Wish(), 1),  # what is done is done
        (Wish(when=When(score_below=60)), 1),
        (Wish(when=When(never_asked=True)), 1),
        (Wish(when=When(older_than=9 * DAY)), 3),
        (Wish(when=When(older_than=11 * DAY)), 1),
        (Wish(when=When(older_than=9 * DAY, score_below=60)), 2),
        (Wish(when=When(older_than=9 * DAY, never_asked=True)), 1),
        (Wish(when=When(older_than=9 * DAY), limit=2), 2),
        (Wish("wine", when=When(score_below=20)), 0),
    ],
)
def test_a_fill_looks_up_what_the_conditions_hold_for(stock: Cellar, wish: Wish, runs: int) -> None:
    before = content(stock.database)
    assert stock.app.due(wish)[FACTS.name] == runs
    assert content(stock.database) == before, "a look ahead writes nothing"
    assert stock.app.fill(wish).runs == runs
    if wish.limit is None:
        assert stock.app.due(wish)[FACTS.name] == 0, "what was just looked up is not old"


def test_conditions_hold_for_items_by_id_too(stock: Cellar) -> None:
    ids = [stock.item(key).id for key in "12"]
    wish = Wish(ids=ids, when=When(older_than=9 * DAY, score_below=60))
    assert stock.app.due(wish)[FACTS.name] == 1
    assert stock.app.fill(wish).runs == 1
    assert states(stock) == ["filled", "filled", "ready"]


def test_what_waits_is_not_hurried_by_its_age(stock: Cellar) -> None:
    old = stock.item("1").id
    view, _ = stock.app.ledger.create_job(FACTS.name, {"ids": [old]}, force=True)
    stock.app.ledger.hold_job(view.job.id)
    wish = Wish(ids=[old], when=When(older_than=DAY))
    assert stock.app.due(wish)[FACTS.name] == 0
    assert stock.app.fill(wish).runs == 0


def test_a_job_about_what_is_old_does_it_again(stock: Cellar) -> None:
    asked = {"filter": {"older_than": "9d", "score_below": 100}}
    assert stock.app.ledger.foresee_job(FACTS.name, asked) == 2
    view, new = stock.app.ledger.create_job(FACTS.name, asked)
    assert (new, view.job.total, view.job.skipped) == (True, 2, 0)
    assert stock.app.ledger.create_job(FACTS.name, asked)[1] is False, "the open job of the same request"
    assert fills(stock.app.work_off(view.job.id)) == (2, 0, 0, 0)
    again, _ = stock.app.ledger.create_job(FACTS.name, asked)
    assert (again.job.total, again.job.state) == (0, "done")


def test_who_is_asked_again_is_asked_only_what_has_expired(cellar: Cellar) -> None:
    oracle = Oracle()
    oracle.knows("ean:1001", id="o1", name="Alpha", region="Mosel")
    consult(cellar, oracle)
    cellar.bring({"id": "1", "name": "Alpha", "ean": "1001"})
    cellar.fill()
    cellar.at += LASTS // 2
    cellar.bring({"id": "2", "name": "Beta", "ean": "1002"})
    oracle.knows("ean:1002", id="o2", name="Beta", region="Nahe")
    cellar.fill()
    cellar.at += LASTS // 2 + DAY
    oracle.calls.clear()
    assert cellar.app.fill(Wish(when=When(older_than=DAY))).runs == 2
    assert oracle.asked == ["ean:1001"], "what was said of the other one is still believed"
