"""Scores beside the items: always those of what counts, and told anew where the rules have changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update
from tests.support.cellars import Cellar
from tests.support.databases import content
from tests.support.effects import rows
from tests.support.oracles import Oracle, consult
from tests.support.wines import WINE, WINES, Record

from completist.domain.kind import Field
from completist.domain.trust import Trust
from completist.engine import appraising
from completist.engine.appraising import appraise, record_quality
from completist.engine.voices import DECLARED, Voices
from completist.sdk import registry
from completist.store.schema import items, libraries

EAN = "4006381333931"


def _stored(cellar: Cellar) -> dict[int, int | None]:
    return {row["id"]: row["completeness"] for row in rows(cellar.database, "items") if row["kind"] == "wine"}


def _shown(cellar: Cellar) -> dict[int, int]:
    return {view.id: view.completeness for view in cellar.items()}


def _forget(cellar: Cellar, **said: Any) -> None:  # noqa: ANN401 - a column's value
    """Let the library be one from before there were scores."""
    with cellar.database.write() as connection:
        connection.execute(update(items).values(completeness=None))
        connection.execute(update(libraries).values(scored_by=None, **said))


def _weigh(**weights: int) -> None:
    """Let the installed kind weigh its fields otherwise."""
    fields: tuple[Field, ...] = tuple(replace(f, weight=weights.get(f.name, 0)) for f in WINE.fields)
    registry.plugins()["wine"] = replace(WINES, kind=replace(WINE, fields=fields))


@pytest.fixture
def stock(cellar: Cellar) -> Cellar:
    cellar.know("Riesling", Record("W1", {"region": "Mosel", "grapes": ["Riesling"], "vintage": 1999}))
    cellar.bring({"id": "1", "name": "Riesling"}, {"id": "2", "name": "Mystery", "vintage": "1950"})
    return cellar


def test_the_score_that_stands_is_that_of_what_counts(stock: Cellar) -> None:
    first, second = (stock.item(key).id for key in "12")
    app = stock.app
    told = []
    for deed in (
        lambda: None,
        stock.fill,
        lambda: app.set(second, {"region": "Mine"}),
        lambda: app.set(second, {"grapes": None}),
        lambda: app.give_up(second, ["region"]),
        lambda: app.lock(second, "region"),
        lambda: app.unlock(second, "region"),
        lambda: stock.bring({"id": "2", "name": "Mystery", "region": "x"}),
        lambda: app.undo(change=next(c.id for c in app.history(first) if c.action == "fill")),
    ):
        deed()
        assert _stored(stock) == _shown(stock)
        told.append((_shown(stock)[first], _shown(stock)[second]))
    assert told == [
        (25, 50),
        (100, 50),
        (100, 75),
        (100, 100),
        (100, 75),
        (100, 100),
        (100, 75),
        (100, 100),
        (25, 100),
    ]


def test_a_record_that_a_person_takes_is_scored(stock: Cellar) -> None:
    stock.know("Mystery", Record("W9", {"region": "x"}, sure=False))
    stock.fill()
    (proposal,) = stock.app.proposals()
    stock.app.accept(proposal.id)
    assert _stored(stock) == _shown(stock)
    assert _shown(stock)[proposal.item_id] == 75
    stock.app.undo_decision(proposal.id)
    assert _stored(stock)[proposal.item_id] == 50


def test_what_a_match_brings_along_is_scored(cellar: Cellar) -> None:
    cellar.know("A", Record("R1", {"region": "x"}, makers=(("OL1A", "Anna"),)))
    cellar.bring({"id": "1", "name": "A"})
    cellar.fill()
    (author,) = cellar.app.items("author")
    stored = {row["id"]: row["completeness"] for row in rows(cellar.database, "items")}
    assert stored[author.id] == author.completeness > 0


def test_items_from_before_there_were_scores_get_theirs(
    stock: Cellar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appraising, "CHUNK", 1)
    stock.fill()
    before = content(stock.database)
    _forget(stock)
    library = stock.app.library_id
    assert appraise(stock.database, library, DECLARED, most=1) == 1
    assert sorted(_stored(stock).values(), key=str) == [100, None]
    assert appraise(stock.database, library, DECLARED, stop=lambda: True) == 0
    assert appraise(stock.database, library, DECLARED) == 1
    assert content(stock.database) == before


def test_what_has_its_score_is_left_alone(stock: Cellar) -> None:
    appraise(stock.database, stock.app.library_id, DECLARED)
    before = content(stock.database)
    assert appraise(stock.database, stock.app.library_id, DECLARED) == 0
    assert content(stock.database) == before


def test_other_weights_are_noticed(stock: Cellar) -> None:
    stock.app.status()
    _weigh(name=1, region=9)
    assert appraise(stock.database, stock.app.library_id, DECLARED) == 2
    assert _stored(stock) == _shown(stock) == dict.fromkeys(_shown(stock), 10)


def test_a_library_goes_back_and_forth_between_two_orders(stock: Cellar) -> None:
    library = stock.app.library_id
    for voices in (Voices({"wine": Trust(("a", "b"))}), Voices({"wine": Trust(("b", "a"))}), DECLARED):
        assert appraise(stock.database, library, voices) in (0, 2)
        assert _stored(stock) == _shown(stock)
    assert appraise(stock.database, library, DECLARED) == 0


def test_items_of_a_kind_that_is_gone_are_passed_over(stock: Cellar) -> None:
    _forget(stock)
    kept = registry.plugins().pop("wine")
    assert appraise(stock.database, stock.app.library_id, DECLARED) == 0
    registry.plugins()["wine"] = kept
    assert appraise(stock.database, stock.app.library_id, DECLARED) == 2


def test_the_library_at_a_glance_tells_how_complete_it_is(stock: Cellar) -> None:
    stock.fill()
    told = stock.app.status().scores["wine"]
    assert (told.average, told.unscored) == (75.0, 0)
    assert {band: n for band, n in told.bands.items() if n} == {40: 1, 100: 1}


def test_the_least_complete_come_first(stock: Cellar) -> None:
    stock.bring({"id": "3", "name": "Full", "region": "r", "grapes": "g", "vintage": "1"})
    every = list(stock.app.least_complete("wine"))
    assert [view.completeness for view in every] == [25, 50, 100]
    assert [v.id for v in stock.app.least_complete("wine", after=(25, every[0].id))] == [
        v.id for v in every[1:]
    ]
    assert [v.id for v in stock.app.least_complete("wine", below=50)] == [every[0].id]
    assert [v.id for v in stock.app.least_complete("wine", "grapes", below=100)] == [v.id for v in every[:2]]
    assert [v.id for v in stock.app.items("wine", below=51)] == sorted(v.id for v in every[:2])


def test_a_record_is_judged_by_what_its_kind_takes() -> None:
    assert record_quality(WINES, {"name": "Riesling", "vintage": 1999}) == 0.5
    assert record_quality(WINES, {"name": "Riesling", "vintage": 3}) == 0.25


def test_an_answer_is_kept_with_the_quality_of_its_best_record(cellar: Cellar) -> None:
    oracle = Oracle()
    oracle.knows(f"ean:{EAN}", id="o1", name="Riesling")
    oracle.knows(f"ean:{EAN}", id="o2", name="Riesling", region="Mosel", vintage=1999)
    consult(cellar, oracle)
    cellar.bring({"id": "1", "name": "Riesling", "ean": EAN}, {"id": "2", "name": "Unknown"})
    cellar.fill()
    kept = {row["query"]: row["quality"] for row in rows(cellar.database, "answers")}
    assert kept == {f"ean:{EAN}": 0.75, "search:unknown": None}


def test_an_item_shows_how_good_each_providers_record_is(stock: Cellar) -> None:
    stock.fill()
    assert stock.item("1").qualities == {"atlas": 0.75}, "it does not say the name"
    assert stock.item("2").qualities == {}
    assert stock.app.as_object(stock.item("1"))["quality"] == {"atlas": 0.75}
