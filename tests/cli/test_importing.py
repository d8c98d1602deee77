"""Import: what a person is told, what a script reads, and what happens to damaged files."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from tests.cli.conftest import HEADER, ROWS, Call, table

from completist.app import App
from completist.engine.importing import ImportReport

KEYS = {"schema", "source", "rows", "added", "updated", "unchanged", "skipped", "warnings"}


def test_json_follows_the_contract(completist: Call, export: Path) -> None:
    told = completist("import", str(export), "--json")
    assert (told.code, told.err) == (0, "")
    assert told.json.keys() >= KEYS
    assert told.json["schema"] == 1
    assert (told.json["source"], told.json["rows"], told.json["added"]) == ("goodreads", 6, 6)
    assert {(w["row"], w["field"]) for w in told.json["warnings"]} == {(7, "isbn13")}
    assert all(w["reason"] for w in told.json["warnings"])


def test_a_second_time_changes_nothing(completist: Call, export: Path) -> None:
    completist("import", str(export))
    told = completist("import", str(export), "--json").json
    assert (told["added"], told["updated"], told["unchanged"]) == (0, 0, 6)


def test_people_read_what_came_in_what_was_odd_and_what_to_do_next(completist: Call, export: Path) -> None:
    told = completist("import", str(export))
    assert told.code == 0
    assert "6 books added." in told.out
    assert "1 x  isbn13: " in told.out
    assert "row 7" in told.out
    assert "ISBN-13" in told.out
    assert "completist fill" in told.err
    assert "\x1b" not in told.out + told.err
    assert not set("─│┃━╸") & set(told.out)


def test_rows_left_out_make_it_exit_code_3(completist: Call, export: Path) -> None:
    export.write_text(table(ROWS) + "107,Emma,Jane,Austen,,,0,,read,and,more\n", encoding="utf-8")
    told = completist("import", str(export), "--json")
    assert told.code == 3
    assert [each["row"] for each in told.json["skipped"]] == [8]
    assert completist("import", str(export)).code == 3


def test_a_dry_run_counts_and_writes_nothing(completist: Call, export: Path) -> None:
    told = completist("import", str(export), "--dry-run", "--json").json
    assert (told["added"], told["dry_run"]) == (6, True)
    assert completist("status", "--json").json["total"] == 0
    assert "would be added" in completist("import", str(export), "--dry-run").out


def test_several_files_are_told_one_by_one(completist: Call, export: Path, tmp_path: Path) -> None:
    other = tmp_path / "isbns.txt"
    other.write_text("9780141439471\n9780141441146\n")
    told = completist("import", str(export), str(other), "--json")
    assert told.code == 0
    assert [each["added"] for each in told.json["files"]] == [6, 2]
    assert told.json["schema"] == 1


def test_one_bad_file_does_not_hold_up_the_others(completist: Call, export: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    told = completist("import", str(empty), str(export), "--json")
    assert told.code == 2
    assert told.json["files"][0]["error"]["code"] == "bad_input"
    assert told.json["files"][1]["added"] == 6
    assert told.error["message"] == "empty.csv is empty."


def test_a_file_that_is_cut_off_names_the_line_and_writes_nothing(completist: Call, export: Path) -> None:
    export.write_text(table(ROWS)[:-30] + '"', encoding="utf-8")
    told = completist("import", str(export))
    assert told.code == 2
    assert "line 7" in told.err
    assert told.out == ""
    assert completist("status", "--json").json["total"] == 0


def test_an_unknown_format_says_what_was_tried(completist: Call, tmp_path: Path) -> None:
    path = tmp_path / "notes.xyz"
    path.write_text("\x01\x02 nothing at all")
    told = completist("import", str(path))
    assert told.code == 2
    assert told.err.splitlines()[0] == "completist: notes.xyz is of no format that Completist reads."
    assert "goodreads-csv:" not in told.err
    assert "  goodreads-csv: no column 'book id', " in completist("import", str(path), "-v").err
    error = completist("import", str(path), "--json").error
    assert error["code"] == "unknown_format"
    assert error["details"]["isbn-list"] == "its lines are not ISBNs"


@pytest.mark.parametrize(
    ("content", "nearest"),
    [
        ("Book Id,Heading,Author,Exclusive Shelf\n1,Emma,Austen,read\n", "goodreads-csv: no column 'title'"),
        ("Book Id;Heading;Author;Exclusive Shelf\n1;Emma;Austen;read\n", "goodreads-csv: no column 'title'"),
        ("colour,weight\nred,1\n", "csv: no header with a column for titles or ISBNs"),
        ("9780141439588\n9780140183529\n", "isbn-list: most of its ISBNs have a wrong check digit"),
        ('{"books": {"title": "Emma"}}\n', "librarything-json: no JSON object of books by books_id"),
        ('<?xml version="1.0"?>\n<plist><dict/></plist>\n', "itunes-xml: no property list of tracks"),
    ],
)
def test_the_nearest_format_is_named_with_what_is_missing(
    completist: Call, tmp_path: Path, content: str, nearest: str
) -> None:
    path = tmp_path / "list.txt"
    path.write_text(content, encoding="utf-8")
    told = completist("import", str(path)).err.splitlines()
    assert told[0].endswith(f", {nearest}.")
    assert len(told) == 2


def test_an_isbn_that_is_not_valid_is_kept_and_told_and_nothing_is_looked_up_by_it(
    completist: Call, tmp_path: Path
) -> None:
    path, copy = tmp_path / "books.csv", tmp_path / "copy.csv"
    path.write_text("Id,Title,Author,ISBN13\n1,Emma,Jane Austen,978-0-14-143958-8\n", encoding="utf-8")
    assert "wrong check digit" in completist("import", str(path)).out
    shown = completist("show", "1")
    assert any(line.split()[:2] == ["invalid_isbn", "978-0-14-143958-8"] for line in shown.out.splitlines())
    item = completist("show", "1", "--json").json
    assert item["identifiers"] == {}
    assert "isbn13" in item["gaps"]
    assert '=""978-0-14-143958-8""' in completist("export", "--format", "goodreads-csv").out
    copy.write_text(completist("export", "--format", "csv", "--kind", "book").out, encoding="utf-8")
    assert completist("import", str(copy), "--dry-run", "--json").json["warnings"] == [
        {"row": 2, "field": "isbn13", "reason": "wrong check digit"}
    ]
    path.write_text("Id,Title,Author,ISBN13\n1,Emma,Jane Austen,978-0-14-143958-7\n", encoding="utf-8")
    assert completist("import", str(path), "--json").json["updated"] == 1
    item = completist("show", "1", "--json").json
    assert item["identifiers"]["isbn13"] == ["9780141439587"]
    assert "invalid_isbn" not in item["fields"]


def test_a_format_can_be_forced_and_a_wrong_one_names_the_right_ones(completist: Call, export: Path) -> None:
    assert completist("import", str(export), "--format", "goodreads-csv").code == 0
    told = completist("import", str(export), "--format", "goodreds")
    assert told.code == 2
    assert "goodreads-csv" in told.err


def test_the_next_step_works_on_the_same_library(completist: Call, export: Path, tmp_path: Path) -> None:
    there = tmp_path / "my library"
    told = completist("--data", str(there), "import", str(export))
    assert f"completist --data '{there}' " in told.err


def test_a_file_with_its_header_alone_is_no_error(completist: Call, export: Path) -> None:
    export.write_text(table([], HEADER), encoding="utf-8")
    told = completist("import", str(export), "--json")
    assert (told.code, told.json["rows"]) == (0, 0)


def test_ctrl_c_keeps_the_checkpoint_and_the_next_import_goes_on(
    completist: Call, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [(str(n), f"Book {n}", "Somebody", "", "", "0", "", "read") for n in range(1, 2501)]
    export.write_text(table(rows), encoding="utf-8")
    real = App.import_file

    def interrupted(self: App, *arguments: object, **options: object) -> ImportReport:
        os.kill(os.getpid(), signal.SIGINT)
        return real(self, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(App, "import_file", interrupted)
    told = completist("import", str(export))
    assert told.code == 130
    assert f"Go on with: completist import {export}" in told.err
    assert completist("status", "--json").json["total"] == 1000
    monkeypatch.setattr(App, "import_file", real)
    again = completist("import", str(export))
    assert "behind row 1,000" in again.out
    assert completist("status", "--json").json["total"] == 2500
    assert completist("import", str(export), "--json").json["unchanged"] == 2500


def test_a_file_with_a_header_alone_is_called_empty(completist: Call, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text(table([]), encoding="utf-8")
    told = completist("import", str(path))
    assert told.code == 0
    assert told.out == "list.csv: nothing is in it. (goodreads-csv)\n"


def test_a_name_that_commands_a_terminal_does_not_reach_it(completist: Call) -> None:
    told = completist("import", "no\x1b[2Jsuch.csv")
    assert told.code == 2
    assert "\x1b" not in told.err
