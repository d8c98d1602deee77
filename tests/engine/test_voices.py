"""The order of providers: whom to believe about which field, in every face of an item alike."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.support.cellars import Cellar, fills
from tests.support.ledgers import check_freshness
from tests.support.oracles import Oracle, consult
from tests.support.wines import WINES

from completist.app import Wish
from completist.domain.fields import Data
from completist.domain.pipeline import Freshness, input_digest
from completist.domain.trust import Trust
from completist.engine.appraising import adopt
from completist.engine.reading import inputs
from completist.engine.voices import Voices
from completist.sdk import registry
from completist.store import items

EAN = "4006381333931"
ANNA, BRUNO = Trust(("anna", "bruno")), Trust(("bruno", "anna"))


def _believe(cellar: Cellar, trust: Trust) -> None:
    """Let the person who owns the library have this order in their settings, and start again."""
    cellar.app.__dict__["voices"] = Voices({"wine": trust})


@pytest.fixture
def told(cellar: Cellar) -> Cellar:
    """A wine of which two providers say different things; Anna is believed."""
    oracles = [Oracle("anna"), Oracle("bruno")]
    for oracle, region, ref in zip(oracles, ("Mosel", "Nahe"), ("A1", "B1"), strict=True):
        oracle.knows(f"ean:{EAN}", id=ref, name="Riesling", region=region, vintage=1999, ref=[ref])
    consult(cellar, *oracles)
    _believe(cellar, ANNA)
    cellar.bring({"id": "1", "name": "Riesling", "ean": EAN})
    assert fills(cellar.fill()) == (1, 0, 0, 0)
    return cellar


def _found_by(cellar: Cellar, ref: str) -> bool:
    with cellar.database.read() as connection:
        found = items.find_by_identifier(connection, cellar.app.library_id, "wine", "ref", [ref])
    return ref in found


def _exported(cellar: Cellar, name: str) -> Data:
    (line,) = cellar.app.export("jsonl", "wine")
    told: Data = json.loads(line)["fields"][name]["value"]
    return told


def test_every_face_believes_the_same_provider(told: Cellar) -> None:
    item = told.item("1")
    assert (item.data["region"], told.app.show(item.id).data["region"], _exported(told, "region")) == (
        ("Mosel",) * 3
    )
    assert item.data["ref"] == ["A1"]
    assert (_found_by(told, "A1"), _found_by(told, "B1")) == (True, False)
    assert "Mosel" in "".join(told.app.export("csv", "wine"))


def test_another_order_changes_what_counts_and_what_items_are_found_by(told: Cellar) -> None:
    _believe(told, BRUNO)
    assert (told.data("1")["region"], _exported(told, "region"), told.data("1")["ref"]) == (
        "Nahe",
        "Nahe",
        ["B1"],
    )
    told.app.status()
    assert (_found_by(told, "A1"), _found_by(told, "B1")) == (False, True)


def test_what_is_written_before_all_is_told_anew_goes_by_the_new_order(told: Cellar) -> None:
    _believe(told, BRUNO)
    adopt(told.database, told.app.library_id, told.app.voices)
    told.app.set(told.item("1").id, {"vintage": 2001})
    assert (_found_by(told, "A1"), _found_by(told, "B1")) == (False, True)
    told.app.status()
    assert (_found_by(told, "A1"), _found_by(told, "B1")) == (False, True)


def test_another_order_makes_nothing_out_of_date(told: Cellar) -> None:
    _believe(told, BRUNO)
    told.app.status()
    assert check_freshness(told) == {told.item("1").id: (Freshness.FRESH, None)}
    assert sum(told.app.due(Wish()).values()) == 0
    assert told.fill().runs == 0


def test_what_a_person_typed_counts_whatever_the_order(told: Cellar) -> None:
    item = told.item("1").id
    told.app.set(item, {"region": "Mine", "ref": ["Z9"]})
    for order in (ANNA, BRUNO):
        _believe(told, order)
        told.app.status()
        assert (told.data("1")["region"], _found_by(told, "Z9"), _found_by(told, "A1")) == (
            "Mine",
            True,
            False,
        )
    told.app.give_up(item, ["region", "ref"])
    assert (told.data("1")["region"], _found_by(told, "B1")) == ("Nahe", True)


def test_one_field_may_have_an_order_of_its_own(told: Cellar) -> None:
    _believe(told, Trust(ANNA.providers, {"region": ("bruno",)}))
    assert (told.data("1")["region"], told.data("1")["ref"]) == ("Nahe", ["A1"])


def test_undo_brings_back_the_identifiers_of_whom_one_believes(told: Cellar) -> None:
    _believe(told, BRUNO)
    told.app.set(told.item("1").id, {"ref": ["Z9"]})
    told.app.undo()
    assert (_found_by(told, "B1"), _found_by(told, "Z9")) == (True, False)


def test_a_pipeline_reads_by_the_declared_order_and_not_by_the_persons(told: Cellar) -> None:
    declared = replace(WINES, trusted={"region": ("bruno",)})
    registry.plugins()["wine"] = declared
    reads = replace(WINES.finders[0].pipeline, name="other", inputs=("region",))
    said = told.item("1").said
    digests = set()
    for order in (ANNA, BRUNO):
        _believe(told, order)
        assert inputs(reads, said) == {"region": "Nahe"}
        digests.add(input_digest(reads, inputs(reads, told.item("1").said)))
    assert len(digests) == 1
    registry.plugins()["wine"] = replace(WINES, trusted={"region": ("anna",)})
    assert inputs(reads, said) == {"region": "Mosel"}


def test_the_declared_order_holds_for_who_says_nothing(told: Cellar) -> None:
    registry.plugins()["wine"] = replace(WINES, trusted={"region": ("bruno", "anna")})
    told.app.__dict__["voices"] = Voices()
    assert told.data("1")["region"] == "Nahe"
