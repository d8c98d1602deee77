"""Asking: what a finder is told of items, and what of it settling goes by."""

from __future__ import annotations

import pytest
from tests.support.cellars import Cellar, fills
from tests.support.wines import WINES, Record

from completist.engine.asking import ask, unread
from completist.sdk import registry
from completist.store import texts
from completist.store.database import Connection
from completist.store.texts import Words


def test_what_only_its_owner_cares_for_is_not_asked_about(cellar: Cellar) -> None:
    cellar.bring({"id": "1", "name": "Riesling", "stars": "4", "notes": "dry", "opened": "2"})
    item = cellar.item("1").id
    pipeline = WINES.finders[0].pipeline
    with cellar.database.read() as connection:
        asked = ask(connection, pipeline, [item])
    assert {value.field for value in asked.said[item]} == {"name"}
    cellar.app.set(item, {"stars": 5})
    with cellar.database.read() as connection:
        asked = ask(connection, pipeline, [item])
    assert {(value.field, value.data) for value in asked.said[item]} == {("name", "Riesling"), ("stars", 5)}


def test_no_field_is_left_out_that_plays_a_part() -> None:
    for plugin in registry.plugins().values():
        left_out = set(unread(plugin))
        assert all(plugin.kind.by_name[name].personal for name in left_out)
        assert left_out.isdisjoint(plugin.kind.counting)
        assert left_out.isdisjoint({plugin.kind.title, plugin.kind.byline, *plugin.kind.searched})
        for pipeline in plugin.pipelines:
            assert left_out.isdisjoint({*pipeline.inputs, pipeline.goal})


def test_words_that_stay_as_they_were_are_not_written_again(
    cellar: Cellar, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[Words] = []
    write = texts.write_texts

    def spy(
        connection: Connection, library_id: int, kind: str, words: list[Words], *, fresh: bool = False
    ) -> None:
        written.extend(words)
        write(connection, library_id, kind, words, fresh=fresh)

    known = Record("W1", {"name": "Riesling", "region": "Mosel"})
    cellar.know("riesling", known)
    cellar.bring({"id": "1", "name": "Riesling"})
    monkeypatch.setattr(texts, "write_texts", spy)
    assert fills(cellar.fill()) == (1, 0, 0, 0)
    assert cellar.data("1")["region"] == "Mosel"
    assert written == []
    item = cellar.item("1").id
    cellar.app.set(item, {"name": "Spätlese"})
    assert [(each.item_id, each.title) for each in written] == [(item, "Spätlese")]
