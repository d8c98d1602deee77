"""Export: whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.cli.conftest import Call

from completist.cli.exporting import write_atomically


def test_json_lines_hold_the_contract(filled: Call) -> None:
    objects = [json.loads(line) for line in filled("export").out.splitlines()]
    assert len(objects) == 8
    for each in objects:
        contract = {"id", "kind", "source", "identifiers", "fields", "match", "completeness", "quality"}
        assert contract <= set(each) <= {*contract, "others", "sources", "related"}
    first = objects[0]
    assert first["source"] == {"name": "goodreads", "key": "101"}
    assert first["match"]["verdict"] == "auto"
    assert set(first["fields"]["pages"]) >= {"value", "origin", "provider", "confidence", "locked"}


def test_a_table_of_books_comes_back_in_and_one_of_several_kinds_is_no_list_of_tracks(
    filled: Call, tmp_path: Path
) -> None:
    whole, books, lines = tmp_path / "whole.csv", tmp_path / "books.csv", tmp_path / "library.jsonl"
    filled("export", "--format", "csv", "--out", str(whole))
    filled("export", "--format", "csv", "--kind", "book", "--out", str(books))
    filled("export", "--out", str(lines))
    told = filled("import", str(whole), "--dry-run")
    assert (told.code, "whole.csv is a table of several kinds" in told.err, "--kind book" in told.err) == (
        2,
        True,
        True,
    )
    assert filled("import", str(books), "--dry-run", "--json").json["source"] == "csv"
    told = filled("import", str(lines), "--dry-run")
    assert (told.code, told.out) == (
        0,
        "library.jsonl: 0 items would be added, 8 unchanged. (completist-jsonl)\n",
    )


def test_a_library_comes_back_from_its_own_lines(filled: Call, completist: Call, tmp_path: Path) -> None:
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    filled("set", "1", "title=My Own Title", "subtitle=")
    filled("lock", "3", "publisher")
    filled("review", "--reject", "3")
    filled("export", "--out", str(first))
    again = ("--data", str(tmp_path / "again"))
    told = completist("import", str(first), *again, "--json").json
    assert (told["added"], told["updated"], told["skipped"], told["warnings"]) == (8, 0, [], [])
    assert completist("import", str(first), *again, "--json").json["unchanged"] == 8
    completist("export", "--out", str(second), *again)
    assert second.read_text("utf-8") == first.read_text("utf-8")
    shown = completist("show", "1", *again, "--json").json
    assert [each["title"] for each in shown["related"]] == ["Jane Austen"]
    assert shown["fields"]["title"]["origin"] == "user"


def test_the_goodreads_file_comes_back_in_unchanged(filled: Call, tmp_path: Path) -> None:
    out = tmp_path / "completed.csv"
    told = filled("export", "--format", "goodreads-csv", "--out", str(out), "--json").json
    assert (told["rows"], told["file"]) == (6, str(out))
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8"))))
    assert rows[0]["Publisher"] == "Penguin"
    assert rows[0]["My Rating"].startswith("5")
    again = filled("import", str(out), "--json").json
    assert (again["added"], again["skipped"]) == (0, [])


def test_one_kind_as_a_table(filled: Call) -> None:
    rows = list(csv.DictReader(io.StringIO(filled("export", "--format", "csv", "--kind", "author").out)))
    assert {row["kind"] for row in rows} == {"author"}


def test_an_unknown_format_or_kind(filled: Call) -> None:
    told = filled("export", "--format", "xml")
    assert told.code == 6
    assert "jsonl" in told.err
    assert filled("export", "--kind", "spaceship").code == 6


def test_a_folder_that_is_not_there(filled: Call, tmp_path: Path) -> None:
    told = filled("export", "--out", str(tmp_path / "none" / "x.jsonl"))
    assert told.code == 2
    assert "cannot be written" in told.err


def test_a_failure_leaves_the_old_file_and_no_debris(tmp_path: Path) -> None:
    out = tmp_path / "library.jsonl"
    out.write_text("as it was\n")

    def lines() -> Iterator[str]:
        yield "new\n"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_atomically(out, lines())
    assert out.read_text() == "as it was\n"
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_keeps_its_permissions(tmp_path: Path) -> None:
    out = tmp_path / "library.jsonl"
    out.touch(mode=0o600)
    assert write_atomically(out, ["a\n", "b\n"]) == 2
    assert out.stat().st_mode & 0o777 == 0o600
    assert out.read_text() == "a\nb\n"


def test_a_pipe_is_written_to_and_not_replaced(filled: Call, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as reader:
        read = reader.submit(pipe.read_text, "utf-8")
        told = filled("export", "--out", str(pipe))
        lines = read.result(timeout=30).splitlines()
    assert told.code == 0
    assert pipe.is_fifo()
    assert len(lines) == 8


def test_a_link_stays_a_link(filled: Call, tmp_path: Path) -> None:
    target, link = tmp_path / "library.jsonl", tmp_path / "link.jsonl"
    target.write_text("old")
    link.symlink_to(target)
    assert filled("export", "--out", str(link)).code == 0
    assert link.is_symlink()
    assert len(target.read_text("utf-8").splitlines()) == 8


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="no device that is always full")
def test_a_full_device_is_told(filled: Call) -> None:
    told = filled("export", "--out", "/dev/full", "--json")
    assert told.code == 2
    assert told.error["message"].startswith("/dev/full cannot be written: ")
    assert Path("/dev/full").is_char_device()


def test_an_empty_name_is_wrong_usage(filled: Call) -> None:
    assert filled("export", "--out", "").code == 2
