"""The worker that goes on: through every library and pipeline, through failures, until it is told to stop."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
from tests.support import wines as kind
from tests.support.cellars import Cellar, EmptyCatalogue
from tests.support.crews import crew
from tests.support.databases import url_of
from tests.support.effects import rows, stock
from tests.support.ledgers import FACTS, declare, hand, states, wines
from tests.support.wines import WINES, Record, WineFinder

from completist.app import clock
from completist.domain.errors import ActionRequired, Busy, Unavailable
from completist.engine import batches, enriching, worker
from completist.engine.enriching import LEASE, FillReport
from completist.engine.filling import finders
from completist.engine.worker import Service, hurry
from completist.sdk import registry
from completist.sdk.catalogue import Catalogue
from completist.store import claims, events
from completist.store.bell import Bell

#: Seconds after which something should have happened.
LONG = 30.0

#: Kilobytes by which more runs may take more memory: what is kept of a batch, and what the allocator does not return.
ROOM = 12_000


@pytest.fixture
def bell(cellar: Cellar) -> Iterator[Bell]:
    """The bell of the library's database."""
    made = cellar.app.bell()
    yield made
    made.close()


def _service(
    cellar: Cellar, bell: Bell, catalogue: Callable[[], Catalogue] = EmptyCatalogue, name: str = "service"
) -> Service:
    return Service(cellar.database, catalogue, cellar.tick, uuid4, name, bell)


def _until(told: Callable[[], bool]) -> None:
    deadline = monotonic() + LONG
    while not told():
        assert monotonic() < deadline, "it did not happen"


def _done(cellar: Cellar) -> bool:
    return bool(found := states(cellar)) and not {"ready", "claimed", "waiting"}.intersection(found)


# --- all that is due ---------------------------------------------------------------------------------------------


def test_it_works_off_every_library_and_what_comes_in_meanwhile(
    cellar: Cellar, bell: Bell, tmp_path: Path
) -> None:
    cellar.at = clock()
    wines(cellar, 3)
    other = Cellar(cellar.database, tmp_path / "other")
    other.folder.mkdir()
    other.app.__dict__["library_id"] = _second_library(cellar)
    wines(other, 2)
    service = _service(cellar, bell)
    service.clock = clock
    stop = Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(service.run, stop)
        try:
            _until(lambda: _done(cellar))
            view, _ = cellar.app.ledger.create_job(FACTS.name, force=True)
            _until(lambda: cellar.app.ledger.job(view.job.id).job.state == "done")
            cellar.know("New", Record("W99", {"region": "x"}))
            cellar.bring({"id": "new", "name": "New"})
            _until(lambda: cellar.data("new").get("region") == "x")
        finally:
            stop.set()
        running.result(timeout=LONG)
    assert {item.data["region"] for item in other.items()} == {"Region 0", "Region 1"}


def _second_library(cellar: Cellar) -> int:
    from completist.store import libraries  # noqa: PLC0415

    with cellar.database.write() as connection:
        return libraries.ensure_library(connection, 1, "Somebody else's")


def test_what_is_due_is_drained_with_the_jobs_that_are_asked_for(cellar: Cellar, bell: Bell) -> None:
    wines(cellar, 4)
    view, _ = cellar.app.ledger.create_job(FACTS.name, chunks=0)
    report = _service(cellar, bell).drain(Event())
    assert (report.runs, report.filled) == (4, 4)
    assert cellar.app.ledger.job(view.job.id).job.state == "done"


def test_each_pipeline_has_its_turn(cellar: Cellar, bell: Bell, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many runs the first one has."""
    monkeypatch.setattr(worker, "TURN", 10)
    asked: list[str] = []

    def drain(_self: object, _plugin: object, finder: Any, *_: object, limit: int, **__: object) -> None:  # noqa: ANN401
        asked.append(f"{finder.pipeline.name} {limit}")

    monkeypatch.setattr(enriching.Worker, "drain", drain)
    wines(cellar, 1)
    _service(cellar, bell).round(Event())
    assert {f"{FACTS.name} 10", "book-metadata 10", "author-metadata 10"} <= set(asked)
    assert sorted(asked) == sorted(f"{finder.pipeline.name} 10" for _, finder in finders())


def test_without_a_catalogue_the_duties_are_seen_to_all_the_same(cellar: Cellar, bell: Bell) -> None:
    def none() -> Catalogue:
        raise ActionRequired("No catalogue is loaded.", code="no_catalogue")

    wines(cellar, 2)
    view, _ = cellar.app.ledger.create_job(FACTS.name, chunks=0)
    assert _service(cellar, bell, none).drain(Event()).runs == 0
    assert cellar.app.ledger.job(view.job.id).job.state == "running"


def test_a_newer_version_comes_round_when_the_worker_starts(cellar: Cellar, bell: Bell) -> None:
    wines(cellar, 3)
    _service(cellar, bell).drain(Event())
    declare("2")
    assert _service(cellar, bell).drain(Event()).runs == 3
    assert states(cellar) == ["filled"] * 6


# --- what goes wrong ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [Unavailable("away"), Busy("busy")])
def test_a_database_that_goes_away_is_waited_for_and_nothing_waits_for_the_lease(
    cellar: Cellar, bell: Bell, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """What was claimed before is given back: nobody else would get it while this process lives."""
    wines(cellar, 5)
    monkeypatch.setattr(worker, "AWAY", 0.01)
    left = [3 * 5]  # `patiently` tries a few times by itself
    append = events.append_event

    def away(*args: Any) -> None:  # noqa: ANN401 - as the real one's
        left[0] -= 1
        if left[0] >= 0:
            raise error
        append(*args)

    monkeypatch.setattr(events, "append_event", away)
    stop = Event()
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(_service(cellar, bell).run, stop)
        try:
            _until(lambda: running.done() or _done(cellar))
        finally:
            stop.set()
        running.result(timeout=LONG)
    assert {(run["state"], run["attempts"]) for run in rows(cellar.database, "runs")} == {("filled", 1)}
    assert len(rows(cellar.database, "attempts")) == 5


def test_a_claim_of_which_nobody_knows_whether_it_was_committed_is_given_back(
    cellar: Cellar, monkeypatch: pytest.MonkeyPatch
) -> None:
    wines(cellar, 3)
    mine = hand(cellar)
    with monkeypatch.context() as patch:
        patch.setattr(batches, "BATCH", 1)
        claim = mine.claim(WINES.finders[0], 1)
        assert claim is not None
        take, made = claims.claim_runs, list[str]()

        def committed_and_gone(connection: Any, claim_id: str, *args: Any, **named: Any) -> None:  # noqa: ANN401
            take(connection, claim_id, *args, **named)
            connection.commit()
            made.append(claim_id)
            raise Unavailable("away")

        patch.setattr(claims, "claim_runs", committed_and_gone)
        with pytest.raises(Unavailable):
            mine.drain(WINES, WINES.finders[0], FillReport())
    assert states(cellar).count("claimed") == 2
    assert mine.give_back() == 2
    assert mine.held == set()
    assert cellar.fill().runs == 3
    assert {run["attempts"] for run in rows(cellar.database, "runs")} == {1}


def test_a_worker_that_is_stopped_settles_what_it_is_at_and_claims_no_more(
    cellar: Cellar, bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "BATCH", 2)
    wines(cellar, 6)
    stop = Event()
    find = WineFinder.find

    def stopping(self: WineFinder, *args: Any) -> Any:  # noqa: ANN401 - as the real one's
        stop.set()
        return find(self, *args)

    monkeypatch.setattr(WineFinder, "find", stopping)
    _service(cellar, bell).run(stop)
    assert sorted(states(cellar)) == ["filled"] * 2 + ["ready"] * 4
    assert all(claim["closed_at"] for claim in rows(cellar.database, "claims"))


def test_a_worker_in_a_hurry_gives_back_what_it_holds_before_it_ends(
    cellar: Cellar, bell: Bell, monkeypatch: pytest.MonkeyPatch
) -> None:
    wines(cellar, 3)
    ended, go_on = Event(), Event()
    monkeypatch.setattr(os, "_exit", lambda _code: ended.set())
    monkeypatch.setattr(WineFinder, "find", lambda *_: go_on.wait(LONG) and [])
    stop = Event()
    service = _service(cellar, bell)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(service.run, stop)
        _until(lambda: states(cellar) == ["claimed"] * 3)
        stop.set()
        timer = hurry(service, 0.01)
        assert ended.wait(LONG)
        assert states(cellar) == ["ready"] * 3
        go_on.set()
        running.result(timeout=LONG)
        timer.cancel()
    assert {(run["state"], run["attempts"]) for run in rows(cellar.database, "runs")} == {("ready", 0)}
    assert rows(cellar.database, "attempts") == [], "what it found after all is refused"


def test_a_look_up_that_takes_long_keeps_its_claim(cellar: Cellar, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than any lease: the worker says all the while that it is there."""
    wines(cellar, 2)
    monkeypatch.setattr(enriching, "BEAT", 0.01)
    mine = hand(cellar)
    claim = mine.claim(WINES.finders[0], 9)
    assert claim is not None
    find = WineFinder.find

    def slow(self: WineFinder, *args: Any) -> Any:  # noqa: ANN401 - as the real one's
        for _ in range(5):
            cellar.at += LEASE - 10_000
            now = cellar.at
            _until(lambda now=now: rows(cellar.database, "claims")[0]["heartbeat_at"] >= now)  # type: ignore[misc]
            assert hand(cellar).claim(WINES.finders[0], 9) is None
        return find(self, *args)

    monkeypatch.setattr(WineFinder, "find", slow)
    assert mine.work(WINES, WINES.finders[0], claim).filled == 2


# --- memory ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # the worker's memory, not the database's
def test_memory_does_not_grow_with_the_number_of_runs(cellar: Cellar, tmp_path: Path) -> None:
    peaks = []
    stock(cellar, 2000)
    with crew(url_of(cellar.database)) as workers:
        for count in (2000, 20_000):
            if count > 2000:
                cellar.bring(*({"id": f"more {n}", "name": f"Wine {n * 10}"} for n in range(count)))
            peak = tmp_path / f"peak {count}"
            assert workers.wait(workers.start(memory=str(peak))) == 0
            peaks.append(int(peak.read_text()))
    assert not {"ready", "claimed"}.intersection(states(cellar))
    few, many = peaks
    assert many - few < ROOM
    assert registry.plugins()["wine"] is not None
    assert not kind.KNOWN
