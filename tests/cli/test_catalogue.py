"""The catalogue from the command line: load, lookup, search, info."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.conftest import BOOKS, Call


def test_loading_follows_the_contract(completist: Call, dump: Path, tmp_path: Path) -> None:
    told = completist("catalog", "load", str(dump), "--json", "--data", str(tmp_path / "new"))
    assert (told.code, told.err) == (0, "")
    counts = {name: told.json[name] for name in ("schema", "editions", "works", "authors", "rejected")}
    authors = len({name for _, _, name, _, _ in BOOKS})
    assert counts == {"schema": 1, "editions": 8, "works": 8, "authors": authors, "rejected": 1}
    assert told.json["rejected_by_reason"] == {"columns": 1}
    assert told.json["bytes"] > 0
    assert told.json["seconds"] >= 0


def test_loading_for_people_says_what_was_left_out_and_why(completist: Call, dump: Path) -> None:
    told = completist("catalog", "load", str(dump))
    assert "8 editions, 8 works" in told.out
    assert "1 x  not five columns" in told.out


def test_a_damaged_dump_leaves_the_catalogue_in_use(completist: Call, dump: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.txt.gz"
    cut.write_bytes(dump.read_bytes()[:200])
    told = completist("catalog", "load", str(cut))
    assert told.code == 2
    assert "cut.txt.gz" in told.err
    assert completist("catalog", "lookup", "9780141439518").code == 0


def test_lookup_gives_the_merged_record(completist: Call) -> None:
    told = completist("catalog", "lookup", "978-0-14-143951-8", "--json")
    assert told.code == 0
    expected = {
        "schema": 1,
        "record": "OL1M",
        "work": "OL1W",
        "title": "Pride and Prejudice",
        "authors": ["Jane Austen"],
        "isbn13": ["9780141439518"],
        "isbn10": ["0141439513"],
        "publisher": "Penguin",
        "published": "2003",
        "pages": 301,
        "language": "en",
        "first_published": "1813",
    }
    assert {name: told.json.get(name) for name in expected} == expected
    assert "Penguin" in completist("catalog", "lookup", "0141439513").out


def test_an_unknown_isbn_is_exit_code_6(completist: Call) -> None:
    told = completist("catalog", "lookup", "9780306406157", "--json")
    assert (told.code, told.out) == (6, "")
    assert told.error["code"] == "not_found"


def test_search_by_title_and_author(completist: Call) -> None:
    told = completist("catalog", "search", "pride and prejudice", "--author", "austen", "--json").json
    first = told["results"][0]
    assert set(first) == {"record", "work", "title", "authors", "year", "score"}
    assert (first["record"], first["authors"], first["year"]) == ("OL1W", ["Jane Austen"], 1813)
    lines = completist("catalog", "search", "pride and prejudice").out.splitlines()
    assert lines[0].split() == ["record", "title", "by", "year", "editions"]


def test_nothing_found_is_an_empty_result(completist: Call) -> None:
    told = completist("catalog", "search", "zzzzqqqq xxyyxx", "--json")
    assert (told.code, told.json) == (0, {"schema": 1, "results": []})


def test_info_names_the_files(completist: Call, dump: Path) -> None:
    assert dump.name in completist("catalog", "info").out
    assert completist("catalog", "info", "--json").json["editions"] == 8


def test_without_a_catalogue_each_verb_says_how_to_load_one(completist: Call, tmp_path: Path) -> None:
    for arguments in (["info"], ["lookup", "9780141439518"], ["search", "Emma"]):
        told = completist("catalog", *arguments, "--data", str(tmp_path / "bare"))
        assert told.code == 4
        assert "catalog load" in told.err


def test_an_unknown_verb_of_the_catalogue(completist: Call) -> None:
    assert "lookup" in completist("catalog", "lokup").err
    assert completist("catalog").code == 2


def test_once_all_is_read_the_progress_says_what_goes_on(
    completist: Call, dump: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("completist.cli.progress.PAUSE", 0.0)
    told = completist("catalog", "load", str(dump))
    assert told.err.splitlines()[0].endswith("records, indexing")


def test_what_is_no_isbn_is_called_so(completist: Call) -> None:
    told = completist("catalog", "lookup", "9780141439519", "--json")
    assert (told.code, told.error["code"]) == (6, "not_found")
    assert "is no ISBN" in told.error["message"]
    assert "is no ISBN" not in completist("catalog", "lookup", "9780000000002").err


def test_a_search_needs_a_title(completist: Call) -> None:
    told = completist("catalog", "search", "  ")
    assert told.code == 2
    assert "TITLE" in told.err


def test_an_estimate_loads_nothing(completist: Call, dump: Path, tmp_path: Path) -> None:
    told = completist("catalog", "load", str(dump), "--estimate", "--json", "--data", str(tmp_path / "new"))
    assert told.code == 0
    assert set(told.json) == {"schema", "dump", "finished", "needed", "free", "enough"}
    assert (told.json["dump"], told.json["enough"]) == (dump.stat().st_size, True)
    assert completist("catalog", "info", "--data", str(tmp_path / "new")).code == 4
    assert "are free" in completist("catalog", "load", str(dump), "--estimate").out
    assert completist("catalog", "load", str(tmp_path / "gone"), "--estimate").code == 2


def test_a_part_of_a_dump_says_what_was_left_out(completist: Call, dump: Path, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "new"))
    told = completist("catalog", "load", str(dump), "--language", "zul", "--with-isbn", "--no-search", *data)
    assert told.code == 2
    assert "an edition in another language" in told.err
    told = completist("catalog", "load", str(dump), "--language", "eng", "--with-isbn", "--no-search", *data)
    assert told.code == 0
    info = completist("catalog", "info", "--json", *data).json
    assert (info["languages"], info["isbn_only"], info["searchable"]) == (["eng"], True, 0)
    assert "eng" in completist("catalog", "info", *data).out


def test_verify_and_prune(completist: Call, dump: Path, tmp_path: Path) -> None:
    data = ("--data", str(tmp_path / "new"))
    assert completist("catalog", "load", str(dump), *data).code == 0
    told = completist("catalog", "verify", "--json", "--full", *data)
    assert (told.code, told.json["ok"], told.json["faults"]) == (0, True, [])
    assert len(told.json["content"]) == 64
    assert completist("catalog", "verify", *data).out.startswith("Whole: ")
    generation = next((tmp_path / "new" / "catalogue").glob("gen-*"))
    (generation.parent / "gen-000009.part").mkdir()
    assert completist("catalog", "prune", "--json", *data).json == {"schema": 1, "removed": 1, "bytes": 0}
    assert "Nothing" in completist("catalog", "prune", *data).out
    (generation / "isbns").write_bytes(b"12345678" * 3)
    told = completist("catalog", "verify", *data)
    assert told.code == 3
    assert "isbns: " in told.out
