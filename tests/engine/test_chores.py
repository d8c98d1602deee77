"""Chores: each once at a time, beside everything else, and none of them brings a worker down."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from uuid import uuid4

import pytest
from tests.support.cellars import Cellar

from completist.domain.errors import BadInput, NotFound, Retryable
from completist.engine.chores import CHORES, Chores
from completist.engine.duties import Duties, next_tick
from completist.store import schedules


class Told:
    """A chore that waits until it is let go."""

    def __init__(self) -> None:
        self.begun, self.let_go, self.times = Event(), Event(), 0

    def __call__(self, stop: Callable[[], bool]) -> None:
        self.times += 1
        self.begun.set()
        while not stop() and not self.let_go.wait(0.01):
            pass


def test_a_chore_runs_once_at_a_time() -> None:
    told = Told()
    chores = Chores({"sync-openlibrary": told})
    assert chores.begin("sync-openlibrary")
    assert told.begun.wait(5)
    assert not chores.begin("sync-openlibrary")
    told.let_go.set()
    chores.finish(Event())
    assert chores.begin("sync-openlibrary")
    chores.finish(Event())
    assert told.times == 2


def test_what_is_under_way_ends_when_it_is_told_to() -> None:
    told = Told()
    chores = Chores({"sync-openlibrary": told})
    chores.begin("sync-openlibrary")
    assert told.begun.wait(5)
    stop = Event()
    stop.set()
    chores.finish(stop)
    assert told.times == 1
    assert not told.let_go.is_set()


@pytest.mark.parametrize("error", [Retryable("later"), RuntimeError("bug")])
def test_one_that_fails_takes_nothing_along(error: Exception) -> None:
    def fails(_stop: Callable[[], bool]) -> None:
        raise error

    chores = Chores({"sync-openlibrary": fails})
    chores.begin("sync-openlibrary")
    chores.finish(Event())
    assert chores.begin("sync-openlibrary")
    chores.finish(Event())


def test_a_scheduled_chore_is_begun_when_its_time_comes_and_once(cellar: Cellar) -> None:
    made = cellar.app.ledger.schedule_chore("daily", "sync-openlibrary")
    told = Told()
    told.let_go.set()
    chores = Chores({"sync-openlibrary": told})
    duties = [Duties(cellar.database, cellar.tick, uuid4, who, chores=chores) for who in ("one", "two")]
    for each in duties:
        each.start_scheduled()
    assert told.times == 0
    cellar.at = made.next_at + 1
    for each in duties:
        each.start_scheduled()
    chores.finish(Event())
    assert told.times == 1
    (left,) = cellar.app.ledger.schedules()
    assert left.next_at == next_tick("0 3 * * *", "UTC", cellar.at)


def test_who_does_no_chores_leaves_them_to_who_does(cellar: Cellar) -> None:
    made = cellar.app.ledger.schedule_chore("daily", "sync-openlibrary")
    cellar.at = made.next_at + 1
    Duties(cellar.database, cellar.tick, uuid4, "without").start_scheduled()
    with cellar.database.read() as connection:
        assert [each.chore for each in schedules.due_schedules(connection, cellar.at)] == ["sync-openlibrary"]


def test_a_chore_has_a_time_of_its_own_and_there_are_few(cellar: Cellar) -> None:
    assert {name: chore.cron for name, chore in CHORES.items()} == {
        "sync-openlibrary": "0 3 * * *",
        "refresh-catalogue": "0 4 2 * *",
        "refresh-covers": "30 2 * * *",
    }
    assert cellar.app.ledger.schedule_chore("own", "sync-openlibrary", "30 5 * * *").cron == "30 5 * * *"
    with pytest.raises(NotFound):
        cellar.app.ledger.schedule_chore("own", "wash-up")
    with pytest.raises(BadInput):
        cellar.app.ledger.schedule_chore("own", "sync-openlibrary", "nope")


def test_the_app_knows_every_chore(cellar: Cellar) -> None:
    assert set(cellar.app.upkeeping.chores().do) == set(CHORES)
