from __future__ import annotations

import pytest

from completist.domain.fields import Data, Level
from completist.kinds.books.providers.hardcover.records import book_candidate, edition_candidate
from completist.sdk.provider import Record


def person(name: str, role: str | None = None) -> Data:
    return {"author": {"id": 7, "name": name, "slug": "x"}, "contribution": role}


def edition(**more: Data) -> Record:
    return {
        "id": 31,
        "isbn_13": "9780140183528",
        "title": "Kim",
        "subtitle": None,
        "pages": 368,
        "release_date": "1992-06-25",
        "edition_format": "Paperback",
        "cached_contributors": [person("Rudyard Kipling"), person("Edward Said", "Introduction")],
        "language": {"code2": "en", "code3": "eng"},
        "publisher": {"name": "Penguin"},
        "image": {"url": "https://assets.hardcover.app/edition/31/a.jpg"},
        "book": book(),
        **more,
    }


def book(**more: Data) -> Record:
    return {
        "id": 12,
        "canonical_id": None,
        "slug": "kim",
        "title": "Kim",
        "subtitle": None,
        "description": "<p>A boy and a lama.</p>",
        "release_year": 1901,
        "cached_contributors": [person("Rudyard Kipling")],
        "cached_featured_series": {"position": 1, "series": {"id": 3, "name": "The Great Game"}},
        "cached_image": {"url": "https://assets.hardcover.app/books/12.jpg"},
        **more,
    }


def hit(**more: Data) -> Record:
    return {
        "id": "12",
        "slug": "kim",
        "title": "Kim",
        "author_names": ["Rudyard Kipling", "Some Reader"],
        "contribution_types": ["Author", "Narrator"],
        "isbns": ["9780140183528", "9781234567897"],
        "release_year": 1901,
        "alternative_titles": [],
        **more,
    }


def fields(**more: Data) -> dict[str, Data]:
    candidate = edition_candidate(edition(**more))
    assert candidate is not None
    return dict(candidate.fields)


def test_an_edition_says_all_it_knows() -> None:
    candidate = edition_candidate(edition())
    assert candidate is not None
    assert (candidate.provider, candidate.record, candidate.work) == ("hardcover", "12", "12")
    assert (candidate.level, candidate.title, candidate.byline) == (Level.EDITION, "Kim", "Rudyard Kipling")
    assert candidate.year == 1901
    assert candidate.fields == {
        "hardcover": ["12"],
        "hardcover_edition": ["31"],
        "hardcover_slug": "kim",
        "title": "Kim",
        "authors": ["Rudyard Kipling"],
        "isbn13": ["9780140183528"],
        "isbn10": ["0140183523"],
        "pages": 368,
        "published": "1992-06-25",
        "first_published": "1901",
        "series": "The Great Game",
        "series_position": "1",
        "language": "en",
        "publisher": "Penguin",
        "binding": "Paperback",
        "description": "A boy and a lama.",
        "cover": "https://assets.hardcover.app/edition/31/a.jpg",
    }


def test_a_search_hit_says_nothing_of_any_one_edition() -> None:
    candidate = book_candidate(hit())
    assert candidate is not None
    assert (candidate.record, candidate.level, candidate.year) == ("12", Level.WORK, 1901)
    assert candidate.fields == {
        "hardcover": ["12"],
        "hardcover_slug": "kim",
        "title": "Kim",
        "authors": ["Rudyard Kipling"],
        "first_published": "1901",
    }


@pytest.mark.parametrize("role", ["Translator", "Illustrator", "Narrator", "Editor", "Foreword"])
def test_who_did_not_write_it_is_no_author(role: str) -> None:
    people: Data = [person("Constance Garnett", role), person("Leo Tolstoy"), person("A. Friend", "Author")]
    assert fields(cached_contributors=people)["authors"] == ["Leo Tolstoy", "A. Friend"]


def test_the_book_s_authors_stand_in_for_an_edition_that_names_none() -> None:
    assert fields(cached_contributors=[])["authors"] == ["Rudyard Kipling"]


def test_a_merged_book_is_the_one_it_went_into() -> None:
    candidate = edition_candidate(edition(book=book(canonical_id=99)))
    assert candidate is not None
    assert (candidate.record, candidate.fields["hardcover"]) == ("99", ["99"])
    assert "hardcover_slug" not in candidate.fields


@pytest.mark.parametrize(
    ("date", "published"),
    [("1992-06-25", "1992-06-25"), ("1992-01-01", "1992"), ("1992", "1992"), (None, None), ("soon", None)],
)
def test_a_new_year_s_day_stands_for_its_year(date: str | None, published: str | None) -> None:
    assert fields(release_date=date).get("published") == published


@pytest.mark.parametrize(
    ("year", "first"), [(180, "0180"), (1992, "1992"), (1993, None), (None, None), (0, None)]
)
def test_a_first_year_after_the_edition_is_left_out(year: int | None, first: str | None) -> None:
    assert fields(book=book(release_year=year)).get("first_published") == first


@pytest.mark.parametrize(
    ("series", "position"),
    [
        ({"position": 1.5, "series": {"name": "S"}}, "1.5"),
        ({"position": 2.0, "series": {"name": "S"}}, "2"),
        ({"position": None, "details": "1-3", "series": {"name": "S"}}, "1-3"),
        ({"position": None, "details": "prequel", "series": {"name": "S"}}, None),
        ({"position": -1, "series": {"name": "S"}}, None),
    ],
)
def test_a_place_in_a_series_is_a_number(series: Data, position: str | None) -> None:
    found = fields(book=book(cached_featured_series=series))
    assert (found["series"], found.get("series_position")) == ("S", position)


@pytest.mark.parametrize("series", [None, {}, {"position": 3}, {"position": 3, "series": {"name": ""}}])
def test_a_series_without_a_name_is_none(series: Data) -> None:
    assert not {"series", "series_position"} & fields(book=book(cached_featured_series=series)).keys()


@pytest.mark.parametrize(
    "image", [None, {}, {"url": None}, {"url": "javascript:alert(1)"}, {"url": "http://a.example/x.jpg"}]
)
def test_a_cover_is_a_safe_address_or_the_book_s(image: Data) -> None:
    assert fields(image=image)["cover"] == "https://assets.hardcover.app/books/12.jpg"


@pytest.mark.parametrize("number", ["9780140183529", "x", None, 5])
def test_an_isbn_that_is_none_is_not_written(number: Data) -> None:
    assert not {"isbn13", "isbn10"} & fields(isbn_13=number).keys()


@pytest.mark.parametrize(
    "record",
    [
        {},
        edition(book=None),
        edition(book={}),
        edition(book=book(id=None)),
        edition(title=None, book=book(title=" ")),
    ],
    ids=["nothing", "no book", "an empty book", "no id", "no title"],
)
def test_what_names_no_book_is_no_candidate(record: Record) -> None:
    assert edition_candidate(record) is None


@pytest.mark.parametrize("document", [{}, hit(id=None), hit(id="x"), hit(id=True), hit(title="")])
def test_a_hit_without_id_or_title_is_no_candidate(document: Record) -> None:
    assert book_candidate(document) is None


def test_fields_of_another_shape_than_expected_are_passed_over() -> None:
    odd: Record = {name: [1, {"a": None}] for name in edition()}
    assert (
        edition_candidate({**odd, "title": "Kim", "book": {**dict.fromkeys(book(), 3.5), "id": 12}})
        is not None
    )
    assert book_candidate({**{name: {"a": [None]} for name in hit()}, "id": 12, "title": "Kim"}) is not None


@pytest.mark.parametrize(
    ("people", "authors"),
    [
        ({"contribution_types": ["Author"]}, ["Rudyard Kipling", "Some Reader"]),
        ({"contribution_types": None}, ["Rudyard Kipling", "Some Reader"]),
        (
            {"contributions": [person("Rudyard Kipling"), person("Some Reader", "Narrator")]},
            ["Rudyard Kipling"],
        ),
        ({"author_names": None}, None),
    ],
    ids=["roles that do not fit", "no roles", "with contributions", "nobody"],
)
def test_the_authors_of_a_hit_are_told_from_its_contributors(
    people: Record, authors: list[str] | None
) -> None:
    candidate = book_candidate(hit(**people))
    assert candidate is not None
    assert candidate.fields.get("authors") == authors
