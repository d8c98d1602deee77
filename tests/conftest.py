"""What every test may ask for: the folder of real files, and a library's database on SQLite and PostgreSQL."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings
from tests.support import databases, postgres

from completist.app import opened, providers
from completist.net.door import Door
from completist.settings import Settings
from completist.store import database as store
from completist.store.database import Database, connect
from completist.store.migrating import migrate, revision

ROOT = Path(__file__).parents[1]
NO_POSTGRES = "no PostgreSQL"

# A busy machine is no fault of the code: nothing is judged by how long an example took. CI plays the same examples
# each time, so that it judges the change and not its luck; everyone else's runs look for new ones.
settings.register_profile("completist", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("completist")

# The tests start hundreds of processes, and each worker rewrites all their asserts: without bytecode every one of them
# compiles all that it loads, which takes longer than most do anything.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# No test cuts the power: those about crashes kill processes of their own, which write as surely as ever.
vars(store)["SYNCHRONOUS"] = "OFF"

# No test calls a provider but the simulator's.
os.environ["COMPLETIST_OFFLINE"] = "yes"

_SERVER = pytest.StashKey[postgres.Server]()


# --- PostgreSQL, found once for all worker processes of pytest-xdist -------------------------------------------


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: pytest.Session) -> None:
    server = _server(node.config)
    node.workerinput["postgres"] = (server.url, server.why)  # type: ignore[attr-defined]


def _server(config: pytest.Config) -> postgres.Server:
    if _SERVER not in config.stash:
        handed = getattr(config, "workerinput", {}).get("postgres")
        config.stash[_SERVER] = postgres.Server(*handed) if handed else postgres.find_server()
    return config.stash[_SERVER]


def pytest_unconfigure(config: pytest.Config) -> None:
    if _SERVER in config.stash:
        config.stash[_SERVER].stop()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was not tested for want of a database."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = {report.nodeid: str(report.longrepr[2]) for report in skipped}
    missing = sorted(name for name, reason in reasons.items() if NO_POSTGRES in reason)
    if missing:
        terminalreporter.section("NOT TESTED ON POSTGRESQL", sep="!", red=True, bold=True)
        for line in _server(terminalreporter.config).why:
            terminalreporter.write_line(line)
        terminalreporter.write_line(
            f"Set {postgres.VARIABLE} to a server's URL. Left out were {len(missing)} tests:"
        )
        for name in missing:
            terminalreporter.write_line(f"  {name}")


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> str:
    """The URL of a PostgreSQL server on which databases may be made."""
    server = _server(request.config)
    if server.url is None:
        pytest.skip(f"{NO_POSTGRES} was found or could be started: see the end of the output")
    return server.url


@pytest.fixture(autouse=True)
def no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep an app within this machine, whatever its settings say: there is a way to a simulator, and no other."""
    real = providers.door

    def door(settings: Settings, database: Database, clock: Callable[[], int]) -> Door | None:
        return real(settings, database, clock) if settings.providers_at else None

    monkeypatch.setattr(providers, "door", door)


@pytest.fixture(autouse=True)
def no_power_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the disk: what is written may be lost with the machine, and with nothing less."""
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)


# --- a library's database --------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite library with its tables and nothing in them."""
    folder = tmp_path_factory.mktemp("template")
    database = connect(f"sqlite:///{folder / 'library.db'}")
    migrate(database, folder / "backups", 0)
    database.close()
    return folder / "library.db"


@pytest.fixture(autouse=True)
def tables_made_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an app that opens a new SQLite file in this process find the tables there: making them takes it 0.1 s."""

    def prepared(database: Database, backups: Path, now: int) -> Path | None:
        if database.path is not None and revision(database) is None:
            template = request.getfixturevalue("sqlite_template")
            with closing(sqlite3.connect(template)) as made, closing(sqlite3.connect(database.path)) as new:
                made.backup(new)
        return migrate(database, backups, now)

    monkeypatch.setattr(opened, "migrate", prepared)


@pytest.fixture(scope="session")
def postgres_library(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """One PostgreSQL library for all tests of this process; `database` empties it."""
    with postgres.created(postgres_server, f"completist_test_{uuid4().hex[:12]}") as url:
        database = connect(url)
        migrate(database, tmp_path_factory.mktemp("backups"), 0)
        yield database
        database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty library, once on each database: a test that asks for it runs twice."""
    if request.param == "postgresql":
        library: Database = request.getfixturevalue("postgres_library")
        databases.empty(library)
        yield library
        return
    path = tmp_path / "library.db"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
    library = connect(f"sqlite:///{path}")
    yield library
    library.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without any table, once on each."""
    if request.param == "sqlite":
        library = connect(f"sqlite:///{tmp_path / 'library.db'}")
        yield library
        library.close()
        return
    with postgres.created(
        request.getfixturevalue("postgres_server"), f"completist_test_{uuid4().hex[:12]}"
    ) as url:
        library = connect(url)
        yield library
        library.close()


# --- real files ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real exports and dumps, which are not part of the project."""
    folder = Path(os.environ.get("COMPLETIST_SHARED_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real files: set COMPLETIST_SHARED_DATA to their folder ({folder.name} is not there)")
    return folder
