"""What any worker sees to beside its runs: schedules, the planning and the end of jobs, what others left behind."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise
from threading import Barrier
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.cellars import Cellar
from tests.support.effects import rows
from tests.support.ledgers import FACTS, declare, hand, states, wines
from tests.support.wines import WINES

from completist.domain.errors import BadInput, NotFound
from completist.engine import duties, requesting
from completist.engine.duties import DAY, HOUR, MEMORY, Duties, next_tick
from completist.engine.enriching import LEASE
from completist.store import events
from completist.store.database import Database

BERLIN = ZoneInfo("Europe/Berlin")


def _duties(cellar: Cellar, who: str = "duties") -> Duties:
    return Duties(cellar.database, cellar.tick, uuid4, who)


def _at(*when: int, zone: ZoneInfo | None = None) -> int:
    return int(datetime(*when, tzinfo=zone or UTC).timestamp() * 1000)  # type: ignore[arg-type, misc]


def _told(moment: int) -> str:
    return datetime.fromtimestamp(moment / 1000, BERLIN).isoformat(timespec="minutes")


# --- the next tick -----------------------------------------------------------------------------------------------


def test_a_time_that_is_skipped_in_spring_is_met_when_the_clock_goes_on() -> None:
    before = _at(2026, 3, 28, 12, zone=BERLIN)
    first = next_tick("30 2 * * *", "Europe/Berlin", before)
    assert _told(first) == "2026-03-29T03:00+02:00"  # there is no 02:30 that night
    assert _told(next_tick("30 2 * * *", "Europe/Berlin", first)) == "2026-03-30T02:30+02:00"


def test_a_time_that_comes_twice_in_autumn_is_met_once() -> None:
    before = _at(2026, 10, 24, 12, zone=BERLIN)
    first = next_tick("30 2 * * *", "Europe/Berlin", before)
    assert _told(first) == "2026-10-25T02:30+02:00"
    assert _told(next_tick("30 2 * * *", "Europe/Berlin", first)) == "2026-10-26T02:30+01:00"


def test_each_hour_of_a_day_with_25_is_met() -> None:
    moment = _at(2026, 10, 24, 23, 30, zone=BERLIN)
    ticks = []
    for _ in range(5):
        moment = next_tick("0 * * * *", "Europe/Berlin", moment)
        ticks.append(moment)
    assert {later - earlier for earlier, later in pairwise(ticks)} == {HOUR}


@given(
    st.sampled_from(("*/7 * * * *", "0 3 * * *", "15 */5 * * 1-5", "0 0 1 * *", "30 2 * * 0")),
    st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")),
    st.integers(_at(2025, 1, 1), _at(2030, 1, 1)),
)
def test_a_tick_lies_ahead_and_none_before_it(cron: str, zone: str, now: int) -> None:
    tick = next_tick(cron, zone, now)
    assert now < tick <= now + 32 * DAY
    assert next_tick(cron, zone, tick) > tick
    assert next_tick(cron, zone, (now + tick) // 2) == tick


@pytest.mark.parametrize("cron", ["", "* * * *", "61 * * * *", "0 0 30 2 *", "soon"])
def test_what_never_comes_is_no_schedule(cellar: Cellar, cron: str) -> None:
    with pytest.raises(BadInput):
        cellar.app.ledger.schedule("never", cron, FACTS.name)
    with pytest.raises(BadInput):
        cellar.app.ledger.schedule("nowhere", "0 3 * * *", FACTS.name, zone="Mars/Olympus")
    with pytest.raises(NotFound):
        cellar.app.ledger.schedule("nothing", "0 3 * * *", "no such pipeline")
    with pytest.raises(NotFound):
        cellar.app.ledger.unschedule("never")


# --- schedules ---------------------------------------------------------------------------------------------------


@pytest.fixture
def nightly(cellar: Cellar) -> Cellar:
    """Two wines, and a schedule that is due."""
    cellar.at = _at(2026, 5, 1)
    wines(cellar, 2)
    made = cellar.app.ledger.schedule("nightly", "0 3 * * *", FACTS.name, priority=2)
    assert made.next_at == _at(2026, 5, 1, 3)
    cellar.at = made.next_at
    return cellar


def test_a_schedule_starts_a_job_at_its_time_and_waits_for_the_next(nightly: Cellar) -> None:
    nightly.at = _at(2026, 5, 1, 2, 59)
    _duties(nightly).start_scheduled()
    assert nightly.app.ledger.jobs() == []
    nightly.at = _at(2026, 5, 1, 3)
    _duties(nightly).start_scheduled()
    _duties(nightly).start_scheduled()
    (view,) = nightly.app.ledger.jobs()
    assert (view.job.pipeline, view.job.options["priority"]) == (FACTS.name, 2)
    assert [each.next_at for each in nightly.app.ledger.schedules()] == [_at(2026, 5, 2, 3)]
    nightly.app.ledger.unschedule("nightly")
    nightly.at = _at(2026, 5, 2, 4)
    _duties(nightly).start_scheduled()
    assert len(nightly.app.ledger.jobs()) == 1


def test_ticks_that_nobody_was_there_for_are_one(nightly: Cellar) -> None:
    nightly.at += 10 * DAY
    _duties(nightly).start_scheduled()
    assert len(nightly.app.ledger.jobs()) == 1
    assert nightly.app.ledger.schedules()[0].next_at == _at(2026, 5, 12, 3)


def test_a_tick_that_several_see_is_taken_once(nightly: Cellar) -> None:
    start = Barrier(4)

    def see(number: int) -> None:
        mine = _duties(nightly, f"worker {number}")
        start.wait(timeout=60)
        mine.start_scheduled()

    for day in range(3):
        nightly.at = _at(2026, 5, 1 + day, 3, 1)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(see, range(4)))
        nightly.fill()
        _duties(nightly).plan_jobs(lambda: False)
        _duties(nightly).finish_jobs()
    assert [view.job.state for view in nightly.app.ledger.jobs()] == ["done"] * 3


def test_a_tick_and_its_job_are_one_step(nightly: Cellar, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies between the two must not have missed the tick."""

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(events, "append_event", dies)
        with pytest.raises(KeyboardInterrupt):
            _duties(nightly).start_scheduled()
    assert nightly.app.ledger.jobs() == []
    _duties(nightly).start_scheduled()
    assert len(nightly.app.ledger.jobs()) == 1


def test_a_job_that_is_still_open_is_not_started_a_second_time(nightly: Cellar) -> None:
    _duties(nightly).start_scheduled()
    nightly.at += DAY
    _duties(nightly).start_scheduled()
    assert len(nightly.app.ledger.jobs()) == 1
    nightly.app.ledger.schedule("nightly", "0 3 * * *", FACTS.name, priority=9)
    nightly.at += DAY
    _duties(nightly).start_scheduled()
    assert len(nightly.app.ledger.jobs()) == 1
    assert nightly.app.ledger.schedules()[0].next_at > nightly.at


def test_a_schedule_whose_pipeline_is_gone_misses_its_turn_and_keeps_no_other_from_its_own(
    nightly: Cellar,
) -> None:
    declare(guide="1")
    nightly.app.ledger.schedule("first", "0 2 * * *", "wine-guide")
    declare()
    nightly.at += DAY
    _duties(nightly).start_scheduled()
    assert [view.job.pipeline for view in nightly.app.ledger.jobs()] == [FACTS.name]
    assert all(each.next_at > nightly.at for each in nightly.app.ledger.schedules())


# --- what others left behind -------------------------------------------------------------------------------------


def test_what_a_lost_worker_held_comes_back_and_what_waited_is_ready(cellar: Cellar) -> None:
    wines(cellar, 3)
    assert hand(cellar).claim(WINES.finders[0], 2) is not None
    _duties(cellar).take_back()
    assert Counter(states(cellar)) == {"claimed": 2, "ready": 1}
    cellar.at += LEASE
    _duties(cellar).take_back()
    _duties(cellar).take_back()
    assert states(cellar) == ["ready"] * 3
    lost = [row for row in rows(cellar.database, "tallies") if row["name"] == "lost_runs"]
    assert sum(row["n"] for row in lost) == 2


def test_the_duties_of_several_workers_do_no_harm_to_one_another(
    cellar: Cellar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requesting, "CHUNK", 10)
    monkeypatch.setattr(duties, "SECOND", 0)
    wines(cellar, 100)
    views = [cellar.app.ledger.create_job(FACTS.name, force=True, chunks=0)[0] for _ in range(3)]
    for _ in range(5):
        assert hand(cellar).claim(WINES.finders[0], 20) is not None
    cellar.at += LEASE
    start = Barrier(4)

    def see(number: int) -> None:
        mine = _duties(cellar, f"worker {number}")
        start.wait(timeout=60)
        mine.see_to()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(see, range(4)))
    _duties(cellar).plan_jobs(lambda: False)
    assert {cellar.app.ledger.job(view.job.id).job.total for view in views} == {100}
    cellar.at += LEASE
    cellar.fill()
    _duties(cellar).see_to()
    assert {cellar.app.ledger.job(view.job.id).job.state for view in views} == {"done"}
    assert len(rows(cellar.database, "attempts")) == 100


def test_each_duty_is_done_at_its_interval_whatever_the_clock_does(cellar: Cellar) -> None:
    wines(cellar, 1)
    mine = _duties(cellar)
    mine.see_to()
    for moved in (2 * duties.SECOND, -10 * HOUR):  # forward, and set back
        view, _ = cellar.app.ledger.create_job(FACTS.name, force=True, chunks=0)
        cellar.at += moved
        mine.see_to()
        assert cellar.app.ledger.job(view.job.id).job.state == "running"
    view, _ = cellar.app.ledger.create_job(FACTS.name, force=True, chunks=0)
    mine.see_to(lambda: True)
    assert cellar.app.ledger.job(view.job.id).job.state == "planning"


def test_what_is_older_than_a_month_is_forgotten(cellar: Cellar) -> None:
    wines(cellar, 2)
    cellar.fill(limit=1)
    cellar.at += MEMORY // 2
    cellar.fill()
    old = len(cellar.app.ledger.events(0))
    cellar.at += MEMORY // 2 + DAY
    _duties(cellar).forget()
    assert 0 < len(cellar.app.ledger.events(0)) < old
    assert [claim["size"] for claim in rows(cellar.database, "claims")] == [1]
    assert states(cellar) == ["filled"] * 2, "results are kept for ever"


# --- events ------------------------------------------------------------------------------------------------------


def test_whoever_reads_on_behind_the_last_event_misses_none(database: Database, cellar: Cellar) -> None:
    """However many write at once: an event with a smaller number never comes in later."""
    library = cellar.app.library_id
    writers, each = 6, 40
    start = Barrier(writers + 1)

    def write(writer: int) -> None:
        start.wait(timeout=60)
        for number in range(each):
            with database.write() as connection:
                events.append_event(connection, library, "x", f"{writer}:{number}", {}, 1)

    seen: list[str] = []
    last = 0
    with ThreadPoolExecutor(writers) as pool:
        written = [pool.submit(write, writer) for writer in range(writers)]
        start.wait(timeout=60)
        over = False
        while not over:
            over = all(one.done() for one in written)  # one more look after the last was written
            while page := cellar.app.ledger.events(last, 7):
                assert [event.seq for event in page] == sorted(event.seq for event in page)
                seen.extend(event.ref for event in page)
                last = page[-1].seq
        for one in written:
            one.result()
    assert len(seen) == writers * each == len(set(seen))
    for writer in range(writers):
        assert [ref for ref in seen if ref.startswith(f"{writer}:")] == [f"{writer}:{n}" for n in range(each)]
