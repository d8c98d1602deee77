from __future__ import annotations

import pytest
from tests.simulator.conftest import Caller
from tests.support.clocks import Clock

from completist.simulator import Simulator
from completist.simulator.calls import Call, Calls
from completist.simulator.limits import DAY, Limiter, Policy
from completist.simulator.pace import Pace

PACIFIC = 8 * 60 * 60  #: seconds
KEYED = "www.googleapis.com/books/v1/volumes?q=isbn:9780141439587&key=simulated"


def let_through(policy: Policy, seconds: float, step: float = 0.1) -> list[float]:
    """The moments at which somebody who calls as often as possible is let through."""
    limiter, now, through = Limiter((policy,)), 1000.0, []
    while now < 1000 + seconds:
        now += step
        if limiter.take(now, 1) is None:
            through.append(now)
    return through


def most_in(moments: list[float], window: float) -> int:
    return max(sum(start <= moment < start + window for moment in moments) for start in moments)


def test_a_minute_never_sees_more_than_its_calls() -> None:
    assert most_in(let_through(Policy("Free", 60, 60, burst=10), 200), 60) == 60


def test_an_even_pace_lets_a_minute_have_its_burst_beside_its_calls() -> None:
    through = let_through(Policy("api", 180, 60, burst=25, even=True), 200)
    assert 200 <= most_in(through, 60) <= 205
    assert most_in(through[40:], 60) <= 181  # the burst is used up, and does not come back


def test_a_day_that_begins_at_midnight_is_no_sliding_one() -> None:
    midnight = 20_000 * DAY + PACIFIC
    limiter = Limiter((Policy("day", 2, DAY, midnight=PACIFIC),))
    taken = [
        limiter.take(midnight + at, 1) is None for at in (DAY - 3, DAY - 2, DAY - 1, DAY, DAY + 1, DAY + 2)
    ]
    assert taken == [True, True, False, True, True, False]
    assert limiter.reset(limiter.policies[0], midnight + DAY + 2) == DAY - 2


def test_calls_of_other_groups_do_not_count() -> None:
    limiter = Limiter((Policy("api", 1, 60, group="api"),))
    assert [limiter.take(0, 1, group) is None for group in ("api", "pages", "api", "pages")] == [
        True,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(("calls", "window", "burst"), [(0, 60, None), (1, 0, None), (1, 1, 0)])
def test_a_limit_that_allows_nothing_is_none(calls: int, window: int, burst: int | None) -> None:
    with pytest.raises(ValueError, match="no policy"):
        Policy("odd", calls, window, burst)


def test_the_most_in_a_window_is_found_wherever_it_begins() -> None:
    calls = Calls()
    for at, cost in [(0, 1), (50, 2), (59.9, 3), (60, 4), (200, 5)]:
        calls.add(Call(at, "editions", 200, cost))
    assert [calls.most_in(window) for window in (1, 60, 300)] == [7, 9, 15]


# --- of the providers ------------------------------------------------------------------------------------------


def test_open_library_stops_who_is_too_fast_without_saying_for_how_long(call: Caller, clock: Clock) -> None:
    replies = [call.get("openlibrary.org/api/get_many", keys="[]") for _ in range(26)]
    assert [each.status_code for each in replies] == [200] * 25 + [429]
    assert replies[-1].json()["status"] == 429
    assert not {"retry-after", "ratelimit"} & {name.lower() for name in replies[-1].headers}
    clock.now += 1_000
    assert [call.get("openlibrary.org/api/get_many", keys="[]").status_code for _ in range(4)] == [
        200
    ] * 3 + [429]
    assert (
        call.get("openlibrary.org/isbn/9780140328721").status_code == 302
    )  # pages have a limit of their own


def test_google_s_day_ends_at_midnight_in_california_and_is_told_in_three_ways(
    call: Caller, simulator: Simulator, clock: Clock
) -> None:
    simulator.limit("googlebooks", (Policy("day", 1, DAY, midnight=PACIFIC, group="api"),))
    assert [call.get(KEYED).status_code for _ in range(4)] == [200, 403, 400, 429]
    clock.now += DAY * 1_000
    assert call.get(KEYED).status_code == 200


def test_the_plans_of_isbndb_have_their_own_pace(call: Caller, clock: Clock) -> None:
    book = "book/9780141439587"
    basic = [
        call.get(f"api2.isbndb.com/{book}", {"Authorization": "simulated"}).status_code for _ in range(3)
    ]
    pro = [
        call.get(f"api.pro.isbndb.com/{book}", {"Authorization": "simulated-pro"}).status_code
        for _ in range(11)
    ]
    assert (basic, pro) == ([200, 200, 429], [200] * 10 + [429])
    clock.now += 1_000
    assert call.get(f"api2.isbndb.com/{book}", {"Authorization": "simulated"}).status_code == 200


def test_query_time_of_wikidata_is_limited_with_the_time_to_wait(call: Caller) -> None:
    query = "query.wikidata.org/sparql?query=SELECT ?x WHERE { VALUES ?x { 1 } }"
    replies = [call.get(query) for _ in range(121)]
    assert {each.status_code for each in replies[:120]} == {200}
    assert (replies[120].status_code, replies[120].headers["Retry-After"]) == (429, "1")


def test_who_says_nothing_about_limits_has_none(call: Caller) -> None:
    query = "services.dnb.de/sru/dnb?version=1.1&operation=searchRetrieve&query=num%3D9783730606490"
    assert {call.get(query).status_code for _ in range(150)} == {200}


# --- time ------------------------------------------------------------------------------------------------------


def test_time_may_pass_faster_and_waits_are_then_told_in_the_caller_s_seconds(clock: Clock) -> None:
    pace = Pace(clock.seconds, scale=60)
    began = pace.now()
    clock.now += 1_000
    assert pace.now() - began == pytest.approx(60)
    assert (pace.told(3_600), pace.told(1)) == (60, 1)
    pace.told_in_scale = True
    assert pace.told(3_600) == 3_600


def test_time_goes_on_from_where_it_is_when_its_pace_changes(clock: Clock) -> None:
    pace = Pace(clock.seconds)
    clock.now += 5_000
    before = pace.now()
    pace.set(1_000)
    assert pace.now() == pytest.approx(before)
    pace.advance(10)
    assert pace.now() == pytest.approx(before + 10)


@pytest.mark.parametrize("scale", [0, -1, 10_000_000])
def test_a_pace_at_which_nothing_could_be_counted_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match="scale"):
        Pace(Clock().seconds, scale)


def test_a_day_of_calls_fits_into_a_minute(clock: Clock) -> None:
    with Simulator(clock=clock.seconds, scale=DAY / 60) as simulator:
        call = Caller(simulator)
        simulator.limit("googlebooks", (Policy("day", 2, DAY, group="api"),))
        assert [call.get(KEYED).status_code for _ in range(3)] == [200, 200, 403]
        clock.now += 61_000
        assert call.get(KEYED).status_code == 200
        call.close()
