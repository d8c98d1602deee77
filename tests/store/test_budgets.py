from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from tests.support.clocks import START

from completist.domain.allowance import Allowance, Answered, Rule, Wish, announce, ask, correct, rested
from completist.domain.breaker import DAY, HOUR, Breaker, State, failed
from completist.domain.budget import Budget, Quota, Rate
from completist.domain.run import Outcome
from completist.store import budgets
from completist.store.budgets import Standing
from completist.store.database import Database

ATLAS = Budget(Rate(1_000, 5), Quota(1_000))
PACIFIC = Budget(Rate(1), Quota(3, -8 * HOUR, "America/Los_Angeles"))


def take(
    database: Database, declared: Budget = ATLAS, now: int = START, wish: Wish | None = None
) -> Answered:
    """One call at a provider called atlas, or what stands against it."""

    def rule(allowance: Allowance, moment: int) -> tuple[Allowance, Answered]:
        answered = ask(allowance, moment, wish or Wish())
        return answered.allowance, answered

    return budgets.amend(database, "atlas", declared, lambda: now, rule)


def change(database: Database, how: Callable[[Allowance, int], Allowance], declared: Budget = ATLAS) -> None:
    budgets.amend(database, "atlas", declared, lambda: START, lambda before, now: (how(before, now), None))


def standing(database: Database, now: int = START) -> Standing:
    with database.read() as connection:
        (only,) = budgets.standings(connection, now)
    return only


def at(zone: str, *moment: int) -> int:
    return round(datetime(*moment, tzinfo=ZoneInfo(zone)).timestamp() * 1000)  # type: ignore[arg-type, misc]  # year first


# --- what is kept -----------------------------------------------------------------------------------------------


def test_everything_is_there_again_for_the_next_process(database: Database) -> None:
    kept: list[Allowance] = []

    def turn(before: Allowance, now: int) -> Allowance:
        allowance = ask(before, now, Wish(cost=2)).allowance
        allowance = announce(announce(allowance, now, 30, 60_000, 2), now, 10**15, DAY, None)
        allowance = correct(allowance, now, today=7)
        allowance = rested(allowance, now, None, Outcome.RATE_LIMITED)
        troubled = failed(failed(Breaker(), now, Outcome.TRANSIENT), now, Outcome.INVALID_KEY, "digest")
        kept.append(replace(allowance, breaker=troubled, paused_at=now))
        return kept[0]

    change(database, turn)
    change(database, lambda before, _now: kept.append(before) or before)  # type: ignore[func-returns-value]  # on purpose
    assert kept[1] == kept[0]


def test_a_rule_that_fails_changes_nothing(database: Database) -> None:
    take(database)

    def broken(_before: Allowance, _now: int) -> Allowance:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - ours
        change(database, broken)
    assert standing(database).left == 999


def test_no_call_is_lost_between_two_that_are_made_at_once(database: Database) -> None:
    generous = Budget(Rate(1, 1_000), Quota(200))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: take(database, generous), range(220)))
    assert sum(not answered.wait for answered in answers) == 200
    assert standing(database).left == 0


def test_providers_do_not_stand_in_each_other_s_way(database: Database) -> None:
    other: Rule[int] = lambda allowance, now: (rested(allowance, now, 9_000, Outcome.BLOCKED), 0)  # noqa: E731 - a rule
    budgets.amend(database, "almanac", ATLAS, lambda: START, other)
    assert take(database).wait == 0


def test_what_a_new_version_declares_counts_from_then_on(database: Database) -> None:
    change(database, partial(_said, calls=6))
    assert standing(database).rate == Rate.within(6, 60_000, 5)
    take(database)
    faster = Budget(Rate(500, 8), Quota(2_000))
    wait = take(database, faster).wait
    assert wait <= 500  # of a burst, not of the slower pace
    assert take(database, faster, START + wait).wait == 0
    told = standing(database)
    assert (told.rate, told.quota, told.left) == (faster.rate, 2_000, 1_998)


def _said(allowance: Allowance, now: int, calls: int) -> Allowance:
    return announce(allowance, now, calls, 60_000, None)


def test_on_a_server_its_clock_counts(database: Database) -> None:
    if database.dialect == "sqlite":
        assert take(database, now=5).allowance.called_at == 5
        return
    database.keeps_time = True
    try:
        called = take(database, now=5).allowance.called_at
        assert called is not None
        assert called > START
    finally:
        database.keeps_time = False


# --- days of a place --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("noon", "hours"),
    [
        ((2026, 3, 7, 12), 12),
        ((2026, 3, 8, 0, 30), 22.5),
        ((2026, 11, 1, 0, 30), 24.5),
        ((2026, 7, 1, 23), 1),
    ],
    ids=["the day before", "a short day", "a long day", "in summer"],
)
def test_a_quota_comes_back_at_midnight_where_the_provider_is(
    database: Database, noon: tuple[int, ...], hours: float
) -> None:
    now = at("America/Los_Angeles", *noon)
    for n in range(3):
        assert take(database, PACIFIC, now + n).wait == 0
    refused = take(database, PACIFIC, now + 3)
    assert (refused.outcome, refused.wait) == (Outcome.QUOTA_EXHAUSTED, hours * HOUR - 3)
    assert standing(database, now + 3).resets_at == now + hours * HOUR
    assert take(database, PACIFIC, round(now + hours * HOUR)).wait == 0
    assert standing(database, round(now + hours * HOUR)).left == 2


def test_a_place_that_this_machine_does_not_know_keeps_the_offset_declared(database: Database) -> None:
    nowhere = Budget(Rate(1), Quota(1, 2 * HOUR, "Middle/Earth"))
    midnight = START - START % DAY
    take(database, nowhere, midnight)
    assert take(database, nowhere, midnight).wait == 22 * HOUR


# --- for those who look -----------------------------------------------------------------------------------------


def test_it_is_told_how_a_provider_stands(database: Database) -> None:
    take(database)
    told = standing(database, START + 5)
    midnight = START - START % DAY + DAY
    assert told == Standing("atlas", Rate(1_000, 5), 1_000, 999, midnight, called_at=START)
    change(database, lambda before, now: rested(before, now, 9_000, Outcome.RATE_LIMITED))
    told = standing(database)
    assert (told.rests_until, told.rests_for) == (START + 9_000, Outcome.RATE_LIMITED)
    assert standing(database, START + 9_000).rests_until is None


def test_it_is_told_when_the_breaker_is_open_and_when_it_may_be_tried(database: Database) -> None:
    change(
        database, lambda before, now: replace(before, breaker=failed(before.breaker, now, Outcome.BLOCKED))
    )
    told = standing(database)
    assert (told.breaker, told.breaker_until, told.opened_for) == (State.OPEN, START + HOUR, Outcome.BLOCKED)
    told = standing(database, START + HOUR)
    assert (told.breaker, told.breaker_until, told.opened_for) == (State.HALF_OPEN, None, Outcome.BLOCKED)


def test_nobody_calls_what_a_person_has_paused_until_it_is_resumed(database: Database) -> None:
    with database.write() as connection:
        assert budgets.pause(connection, "atlas", START)
        assert not budgets.pause(connection, "atlas", START + 1)
    assert take(database).why == "paused"
    told = standing(database)
    assert (told.paused_at, told.rate, told.quota) == (START, ATLAS.rate, 1_000)
    with database.write() as connection:
        assert budgets.resume(connection, "atlas", START)
        assert not budgets.resume(connection, "atlas", START)
    assert take(database).wait == 0


def test_a_provider_can_be_paused_that_nobody_has_called_yet(database: Database) -> None:
    with database.write() as connection:
        budgets.pause(connection, "atlas", START)
    assert standing(database) == Standing("atlas", paused_at=START)


def test_a_person_who_resumes_lets_it_be_tried_at_once(database: Database) -> None:
    change(
        database, lambda before, now: replace(before, breaker=failed(before.breaker, now, Outcome.BLOCKED))
    )
    assert take(database).why == "breaker"
    with database.write() as connection:
        assert budgets.resume(connection, "atlas", START)
    assert take(database).probe == 1
    assert take(database).why == "breaker"


def test_no_key_stands_in_the_row(database: Database) -> None:
    take(database, wish=Wish(key="digest"))
    with database.read() as connection:
        columns = set(connection.execute(text("SELECT * FROM budgets")).keys())
    assert {name for name in columns if "key" in name} == {"key_digest"}
