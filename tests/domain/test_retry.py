from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from completist.domain.retry import FIRST, LONGEST, MAX_ATTEMPTS, REST, backoff, postponed
from completist.domain.run import Outcome, RunState

NO_FAULT = (Outcome.RATE_LIMITED, Outcome.QUOTA_EXHAUSTED, Outcome.BLOCKED, Outcome.INVALID_KEY)
FAULT = (Outcome.TRANSIENT, Outcome.BAD_RESPONSE)

attempts = st.integers(1, 10_000)
times = st.integers(0, 2**50)
chances = st.randoms(use_true_random=False)


@given(attempts, chances)
def test_the_wait_doubles_up_to_six_hours_give_or_take_a_half(tried: int, chance: Random) -> None:
    wait = backoff(tried, chance)
    middle = min(LONGEST, FIRST * 2 ** (tried - 1))
    assert middle * 0.5 - 1 <= wait <= middle * 1.5
    assert FIRST * 0.5 - 1 <= wait <= LONGEST * 1.5


@given(st.integers(1, 12), st.integers(0, 2**32))
def test_the_same_chance_waits_longer_after_more_attempts(tried: int, seed: int) -> None:
    waits = [backoff(n, Random(seed)) for n in (tried, tried + 1)]  # noqa: S311 - jitter
    assert waits[0] <= waits[1] <= 2 * waits[0] + 1


@given(st.sampled_from(NO_FAULT), attempts, times, chances)
def test_a_provider_that_rests_costs_no_attempt(
    outcome: Outcome, tried: int, now: int, chance: Random
) -> None:
    result = postponed(outcome, tried, now, None, chance)
    assert (result.state, result.code, result.refund) == (RunState.WAITING, outcome.value, True)
    assert result.run_at is not None
    assert REST <= result.run_at - now <= REST * 1.5


@given(st.sampled_from(FAULT), st.integers(1, MAX_ATTEMPTS - 1), times, chances)
def test_what_may_pass_is_tried_again(outcome: Outcome, tried: int, now: int, chance: Random) -> None:
    result = postponed(outcome, tried, now, None, chance)
    assert (result.state, result.code, result.refund) == (RunState.WAITING, outcome.value, False)
    assert result.run_at is not None
    assert result.run_at > now


@given(st.sampled_from(FAULT), st.integers(MAX_ATTEMPTS, 100), times, chances)
def test_after_so_many_attempts_it_has_failed(outcome: Outcome, tried: int, now: int, chance: Random) -> None:
    result = postponed(outcome, tried, now, 1.0, chance)
    assert (result.state, result.code, result.run_at, result.refund) == (
        RunState.FAILED,
        outcome.value,
        None,
        False,
    )


@pytest.mark.parametrize("outcome", [*NO_FAULT, Outcome.TRANSIENT])
def test_the_wait_that_a_provider_names_is_kept_to_the_letter(outcome: Outcome) -> None:
    assert postponed(outcome, 1, 1000, 2.5, Random(1)).run_at == 3500  # noqa: S311 - jitter
