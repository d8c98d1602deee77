"""Export: whole or not at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Call

from completist.cli.exporting import write_atomically


def test_json_lines_hold_the_contract(filled: Call) -> None:
    objects = [json.loads(line) for line in filled("export").out.splitlines()]
    assert len(objects) == 8
    for each in objects:
        assert set(each) == {"id", "kind", "source", "identifiers", "fields", "match"}
    first = objects[0]
    assert first["source"] == {"name": "goodreads", "key": "101"}
    assert first["match"]["verdict"] == "auto"
    assert set(first["fields"]["pages"]) >= {"value", "origin", "provider", "confidence", "locked"}


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
