from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import isbn as stdnum_isbn

from completist.kinds.books.identifiers import Identified, isbn10, isbn13, isbn_fields, olid, read_identifier

NINE = st.text("0123456789", min_size=9, max_size=9)


@pytest.mark.parametrize(
    "text",
    [
        "9780141439518",
        "978-0-14-143951-8",
        " 978 0 14 143951 8 ",
        "978\u20100\u201014\u2010143951\u20108",
        '="9780141439518"',
        '="0141439513"',
        "0141439513",
        "0-14-143951-3",
        "141439513",
        "141439513.0",
        "9780141439518.0",
        "ISBN 9780141439518",
        "ISBN-13: 978-0-14-143951-8",
        "ISBN-10: 0141439513",
        "urn:isbn:9780141439518",
        "[0141439513]",
    ],
)
def test_an_isbn_is_known_however_it_is_written(text: str) -> None:
    assert isbn13(text) == "9780141439518"


@pytest.mark.parametrize(
    "text",
    [
        "",
        '=""',
        "9.78E+12",
        "9,78014E+12",
        "9780141439519",
        "0141439514",
        "978014143951",
        "0000000000",
        "Emma",
        "X",
    ],
)
def test_what_is_no_isbn_is_none(text: str) -> None:
    assert isbn13(text) is None


def test_the_check_character_may_be_x() -> None:
    assert isbn13("014197382x") == "9780141973821"
    assert isbn10("9780141973821") == "014197382X"


def test_the_newer_range_has_no_short_form() -> None:
    assert isbn13("979-10-321-0253-4") == "9791032102534"
    assert isbn10("9791032102534") is None
    assert isbn_fields("9791032102534") == {"isbn13": ["9791032102534"], "isbn10": None}
    assert isbn_fields(None) == {"isbn13": None, "isbn10": None}


@given(NINE)
def test_the_two_forms_turn_into_one_another(body: str) -> None:
    long = stdnum_isbn.to_isbn13(body + stdnum_isbn._calc_isbn10_check_digit(body))
    if body == "000000000":
        return
    short = isbn10(long)
    assert short is not None
    assert stdnum_isbn.is_valid(short)
    assert isbn13(short) == isbn13(long) == long


@given(NINE, st.integers(0, 12), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(body: str, place: int, off: int) -> None:
    long = stdnum_isbn.to_isbn13(body + stdnum_isbn._calc_isbn10_check_digit(body))
    wrong = long[:place] + str((int(long[place]) + off) % 10) + long[place + 1 :]
    assert isbn13(wrong) is None


@given(st.text(max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    found = read_identifier(text)
    assert found.scheme is None or found.value
    assert (isbn13(text) is not None) == (found.scheme == "isbn13")


@pytest.mark.parametrize(
    ("text", "scheme", "value"),
    [
        ("0785342510591", "upc", "0785342510591"),
        ("5011921910175", "upc", "5011921910175"),
        ("043396734791", "upc", "043396734791"),
        ("9790001138673", "upc", "9790001138673"),  # printed music
        ("b07mnwkf2m", "asin", "B07MNWKF2M"),
    ],
)
def test_other_numbers_keep_their_true_kind(text: str, scheme: str, value: str) -> None:
    found = read_identifier(text)
    assert (found.scheme, found.value) == (scheme, value)
    assert found.reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("7817700933", "wrong check digit"),
        ("9780141439519", "wrong check digit"),
        ("38549081", "a number too short for an ISBN"),
        ("9.78006E+12", "a number rounded by a spreadsheet, not an ISBN"),
        ("978014143951", "an ISBN-13 cut short"),
        ("9780141439", "an ISBN-13 cut short"),
        ("Jane Austen", "not an identifier"),
    ],
)
def test_junk_identifies_nothing_and_says_why(text: str, reason: str) -> None:
    found = read_identifier(text)
    assert found.scheme is None
    assert found.reason == reason


@pytest.mark.parametrize("text", ["", " ", '=""', "[]"])
def test_blank_is_nothing_odd(text: str) -> None:
    assert read_identifier(text) == Identified(None, "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("OL1M", ("olid", "OL1M")),
        ("/books/ol1m", ("olid", "OL1M")),
        ("https://openlibrary.org/works/OL45804W/Fantastic", ("olid_work", "OL45804W")),
        ("OL1A", None),
        ("XOL1M", None),
        ("", None),
    ],
)
def test_olid(text: str, expected: tuple[str, str] | None) -> None:
    assert olid(text) == expected
