from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from completist.domain.fields import Data, is_empty
from completist.kinds.books.sources.goodreads import Goodreads
from completist.kinds.books.writers.goodreads import (
    HEADER,
    GoodreadsCsv,
    last_first,
    slashed,
    whole_stars,
    year,
)
from completist.sdk.source import Entry

WRITER = GoodreadsCsv()

DUNE: dict[str, Data] = {
    "goodreads": ["234225"],
    "title": "Dune (Dune, #1)",
    "authors": ["Frank Herbert"],
    "contributors": ["Scott Brick", "Sammy Davis, Jr."],
    "isbn13": ["9780340960196"],
    "isbn10": ["0340960191"],
    "rating": 5.0,
    "average_rating": 4.2,
    "publisher": 'Hodder & Stoughton, "New" Ed.',
    "binding": "Paperback",
    "pages": 604,
    "published": "2006",
    "first_published": "1965",
    "date_read": "2021-05-01",
    "date_added": "2020-12-24",
    "shelves": ["to-read", "sf", "érudit"],
    "shelf_positions": "to-read (#3), sf (#1)",
    "shelf": "to-read",
    "review": "=1+1, he said;\nand @once -- +more",
    "spoiler": True,
    "private_notes": "lent",
    "read_count": 2,
    "recommended_for": "all",
    "recommended_by": "Ann",
    "owned_copies": 1,
    "purchase_date": "2007-01",
    "purchase_place": "Ghent",
    "condition": "very good: a little foxed",
    "bcid": "123-456",
}


def cells(values: Mapping[str, Data]) -> dict[str, str]:
    return dict(zip(HEADER, WRITER.row(values), strict=True))


def written(path: Path, books: Iterable[Mapping[str, Data]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(WRITER.layout.header)
        rows.writerows(WRITER.row(values) for values in books)
    return path


def reread(path: Path) -> list[dict[str, Data]]:
    entries = [entry for entry in Goodreads().read(path) if isinstance(entry, Entry)]
    return [said(entry.values) for entry in entries]


def said(values: Mapping[str, Data]) -> dict[str, Data]:
    return {name: data for name, data in values.items() if not is_empty(data)}


def test_the_header_is_goodreads_own() -> None:
    assert len(HEADER) == 31
    assert ",".join(HEADER).startswith(
        "Book Id,Title,Author,Author l-f,Additional Authors,ISBN,ISBN13,My Rating"
    )


def test_cells_stand_as_goodreads_writes_them() -> None:
    row = cells(DUNE)
    assert row["Book Id"] == "234225"
    assert row["Title"] == "Dune (Dune, #1)"
    assert row["Author l-f"] == "Herbert, Frank"
    assert row["Additional Authors"] == "Scott Brick, Sammy Davis, Jr."
    assert (row["ISBN"], row["ISBN13"]) == ('="0340960191"', '="9780340960196"')
    assert (row["My Rating"], row["Average Rating"]) == ("5", "4.20")
    assert (row["Year Published"], row["Original Publication Year"]) == ("2006", "1965")
    assert (row["Date Read"], row["Date Added"]) == ("2021/05/01", "2020/12/24")
    assert row["Original Purchase Date"] == "2007/01"
    assert (row["Bookshelves"], row["Exclusive Shelf"]) == ("to-read, sf, érudit", "to-read")
    assert (row["Condition"], row["Condition Description"]) == ("very good", "a little foxed")
    assert row["My Review"].startswith("=1+1")


def test_a_book_of_which_nothing_is_known_is_a_row_all_the_same() -> None:
    row = cells({"title": "?"})
    assert (row["ISBN"], row["ISBN13"], row["My Rating"]) == ('=""', '=""', "0")
    assert {name for name, cell in row.items() if cell} == {"Title", "ISBN", "ISBN13", "My Rating"}


def test_an_isbn_without_a_short_form_has_an_empty_one() -> None:
    row = cells({"isbn13": ["9791032305690"]})
    assert (row["ISBN"], row["ISBN13"]) == ('=""', '="9791032305690"')


@pytest.mark.parametrize(
    ("given", "short", "long"),
    [
        (["9780141439519"], "", "9780141439519"),
        (["0141439514"], "0141439514", ""),
        (["978-0-14-143951-9", "0141439514"], "0141439514", "978-0-14-143951-9"),
    ],
)
def test_an_isbn_that_is_not_valid_goes_back_where_it_came_from(
    tmp_path: Path, given: list[Data], short: str, long: str
) -> None:
    book: dict[str, Data] = {"title": "Emma", "invalid_isbn": given}
    assert (cells(book)["ISBN"], cells(book)["ISBN13"]) == (f'="{short}"', f'="{long}"')
    assert reread(written(tmp_path / "back.csv", [book]))[0]["invalid_isbn"] == given
    valid = cells(book | {"isbn13": ["9780141439587"]})
    assert (valid["ISBN"], valid["ISBN13"]) == ('="0141439580"', '="9780141439587"')


def test_further_authors_come_before_the_other_contributors() -> None:
    row = cells({"authors": ["Terry Pratchett", "Neil Gaiman"], "contributors": ["Neil Gaiman", "P. Kidby"]})
    assert (row["Author"], row["Additional Authors"]) == ("Terry Pratchett", "Neil Gaiman, P. Kidby")


def test_every_exclusive_shelf_but_read_stands_among_the_bookshelves() -> None:
    assert cells({"shelf": "did-not-finish", "shelves": ["sf"]})["Bookshelves"] == "did-not-finish, sf"
    assert cells({"shelf": "read", "shelves": ["sf"]})["Bookshelves"] == "sf"


def test_the_latest_of_several_readings_is_the_date_read() -> None:
    row = cells({"dates_read": ["2021-05-01/2021-06-02", "2019"]})
    assert row["Date Read"] == "2021/06/02"


@pytest.mark.parametrize(
    ("stars", "whole"),
    [(None, 0), (0, 0), (0.25, 1), (3.25, 3), (3.5, 4), (4.5, 5), (4.75, 5), (5, 5), (True, 0)],
)
def test_half_stars_are_rounded_up(stars: Data, whole: int) -> None:
    assert whole_stars(stars) == whole


@pytest.mark.parametrize(
    ("date", "slashes", "years"),
    [
        ("2021-05-01", "2021/05/01", "2021"),
        ("2021-05", "2021/05", "2021"),
        ("1850~", "1850", "1850"),
        ("-0750", "", "-750"),
        ("0800", "0800", "800"),
        ("185X", "", ""),
        ("1999/2001", "1999", "1999"),
        (None, "", ""),
    ],
)
def test_dates_keep_the_precision_they_have(date: Data, slashes: str, years: str) -> None:
    assert slashed(date) == slashes
    assert year(date) == years


def test_the_last_word_sorts_a_name() -> None:
    assert last_first("Ursula K. Le Guin") == "Guin, Ursula K. Le"
    assert last_first("Homer") == "Homer, Homer"
    assert last_first("") == ""


def test_what_was_written_reads_back_the_same(tmp_path: Path) -> None:
    bare: dict[str, Data] = {"goodreads": ["1"], "title": "A", "shelf": "read", "isbn13": ["9791032305690"]}
    before: dict[str, Data] = {
        "goodreads": ["2"],
        "title": "Iliad",
        "first_published": "-0750",
        "shelf": "read",
    }
    assert reread(written(tmp_path / "out.csv", [DUNE, bare, before])) == [DUNE, bare, before]


LINE = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=20)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50, deadline=None)
@given(
    title=LINE,
    review=st.lists(LINE, min_size=1, max_size=3).map("\n".join),
    stars=st.sampled_from([None, 1.0, 3.0, 5.0]),
    date=st.dates().map(str),
)
def test_any_text_survives_the_way_out_and_back(
    tmp_path: Path, title: str, review: str, stars: float | None, date: str
) -> None:
    book = said({
        "goodreads": ["7"], "title": title, "review": review, "rating": stars, "date_read": date,
        "shelf": "read",
    })  # fmt: skip
    assert reread(written(tmp_path / "out.csv", [book])) == [book]


#: What our format has no column for, or holds only in Goodreads' own columns.
_NOT_HELD = {"asin", "upc", "subjects", "dates_read", "date_started"}


def test_real_exports_come_through_unchanged(shared: Path, tmp_path: Path) -> None:
    for path in sorted((shared / "exports" / "goodreads").glob("*.csv")):
        books = [{n: d for n, d in book.items() if n not in _NOT_HELD} for book in reread(path)]
        for book in books:
            if book.get("isbn13"):  # then that is what stands there, whatever else was given
                book.pop("invalid_isbn", None)
        assert books, path.name
        assert reread(written(tmp_path / path.name, books)) == books, path.name
