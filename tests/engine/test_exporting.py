from __future__ import annotations

import csv
import json
from typing import Any

import pytest
from tests.support.cellars import Cellar
from tests.support.wines import Record

from completist.domain.errors import NotFound


def _objects(cellar: Cellar) -> list[dict[str, Any]]:
    return [json.loads(line) for line in cellar.app.export("jsonl", "wine")]


@pytest.fixture
def filled(cellar: Cellar) -> Cellar:
    """A library with something of everything in it."""
    cellar.know("Riesling", Record("W1", {"region": "Mosel", "grapes": ["Riesling", "Elbling"]}))
    cellar.bring(
        {"id": "1", "name": "Riesling", "ean": "111;112", "stars": "4", "notes": 'says "so", he; yes\nthen'},
        {"id": "2", "name": "Česnek \u2603"},
    )
    cellar.fill()
    cellar.app.set(cellar.item("1").id, {"maker": "Anna", "vintage": None})
    cellar.app.lock(cellar.item("1").id, "region")
    return cellar


def test_a_line_of_json_tells_all_that_is_known_and_where_from(filled: Cellar) -> None:
    riesling, other = _objects(filled)
    assert riesling.keys() == {
        "id", "kind", "source", "identifiers", "fields", "match", "completeness", "quality", "locks",
    }  # fmt: skip
    assert riesling["locks"] == ["region"]
    assert (riesling["kind"], riesling["source"]) == ("wine", {"name": "cellar", "key": "1"})
    assert riesling["identifiers"] == {"ean": ["111", "112"]}
    assert riesling["fields"]["region"] == {
        "value": "Mosel", "origin": "provider", "provider": "atlas", "confidence": 1.0, "locked": True,
        "record": "W1", "level": "edition", "version": "wine-facts@1",
    }  # fmt: skip
    assert riesling["fields"]["maker"] == {
        "value": "Anna", "origin": "user", "provider": None, "confidence": 1.0, "locked": True,
        "record": None,
    }  # fmt: skip
    assert (riesling["fields"]["vintage"]["value"], riesling["fields"]["vintage"]["origin"]) == (None, "user")
    assert (riesling["fields"]["name"]["origin"], riesling["fields"]["name"]["locked"]) == ("import", False)
    assert riesling["fields"]["name"]["source"] == "cellar"
    assert riesling["match"] == {
        "pipeline": "wine-facts", "verdict": "auto", "level": "edition", "record": "W1", "distance": 0.0,
        "reasons": ["name"],
    }  # fmt: skip
    assert (other["match"]["verdict"], other["match"]["record"]) == ("none", None)
    assert (riesling["completeness"], riesling["quality"]) == (100, {"atlas": 0.5})
    assert (other["completeness"], other["quality"]) == (25, {})


def test_what_does_not_count_at_present_comes_out_too(filled: Cellar) -> None:
    filled.app.set(filled.item("1").id, {"name": "My Riesling"})
    riesling, _ = _objects(filled)
    assert riesling["fields"]["name"]["value"] == "My Riesling"
    assert riesling["others"] == [
        {
            "field": "name", "value": "Riesling", "origin": "import", "source": "cellar", "confidence": 1.0,
            "record": None,
        }
    ]  # fmt: skip


def test_an_item_that_was_not_looked_up_yet_says_so(cellar: Cellar) -> None:
    cellar.bring({"id": "1", "name": "Riesling"})
    (found,) = _objects(cellar)
    assert found["match"] == {
        "verdict": "none", "level": None, "record": None, "distance": None, "reasons": ["not_looked_up"],
    }  # fmt: skip


def test_a_table_holds_what_counts(filled: Cellar) -> None:
    riesling, other = csv.DictReader("".join(filled.app.export("csv", "wine")).splitlines(keepends=True))
    assert (riesling["grapes"], riesling["ean"], riesling["vintage"]) == ("Riesling; Elbling", "111; 112", "")
    assert riesling["notes"] == 'says "so", he; yes\nthen'
    assert (riesling["source"], riesling["key"], riesling["kind"]) == ("cellar", "1", "wine")
    assert other["name"] == "Česnek \u2603"


def test_a_layout_of_the_kind_writes_its_own_columns(filled: Cellar) -> None:
    assert list(filled.app.export("labels")) == ["Label,Region\n", "Riesling,Mosel\n", "Česnek \u2603,\n"]
    assert "labels" in filled.app.export_formats()


def test_an_unknown_format_is_refused_with_those_there_are(filled: Cellar) -> None:
    with pytest.raises(NotFound, match="no export format 'docx'") as caught:
        list(filled.app.export("docx"))
    assert "jsonl, csv" in caught.value.hint


def test_an_export_of_many_pages_is_whole(cellar: Cellar) -> None:
    cellar.bring(*({"id": str(n), "name": f"W{n}"} for n in range(1203)))
    assert [each["source"]["key"] for each in _objects(cellar)] == [str(n) for n in range(1203)]
