from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.catalog import keys
from completist.catalog.keys import Table

tables: st.SearchStrategy[Table] = st.sampled_from(["ed", "wk", "au"])
numbers = st.integers(1, keys.MAX_NUMBER)


@given(tables, numbers)
def test_a_key_survives_being_a_number(table: Table, number: int) -> None:
    key = keys.name(table, number)
    assert keys.parse(key) == (table, number)
    assert keys.uncode(keys.code(table, number)) == (table, number)


def test_the_path_may_stand_before_the_key() -> None:
    assert keys.parse("/books/OL7M") == keys.parse("OL7M") == ("ed", 7)
    assert keys.work_number("/works/OL7W") == keys.work_number("OL7W") == 7
    assert keys.author_number("/authors/OL7A") == 7


@pytest.mark.parametrize(
    "key",
    ["", "OL", "OLM", "OL0M", "OL7X", "OL-7M", "OL7.5M", "OL2147483648M", "OL1000000000000M", "OL²M", "7"],
)
def test_refuses_what_is_no_key(key: str) -> None:
    assert keys.parse(key) is None


def test_a_key_of_another_table_has_no_number_here() -> None:
    assert keys.work_number("/books/OL7M") == 0
