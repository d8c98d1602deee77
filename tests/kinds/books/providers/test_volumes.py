from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.domain.fields import Data, Level
from completist.domain.matching import Candidate
from completist.kinds.books.providers.volumes import distinct, fullest, people, title_fields


@pytest.mark.parametrize(
    ("title", "subtitle", "fields"),
    [
        ("Emma", "", {"title": "Emma", "subtitle": ""}),
        (
            "Fire (Saga of Stones, #2)", "",
            {"title": "Fire", "subtitle": "", "series": "Saga of Stones", "series_position": "2"},
        ),
        (
            "Fire (Saga of Stones, Book 2)", "A Novel",
            {"title": "Fire", "subtitle": "A Novel", "series": "Saga of Stones", "series_position": "2"},
        ),
        (
            "Fire", "Book Two of the Saga of Stones",
            {
                "title": "Fire", "subtitle": "Book Two of the Saga of Stones", "series": "the Saga of Stones",
                "series_position": "2",
            },
        ),
        ("Emma (Penguin Classics)", "", {"title": "Emma (Penguin Classics)", "subtitle": ""}),
        ("Fire - Stones", "", {"title": "Fire - Stones", "subtitle": ""}),
        ("(Untitled)", "", {"title": "(Untitled)", "subtitle": ""}),
        ("", "Left alone", {"title": "", "subtitle": "Left alone"}),
    ],
)  # fmt: skip
def test_a_series_in_the_title_becomes_a_field(title: str, subtitle: str, fields: dict[str, Data]) -> None:
    assert title_fields(title, subtitle) == fields


@pytest.mark.parametrize(
    ("said", "author"),
    [
        ("Ann Author", "Ann Author"),
        ("Author, Ann", "Ann Author"),
        ("García Márquez, Gabriel", "Gabriel García Márquez"),
        ("King, Martin Luther, Jr.", "Martin Luther King, Jr."),
        ("Koch, Ed", "Ed Koch"),
        ("Ann Author (Author)", "Ann Author"),
        ("Stone & Sons, Inc.", "Stone & Sons, Inc."),
    ],
)
def test_an_author_is_named_as_one_speaks(said: str, author: str) -> None:
    assert people([said]) == {"authors": [author], "contributors": []}


@pytest.mark.parametrize(
    "said",
    [
        "Tom Else (Translator)", "Tom Else [Illustrator]", "Else, Tom (trans.)", "Tom Else, editor",
        "Tom Else - Narrator", "Tom Else (Foreword)", "Tom Else (ed.)",
    ],
)  # fmt: skip
def test_who_did_not_write_the_book_is_no_author(said: str) -> None:
    assert people(["Ann Author", said]) == {"authors": ["Ann Author"], "contributors": ["Tom Else"]}


def test_nobody_is_named_twice() -> None:
    assert people(["Ann Author", "Author, Ann", "Ann Author (Illustrator)"]) == {
        "authors": ["Ann Author"],
        "contributors": [],
    }


@given(st.lists(st.text()))
def test_no_name_is_too_odd(said: list[str]) -> None:
    people(said)
    title_fields("".join(said), "x")


def volume(record: str, title: str, **more: Data) -> Candidate:
    fields: dict[str, Data] = {"title": title, "authors": ["Ann Author"], **more}
    return Candidate("p", record, Level.EDITION, title, fields=fields)


def test_of_one_book_twice_the_record_that_says_most_stands() -> None:
    bare, full = volume("1", "Emma"), volume("2", "Emma: A Novel", pages=512)
    other = volume("3", "Something Else Altogether")
    assert [each.record for each in distinct([bare, full, other])] == ["2", "3"]
    assert [each.record for each in fullest([bare, full, other, full])] == ["2", "1", "3"]
