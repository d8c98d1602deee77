from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.domain.fields import Data
from completist.domain.kind import Field, FieldType, parse_data

T = FieldType


@pytest.mark.parametrize(
    ("kind", "text", "data"),
    [
        (T.TEXT, "  Emma ", "Emma"),
        (T.TEXT, "   ", None),
        (T.LONG_TEXT, "two\nlines", "two\nlines"),
        (T.TEXTS, "Ann; Bob ;; ", ["Ann", "Bob"]),
        (T.TEXTS, "Le Guin, Ursula K.", ["Le Guin, Ursula K."]),  # commas belong to names
        (T.TEXTS, " ; ", None),
        (T.IDENTIFIER, "9780141439587", ["9780141439587"]),
        (T.INTEGER, " 42 ", 42),
        (T.INTEGER, "-3", -3),
        (T.NUMBER, "4.5", 4.5),
        (T.BOOLEAN, "Yes", True),
        (T.BOOLEAN, "off", False),
        (T.URL, "https://example.org/a", "https://example.org/a"),
        (T.IMAGE, "http://example.org/a.jpg", "http://example.org/a.jpg"),
        (T.DATE, "1815-12", "1815-12"),
    ],
)
def test_what_a_person_types_becomes_data_of_the_fields_type(kind: FieldType, text: str, data: Data) -> None:
    assert parse_data(Field("x", kind, "X"), text) == data


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (T.INTEGER, "4.5"),
        (T.INTEGER, "many"),
        (T.NUMBER, "four"),
        (T.NUMBER, "nan"),
        (T.NUMBER, "inf"),
        (T.NUMBER, "1e999"),
        (T.INTEGER, "9" * 5000),
        (T.INTEGER, "9" * 400),
        (T.INTEGER, "9007199254740993"),  # no longer exact in JSON
        (T.BOOLEAN, "perhaps"),
        (T.URL, "example.org"),
        (T.IMAGE, "javascript:alert(1)"),
        (T.TEXT, "broken \udcff byte"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_fields_name(kind: FieldType, text: str) -> None:
    with pytest.raises(ValueError, match="weight"):
        parse_data(Field("weight", kind, "Weight"), text)


@given(kind=st.sampled_from(FieldType), text=st.text(st.characters(codec="utf-8")))
def test_any_text_gives_data_or_a_refusal(kind: FieldType, text: str) -> None:
    try:
        data = parse_data(Field("x", kind, "X"), text)
    except ValueError as error:
        assert "x takes" in str(error)  # noqa: PT017 - most texts are refused, and that is fine
    else:
        assert data is not None or not text.replace(";", "").strip()
