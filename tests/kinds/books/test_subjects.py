from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.kinds.books.subjects import MOST, subjects


@pytest.mark.parametrize(
    "noise",
    [
        "Protected DAISY",
        "Accessible book",
        "In library",
        "Large type books",
        "nyt:paperback_nonfiction=2007-01-28",
        "collectionID:pride",
        "New York Times bestseller",
        "FIC009000",
        "Translations into German",
        "823.914",
        "General.",
        "",
        "A" * 100,
    ],
)
def test_bookkeeping_is_left_out(noise: str) -> None:
    assert subjects([noise, "Wizards"]) == ["Wizards"]


def test_headings_say_what_the_book_is_about() -> None:
    assert subjects(["Copyright -- Economic aspects -- United States."]) == ["Copyright"]
    assert subjects(["FICTION / Fantasy / General"]) == ["Fiction", "Fantasy"]
    assert subjects(["Fiction, fantasy, general"]) == ["Fiction, fantasy"]
    assert subjects(["Alice (Fictitious character : Carroll)"]) == ["Alice (Fictitious character : Carroll)"]
    assert subjects(["CSS"]) == ["CSS"]


def test_each_subject_stands_once_as_first_written() -> None:
    assert subjects(["Juvenile fiction", "Wizards"], ["Juvenile Fiction", "WIZARDS", "Schools"]) == [
        "Juvenile fiction",
        "Wizards",
        "Schools",
    ]


@given(st.lists(st.text(max_size=30), max_size=60))
def test_there_are_never_too_many_nor_two_alike(texts: list[str]) -> None:
    found = [str(subject) for subject in subjects(texts)]
    assert len(found) <= MOST
    assert len({subject.casefold() for subject in found}) == len(found)
    assert all(subject.strip() for subject in found)
