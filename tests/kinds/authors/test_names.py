from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.domain.fields import Data
from completist.kinds.authors.names import agree, compatible


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("J. R. R. Tolkien", "Tolkien, John Ronald Reuel, 1892-1973"),
        ("J.K. Rowling", "JK Rowling"),
        ("Joanne Rowling", "J. K. Rowling"),
        ("Ursula Le Guin", "Ursula K. Le Guin"),
        ("Kurt Vonnegut Jr.", "Kurt Vonnegut"),
        ("Teresa of Avila, Saint", "Teresa of Ávila"),
        ("Fyodor Dostoyevsky", "Фёдор Достоевский"),
        ("Dr. Seuss", "Seuss"),
        ("Flann O'Brien", "Flann O\u2019Brien"),
        ("Homer", "HOMER"),
    ],
)
def test_spellings_of_one_name_go_together(name: str, other: str) -> None:
    assert compatible(name, other)
    assert compatible(other, name)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Stephen King", "Tabitha King"),
        ("Charlotte Brontë", "Emily Brontë"),
        ("Robert Galbraith", "J.K. Rowling"),
        ("J. K.", "Joan King"),
        ("村上春樹", "Haruki Murakami"),
        ("1892", "1893"),
    ],
)
def test_different_people_do_not(name: str, other: str) -> None:
    assert not compatible(name, other)


def test_another_name_of_the_record_is_enough() -> None:
    record: dict[str, Data] = {"name": "Samuel Langhorne Clemens", "alternate_names": ["Mark Twain"]}
    assert agree({"name": "Mark Twain"}, record)
    assert not agree({"name": "Charles Dickens"}, record)


def test_a_missing_name_contradicts_nothing() -> None:
    assert agree({}, {"name": "Mark Twain"})
    assert agree({"name": " "}, {"name": "Mark Twain"})


@given(st.text(max_size=40))
def test_every_name_goes_with_itself(name: str) -> None:
    assert agree({"name": name}, {"name": name})
