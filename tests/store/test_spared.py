"""Saving never fails because of the queue: what could not be scheduled is made up for when somebody looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.support import databases, wines
from tests.support.cellars import Cellar
from tests.support.effects import rows
from tests.support.ledgers import FACTS, GUIDE, declare, desk, found, hand, states
from tests.support.plugins import install
from tests.support.wines import WINES, Record

from completist.domain.errors import Unavailable
from completist.sdk import registry
from completist.store.bulk import insert_rows
from completist.store.database import Database, spared
from completist.store.schema import libraries


@pytest.fixture
def cellar(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cellar]:
    """A library into which tables of wines go."""
    install(tmp_path / "plugins", "tests.support.wines:WINES")
    monkeypatch.syspath_prepend(tmp_path / "plugins")
    registry.plugins.cache_clear()
    monkeypatch.setattr(wines, "KNOWN", {})
    yield Cellar(database, tmp_path)
    registry.plugins.cache_clear()


#: A run is made due or called off, and not settled.
_DUE = "new.state IN ('ready', 'cancelled') AND old.state <> 'claimed'"
_BROKEN_TOO = "CREATE TRIGGER broken_too BEFORE UPDATE OF state ON runs"


@contextmanager
def broken_queue(database: Database) -> Iterator[None]:
    """Nothing can be scheduled, as if the table of runs were damaged or its disk full; results are taken."""
    if database.dialect == "sqlite":
        make = [
            "CREATE TRIGGER broken BEFORE INSERT ON runs BEGIN SELECT RAISE(ABORT, 'broken'); END",
            f"{_BROKEN_TOO} WHEN {_DUE} BEGIN SELECT RAISE(ABORT, 'broken'); END",
        ]
        drop = ["DROP TRIGGER broken", "DROP TRIGGER broken_too"]
    else:
        make = [
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$",
            "CREATE TRIGGER broken BEFORE INSERT ON runs FOR EACH ROW EXECUTE FUNCTION broken()",
            f"{_BROKEN_TOO} FOR EACH ROW WHEN ({_DUE}) EXECUTE FUNCTION broken()",
        ]
        drop = ["DROP FUNCTION broken CASCADE"]
    with database.write() as connection:
        for each in make:
            connection.execute(text(each))
    try:
        yield
    finally:
        with database.write() as connection:
            for each in drop:
                connection.execute(text(each))


def test_an_import_succeeds_and_what_it_brought_is_scheduled_by_the_next_scan(cellar: Cellar) -> None:
    cellar.know("Riesling", Record("W1", {"region": "Mosel"}))
    with broken_queue(cellar.database):
        assert cellar.bring({"id": "1", "name": "Riesling"}, {"id": "2", "name": "Rioja"}).added == 2
    assert states(cellar) == []
    assert cellar.fill().runs == 2
    assert cellar.data("1")["region"] == "Mosel"


def test_what_is_typed_stands_and_its_run_is_made_up_for(cellar: Cellar) -> None:
    cellar.know("Rioja", Record("W9", {"region": "Spain"}))
    cellar.bring({"id": "1", "name": "Riesling"})
    cellar.fill()
    with broken_queue(cellar.database):
        assert cellar.app.set(cellar.item("1").id, {"name": "Rioja"}).values == 1
    assert cellar.data("1")["name"] == "Rioja"
    assert states(cellar) == ["empty"]
    assert cellar.app.ledger.populate(FACTS.name).created == 1
    assert cellar.app.ledger.populate(FACTS.name).created == 0
    assert cellar.fill().runs == 1
    assert cellar.data("1")["region"] == "Spain"


def test_a_run_for_older_input_that_was_left_over_leads_to_that_for_the_present_one(cellar: Cellar) -> None:
    cellar.know("Rioja", Record("W9", {"region": "Spain"}))
    cellar.bring({"id": "1", "name": "Riesling"})
    with broken_queue(cellar.database):
        cellar.app.set(cellar.item("1").id, {"name": "Rioja"})
    assert states(cellar) == ["ready"]
    cellar.fill()
    assert states(cellar) == ["cancelled", "filled"]
    assert cellar.data("1")["region"] == "Spain"


def test_settling_succeeds_though_what_it_makes_due_cannot_be_scheduled(cellar: Cellar) -> None:
    """Both ways: a value that another pipeline reads, and newer input in the place of what was asked."""
    cellar.know("Riesling", Record("W1", {"region": "Mosel"}))
    cellar.know("Rioja", Record("W9", {"region": "Spain"}))
    cellar.bring({"id": "1", "name": "Riesling"}, {"id": "2", "name": "Riesling"})
    worker = hand(cellar)
    claim = worker.claim(WINES.finders[0], 10)
    assert claim is not None
    with broken_queue(cellar.database):
        cellar.app.set(cellar.item("2").id, {"name": "Rioja"})
        settled = worker.work(WINES, WINES.finders[0], claim)
    assert (settled.filled, settled.lost) == (1, 1)
    assert cellar.data("1")["region"] == "Mosel"
    assert cellar.fill().runs == 1, "the scan before it finds what has no run"
    assert cellar.data("2")["region"] == "Spain"


def test_a_goal_that_is_reached_or_given_up_is_made_up_for(cellar: Cellar) -> None:
    declare(guide="1")
    cellar.bring({"id": "1", "name": "Riesling"})
    item = cellar.item("1").id
    with broken_queue(cellar.database):
        cellar.app.set(item, {"region": "Mine"})
    assert states(cellar, GUIDE.name) == ["ready"]
    assert cellar.app.ledger.clean(GUIDE.name) == 1
    with broken_queue(cellar.database):
        cellar.app.give_up(item, ["region"])
        cellar.app.lock(item, "grapes")
    assert states(cellar, GUIDE.name) == ["cancelled"]
    assert cellar.app.ledger.populate(GUIDE.name).created == 1
    taken = desk(cellar).take(GUIDE.name)
    with broken_queue(cellar.database):
        assert desk(cellar).complete(taken.claim.id, found(taken)).filled == 1  # type: ignore[union-attr]
    assert cellar.data("1")["region"] == "Mosel"


def test_a_part_that_fails_takes_nothing_along(database: Database) -> None:
    row = {"name": "kept", "created_at": 1}
    with database.write() as connection:
        connection.execute(libraries.insert().values(row))
        with spared(connection, "part"):
            connection.execute(libraries.insert().values({**row, "name": "undone"}))
            connection.execute(libraries.insert().values(row))
        connection.execute(libraries.insert().values({**row, "name": "after"}))
    assert [each["name"] for each in rows(database, "libraries")] == ["kept", "after"]


def test_a_part_that_breaks_for_another_reason_takes_all_along(database: Database) -> None:
    def write() -> None:
        with database.write() as connection:
            connection.execute(libraries.insert().values(name="gone", created_at=1))
            with spared(connection, "part"):
                raise KeyError

    with pytest.raises(KeyError):
        write()
    assert rows(database, "libraries") == []


@pytest.mark.parametrize("many", [1, 100])
def test_a_database_that_goes_away_in_the_middle_is_not_spared(postgres_library: Database, many: int) -> None:
    """Whichever way the rows go: a statement's, or those of COPY, which stand beside SQLAlchemy."""
    databases.empty(postgres_library)

    def write() -> None:
        with postgres_library.write() as connection:
            (pid,) = connection.execute(text("SELECT pg_backend_pid()")).one()
            with postgres_library.write() as other:
                other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            with spared(connection, "part"):
                insert_rows(connection, libraries, [(n, f"library {n}", 1, None) for n in range(1, many + 1)])

    with pytest.raises(Unavailable):
        write()
    assert rows(postgres_library, "libraries") == []
