from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.kinds.books.sources.formats import FIXTURES, Entries, Read, detected, source

from completist.domain.errors import BadInput
from completist.sdk.source import Skipped


def test_a_book_is_read_whatever_shape_its_members_have(entries: Entries) -> None:
    values = entries("librarything.json", "librarything-json")["7001"].values
    assert values["title"] == "Time Machine, The"
    assert values["authors"] == ["H. G. Wells"]
    assert values["contributors"] == ["Patrick Parrinder (Editor)"]
    assert values["isbn13"] == ["9780141439976"]
    assert values["publisher"] == "Penguin Classics"
    assert values["published"] == "2005"
    assert values["pages"] == 144
    assert values["language"] == "en"
    assert values["subjects"] == ["Science Fiction", "Time travel -- Fiction", "Dystopias"]
    assert (values["series"], values["series_position"]) == ("Classics", "12")
    assert values["shelf"] == "to-read"
    assert values["shelves"] == ["science fiction", "time"]
    assert values["librarything"] == ["3048"]
    assert values["oclc"] == ["58799206"]
    assert values["rating"] == 4.5
    assert "asin" not in values
    assert "upc" not in values


def test_an_asin_in_the_isbn_is_an_asin(entries: Entries) -> None:
    entry = entries("librarything.json", "librarything-json")["7002"]
    assert entry.values["asin"] == ["B000K0BNEW"]
    assert entry.values["isbn13"] is None
    assert entry.values["authors"] is None
    assert entry.values["publisher"] is None
    assert [(w.field, w.reason) for w in entry.warnings] == [("isbn13", "an ASIN, not an ISBN")]


def test_a_film_keeps_its_upc(entries: Entries) -> None:
    values = entries("librarything.json", "librarything-json")["7003"].values
    assert values["upc"] == ["043396734791"]
    assert values["authors"] == ["Thea von Harbou"]
    assert values["publisher"] == "Ace Books"


def test_what_is_no_book_is_skipped_with_its_line(read: Read) -> None:
    skipped = [each for each in read("librarything.json", "librarything-json") if isinstance(each, Skipped)]
    assert [each.reason for each in skipped] == ["not an object"]
    line = (FIXTURES / "librarything.json").read_text().splitlines()[skipped[0].row - 1]
    assert "not a book" in line


def test_a_second_object_behind_the_first_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "two.json"
    text = (FIXTURES / "librarything.json").read_text()
    path.write_text(text + text)
    with pytest.raises(BadInput, match=rf"two\.json, line {text.count(chr(10)) + 1}:"):
        source("librarything-json").check(path)


def test_other_json_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(json.dumps({"books": [{"title": "Emma", "isbn": "9780141439587"}]}))
    assert detected(path) is None
