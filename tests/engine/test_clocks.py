"""Workers whose clocks are wrong by ten minutes: leases go by the server's clock, so nobody notices."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.support import databases
from tests.support.cellars import Cellar
from tests.support.crews import crew
from tests.support.databases import url_of
from tests.support.effects import check_each_is_there_once, rows, stock
from tests.support.ledgers import FACTS, GUIDE, declare, desk, wines
from tests.support.wines import WineFinder

from completist.app import clock
from completist.domain.errors import Retryable
from completist.domain.retry import LONGEST, REST
from completist.domain.run import Outcome
from completist.engine.claiming import USUAL
from completist.engine.judging import Reported
from completist.store.database import Database

WINES = 300

#: Milliseconds by which the clocks of three workers are wrong.
SKEWS = (-600_000, 0, 600_000)

#: Milliseconds of a lease that the tests can wait for.
LEASE = 1500


@pytest.fixture
def cellar(postgres_library: Database, wine_kind: None, tmp_path: Path) -> Cellar:
    """A library on PostgreSQL: only there do workers have clocks of their own."""
    databases.empty(postgres_library)
    return Cellar(postgres_library, tmp_path, at=clock())


def _server_time(database: Database) -> int:
    with database.read() as connection:
        found: int = connection.execute(
            text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)")
        ).scalar_one()
    return found


def test_workers_with_wrong_clocks_neither_take_from_one_another_nor_keep_for_too_long(
    cellar: Cellar, tmp_path: Path
) -> None:
    stock(cellar, WINES)
    begun = _server_time(cellar.database)
    notes = tmp_path / "asked"
    common = {"keeps_time": True, "lease": LEASE, "beat": LEASE / 5000, "batch": 10, "notes": str(notes)}
    with crew(url_of(cellar.database), **common) as workers:
        for number, skew in enumerate(SKEWS):
            workers.start(skew=skew, pace=0.2, name=f"far {number}:1:")
        assert [workers.wait() for _ in SKEWS] == [0, 0, 0]
    ended = _server_time(cellar.database)
    asked = Counter(notes.read_text().split())
    assert len(asked) == WINES
    assert set(asked.values()) == {1}, "a claim was expired while its worker was at work"
    claims = rows(cellar.database, "claims")
    assert {claim["claimer"] for claim in claims} == {f"far {number}:1:" for number in range(3)}
    for claim in claims:
        assert begun <= claim["created_at"] <= claim["heartbeat_at"] <= claim["closed_at"] <= ended
        assert claim["lease_until"] == claim["heartbeat_at"] + LEASE
    assert all(begun <= run["settled_at"] <= ended for run in rows(cellar.database, "runs"))
    check_each_is_there_once(cellar, WINES)


@pytest.mark.parametrize(("lost", "heir"), [(SKEWS[0], SKEWS[2]), (SKEWS[2], SKEWS[0])])
def test_what_a_lost_worker_held_is_free_when_the_servers_clock_says_so(
    cellar: Cellar, lost: int, heir: int
) -> None:
    stock(cellar, 30)
    with crew(url_of(cellar.database), keeps_time=True, lease=LEASE, beat=99, batch=30) as workers:
        gone = workers.start(skew=lost, pace=60, name="far away:1:")
        until = time.monotonic() + 30
        while not (held := rows(cellar.database, "claims")):
            assert time.monotonic() < until
        workers.kill(gone)
        other = workers.start(skew=heir, name="elsewhere:1:", stay=True)
        while any(run["state"] in ("ready", "claimed") for run in rows(cellar.database, "runs")):
            assert time.monotonic() < until
        assert workers.stop(other) == 0
    old, *new = rows(cellar.database, "claims") if held else []
    first, second = sorted([old, *new], key=lambda claim: int(claim["created_at"]))[:2]
    assert first["closed_at"] >= first["lease_until"], "it was not taken before its time"
    assert second["created_at"] >= first["lease_until"]
    assert {run["attempts"] for run in rows(cellar.database, "runs")} == {2}
    check_each_is_there_once(cellar, 30)


@pytest.mark.parametrize("skew", SKEWS)
def test_times_to_come_are_named_by_the_servers_clock(
    cellar: Cellar, monkeypatch: pytest.MonkeyPatch, skew: int
) -> None:
    """Whatever the clock of the process says: leases, retries and dates to ask again."""

    def away(*_: object) -> None:
        raise Retryable("away", after=3600)

    cellar.database.keeps_time = True
    try:
        declare(guide="1")
        wines(cellar, 2)
        cellar.at += skew
        begun = _server_time(cellar.database)
        taken = desk(cellar).take(GUIDE.name)
        assert taken.claim is not None
        one, two = taken.claim.runs
        desk(cellar).complete(
            taken.claim.id, [Reported(one.id, Outcome.NOT_FOUND), Reported(two.id, Outcome.BLOCKED)]
        )
        monkeypatch.setattr(WineFinder, "find", away)
        assert cellar.fill().waiting == 3
        ended = _server_time(cellar.database)
    finally:
        cellar.database.keeps_time = False
    assert begun + USUAL <= taken.claim.lease_until <= ended + USUAL
    runs = {(run["pipeline"], run["id"]): run["run_at"] for run in rows(cellar.database, "runs")}
    assert begun + GUIDE.ask_again <= runs[GUIDE.name, one.id] <= ended + GUIDE.ask_again
    assert begun + REST <= runs[GUIDE.name, two.id] <= ended + REST * 1.5
    for (pipeline, _), run_at in runs.items():
        if pipeline == FACTS.name:
            assert begun + 3_600_000 <= run_at <= ended + 3_600_000 < ended + LONGEST
