from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.kinds.books.matching.folding import fold, normalise


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("The Hitchhiker\u2019s Guide", "the hitchhikers guide"),
        ("Crime & Punishment", "crime and punishment"),
        ("Márquez, Gabriel García", "marquez gabriel garcia"),
        ("S.P.Q.R.", "spqr"),
        ("1,000 Places", "1000 places"),
        ("C++ & C#", "c plus plus and c sharp"),
        ("\uff26\uff35\uff2c\uff2c width", "full width"),
        ("三体", "san ti"),
        ("Преступление", "prestuplenie"),
        ("?", "?"),
    ],
)
def test_texts_that_people_would_call_the_same_fold_alike(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("words", "normal"),
    [
        ("nineteen eighty four", "1984"),
        ("ready player two", "ready player 2"),
        ("volume ii", "vol 2"),
        ("part one", "part 1"),
        ("book the first", "book the first"),
        ("henry v", "henry 5"),
        ("i robot", "i robot"),
        ("the second book", "the 2 book"),
        ("twenty one lessons", "21 lessons"),
        ("the colour of magic", "the color of magic"),
        ("book of dust", "book of dust"),
    ],
)
def test_numbers_and_labels_and_spellings_take_one_form(words: str, normal: str) -> None:
    assert " ".join(normalise(words.split())) == normal
