from __future__ import annotations

from tests.kinds.books.sources.formats import Entries, reasons


def test_a_row_brings_its_identifiers_and_review(entries: Entries) -> None:
    entry = entries("bookwyrm.csv", "bookwyrm-csv")["https://books.example/book/2"]
    assert entry.values["olid"] == ["OL43065148M"]
    assert entry.values["oclc"] == ["41754476"]
    assert entry.values["isbn13"] == ["9780141439846"]
    assert entry.values["review"] == "Teeth\n\nLong."
    assert entry.values["shelf"] == "read"
    assert reasons(entry) == [("isbn10", "an ISBN of another edition, left out")]


def test_a_shelf_of_ones_own_says_nothing_about_reading(entries: Entries) -> None:
    values = entries("bookwyrm.csv", "bookwyrm-csv")["https://books.example/book/9"].values
    assert values["shelf"] is None
    assert values["shelves"] == ["Kitchen"]
