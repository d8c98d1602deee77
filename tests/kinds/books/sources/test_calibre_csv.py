from __future__ import annotations

from tests.kinds.books.sources.formats import Entries


def test_a_row_is_read(entries: Entries) -> None:
    entry = entries("calibre.csv", "calibre-csv")["3051ed45-8943-4900-a22a-000000000001"]
    assert entry.values["authors"] == ["Karl Marx", "Friedrich Engels"]
    assert entry.values["rating"] == 5.0
    assert (entry.values["series"], entry.values["series_position"]) == ("Great Ideas", "8")
    assert entry.values["shelves"] == ["Politics", "History"]
    assert entry.values["description"] == "A spectre."
    assert entry.values["goodreads"] == ["30474"]
    assert entry.values["asin"] == ["B002RI9KPW"]
    assert entry.values["isbn13"] == ["9780140447576"]
    assert entry.values["published"] is None, "the stand-in for an unknown date"
    assert not entry.warnings


def test_the_check_character_that_calibre_drops_comes_back(entries: Entries) -> None:
    values = entries("calibre.csv", "calibre-csv")["3051ed45-8943-4900-a22a-000000000002"].values
    assert values["isbn10"] == ["080442957X"]
    assert values["authors"] is None
    assert values["series_position"] is None
