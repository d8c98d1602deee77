from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.domain.fields import Data
from completist.sdk.jsondata import record, records, text, texts, trimmed, whole

JSON: st.SearchStrategy[Data] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("Emma", "Emma"),
        (1815, "1815"),
        ("a\0b", "ab"),
        (True, ""),
        (1.5, ""),
        (None, ""),
        (["x"], ""),
        ({}, ""),
    ],
)
def test_a_text(data: Data, said: str) -> None:
    assert text(data) == said


def test_a_text_holds_no_half_of_a_character() -> None:
    assert text("half \ud83d of one") == "half ? of one"


def test_the_texts_of_a_list_are_those_that_say_anything() -> None:
    assert texts(["a", "", " ", None, 7, {"value": "b"}]) == ["a", "7"]
    assert texts("alone") == ["alone"]
    assert texts(None) == []


@pytest.mark.parametrize(
    ("data", "number"),
    [(1, 1), ("304", 304), (" 304 ", 304), (0, None), (-5, None), (True, None), (2.0, None), ("304 p.", None),
     (101, 101), (10**400, None), ("9" * 400, None), ("٣", None), (None, None)],
)  # fmt: skip
def test_a_whole_number(data: Data, number: int | None) -> None:
    assert whole(data) == number


def test_a_number_beyond_what_can_be_is_none() -> None:
    assert whole(501, 500) is None
    assert whole("500", 500) == 500


def test_objects() -> None:
    assert record({"a": 1}) == {"a": 1}
    assert record([1]) == {}
    assert records([{"a": 1}, 2, None]) == [{"a": 1}]
    assert records({"a": 1}) == []
    assert trimmed({"a": 1, "b": 2}, frozenset({"b", "c"})) == {"b": 2}


@given(JSON)
def test_nothing_is_too_odd_to_be_read(data: Data) -> None:
    for read in (text, texts, whole, record, records):
        read(data)
