from __future__ import annotations

import pytest
from tests.support.cellars import Cellar
from tests.support.wines import Record

from completist.domain.errors import NotFound


def test_gaps_are_counted_as_each_item_shows_them(cellar: Cellar) -> None:
    cellar.know("Full", Record("W1", {"region": "r", "grapes": ["g"], "vintage": 1}))
    cellar.bring(
        {"id": "1", "name": "Full"},
        {"id": "2", "name": "Empty"},
        {"id": "3", "name": "Typed"},
        {"id": "4", "name": "Locked", "vintage": "1999"},
    )
    cellar.fill()
    cellar.app.set(cellar.item("3").id, {"region": None, "vintage": 2000})
    cellar.app.lock(cellar.item("4").id, "region")
    total, found = cellar.app.gaps()
    shown = {name: sum(name in view.gaps for view in cellar.items()) for name in found["wine"]}
    assert total == 4
    assert found["wine"] == shown == {"name": 0, "region": 1, "grapes": 3, "vintage": 1}
    assert [view.data["name"] for view in cellar.app.items(missing="region")] == ["Empty"]


def test_a_gap_that_no_kind_has_is_refused(cellar: Cellar) -> None:
    cellar.bring({"id": "1", "name": "Riesling"})
    with pytest.raises(NotFound, match="'stars'"):
        cellar.app.items(missing="stars")
    with pytest.raises(NotFound, match="kind 'beer'"):
        cellar.app.items("beer")


def test_items_of_another_kind_do_not_lack_what_they_never_have(cellar: Cellar) -> None:
    cellar.know("A", Record("R1", {"region": "x"}, makers=(("OL1A", "Anna"),)))
    cellar.bring({"id": "1", "name": "A"})
    cellar.fill()
    assert [view.kind.name for view in cellar.app.items(missing="vintage")] == ["wine"]


def test_the_library_at_a_glance(cellar: Cellar) -> None:
    cellar.know("Chianti", Record("W2", {}, sure=False))
    cellar.bring({"id": "1", "name": "Chianti"}, {"id": "2", "name": "Mystery"})
    cellar.fill()
    status = cellar.app.status()
    assert (status.items, status.total, status.review, status.imports) == ({"wine": 2}, 2, 1, 1)
    assert status.runs == {("wine-facts", "review"): 1, ("wine-facts", "empty"): 1}
    assert status.catalogue is None
    assert cellar.app.verdicts() == {("review", "several"): 1, ("none", "unknown"): 1}


def test_what_is_told_in_a_rehearsal_does_not_happen(cellar: Cellar) -> None:
    cellar.bring({"id": "1", "name": "Riesling"})
    item = cellar.item("1").id
    with cellar.app.rehearsing():
        assert cellar.app.set(item, {"name": "Other"}).values == 1
    assert cellar.data("1") == {"name": "Riesling"}
    cellar.app.set(item, {"name": "Other"})
    assert cellar.data("1") == {"name": "Other"}
