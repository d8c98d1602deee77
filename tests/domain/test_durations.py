from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.domain.durations import LONGEST, UNITS, read_duration, said_duration


@pytest.mark.parametrize(
    ("text", "span", "said"),
    [
        ("90d", 90 * 86_400_000, "90d"),
        (" 2 W ", 14 * 86_400_000, "14d"),
        ("12h", 43_200_000, "12h"),
        ("48h", 2 * 86_400_000, "2d"),
        ("30m", 1_800_000, "30m"),
    ],
)
def test_durations_are_read_and_said(text: str, span: int, said: str) -> None:
    assert read_duration(text) == span
    assert said_duration(span) == said


@pytest.mark.parametrize("text", ["", "90", "d", "0d", "-1d", "1.5d", "90 days", "1y", "99999999d", "1d2h"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="such as 90d"):
        read_duration(text)


@given(span=st.integers(1, LONGEST // UNITS["m"]).map(UNITS["m"].__mul__))
def test_what_is_said_is_read_as_the_same(span: int) -> None:
    assert read_duration(said_duration(span)) == span
