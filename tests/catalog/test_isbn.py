from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import isbn as standard

from completist.catalog import isbn

stems = st.integers(0, 2 * 10**9 - 1).map(lambda n: str(isbn.BOOKLAND + n))


@given(stems)
def test_both_forms_of_an_isbn_have_one_place(stem: str) -> None:
    full = stem + isbn.check_13(stem)
    assert standard.is_valid(full)
    assert isbn.canonical(full) == full
    short = isbn.to_10(full)
    assert (short is None) == stem.startswith("979")
    if short is not None:
        assert standard.is_valid(short)
        assert isbn.canonical(short) == full
        assert isbn.pack(short) == isbn.pack(full)


@given(st.text("0123456789Xx- \u2013", max_size=20))
def test_agrees_with_the_standard_on_what_is_an_isbn(text: str) -> None:
    found = isbn.canonical(text)
    if found is not None:
        assert standard.is_valid(found)
        assert isbn.pack(text) == isbn.pack(found)


@pytest.mark.parametrize(
    "written",
    ["0-441-47812-3", "044147812 3", "9780441478125", "978\u20110\u2011441\u201147812\u20115", "441478123"],
)
def test_reads_an_isbn_however_it_is_written(written: str) -> None:
    assert isbn.canonical(written) == "9780441478125"


@pytest.mark.parametrize(
    "text", ["", "9780441478126", "0441478124", "5901234123457", "97804414781", "٩٧٨٠٤٤١٤٧٨١٢٥"]
)
def test_refuses_what_is_no_isbn(text: str) -> None:
    assert isbn.canonical(text) is None


def test_x_stands_for_ten_in_either_case() -> None:
    assert isbn.canonical("080442957x") == isbn.canonical("080442957X") == "9780804429573"
