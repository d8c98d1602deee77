from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.net.limits import Limit, Limits, read_limits, retry_after

NOW = 1_795_000_000_000  # Wed, 18 Nov 2026 11:06:40 GMT


def test_the_standard_headers_are_read_by_policy() -> None:
    limits = read_limits(
        {
            "ratelimit-policy": '"Free";q=60;w=60;burst=10, "daily";q=5000;w=86400',
            "ratelimit": '"Free";r=8;t=42, "daily";r=4231;t=51234',
            "x-ratelimit-remaining": "1",
        },
        NOW,
    )
    assert limits == Limits((
        Limit("Free", calls=60, window=60, burst=10, remaining=8, reset=42.0),
        Limit("daily", calls=5000, window=86400, remaining=4231, reset=51234.0),
    ))  # fmt: skip
    assert [limit.daily for limit in limits.policies] == [False, True]
    assert limits.exhausted is None


@pytest.mark.parametrize(
    ("standing", "over"),
    [
        ('"Free";r=0;t=9, "daily";r=10;t=500', "Free"),
        ('"Free";r=3;t=9, "daily";r=0;t=500', "daily"),
        ('"Free";r=0;t=9, "daily";r=0;t=500', "daily"),
    ],
)
def test_the_policy_that_is_used_up_is_named_the_lasting_one_before_the_other(
    standing: str, over: str
) -> None:
    limits = read_limits(
        {"ratelimit-policy": '"Free";q=60;w=60, "daily";q=5000;w=86400', "ratelimit": standing}, NOW
    )
    assert limits.exhausted is not None
    assert limits.exhausted.name == over


@pytest.mark.parametrize(
    ("headers", "limit"),
    [
        (
            {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "3", "x-ratelimit-reset": "20"},
            Limit(calls=60, remaining=3, reset=20.0),
        ),
        (
            {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795000030"},
            Limit(calls=60, remaining=0, reset=30.0),
        ),
        ({"ratelimit-limit": "100, 100;w=60", "ratelimit-remaining": "5"}, Limit(calls=100, remaining=5)),
        ({"x-rate-limit-remaining": "7"}, Limit(remaining=7)),
    ],
    ids=["a wait", "a time", "an older draft", "with another hyphen"],
)
def test_the_older_dialects_are_read(headers: dict[str, str], limit: Limit) -> None:
    assert read_limits(headers, NOW).policies == (limit,)


def test_a_limit_without_a_window_is_a_day_s_when_it_comes_back_in_hours() -> None:
    assert Limit(remaining=0, reset=20_000).daily
    assert not Limit(remaining=0, reset=200).daily


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("12", 12.0),
        (" 0 ", 0.0),
        ("1.5", 1.0),
        ("Wed, 18 Nov 2026 11:07:10 GMT", 30.0),
        ("Wed, 18 Nov 2026 10:00:00 GMT", 0.0),
        ("99999999999", 31 * 86_400.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_a_wait_is_read_from_seconds_and_dates(text: str, seconds: float | None) -> None:
    assert retry_after(text, NOW) == seconds


@given(
    st.dictionaries(
        st.sampled_from(["ratelimit", "ratelimit-policy", "x-ratelimit-reset", "retry-after"]), st.text()
    )
)
def test_no_header_is_too_strange(headers: dict[str, str]) -> None:
    limits = read_limits(headers, NOW)
    assert limits.retry_after is None or limits.retry_after >= 0
