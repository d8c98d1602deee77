from __future__ import annotations

import pytest

from completist.domain.fields import Data
from completist.kinds.books.providers.questions import by_identifier, by_isbn, by_title, is_of, rounds
from completist.sdk.adapter import SEARCH, Question
from completist.sdk.finder import Subject


def book(**values: Data) -> Subject:
    return Subject(1, values)


def test_each_isbn_is_asked_for_once_in_its_long_form() -> None:
    asked = by_isbn(book(isbn13=["9780140183528", "9780140183529"], isbn10=["0140183523"]))
    assert asked == [Question("isbn13", "9780140183528")]


def test_an_identifier_is_asked_for_as_it_is_kept() -> None:
    assert by_identifier(book(olid_work=["OL1W", "OL1W"]), "olid_work") == [Question("olid_work", "OL1W")]
    assert by_identifier(book(), "olid_work") == []


@pytest.mark.parametrize(
    ("values", "text", "by"),
    [
        ({"title": "Kim", "authors": ["Rudyard Kipling", "Ada Writer"]}, "Kim", "Rudyard Kipling"),
        ({"title": "Kim (The Great Game, #1)"}, "Kim", ""),
        ({"title": "Kim", "authors": ["Various"]}, "Kim", ""),
        ({"title": "Kim", "authors": ["Unknown"]}, "Kim", ""),
        ({"title": "Kim: A Novel of India", "authors": []}, "Kim: A Novel of India", ""),
    ],
)
def test_a_title_is_searched_for_with_its_first_author(values: dict[str, Data], text: str, by: str) -> None:
    assert by_title(Subject(1, values)) == [Question(SEARCH, text, by)]


def test_a_title_may_be_searched_for_without_its_subtitle() -> None:
    assert by_title(book(title="Kim: A Novel of India"), whole=False) == [Question(SEARCH, "Kim")]
    assert by_title(book(title="Kim", subtitle="A Novel of India"), whole=False) == [Question(SEARCH, "Kim")]


@pytest.mark.parametrize("values", [{}, {"title": ""}, {"title": " "}, {"title": None}, {"title": 5}])
def test_without_a_title_nothing_is_searched_for(values: dict[str, Data]) -> None:
    assert by_title(Subject(1, values)) == []


def test_rounds_without_questions_are_left_out() -> None:
    question = Question("isbn13", "9780140183528")
    assert rounds([], [question], []) == [[question]]


def test_an_isbn_answers_a_question_in_whatever_form() -> None:
    question = Question("isbn13", "9780140183528")
    assert is_of(question, ["x", "0-14-018352-3"])
    assert not is_of(question, ["9780140439588", ""])
