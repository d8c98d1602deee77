from __future__ import annotations

from pathlib import Path

import pytest
from tests.kinds.books.sources.formats import Entries, Read, detected, reasons

from completist.sdk.source import Entry


def test_columns_are_found_by_what_people_call_them(entries: Entries) -> None:
    values = entries("table.csv", "csv")["7"].values
    assert values == {
        "title": "Emma",
        "authors": ["Jane Austen"],
        "published": "1815",
        "isbn13": ["9780141439587"],
        "isbn10": ["0141439580"],
        "invalid_isbn": None,
        "rating": 4.5,
        "shelf": "currently-reading",
        "date_read": None,
    }


def test_two_rows_with_one_id_are_both_kept(entries: Entries) -> None:
    found = entries("table.csv", "csv")
    assert found["8"].values["published"] == "1817~"
    assert found["8#2"].values["date_read"] == "2020-05-01"


def test_what_is_not_understood_is_reported_and_left_empty(entries: Entries) -> None:
    entry = entries("table.csv", "csv")["9"]
    assert entry.values["isbn13"] is None
    assert entry.values["date_read"] is None
    assert reasons(entry) == [
        ("date_read", "not understood, left empty"),
        ("isbn13", "a number rounded by a spreadsheet, not an ISBN"),
    ]


def test_rows_without_an_id_are_known_by_isbn_or_by_title_and_author(tmp_path: Path, read: Read) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("Title,Author,ISBN-13\nEmma,Jane Austen,9780141439587\nPersuasion,Jane Austen,\n")
    first, second = read(path, "csv")
    assert isinstance(first, Entry)
    assert isinstance(second, Entry)
    assert first.key == "isbn13:9780141439587"
    path.write_text("author,title,isbn\n jane  austen,PERSUASION,\n")
    (again,) = read(path, "csv")
    assert isinstance(again, Entry)
    assert again.key == second.key


@pytest.mark.parametrize(
    "text",
    ["title\nEmma\n", "ISBN\n9780141439587\n", "Titel;Verlag\nEmma;Insel\n", "book\tauthor\nEmma\tAusten\n"],
)
def test_one_known_column_is_enough(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text)
    assert detected(path) == "csv"


@pytest.mark.parametrize("text", ["colour,size\nred,4\n", "A letter, to you\n", "{}", "<title>Emma</title>"])
def test_other_text_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text)
    assert detected(path) is None
