from __future__ import annotations

import pytest

from completist.domain.fields import Data
from completist.kinds.books.kind import BOOK
from completist.kinds.books.typed import TYPED


@pytest.mark.parametrize(
    ("field", "typed", "kept"),
    [
        ("isbn13", ["0-14-043658-8", "978 0 14 043658 7"], ["9780140436587"]),
        ("isbn10", ["9780140436587"], ["0140436588"]),
        ("published", "July 1982", "1982-07"),
        ("first_published", "-750", "-0750"),
        ("date_read", "2021/05/01", "2021-05-01"),
        ("date_read", "28/2/2021", "2021-02-28"),
        ("date_read", "2021-5", "2021-05"),
        ("rating", 4.5, 4.5),
        ("rating", 0.0, None),
        ("language", "German", "de"),
        ("pages", 300, 300),
        ("read_count", 0, 0),
    ],
)
def test_what_is_typed_comes_into_form(field: str, typed: Data, kept: Data) -> None:
    assert TYPED[field](typed) == kept


@pytest.mark.parametrize("field", sorted(TYPED))
def test_a_cleared_field_stays_cleared(field: str) -> None:
    assert field in BOOK.by_name
    assert TYPED[field](None) is None


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("isbn13", ["9780140436588"], "wrong check digit"),
        ("isbn13", ["Ivanhoe"], "not an identifier"),
        ("isbn10", ["9791032305690"], "no ten-digit form"),
        ("published", "soon", "not a date"),
        ("published", "2025-13-45", "not a date"),
        ("published", "2025-02-30", "not a date"),
        ("published", "2025-13", "not a date"),
        ("published", "13/45/2021", "not a date"),
        ("rating", 6, "from 0 to 5"),
        ("rating", -1.0, "from 0 to 5"),
        ("language", "Elvish", "no known language"),
        ("pages", 0, "from 1 up"),
        ("owned_copies", -1, "from 0 up"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(field: str, typed: Data, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TYPED[field](typed)


def test_keys_of_open_library_are_those_of_the_field() -> None:
    assert TYPED["olid"](["ol7353617m", "/books/OL7353617M"]) == ["OL7353617M"]
    assert TYPED["olid_work"](["OL45804W"]) == ["OL45804W"]
    for name, wrong in (("olid", "OL45804W"), ("olid_work", "OL7353617M"), ("olid", "7353617")):
        with pytest.raises(ValueError, match="not a key"):
            TYPED[name]([wrong])
