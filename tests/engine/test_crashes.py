"""A process that is killed at any moment loses nothing and doubles nothing: the next one ends in the same state."""

from __future__ import annotations

import json
import random
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.support import databases
from tests.support.catalogues import BOOKS, write_dump, write_export
from tests.support.crash import Crasher, crasher, open_app
from tests.support.databases import content

from completist import catalog
from completist.app import App
from completist.store.database import Database

CHUNK = 25  #: rows or runs a transaction, so that a small library has many of them
POINTS = 3  #: statements before which a process is killed, in each test, beside the first and last ones

#: What a crash may leave behind: a claim that nobody came back for, a try that counts, another order of work.
TRACES = (
    "claims",
    "events",
    "tallies",
    "runs.attempts",
    "attempts.id",
    "attempts.claim_id",
    "attempts.duration_ms",
    "attempts.started_at",
    "changes.id",
)


@pytest.fixture(scope="module")
def crash() -> Iterator[Crasher]:
    """The process that kills."""
    with crasher() as process:
        yield process


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a catalogue in it, and the reader's export beside it."""
    folder = tmp_path_factory.mktemp("books")
    catalog.build(folder / "catalogue", [write_dump(folder / "dump.txt")])
    write_export(folder / "export.csv")
    return folder


@pytest.fixture
def app(books: Path, database: Database) -> Iterator[App]:
    """The app over the test's database."""
    with open_app(books, database.engine.url.render_as_string(hide_password=False)) as opened:
        yield opened


def _renew(app: App, database: Database, kept: Path) -> None:
    """Bring the library back to what was kept."""
    if database.path is None:
        databases.empty(database)
        return
    app.database.close()
    database.close()  # whoever holds the file open goes by the index of the old one
    for left in database.path.parent.glob(f"{database.path.name}*"):
        left.unlink()
    shutil.copyfile(kept, database.path)


def _export(app: App) -> list[Any]:
    """What a person gets out, in an order of its own and without ids, which PostgreSQL never gives twice."""
    app.__dict__.pop("library_id", None)  # who was killed may have used up a number for it
    objects = [json.loads(line) for line in app.export("jsonl")]
    identified = {each["id"]: each["identifiers"] for each in objects}
    for each in objects:
        del each["id"]
        each["related"] = [identified[other["id"]] for other in each.get("related", ())]
    return sorted(objects, key=lambda each: json.dumps(each, sort_keys=True))


def _state(app: App, *without: str, ids: bool = True) -> Any:  # noqa: ANN401 - compared as a whole
    """What stands in the library: every row, or where ids depend on the order of the work, how many rows."""
    tables = content(app.database, without=[*TRACES, *without])
    if ids and app.database.dialect == "sqlite":
        return _export(app), tables
    return _export(app), {name: len(rows) for name, rows in tables.items()}


def _points(steps: int, seed: str) -> list[int]:
    """The first and the last moments, and some in between that no one has chosen."""
    chance = random.Random(seed)  # noqa: S311 - the same ones in every run
    return sorted({1, 2, steps - 1, steps, *(chance.randrange(3, steps - 1) for _ in range(POINTS))})


def test_an_import_that_is_killed_and_done_again_ends_as_if_undisturbed(
    crash: Crasher, app: App, database: Database, books: Path, tmp_path: Path
) -> None:
    file = books / "export.csv"
    kept = tmp_path / "kept.db"
    if database.path is not None:
        shutil.copyfile(database.path, kept)
    _, steps = crash.run("import", app, file=str(file), chunk=CHUNK)
    undisturbed = _state(app)
    assert len(undisturbed[0]) == len(BOOKS)
    for point in _points(steps, "import"):
        _renew(app, database, kept)
        assert crash.run("import", app, file=str(file), chunk=CHUNK, kill_at=point) == (signal.SIGKILL, 0)
        assert crash.run("import", app, file=str(file), chunk=CHUNK)[0] == 0
        assert _state(app) == undisturbed, f"killed before statement {point} of {steps}"


@pytest.mark.parametrize(
    ("database", "helpers"), [("sqlite", 0), ("postgresql", 0), ("sqlite", 1)], indirect=["database"]
)
def test_a_fill_that_is_killed_and_done_again_ends_as_if_undisturbed(
    crash: Crasher, app: App, database: Database, books: Path, tmp_path: Path, helpers: int
) -> None:
    def ready() -> None:
        if database.path is None or not kept.exists():
            crash.run("import", app, file=str(books / "export.csv"))

    kept = tmp_path / "kept.db"
    ready()
    if database.path is not None:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copyfile(database.path, kept)
    crash.run("fill", app, chunk=CHUNK)
    undisturbed = _state(app)
    verdicts = {each["match"]["verdict"] for each in undisturbed[0] if each["kind"] == "book"}
    assert verdicts == {"auto", "review", "none"}
    assert any(each["kind"] == "author" and "birth_date" in each["fields"] for each in undisturbed[0])
    _renew(app, database, kept)
    ready()
    _, steps = crash.run("fill", app, chunk=CHUNK, helpers=helpers)
    assert _state(app) == undisturbed
    # Each start of a helper takes longer than all else: a few moments in the middle will do.
    for point in [steps // 3, 2 * steps // 3] if helpers else _points(steps, "fill"):
        _renew(app, database, kept)
        ready()
        assert crash.run("fill", app, chunk=CHUNK, helpers=helpers, kill_at=point) == (signal.SIGKILL, 0)
        assert crash.run("fill", app, chunk=CHUNK)[0] == 0
        assert _state(app) == undisturbed, f"killed before statement {point} of {steps}"


def test_a_library_survives_one_crash_after_another(
    crash: Crasher, app: App, database: Database, books: Path, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.db"
    if database.path is not None:
        shutil.copyfile(database.path, kept)
    job = {"file": str(books / "export.csv"), "chunk": CHUNK}
    crash.run("import", app, **job)
    crash.run("fill", app, chunk=CHUNK)
    # The list of files handed in is longer than in one go, and what was lost twice is handed out behind the rest.
    undisturbed = _state(app, "imports", ids=False)
    _renew(app, database, kept)
    chance = random.Random("storm")  # noqa: S311 - the same moments in every run
    for verb in ("import", "fill"):
        delays = [0.001, *(chance.uniform(0.0, 0.25) for _ in range(3))]
        ended = [crash.run(verb, app, **job, kill_after=delay)[0] for delay in delays]
        assert signal.SIGKILL in ended
        assert crash.run(verb, app, **job)[0] == 0
    assert _state(app, "imports", ids=False) == undisturbed
