from __future__ import annotations

from pathlib import Path

import pytest
from tests.kinds.books.sources.formats import FIXTURES, Entries, Read, reasons, source

from completist.domain.errors import BadInput
from completist.sdk.source import Entry, Skipped


@pytest.mark.parametrize(
    "name", ["goodreads_24.csv", "goodreads_31.csv", "goodreads_33.csv", "goodreads_raw_quotes.csv"]
)
def test_every_set_of_columns_is_read(read: Read, name: str) -> None:
    assert all(isinstance(each, Entry) for each in read(name, "goodreads-csv"))


def test_a_row_keeps_all_that_its_owner_said(entries: Entries) -> None:
    values = entries("goodreads_31.csv", "goodreads-csv")["1885"].values
    assert values == {
        "title": "Pride and Prejudice",
        "authors": ["Jane Austen"],
        "contributors": ["Vivien Jones", "Tony Tanner", "Robert Downey, Jr."],
        "goodreads": ["1885"],
        "isbn13": ["9780141439518"],
        "isbn10": ["0141439513"],
        "invalid_isbn": None,
        "rating": 5.0,
        "average_rating": 4.29,
        "publisher": "Penguin Classics",
        "binding": "Paperback",
        "pages": 480,
        "published": "2002",
        "first_published": "1813",
        "date_read": "2021-03-14",
        "date_added": "2020-11-02",
        "shelf": "read",
        "shelves": ["favourites", "classics"],
        "shelf_positions": "favourites (#2), classics (#7)",
        "review": 'Sharp, kind and funny.<br/>She said: "Obstinate, headstrong girl!"\nAnd it stays.',
        "spoiler": True,
        "private_notes": "lent to M.",
        "read_count": 3,
        "recommended_for": "everyone",
        "recommended_by": "A.",
        "owned_copies": 1,
        "purchase_date": "2020-10-30",
        "purchase_place": "the corner shop",
        "condition": "good: a stain on page 9",
        "bcid": "bc-1",
    }


def test_rows_are_counted_in_lines(read: Read) -> None:
    assert [each.row for each in read("goodreads_31.csv", "goodreads-csv")] == [2, 4, 5, 6, 7]


def test_a_blank_cell_is_there_and_blank(entries: Entries) -> None:
    values = entries("goodreads_31.csv", "goodreads-csv")["153747"].values
    assert values["isbn13"] is None
    assert values["isbn10"] is None
    assert values["rating"] is None
    assert values["review"] is None


def test_a_column_that_is_not_in_the_file_says_nothing(entries: Entries) -> None:
    values = entries("goodreads_24.csv", "goodreads-csv")["1885"].values
    assert "bcid" not in values
    assert "condition" not in values
    assert values["private_notes"] == "lent to M."


def test_titles_and_custom_shelves_stay_as_they_are(entries: Entries) -> None:
    values = entries("goodreads_31.csv", "goodreads-csv")["153747"].values
    assert values["title"] == "Moby-Dick; or, The Whale (Sea Stories, #1)"
    assert values["shelf"] == "dropped"


def test_junk_in_isbn_columns_goes_where_it_belongs(entries: Entries) -> None:
    found = entries("goodreads_31.csv", "goodreads-csv")
    assert found["1371"].values["upc"] == ["0785342510591"]
    assert found["1371"].values["isbn13"] == ["9780140275360"]
    assert reasons(found["1371"]) == [("isbn13", "a UPC or EAN of a product, not an ISBN")]
    assert found["93985"].values["isbn13"] is None
    assert [field for field, _ in reasons(found["93985"])] == ["isbn13", "isbn10"]
    assert found["17245"].values["asin"] == ["B07MNWKF2M"]
    assert ("isbn13", "wrong check digit") in reasons(found["17245"])
    assert (found["17245"].values["isbn13"], found["17245"].values["invalid_isbn"]) == (
        None,
        ["9780141439840"],
    )
    assert found["1371"].values["invalid_isbn"] is None


def test_damaged_text_is_kept_but_doubtful(entries: Entries) -> None:
    entry = entries("goodreads_31.csv", "goodreads-csv")["17245"]
    assert entry.values["title"] == "Dra\ufffdula"
    assert entry.doubtful == {"title", "contributors"}
    assert ("title", "damaged characters") in reasons(entry)


def test_what_another_tool_adds_is_read(entries: Entries) -> None:
    values = entries("goodreads_33.csv", "goodreads-csv")["1885"].values
    assert values["date_started"] == "2021-03-01"
    assert values["dates_read"] == ["2021-03-01/2021-03-14", "2012-05-01/..", "2001-01-09"]
    assert values["subjects"] == ["Classics", "Fiction", "Regency", "Literature"]


def test_wrappers_with_raw_quotes_are_read(entries: Entries) -> None:
    values = entries("goodreads_raw_quotes.csv", "goodreads-csv")["37442"].values
    assert values["isbn13"] == ["9780192839305"]
    assert values["isbn10"] == ["0192839306"]


def test_a_spreadsheet_has_been_at_it(entries: Entries) -> None:
    found = entries("goodreads_spreadsheet.csv", "goodreads-csv")
    assert found["1885"].values["isbn13"] == ["9780141439518"]
    assert found["1885"].values["date_read"] == "2021-03-14"
    assert found["1885"].values["date_added"] == "2020-11-02"
    assert found["153747"].values["isbn13"] is None
    for entry in found.values():
        assert ("isbn13", "a number rounded by a spreadsheet, not an ISBN") in reasons(entry)


def test_two_isbns_that_disagree_leave_the_longer(tmp_path: Path, entries: Entries) -> None:
    path = tmp_path / "export.csv"
    path.write_text(
        "Book Id,Title,Author,ISBN,ISBN13,Exclusive Shelf\n1,Emma,Jane Austen,0141439475,9780141439587,read\n"
    )
    entry = entries(path, "goodreads-csv")["1"]
    assert entry.values["isbn13"] == ["9780141439587"]
    assert entry.values["isbn10"] == ["0141439580"]
    assert [field for field, _ in reasons(entry)] == ["isbn10"]


def test_a_row_without_its_own_id_is_still_a_book(tmp_path: Path, entries: Entries) -> None:
    path = tmp_path / "export.csv"
    path.write_text("Book Id,Title,Author,Exclusive Shelf\n,Emma,Jane Austen,read\n,Emma,Jane Austen,read\n")
    assert len(entries(path, "goodreads-csv")) == 2


def test_a_cut_off_file_names_the_line(tmp_path: Path) -> None:
    whole = (FIXTURES / "goodreads_31.csv").read_bytes()
    path = tmp_path / "export.csv"
    path.write_bytes(whole[: whole.index(b"Frankenstein") + 20])
    with pytest.raises(BadInput, match=r"export\.csv, line 6"):
        source("goodreads-csv").check(path)


def test_a_row_that_ends_too_early_is_skipped_by_number(tmp_path: Path, read: Read) -> None:
    lines = (FIXTURES / "goodreads_31.csv").read_text().splitlines(keepends=True)
    lines.insert(4, '12,"Half a row",Somebody\n')
    path = tmp_path / "export.csv"
    path.write_text("".join(lines))
    found = read(path, "goodreads-csv")
    assert [each for each in found if isinstance(each, Skipped)] == [
        Skipped(5, "3 cells where the header has 31")
    ]
    assert len(found) == 6


def test_warnings_never_repeat_the_row(read: Read) -> None:
    for each in read("goodreads_31.csv", "goodreads-csv"):
        assert isinstance(each, Entry)
        title = str(each.values["title"])
        assert not [warning for warning in each.warnings if title in warning.reason]
