from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.cellars import Cellar, counts
from tests.support.databases import content
from tests.support.wines import Record

from completist.domain.errors import BadInput
from completist.domain.fields import Origin
from completist.engine import importing
from completist.engine.importing import CHUNK

FORM = "cellar-csv"
RIESLING = {
    "id": "1",
    "name": "Riesling",
    "maker": "Anna",
    "vintage": "1999",
    "grapes": "Riesling",
    "ean": "111",
}
CHIANTI = {"id": "2", "name": "Chianti", "maker": "Bruno", "stars": "4", "notes": "Fine.", "opened": "2"}


# --- the same file again, and newer ones -----------------------------------------------------------------------


def test_what_stands_in_a_file_is_in_the_library_afterwards(cellar: Cellar) -> None:
    report = cellar.bring(RIESLING, CHIANTI)
    assert counts(report) == (2, 0, 0, 0)
    assert (report.rows, report.items, report.source, report.format) == (2, 2, "cellar", "cellar-csv")
    view = cellar.item("1")
    assert view.data == {
        "name": "Riesling", "maker": "Anna", "grapes": ["Riesling"], "vintage": 1999, "ean": ["111"],
    }  # fmt: skip
    assert {value.origin for value in view.said} == {Origin.IMPORT}
    assert {value.source for value in view.said} == {"cellar"}
    assert view.gaps == ("region",)


def test_the_same_file_again_adds_and_changes_nothing(cellar: Cellar) -> None:
    cellar.bring(RIESLING, CHIANTI)
    before = content(cellar.database, without=["imports"])
    report = cellar.bring(RIESLING, CHIANTI)
    assert counts(report) == (0, 0, 2, 0)
    assert content(cellar.database, without=["imports"]) == before


def test_the_order_of_rows_and_columns_does_not_matter(cellar: Cellar) -> None:
    cellar.bring(RIESLING, CHIANTI)
    turned = [dict(reversed(row.items())) for row in (CHIANTI, RIESLING)]
    assert counts(cellar.bring(*turned)) == (0, 0, 2, 0)


def test_a_newer_row_brings_its_values_up_to_date(cellar: Cellar) -> None:
    cellar.bring(RIESLING, CHIANTI)
    report = cellar.bring(RIESLING, {**CHIANTI, "stars": "5"}, {"id": "3", "name": "Rioja"})
    assert counts(report) == (1, 1, 1, 0)
    assert cellar.data("2")["stars"] == 5
    assert cellar.data("3") == {"name": "Rioja"}
    assert [change.action for change in cellar.app.history(cellar.item("2").id)] == ["create", "import"]


def test_what_the_owner_has_emptied_is_empty(cellar: Cellar) -> None:
    cellar.bring(CHIANTI)
    report = cellar.bring({**CHIANTI, "notes": "", "stars": ""})
    assert counts(report) == (0, 1, 0, 0)
    assert not {"notes", "stars"} & cellar.data("2").keys()


def test_a_blank_that_is_not_the_owners_takes_nothing_away(cellar: Cellar) -> None:
    cellar.bring(RIESLING)
    report = cellar.bring({**RIESLING, "vintage": "", "grapes": "", "ean": ""})
    assert cellar.data("1")["vintage"] == 1999
    assert cellar.data("1")["ean"] == ["111"]
    assert counts(report) == (0, 0, 1, 0)


def test_a_column_that_is_gone_takes_nothing_away(cellar: Cellar) -> None:
    cellar.bring(CHIANTI)
    cellar.bring({"id": "2", "name": "Chianti", "maker": "Carla"})
    assert cellar.data("2") == {
        "name": "Chianti",
        "maker": "Carla",
        "stars": 4,
        "notes": "Fine.",
        "opened": 2,
    }


def test_a_change_that_nobody_would_notice_is_none(cellar: Cellar) -> None:
    cellar.bring(CHIANTI)
    before = content(cellar.database, without=["imports"])
    report = cellar.bring({**CHIANTI, "opened": "3"})
    assert counts(report) == (0, 0, 1, 0)
    assert content(cellar.database, without=["imports"]) == before


def test_an_unnoticed_change_beside_a_blank_that_takes_nothing_away_is_none(cellar: Cellar) -> None:
    cellar.bring({**CHIANTI, "vintage": "1999"})
    report = cellar.bring({**CHIANTI, "vintage": "", "opened": "3"})
    assert counts(report) == (0, 0, 1, 0)


def test_an_unnoticed_change_comes_along_with_a_noticed_one(cellar: Cellar) -> None:
    cellar.bring(CHIANTI)
    cellar.bring({**CHIANTI, "opened": "3", "stars": "5"})
    assert cellar.data("2")["opened"] == 3


def test_what_is_absent_from_a_newer_file_stays(cellar: Cellar) -> None:
    cellar.bring(RIESLING, CHIANTI)
    assert counts(cellar.bring(CHIANTI)) == (0, 0, 1, 0)
    assert len(cellar.items()) == 2


def test_a_row_that_repeats_an_id_is_skipped_with_its_reason(cellar: Cellar) -> None:
    report = cellar.bring(RIESLING, {**CHIANTI, "id": "1"})
    assert counts(report) == (1, 0, 0, 1)
    assert (report.skipped[0].row, "same id" in report.skipped[0].reason) == (3, True)
    assert cellar.data("1")["name"] == "Riesling"


def test_what_was_odd_is_reported_by_row_and_field(cellar: Cellar) -> None:
    report = cellar.bring(RIESLING, {"id": "2", "name": ""}, {"id": "3", "name": "Rioja", "vintage": "old"})
    assert [(s.row, s.reason) for s in report.skipped] == [(3, "no name")]
    assert [(w.row, w.field, w.reason) for w in report.warnings] == [(4, "vintage", "no year")]
    assert report.rows == 3


def test_more_warnings_than_anybody_reads_are_counted(
    cellar: Cellar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "WARNINGS", 2)
    report = cellar.bring(*({"id": str(n), "name": f"W{n}", "vintage": "old"} for n in range(5)))
    assert (len(report.warnings), report.more_warnings) == (2, 3)


def test_damaged_text_counts_only_until_somebody_knows_better(cellar: Cellar) -> None:
    cellar.bring({"id": "1", "name": "Ries\ufffdling"})
    assert cellar.item("1").values["name"].confidence < 0.5
    cellar.know("Ries\ufffdling", Record("W1", {"name": "Riesling"}))
    cellar.fill()
    assert cellar.data("1")["name"] == "Riesling"


# --- what a person typed ---------------------------------------------------------------------------------------


def test_what_a_person_typed_survives_every_newer_file(cellar: Cellar) -> None:
    cellar.bring(CHIANTI)
    item = cellar.item("2").id
    cellar.app.set(item, {"name": "My Chianti", "stars": 3, "notes": None})
    for stars in ("5", "", "1"):
        cellar.bring({**CHIANTI, "stars": stars, "name": f"Chianti {stars}", "notes": f"Newer {stars}"})
        view = cellar.item("2")
        assert (view.data["name"], view.data["stars"], view.data["notes"]) == ("My Chianti", 3, None)
        assert {"name", "stars", "notes"} <= view.locked
    cellar.app.give_up(item, ["stars", "notes"])
    assert (cellar.data("2")["stars"], cellar.data("2")["notes"]) == (1, "Newer 1")


def test_a_newer_file_does_not_change_what_is_locked(cellar: Cellar) -> None:
    cellar.bring(CHIANTI)
    cellar.app.lock(cellar.item("2").id, "notes")
    cellar.app.lock(cellar.item("2").id, "maker")
    report = cellar.bring({**CHIANTI, "notes": "", "maker": "Carla"})
    assert (cellar.data("2")["notes"], cellar.data("2")["maker"]) == ("Fine.", "Bruno")
    assert counts(report) == (0, 0, 1, 0)


# --- the same thing from two sources ---------------------------------------------------------------------------


def test_two_sources_of_one_identifier_are_one_item_when_they_agree(cellar: Cellar) -> None:
    cellar.bring(RIESLING)
    report = cellar.bring(
        {"id": "s9", "name": "RIESLING dry", "ean": "111", "region": "Mosel"}, source="shop"
    )
    assert counts(report) == (0, 1, 0, 0)
    (view,) = cellar.items()
    assert set(view.sources) == {("cellar", "1"), ("shop", "s9")}
    assert (view.data["name"], view.data["region"]) == ("RIESLING dry", "Mosel")  # the latest import counts
    assert {v.data for v in view.said if v.field == "name"} == {"Riesling", "RIESLING dry"}
    again = cellar.bring({"id": "s9", "name": "RIESLING dry", "ean": "111", "region": "Mosel"}, source="shop")
    assert counts(again) == (0, 0, 1, 0)


def test_an_identifier_alone_is_not_believed(cellar: Cellar) -> None:
    cellar.bring(RIESLING)
    assert counts(cellar.bring({"id": "s9", "name": "Vinegar", "ean": "111"}, source="shop")) == (1, 0, 0, 0)
    assert len(cellar.items()) == 2


def test_two_rows_of_one_file_stay_two_items(cellar: Cellar) -> None:
    assert counts(cellar.bring(RIESLING, {**RIESLING, "id": "9"})) == (2, 0, 0, 0)


def test_two_rows_of_one_file_do_not_join_the_same_item(cellar: Cellar) -> None:
    cellar.bring(RIESLING)
    rows = [{"id": f"s{n}", "name": "Riesling", "ean": "111"} for n in range(3)]
    report = cellar.bring(*rows, source="shop")
    assert counts(report) == (2, 1, 0, 0)
    assert len(cellar.items()) == 3


def test_a_weaker_identifier_joins_what_the_stronger_one_did_not(cellar: Cellar) -> None:
    cellar.bring({"id": "1", "name": "Riesling", "ref": "R7"})
    report = cellar.bring({"id": "s1", "name": "Riesling", "ean": "111", "ref": "R7"}, source="shop")
    assert counts(report) == (0, 1, 0, 0)


def test_an_identifier_that_was_looked_up_joins_nothing(cellar: Cellar) -> None:
    cellar.know("Riesling", Record("W1", {"ean": ["111"]}))
    cellar.bring({"id": "1", "name": "Riesling"})
    cellar.fill()
    assert cellar.data("1")["ean"] == ["111"]
    assert counts(cellar.bring({"id": "s1", "name": "Riesling", "ean": "111"}, source="shop")) == (1, 0, 0, 0)


# --- whole files -----------------------------------------------------------------------------------------------


def test_a_file_of_several_chunks_is_taken_whole(cellar: Cellar) -> None:
    rows = [{"id": str(n), "name": f"Wine {n}", "ean": str(n)} for n in range(CHUNK + 7)]
    seen: list[tuple[int, int]] = []
    path = cellar.write(rows)
    report = cellar.app.import_file(path, FORM, progress=lambda done, total: seen.append((done, total)))
    assert counts(report) == (CHUNK + 7, 0, 0, 0)
    assert seen == [(0, CHUNK + 7), (CHUNK, CHUNK + 7), (CHUNK + 7, CHUNK + 7)]
    assert counts(cellar.app.import_file(path, FORM)) == (0, 0, CHUNK + 7, 0)


def test_a_file_that_is_damaged_in_its_last_line_leaves_the_library_untouched(cellar: Cellar) -> None:
    cellar.bring(RIESLING)
    before = content(cellar.database)
    rows = [{"id": str(n), "name": f"Wine {n}", "notes": "x"} for n in range(CHUNK + 7)]
    path = cellar.write(rows)
    path.write_bytes(path.read_bytes() + b'9999,"cut off in the midd')
    with pytest.raises(BadInput, match=rf"line {CHUNK + 9}"):
        cellar.app.import_file(path, FORM)
    assert content(cellar.database) == before


@pytest.mark.parametrize("interrupted_at", [1, 2])
def test_an_import_that_was_stopped_goes_on_where_it_was(cellar: Cellar, interrupted_at: int) -> None:
    rows = [
        {"id": str(n), "name": f"Wine {n}", "vintage": "old" if n % 500 == 0 else ""}
        for n in range(2 * CHUNK + 5)
    ]
    rows[CHUNK + 5]["id"] = "3"  # repeats an id of the first chunk
    rows[7]["name"] = ""
    path = cellar.write(rows)
    asked = iter([False] * (interrupted_at - 1) + [True])
    stopped = cellar.app.import_file(path, FORM, stop=lambda: next(asked))
    assert stopped.stopped
    assert stopped.added == len(cellar.items()) < len(rows)
    report = cellar.app.import_file(path, FORM)
    assert report.resumed_at == interrupted_at * CHUNK
    assert counts(report) == (2 * CHUNK + 3, 0, 0, 2)
    assert [(s.row, s.reason[:7]) for s in report.skipped] == [(9, "no name"), (CHUNK + 7, "the sam")]
    assert [w.row for w in report.warnings] == [2, 502, 1002, 1502, 2002]
    assert cellar.data("3")["name"] == "Wine 3"
    assert len(cellar.items()) == 2 * CHUNK + 3


def test_a_rehearsal_writes_nothing_and_counts_what_would_happen(cellar: Cellar) -> None:
    cellar.bring(RIESLING, CHIANTI, {"id": "3", "name": "Rioja", "vintage": "2003", "opened": "1"})
    shelf = [{"id": f"s{n}", "name": f"Wine {n}", "ean": str(n)} for n in range(3)]
    cellar.bring(*shelf, source="shop")
    newer = [
        RIESLING,  # unchanged
        {**CHIANTI, "stars": "5"},  # updated
        {"id": "3", "name": "Rioja", "vintage": "", "opened": "2"},  # a blank that takes nothing away
        {"id": "4", "name": "Wine 1", "ean": "1"},  # joins
        {"id": "5", "name": "Wine 1", "ean": "1"},  # cannot join the same
        {"id": "5", "name": "Again", "ean": ""},
        {"id": "6", "name": ""},
    ]
    before = content(cellar.database)
    rehearsed = cellar.bring(*newer, dry_run=True)
    assert content(cellar.database) == before
    assert rehearsed.import_id is None
    done = cellar.bring(*newer)
    assert counts(rehearsed) == counts(done) == (1, 2, 2, 2)
    assert rehearsed.rows == done.rows


def test_a_rehearsal_over_several_chunks_counts_an_item_once(cellar: Cellar) -> None:
    cellar.bring({"id": "s1", "name": "Wine", "ean": "1"}, source="shop")
    rows = [{"id": str(n), "name": f"Other {n}", "ean": ""} for n in range(CHUNK + 1)]
    rows[0] |= {"name": "Wine", "ean": "1"}
    rows[CHUNK] |= {"name": "Wine", "ean": "1"}
    rehearsed = cellar.bring(*rows, dry_run=True)
    assert counts(rehearsed) == counts(cellar.bring(*rows)) == (CHUNK, 1, 0, 0)


def test_a_file_whose_name_is_no_text_is_imported(cellar: Cellar, tmp_path: Path) -> None:
    path = cellar.write([RIESLING])
    odd = path.rename(tmp_path / b"w\xff.csv".decode("utf-8", "surrogateescape"))
    assert counts(cellar.app.import_file(odd, FORM)) == (1, 0, 0, 0)


def test_an_id_of_any_length_is_an_id(cellar: Cellar) -> None:
    long = "".join(str(n) for n in range(4000))
    cellar.bring({**RIESLING, "id": long, "ean": long})
    assert counts(cellar.bring({**RIESLING, "id": long, "ean": long})) == (0, 0, 1, 0)


def test_an_unknown_file_is_refused_with_what_was_tried(cellar: Cellar, tmp_path: Path) -> None:
    path = tmp_path / "strange.txt"
    path.write_text("hello\n")
    with pytest.raises(BadInput) as caught:
        cellar.app.import_file(path)
    assert caught.value.code == "unknown_format"
    assert caught.value.details["cellar-csv"] == "no column 'cellar id'"
    with pytest.raises(BadInput, match="no format 'nonsense'"):
        cellar.app.import_file(path, "nonsense")
