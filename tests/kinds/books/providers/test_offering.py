from __future__ import annotations

import pytest

from completist.domain.fields import Data, Level
from completist.kinds.books.providers.offering import first_date, isbn_lists, names, offer, series_fields

SAID: dict[str, Data] = {
    "title": "Kim", "authors": ["Rudyard Kipling", "Ada Writer"], "publisher": "Penguin", "isbn13": ["9780140183528"],
    "first_published": "1901-10", "subtitle": "", "subjects": [], "description": None,
}  # fmt: skip


def test_an_edition_is_called_as_it_says_and_says_nothing_that_is_empty() -> None:
    found = offer("somebody", "1", Level.EDITION, SAID, work="2")
    assert (found.provider, found.record, found.work) == ("somebody", "1", "2")
    assert (found.title, found.byline, found.year) == ("Kim", "Rudyard Kipling, Ada Writer", 1901)
    assert found.fields.keys() == {"title", "authors", "publisher", "isbn13", "first_published"}


def test_a_work_says_nothing_of_its_editions() -> None:
    found = offer("somebody", "1", Level.WORK, SAID)
    assert found.fields.keys() == {"title", "authors", "first_published"}


def test_a_year_that_is_known_otherwise_counts() -> None:
    assert offer("somebody", "1", Level.WORK, SAID, year=1900).year == 1900
    assert offer("somebody", "1", Level.WORK, {}).title == ""


@pytest.mark.parametrize(
    ("said", "long", "short"),
    [
        (["978-0-14-018352-8", "0140183523"], ["9780140183528"], ["0140183523"]),
        (["979-10-368-0012-2"], ["9791036800122"], []),
        (["0140183524", "x", ""], [], []),
        ([], [], []),
    ],
)
def test_isbns_are_told_in_both_forms(said: list[str], long: list[str], short: list[str]) -> None:
    assert isbn_lists(said) == {"isbn13": long, "isbn10": short}


@pytest.mark.parametrize(
    ("name", "place", "fields"),
    [
        ("Discworld", "5", {"series": "Discworld", "series_position": "5"}),
        ("Discworld", "#0.5", {"series": "Discworld", "series_position": "0.5"}),
        ("Discworld", "1-3", {"series": "Discworld", "series_position": "1-3"}),
        ("Discworld", "five", {"series": "Discworld", "series_position": None}),
        ("Discworld ; 5", "", {"series": "Discworld", "series_position": "5"}),
        ("Penguin Classics", "5", {}),
        (" ", "5", {}),
    ],
)
def test_a_series_is_a_story_s(name: str, place: str, fields: dict[str, Data]) -> None:
    assert series_fields(name, place) == fields


@pytest.mark.parametrize(
    ("dates", "published", "first"),
    [
        ([], None, None),
        (["1901", "1899"], None, "1899"),
        (["1899", "1899-05", "1901-01-01"], None, "1899-05"),
        (["1901"], "1992", "1901"),
        (["1901"], "1900", None),
        (["-0750"], "1992", "-0750"),
        (["18XX"], "1992", "18XX"),
    ],
)
def test_a_first_date_is_the_earliest_and_never_after_the_edition(
    dates: list[str], published: str | None, first: str | None
) -> None:
    assert first_date(dates, published) == first


def test_names_come_once_and_without_others() -> None:
    assert names(["A", "B", "", "A", "C"], ["B"]) == ["A", "C"]
