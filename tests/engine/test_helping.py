"""Helpers: the same library in less time, whatever becomes of them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from tests.conftest import ROOT
from tests.support.catalogues import BOOKS, write_dump, write_export
from tests.support.crash import open_app
from tests.support.databases import content

from completist import catalog
from completist.app import App, Wish
from completist.app.verbs import filling
from completist.engine import batches, helping
from completist.engine.enriching import FillReport
from completist.engine.helping import Helpers
from completist.kinds.books.finder import BookFinder
from completist.sdk.catalogue import Catalogue
from completist.sdk.finder import Finding, Subject
from completist.store import claims
from completist.store.database import Database

#: What hangs on when batches were looked up, and on how many there were.
TIMES = ("claims", "tallies", "events", "attempts.claim_id", "attempts.duration_ms", "attempts.started_at")

#: For what no database does in its own way: helpers take longer to start than anything here.
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

#: Starts a helper, says its id, and stays.
PARENT = """
import sys, time
from functools import partial
from completist.catalog.opening import open_from
from completist.engine.helping import Helpers
from completist.kinds.books import BOOKS
from completist.sdk.finder import Subject
from pathlib import Path
with Helpers(partial(open_from, Path(sys.argv[1])), 1) as helpers:
    finder = next(each for each in BOOKS.finders if each.pipeline.name == "book-metadata")
    found = helpers.look_up(finder, [Subject(7, {"title": "The Amber Harbour", "authors": ["Ada Wetherby"]})])
    print(*helpers.processes, *found.result().findings, flush=True)
    time.sleep(60)
"""


class Watched(Helpers):
    """Helpers that a test can see."""

    made: ClassVar[list[Watched]] = []

    def __init__(self, opening: helping.Opening, count: int) -> None:
        super().__init__(opening, count)
        self.made.append(self)

    @classmethod
    def ids(cls) -> list[int]:
        """The process ids of all that were started."""
        return [pid for each in cls.made for pid in each.processes]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a catalogue in it, and the reader's export beside it."""
    folder = tmp_path_factory.mktemp("books")
    catalog.build(folder / "catalogue", [write_dump(folder / "dump.txt")])
    write_export(folder / "export.csv")
    return folder


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Helpers are worth their start at once, and batches are small: a few books keep several busy."""
    monkeypatch.setattr(helping, "WORTH", 1)
    monkeypatch.setattr(batches, "BATCH", 10)
    monkeypatch.setattr(batches, "LARGEST", 10)


@pytest.fixture
def spare(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Says how many cores there are to spare; helpers are watched from then on."""
    monkeypatch.setattr(Watched, "made", [])
    monkeypatch.setattr(filling, "Helpers", Watched)
    return lambda cores: monkeypatch.setattr(filling, "spare_cores", lambda: cores)


@pytest.fixture
def app(books: Path, database: Database, small: None) -> Iterator[App]:
    """A library with the list in it."""
    with open_app(books, database.engine.url.render_as_string(hide_password=False)) as opened:
        opened.import_file(books / "export.csv")
        yield opened


@pytest.fixture
def alone(
    books: Path, sqlite_template: Path, small: None, spare: Callable[[int], None], tmp_path: Path
) -> Iterator[tuple[FillReport, App]]:
    """What one process comes to with the same list, and its library."""
    path = tmp_path / "alone.db"
    shutil.copyfile(sqlite_template, path)
    spare(0)
    with open_app(books, f"sqlite:///{path}") as opened:
        opened.import_file(books / "export.csv")
        report = opened.fill()
        assert Watched.ids() == []
        yield report, opened


def _counts(report: FillReport) -> tuple[int, ...]:
    return (report.runs, report.filled, report.empty, report.review, report.failed, report.values)


def _told(app: App) -> list[Any]:
    """What a person gets out, without ids, in an order of its own: databases have several."""
    objects = [json.loads(line) for line in app.export("jsonl")]
    identified = {each["id"]: each["identifiers"] for each in objects}
    for each in objects:
        del each["id"]
        each["related"] = [identified[other["id"]] for other in each.get("related", ())]
        each["others"] = sorted(each.get("others", ()), key=lambda other: json.dumps(other, sort_keys=True))
    return sorted(objects, key=lambda each: json.dumps(each, sort_keys=True))


def _check_same(app: App, report: FillReport, alone: tuple[FillReport, App]) -> None:
    """The same came of it, to the last id where a database gives them in order; nothing is left under way."""
    assert _counts(report) == _counts(alone[0])
    assert _told(app) == _told(alone[1])
    if app.database.dialect == "sqlite":
        assert content(app.database, without=TIMES) == content(alone[1].database, without=TIMES)
    with app.database.read() as connection:
        assert claims.open_claims(connection) == []
    assert all(map(_is_gone, Watched.ids()))


def _is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_the_library_is_the_one_that_one_process_makes(
    app: App, alone: tuple[FillReport, App], spare: Callable[[int], None]
) -> None:
    spare(2)
    told: list[int] = []
    report = app.fill(progress=lambda r: told.append(r.runs))
    assert len(Watched.ids()) == 2
    assert told == sorted(told)
    assert told[-1] == report.runs > len(BOOKS)
    _check_same(app, report, alone)


@on_sqlite
def test_helpers_that_are_killed_are_done_without(
    app: App, alone: tuple[FillReport, App], spare: Callable[[int], None]
) -> None:
    spare(2)

    def kill(_report: FillReport) -> None:
        for pid in Watched.ids():
            os.kill(pid, signal.SIGKILL)

    report = app.fill(progress=kill)
    assert len(Watched.ids()) == 2
    _check_same(app, report, alone)


@on_sqlite
def test_what_a_helper_leaves_out_is_looked_up_here(
    app: App, alone: tuple[FillReport, App], spare: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    spare(1)
    asked: list[int] = []
    real, receive = BookFinder.find, helping._receive

    def find(self: BookFinder, subjects: Sequence[Subject], catalogue: Catalogue) -> list[Finding]:
        asked.extend(each.item_id for each in subjects)
        return real(self, subjects, catalogue)

    monkeypatch.setattr(BookFinder, "find", find)  # here, and in no helper
    monkeypatch.setattr(helping, "_receive", lambda source: _without(receive(source), 7))
    report = app.fill(Wish(kind="book"))
    assert 7 in asked
    assert report.failed == 0
    app.fill()
    assert _told(app) == _told(alone[1])


def _without(answer: bytes | None, item_id: int) -> bytes | None:
    """An answer in which one item is left out."""
    if answer is None:
        return None
    findings, spent = helping._unpacked(answer)
    return helping._packed(([each for each in findings if each.item_id != item_id], spent))


@on_sqlite
def test_who_wants_to_stop_loses_nothing(
    app: App, alone: tuple[FillReport, App], spare: Callable[[int], None]
) -> None:
    spare(1)
    done: list[int] = []
    first = app.fill(stop=lambda: bool(done), progress=lambda r: done.append(r.runs))
    assert 0 < first.runs < len(BOOKS)
    with app.database.read() as connection:
        assert claims.open_claims(connection) == []
    second = app.fill()
    assert first.runs + second.runs == alone[0].runs
    assert first.values + second.values == alone[0].values
    assert _told(app) == _told(alone[1])


@on_sqlite
def test_for_few_books_or_on_one_core_nobody_is_started(
    app: App, spare: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    spare(3)
    app.fill(Wish(kind="book", limit=0))
    assert Watched.ids() == []
    monkeypatch.setattr(helping, "WORTH", 1000)
    assert app.fill().runs > len(BOOKS)
    assert Watched.ids() == []


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no way to say which cores may be used here")
def test_cores_are_counted_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, helpers in ((1, 0), (2, 1), (4, 3), (64, helping.MOST)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _pid, n=cores: set(range(n)))
        assert helping.spare_cores() == helpers


def test_none_outlives_the_process_that_is_helped(books: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(books / "catalogue")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        helper, item = map(int, parent.stdout.readline().split())
        assert item == 7
        assert not _is_gone(helper)
        parent.kill()
    ends = time.monotonic() + 20
    while not _is_gone(helper) and time.monotonic() < ends:
        time.sleep(0.02)
    assert _is_gone(helper)
