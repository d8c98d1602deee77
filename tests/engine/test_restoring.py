"""A library comes back from its own JSON Lines: who said what, what was decided, what belongs together."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support.cellars import Cellar, counts
from tests.support.databases import content
from tests.support.wines import Record

from completist.domain.errors import BadInput
from completist.domain.fields import Origin
from completist.store import matches
from completist.store.schema import metadata

Json = dict[str, Any]


@pytest.fixture
def filled(cellar: Cellar) -> Cellar:
    """A library with something of everything in it."""
    cellar.know(
        "Riesling", Record("W1", {"region": "Mosel", "grapes": ["Riesling"]}, makers=(("OL9A", "Anna"),))
    )
    cellar.know("Chianti", *(Record(f"W{n}", {"region": f"Region {n}"}, sure=False) for n in (2, 3)))
    cellar.know("Merlot", Record("W4", {"region": "Bordeaux"}, sure=False))
    cellar.bring(
        {"id": "1", "name": "Riesling", "ean": "111;112", "stars": "4", "notes": 'says "so", he; yes\nthen'},
        {"id": "2", "name": "Česnek \u2603"},
        {"id": "3", "name": "Chianti", "ean": "113"},
        {"id": "4", "name": "Merlot"},
        {"id": "5", "name": "Copy", "ean": "114"},
        {"id": "6", "name": "Copy", "ean": "114"},
        {"id": "7", "name": "Old\ufffd"},
    )
    cellar.app.add("wine", {"name": "By hand"})
    cellar.app.add("wine", {"name": "By hand"})
    cellar.fill()
    cellar.bring({"id": "x", "name": "Riesling trocken", "ean": "111", "vintage": "1999"}, source="shop")
    riesling = cellar.item("1").id
    cellar.app.set(riesling, {"maker": "Anna", "notes": None})
    cellar.app.lock(riesling, "region")
    cellar.app.lock(riesling, "maker")
    cellar.app.lock(cellar.item("2").id, "vintage")
    for proposal in list(cellar.app.proposals()):
        if proposal.item_id == cellar.item("3").id:
            cellar.app.accept(proposal.id, "W3")
        else:
            cellar.app.reject(proposal.id)
    return cellar


def written(cellar: Cellar, name: str = "library.jsonl") -> Path:
    path = cellar.folder / name
    path.write_text("".join(cellar.app.export("jsonl")), encoding="utf-8")
    return path


def lines(path: Path) -> list[Json]:
    """The objects in a file, their ids in the order in which they stand there."""
    found = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    places = {each["id"]: place for place, each in enumerate(found)}
    for each in found:
        each["id"] = places[each["id"]]
        for other in each.get("related", ()):
            other["id"] = places[other["id"]]
    return found


def fresh(cellar: Cellar) -> Cellar:
    """The same database without a library in it."""
    with cellar.database.write() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
    return Cellar(cellar.database, cellar.folder, at=1_000_000)


def alter(path: Path, **more: object) -> Path:
    """The file with its first line altered."""
    first, *rest = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text(json.dumps(json.loads(first) | more) + "\n" + "".join(rest), encoding="utf-8")
    return path


def test_what_comes_back_is_what_went_out(filled: Cellar) -> None:
    before = written(filled)
    told = lines(before)
    assert {
        name
        for each in told
        for name in ("sources", "others", "locks", "decisions", "related")
        if name in each
    }
    assert {each["kind"] for each in told} == {"wine", "author"}
    again = fresh(filled)
    report = again.app.import_file(before)
    assert counts(report) == (len(told), 0, 0, 0)
    assert (report.format, report.warnings) == ("completist-jsonl", [])
    assert lines(written(again, "again.jsonl")) == told


def test_each_voice_keeps_its_layer_and_each_lock_its_hand(filled: Cellar) -> None:
    path = written(filled)
    again = fresh(filled)
    again.app.import_file(path)
    riesling = again.item("1")
    assert {(v.field, v.origin, v.source) for v in riesling.said} >= {
        ("maker", Origin.USER, ""),
        ("notes", Origin.USER, ""),
        ("notes", Origin.IMPORT, "cellar"),
        ("name", Origin.IMPORT, "shop"),
        ("region", Origin.PROVIDER, "atlas"),
    }
    assert (riesling.data["notes"], riesling.data["maker"]) == (None, "Anna")
    assert again.app.unlock(riesling.id, "region")
    assert again.app.unlock(again.item("2").id, "vintage")
    with pytest.raises(BadInput, match="typed by you"):
        again.app.unlock(riesling.id, "notes")
    assert [view.data["name"] for _, view in again.app.related(riesling.id)] == ["Anna"]
    again.app.give_up(riesling.id, ["notes"])
    assert again.data("1")["notes"] == 'says "so", he; yes\nthen'


def test_what_was_turned_down_is_not_offered_again(filled: Cellar) -> None:
    path = written(filled)
    again = fresh(filled)
    again.app.import_file(path)
    again.fill()
    assert again.app.waiting() == 0
    assert again.data("3")["region"] == "Region 3"
    assert "region" not in again.data("4")


def test_decisions_made_since_stand(cellar: Cellar) -> None:
    cellar.know("Merlot", Record("W4", {"region": "Bordeaux"}, sure=False))
    cellar.know("Chianti", *(Record(f"W{n}", {"region": f"Region {n}"}, sure=False) for n in (2, 3)))
    cellar.bring({"id": "1", "name": "Merlot"}, {"id": "2", "name": "Chianti"})
    cellar.fill()
    merlot, chianti = cellar.item("1").id, cellar.item("2").id
    waiting = {each.item_id: each.id for each in cellar.app.proposals()}
    cellar.app.accept(waiting[merlot], "W4")
    cellar.app.accept(waiting[chianti], "W3")
    path = written(cellar)
    for each in waiting.values():
        cellar.app.undo_decision(each)
    cellar.app.reject(waiting[merlot])
    cellar.app.accept(waiting[chianti], "W2")
    cellar.app.import_file(path)
    assert "region" not in cellar.data("1"), "what was turned down does not come back"
    assert cellar.data("2")["region"] == "Region 2"
    with cellar.database.read() as connection:
        decided = matches.read_decisions(connection, [merlot, chianti], "wine-facts")
    assert decided[merlot]["W4"] == "rejected"
    assert [name for name, said in decided[chianti].items() if said == "accepted"] == ["W2"]


def test_items_are_found_by_what_they_were_found_by(filled: Cellar) -> None:
    path = written(filled)
    again = fresh(filled)
    again.app.import_file(path)
    report = again.bring({"id": "9", "name": "Chianti classico", "ean": "113"}, source="shop")
    assert counts(report) == (0, 1, 0, 0)


@pytest.mark.parametrize("where", ["the library itself", "a fresh one"])
def test_a_second_time_adds_and_changes_nothing(filled: Cellar, where: str) -> None:
    path = written(filled)
    cellar = fresh(filled) if where == "a fresh one" else filled
    if where == "a fresh one":
        cellar.app.import_file(path)
    count = len(lines(path))
    told = written(cellar, "before.jsonl").read_text("utf-8")
    before = content(cellar.database, ("imports", "events", "item_sources", "items.updated_at"))
    for _ in range(2):
        assert counts(cellar.app.import_file(path)) == (0, 0, count, 0)
    assert written(cellar, "after.jsonl").read_text("utf-8") == told
    assert content(cellar.database, ("imports", "events", "item_sources", "items.updated_at")) == before


def test_what_stands_is_never_touched(filled: Cellar) -> None:
    path = written(filled)
    one, two = filled.item("1").id, filled.item("2").id
    filled.app.set(one, {"maker": "Berta"})
    filled.app.give_up(one, ["notes"])
    filled.app.set(two, {"region": "Mine"})
    filled.app.lock(two, "grapes")
    found = lines(path)
    held = {"value": ["Elbling"], "origin": "provider", "provider": "atlas", "confidence": 1.0}
    told = next(each for each in map(json.loads, path.read_text("utf-8").splitlines()) if each["id"] == two)
    told["fields"] |= {"grapes": held, "region": held | {"value": "Theirs"}}
    path.write_text(path.read_text("utf-8") + json.dumps(told) + "\n", encoding="utf-8")
    rows = path.read_text("utf-8").splitlines(keepends=True)
    first = next(n for n, row in enumerate(rows) if json.loads(row)["id"] == two)
    path.write_text("".join(row for n, row in enumerate(rows) if n != first), encoding="utf-8")
    report = filled.app.import_file(path)
    assert counts(report) == (0, 2, len(found) - 2, 0)
    assert (filled.data("1")["maker"], filled.data("1")["notes"]) == ("Berta", None)
    assert filled.data("2")["region"] == "Mine"
    assert "grapes" not in filled.data("2")


def test_an_item_that_another_library_has_too_is_one(cellar: Cellar) -> None:
    cellar.app.add("wine", {"name": "Riesling", "ean": ["111"]})
    cellar.app.add("wine", {"name": "Pinot", "ean": ["222"]})
    path = written(cellar)
    other = fresh(cellar)
    other.bring({"id": "7", "name": "Riesling", "ean": "111"}, {"id": "8", "name": "Malbec", "ean": "222"})
    report = other.app.import_file(path)
    assert counts(report) == (1, 1, 0, 0)
    assert sorted(str(view.data["name"]) for view in other.items()) == ["Malbec", "Pinot", "Riesling"]
    assert counts(other.app.import_file(path)) == (0, 0, 2, 0)


def test_it_can_be_undone_but_for_what_was_typed(filled: Cellar) -> None:
    path = written(filled)
    again = fresh(filled)
    report = again.app.import_file(path)
    undone = again.app.undo(import_=report.import_id)
    left = {view.data.get("name") for kind in ("wine", "author") for view in again.app.items(kind)}
    assert undone.removed == report.added - len(left) - 1  # By hand stands there twice
    assert left == {"Riesling trocken", "By hand", "Česnek \u2603"}  # typed into, or locked


def test_a_dry_run_counts_and_writes_nothing(filled: Cellar) -> None:
    path = written(filled)
    again = fresh(filled)
    before = content(again.database)
    planned = again.app.import_file(path, dry_run=True)
    assert planned.import_id is None
    assert {name for name, rows in content(again.database).items() if rows != before[name]} <= {"libraries"}
    assert counts(again.app.import_file(path)) == counts(planned)


def test_stopped_half_way_it_is_gone_on_with(filled: Cellar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("completist.engine.restoring.files.CHUNK", 3)
    path = written(filled)
    told = lines(path)
    again = fresh(filled)
    assert again.app.import_file(path, stop=lambda: True).stopped
    report = again.app.import_file(path)
    assert counts(report) == (len(told) - 3, 0, 3, 0)
    assert lines(written(again, "again.jsonl")) == told


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text[:-30], "is the file cut off"),
        (lambda text: text + "[1, 2]\n", "no item that Completist wrote"),
        (lambda text: text + '{"id": 1}\n', "no item that Completist wrote"),
        (lambda text: text.replace('"confidence":1.0', '"confidence":NaN', 1), "no JSON"),
        (lambda text: text + "[" * 100_000 + "\n", "no JSON"),
    ],
)
def test_a_damaged_file_leaves_the_library_untouched(filled: Cellar, damage: Any, said: str) -> None:  # noqa: ANN401 - what becomes of a text
    path = written(filled)
    path.write_text(damage(path.read_text("utf-8")), encoding="utf-8")
    again = fresh(filled)
    before = content(again.database, ("libraries",))
    with pytest.raises(BadInput, match=said):
        again.app.import_file(path)
    assert content(again.database, ("libraries",)) == before


VALUE = {"value": "x", "origin": "import", "source": "cellar", "confidence": 1.0, "record": None}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("colour", VALUE),
        ("name", VALUE | {"value": 5}),
        ("name", VALUE | {"value": "a\0b"}),
        ("name", VALUE | {"origin": "nobody"}),
        ("name", VALUE | {"source": ""}),
        ("name", VALUE | {"source": "x" * 5000}),
        ("name", VALUE | {"confidence": 7}),
        ("name", VALUE | {"record": ["r"]}),
        ("name", VALUE | {"value": None}),
        ("vintage", VALUE),
        ("notes", VALUE | {"origin": "provider"}),
    ],
)
def test_what_cannot_be_kept_is_left_out_and_told(filled: Cellar, name: str, value: Json) -> None:
    path = written(filled)
    first = json.loads(path.read_text("utf-8").splitlines()[0])
    alter(
        path,
        fields=first["fields"] | {name: value},
        others=[],
        identifiers=5,
        related=[{"id": "1"}],
        locks="x",
    )
    again = fresh(filled)
    report = again.app.import_file(path)
    assert [(each.row, each.field) for each in report.warnings] == [(1, name)]
    assert again.item("1").data.get("stars") == 4


def test_a_kind_that_is_not_installed_is_left_out_row_by_row(filled: Cellar) -> None:
    path = alter(written(filled), kind="spaceship")
    path.write_text(
        path.read_text("utf-8") + path.read_text("utf-8").splitlines()[1] + "\n", encoding="utf-8"
    )
    again = fresh(filled)
    report = again.app.import_file(path)
    assert [each.reason for each in report.skipped] == [
        "a kind that is not installed here", "the same id stands in an earlier row",
    ]  # fmt: skip
