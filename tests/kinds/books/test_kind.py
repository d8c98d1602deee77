from __future__ import annotations

import pytest

from completist.domain.fields import Data, Origin, Value
from completist.domain.merging import effective_values
from completist.domain.scoring import completeness_at_first, quality
from completist.engine.appraising import record_quality
from completist.kinds.books import BOOK, BOOKS

FULL: dict[str, Data] = {
    "title": "Emma",
    "description": "a" * 101,
    "publisher": "Penguin",
    "pages": 320,
    "published": "2003",
    "subjects": ["Classics"],
    "cover": "https://example.org/1.jpg",
    "language": "en",
}


def test_a_book_is_complete_with_eight_things_of_equal_weight() -> None:
    assert completeness_at_first(BOOK, FULL) == 100
    for name in FULL:
        assert completeness_at_first(BOOK, {n: held for n, held in FULL.items() if n != name}) == 88
    assert completeness_at_first(BOOK, {**FULL, "description": "a" * 50}) == 88
    assert completeness_at_first(BOOK, {"authors": ["Jane Austen"], "isbn13": ["9780141439587"]}) == 0


@pytest.mark.parametrize(
    ("data", "worth"),
    [
        ({}, 0.0),
        ({"title": "Emma"}, 0.15),
        (FULL, 0.85),
        ({**FULL, "authors": ["Jane Austen"], "binding": "paperback"}, 1.0),
        ({**FULL, "description": "a" * 100}, 0.7),
        ({**FULL, "pages": 0}, 0.75),
        ({**FULL, "cover": "nophoto.gif"}, 0.75),
    ],
)
def test_a_record_of_a_book_is_worth_what_it_says(data: dict[str, Data], worth: float) -> None:
    assert quality(BOOK, data) == worth


def test_a_record_with_a_wrong_isbn_is_worth_half() -> None:
    assert record_quality(BOOKS, {**FULL, "isbn13": ["9780141439587"]}) == 0.85
    assert record_quality(BOOKS, {**FULL, "isbn13": ["9780141439588"]}) == 0.425


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("description", "hardcover"),
        ("series", "hardcover"),
        ("first_published", "wikidata"),
        ("publisher", "dnb"),
        ("pages", "dnb"),
        ("language", "dnb"),
        ("subjects", "openlibrary"),
    ],
)
def test_of_each_field_those_are_believed_who_know_it_best(name: str, first: str) -> None:
    said = [
        Value(name, who, Origin.PROVIDER, who)
        for who in ("isbndb", "openlibrary", "googlebooks", "wikidata", "dnb", "bnf", "hardcover")
    ]
    assert effective_values(BOOK, said, BOOKS.trust)[name].data == first


def test_a_place_in_a_series_comes_from_who_names_the_series() -> None:
    said = [
        Value("series", "Discworld", Origin.PROVIDER, "hardcover"),
        Value("series", "Rincewind", Origin.PROVIDER, "openlibrary"),
        Value("series_position", "1", Origin.PROVIDER, "openlibrary"),
    ]
    assert "series_position" not in effective_values(BOOK, said, BOOKS.trust)
    mine = Value("series", "Rincewind", Origin.USER)
    assert effective_values(BOOK, [mine, *said], BOOKS.trust)["series_position"].data == "1"
