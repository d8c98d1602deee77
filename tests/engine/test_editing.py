from __future__ import annotations

import pytest
from tests.support.cellars import Cellar
from tests.support.databases import content
from tests.support.wines import Record

from completist.domain.errors import BadInput, NotFound
from completist.domain.fields import Data

RIESLING = {"id": "1", "name": "Riesling", "vintage": "1999"}


@pytest.fixture
def item(cellar: Cellar) -> int:
    """The id of the one wine in the library."""
    cellar.bring(RIESLING)
    return cellar.item("1").id


def test_what_is_typed_counts_and_is_locked(cellar: Cellar, item: int) -> None:
    recorded = cellar.app.set(item, {"vintage": 2001, "region": None})
    view = cellar.item("1")
    assert (view.data["vintage"], view.data["region"]) == (2001, None)
    assert view.locked == {"vintage", "region"}
    assert recorded.values == 2
    assert "region" not in view.gaps


def test_typing_the_same_again_is_no_change(cellar: Cellar, item: int) -> None:
    cellar.app.set(item, {"vintage": 2001})
    before = content(cellar.database)
    assert cellar.app.set(item, {"vintage": 2001}).values == 0
    assert content(cellar.database) == before


def test_what_is_given_up_lets_the_others_speak_again(cellar: Cellar, item: int) -> None:
    cellar.app.set(item, {"vintage": 2001})
    cellar.app.give_up(item, ["vintage"])
    view = cellar.item("1")
    assert (view.data["vintage"], view.locked) == (1999, frozenset())


def test_what_was_typed_into_a_locked_field_can_be_given_up(cellar: Cellar, item: int) -> None:
    cellar.app.lock(item, "vintage")
    cellar.app.set(item, {"vintage": 2001})
    cellar.app.give_up(item, ["vintage"])
    assert cellar.data("1")["vintage"] == 1999


def test_a_typed_name_makes_the_item_due_again(cellar: Cellar, item: int) -> None:
    cellar.know("Rioja", Record("W1", {"region": "Spain"}))
    cellar.fill()
    cellar.app.set(item, {"name": "Rioja"})
    assert cellar.fill().filled == 1
    assert cellar.data("1")["region"] == "Spain"


def test_a_typed_identifier_is_one_by_which_the_item_is_found(cellar: Cellar, item: int) -> None:
    cellar.app.set(item, {"ean": ["77"]})
    assert cellar.bring({"id": "s1", "name": "Riesling", "ean": "77"}, source="shop").updated == 1
    assert len(cellar.items()) == 1


def test_a_lock_is_set_and_taken_away(cellar: Cellar, item: int) -> None:
    assert cellar.app.lock(item, "region")
    assert not cellar.app.lock(item, "region")
    assert cellar.item("1").locked == {"region"}
    assert cellar.app.unlock(item, "region")
    assert not cellar.app.unlock(item, "region")


def test_what_was_typed_cannot_be_unlocked_without_giving_it_up(cellar: Cellar, item: int) -> None:
    cellar.app.set(item, {"vintage": 2001})
    with pytest.raises(BadInput, match="typed by you"):
        cellar.app.unlock(item, "vintage")


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"colour": "red"}, NotFound),
        ({"vintage": 1492}, BadInput),
        ({"region": "x", "vintage": 1492}, BadInput),
    ],
)
def test_what_does_not_fit_changes_nothing(
    cellar: Cellar, item: int, typed: dict[str, Data], error: type[Exception]
) -> None:
    before = content(cellar.database)
    with pytest.raises(error):
        cellar.app.set(item, typed)
    assert content(cellar.database) == before


def test_an_item_that_is_not_there_is_reported(cellar: Cellar, item: int) -> None:
    for act in (
        lambda: cellar.app.set(item + 1, {"name": "x"}),
        lambda: cellar.app.give_up(item + 1, ["name"]),
        lambda: cellar.app.lock(item + 1, "name"),
        lambda: cellar.app.unlock(item + 1, "name"),
        lambda: cellar.app.show(item + 1),
        lambda: cellar.app.parse(item + 1, "name", "x"),
    ):
        with pytest.raises(NotFound, match=f"no item {item + 1}"):
            act()
    for locked in (cellar.app.lock, cellar.app.unlock):
        with pytest.raises(NotFound, match="no field 'colour'"):
            locked(item, "colour")


def test_what_a_person_types_is_read_by_the_fields_type(cellar: Cellar, item: int) -> None:
    assert cellar.app.parse(item, "grapes", "Riesling; Silvaner") == ["Riesling", "Silvaner"]
    assert cellar.app.parse(item, "vintage", "1999") == 1999
    with pytest.raises(BadInput, match="vintage takes a whole number"):
        cellar.app.parse(item, "vintage", "old")
    with pytest.raises(NotFound, match="no field 'colour'"):
        cellar.app.parse(item, "colour", "red")
