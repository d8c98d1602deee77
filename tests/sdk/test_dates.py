from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.sdk.dates import edtf_date


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2015/02/17", "2015-02-17"),
        ("2010-09", "2010-09"),
        ("[2007-04-16]", "2007-04-16"),
        ("2024-03-01T13:01:12.937", "2024-03-01"),
        ("2011-09-05 21:06:00.055290+00:00", "2011-09-05"),
        ("1/13/21", "2021-01-13"),
        ("1/13/99", "1999-01-13"),
        ("4/5/2015", "2015-04-05"),
        ("13/1/2021", "2021-01-13"),
        ("July 1982", "1982-07"),
        ("Sept. 4, 1990", "1990-09-04"),
        ("4th May 1990", "1990-05-04"),
        ("1990 May", "1990-05"),
        ("     2000 ", "2000"),
        ("2004.0", "2004"),
        ("-750", "-0750"),
        ("121", "0121"),
        ("c. 1850", "1850~"),
        ("circa 1850", "1850~"),
        ("[1923?]", "1923?"),
        ("\u00a91995", "1995"),
        ("c1995", "1995"),
        ("1980s", "198X"),
        ("19--", "19XX"),
        ("1914-1918", "1914/1918"),
        ("Summer 1982", "1982-22"),
        ("19th century", "18XX"),
        ("1st ed. 1990", "1990"),
        ("Juillet 1982", "1982"),
    ],
)
def test_a_date_is_as_exact_as_its_text(text: str, expected: str) -> None:
    assert edtf_date(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2/30/2020", "2020-02"), ("2019/02/29", "2019-02"), ("2020/00/00", "2020"), ("2010-13", "2010")],
)
def test_what_cannot_be_is_left_off(text: str, expected: str) -> None:
    assert edtf_date(text) == expected


@pytest.mark.parametrize(
    "text", ["", "0", "0000", "?", "unknown", "20220", "1982, 1983", "May 5", "1/2/3", "x" * 99]
)
def test_what_is_no_date_is_none(text: str) -> None:
    assert edtf_date(text) is None


@given(
    st.dates(min_value=date(1000, 1, 1)),
    st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%d %B %Y", "%B %d, %Y", "%m/%d/%Y", "[%Y-%m-%d]"]),
)
def test_every_day_comes_back(day: date, form: str) -> None:
    assert edtf_date(day.strftime(form)) == day.isoformat()


@given(st.text("0123456789/-. ?cabcJulymay[]~XBC,:+T", max_size=14))
def test_no_text_breaks_the_reader_nor_gets_a_day_it_lacks(text: str) -> None:
    found = edtf_date(text)
    assert found is None or sum(map(str.isdigit, found)) <= sum(map(str.isdigit, text)) + 4
