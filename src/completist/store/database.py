"""Opening a library's database: SQLite in a file, or PostgreSQL by URL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import structlog
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from completist.domain.errors import ActionRequired, BadInput, Busy, Unavailable

__all__ = ["Connection", "Database", "connect", "hold", "leave", "ping", "spared"]

_log = structlog.get_logger()

#: How long a writer waits for another one, in milliseconds.
BUSY_TIMEOUT = 30_000

#: How often a new file is tried to be brought into write-ahead mode while others do the same.
SWITCHES = 100

#: How surely SQLite has written when it says so: nothing but a power cut undoes it, and no more than the last moments.
SYNCHRONOUS = "NORMAL"

_FILE = "sqlite:///"

_SERVER_TIME = "SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"

#: How PostgreSQL calls it when two transactions wait for each other, or one for too long.
#: https://www.postgresql.org/docs/current/errcodes-appendix.html
_WAITED = ("40P01", "55P03")


class Database:
    """One library's database. `read` and `write` hand out connections; a write is one transaction.

    ``dialect`` is ``sqlite`` or ``postgresql``. On SQLite a write takes the writer's lock at its beginning, so
    that what it reads stays true until it commits.
    """

    def __init__(self, engine: Engine, path: Path | None) -> None:
        self.engine = engine
        self.path = path  #: the file, on SQLite
        self.rehearsing = False  #: while set, every write is rolled back: to count what would happen
        self.generation: int | None = None  #: what the file said of itself when it was opened, on SQLite
        self.keeps_time = False  #: whether leases go by the server's clock, since workers' clocks may differ

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self.engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading, on one snapshot.

        Raises:
            Unavailable: The database does not answer.
        """
        with _told_apart(), self.engine.connect().execution_options(**self._snapshot) as connection:
            yield connection

    def glance(self, question: str, *bound: object) -> list[tuple[Any, ...]]:
        """The rows of one statement, straight from the driver: for what is asked with every call of a server.

        Parameters stand as question marks. A tenth of the time that `read` takes.

        Raises:
            Unavailable: The database does not answer.
        """
        with _told_apart(), closing(self.engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute(question.replace("?", self._mark), bound)
            return [tuple(row) for row in cursor.fetchall()]

    @property
    def _mark(self) -> str:
        """How the driver marks a parameter."""
        return "%s" if self.dialect == "postgresql" else "?"

    @property
    def _snapshot(self) -> dict[str, str]:
        """What makes a transaction see one state throughout; SQLite's always do."""
        return {"isolation_level": "REPEATABLE READ"} if self.dialect == "postgresql" else {}

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed when the block ends, rolled back when it raises.

        Raises:
            Busy: Another process has been writing for too long.
            Unavailable: The database does not answer.
            ActionRequired: The library was moved to another database since this one was opened.
        """
        with (
            _told_apart(),
            self.engine.connect().execution_options(completist_write=True) as connection,
            connection.begin() as transaction,
        ):
            if self.path is not None:
                self._check_there(connection)
            yield connection
            if self.rehearsing:
                transaction.rollback()

    def _check_there(self, connection: Connection) -> None:
        """What is written after a move would be lost: whoever opened the file before it has to open anew."""
        found = _generation(connection)
        if self.generation is None:
            self.generation = found
        if self.generation != found:
            raise ActionRequired(
                "This library was moved to another database a moment ago; nothing was written.",
                hint="Do it once more: it goes there now.",
            )

    @contextmanager
    def rehearsal(self) -> Iterator[Connection]:
        """A transaction like that of `write` which is rolled back at its end."""
        before, self.rehearsing = self.rehearsing, True
        try:
            with self.write() as connection:
                yield connection
        finally:
            self.rehearsing = before

    def moment(self, connection: Connection, clock: Callable[[], int]) -> int:
        """Milliseconds since the epoch: by the server's clock where it `keeps_time`, else by ``clock``."""
        if not self.keeps_time:
            return clock()
        told: int = connection.execute(text(_SERVER_TIME)).scalar_one()
        return told

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def connect(url: str) -> Database:
    """A database by its URL: ``sqlite:///PATH`` or ``postgresql://USER@HOST/NAME``; nothing is created yet.

    Raises:
        BadInput: The URL names no database that Completist knows.
    """
    if url.startswith(_FILE):
        path = url.removeprefix(_FILE)  # as it stands: a folder may be called "what?" or "50%"
        if not path:
            raise BadInput("A SQLite library needs a file.", hint="sqlite:///PATH/library.db")
        return Database(_sqlite(URL.create("sqlite", database=path)), Path(path))
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise BadInput(
            "The library's database is not given as a URL.",
            hint="sqlite:///PATH or postgresql://USER@HOST/NAME",
        ) from None
    if parsed.get_backend_name() == "postgresql":
        return Database(
            _postgresql(parsed.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)),
            None,
        )
    raise BadInput(
        f"No database of type {parsed.get_backend_name()!r} is supported.",
        hint="Use sqlite:///PATH or postgresql://USER@HOST/NAME.",
    )


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT / 1000})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
        connection.isolation_level = None  # we begin transactions ourselves
        cursor = connection.cursor()
        _write_ahead(cursor)
        for pragma in (
            f"synchronous={SYNCHRONOUS}",
            "foreign_keys=ON",
            "cache_size=-32768",
            "temp_store=MEMORY",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("completist_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _write_ahead(cursor: Any) -> None:  # noqa: ANN401 - the driver's own type
    """Bring a file into write-ahead mode, in which it stays.

    Alone among all statements this one does not wait while another process opens the same new file: it fails.
    A write transaction does wait, so each try stands in line behind the other first.
    """
    for _ in range(SWITCHES):
        if cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",):
            return
        with suppress(sqlite3.OperationalError):
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        cursor.execute("BEGIN IMMEDIATE")
        cursor.execute("ROLLBACK")
    cursor.execute("PRAGMA journal_mode=WAL")


def _postgresql(url: str) -> Engine:
    return create_engine(
        url, pool_pre_ping=True, connect_args={"options": "-c idle_in_transaction_session_timeout=30s"}
    )


def ping(database: Database) -> None:
    """Make sure that the database answers.

    Raises:
        ActionRequired: It cannot be reached, with the reason in words.
    """
    try:
        with database.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            if database.path is not None:
                database.generation = _generation(connection)
    except DatabaseError as error:
        reason = str(error.orig).strip().splitlines()[0] if error.orig else "unknown"
        raise ActionRequired(
            f"The library's database cannot be opened: {reason}.",
            hint="Check the data folder's permissions, or the database URL.",
        ) from error


def _generation(connection: Connection) -> int:
    """A number in the head of a SQLite file: https://sqlite.org/pragma.html#pragma_user_version."""
    found: int = connection.execute(text("PRAGMA user_version")).scalar_one()
    return found


def leave(connection: Connection) -> None:
    """Let nobody write to a SQLite library any more who has it open: from the end of this transaction on it moved."""
    connection.execute(text(f"PRAGMA user_version = {(_generation(connection) + 1) % 2**31}"))


def hold(connection: Connection, name: str, library_id: int) -> None:
    """Let nobody else into the part called ``name`` of this library until the transaction ends.

    On SQLite a write transaction is alone anyway; on PostgreSQL this takes an advisory lock.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT pg_advisory_xact_lock(hashtext(:name), :library)"),
            {"name": name, "library": library_id % 2**31},
        )


@contextmanager
def _told_apart() -> Iterator[None]:
    """Turn the driver's errors that may pass into ours."""
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if "locked" in str(error.orig) or state in _WAITED:
            raise Busy(
                "Another process is writing to this library.",
                hint="Wait for it to finish, then try again.",
            ) from error
        postgres = isinstance(error.orig, psycopg.OperationalError)
        if error.connection_invalidated or (postgres and _is_gone(state)):
            raise Unavailable(
                "The library's database does not answer.", hint="It may be restarting: try again in a moment."
            ) from error
        raise
    except PoolTimeout as error:
        raise Busy(
            "Too many calls wait for this library's database.", hint="Wait a moment, then try again."
        ) from error
    except psycopg.OperationalError as error:  # of a COPY, which goes to the driver directly
        if not _is_gone(error.sqlstate):
            raise
        raise Unavailable(
            "The library's database does not answer.", hint="It may be restarting: try again in a moment."
        ) from error


def _is_gone(state: str | None) -> bool:
    """Whether PostgreSQL could not be reached, or is starting or ending (class 57P, 08 or no state at all)."""
    return state is None or state.startswith(("57P", "08", "53300"))


@dataclass(slots=True)
class Part:
    """A part of a transaction, and whether it failed."""

    failed: bool = False


@contextmanager
def spared(connection: Connection, what: str) -> Iterator[Part]:
    """A part of a transaction that may fail without taking the rest along: it is undone and logged.

    For work that is made up for later, such as scheduling: `engine.scanning` finds what was left out.
    """
    part = Part()
    try:
        with connection.begin_nested():
            yield part
    except DatabaseError as error:
        part.failed = True
        if connection.invalidated or not connection.in_transaction():
            raise
        _log.warning("part_failed", part=what, error=type(error.orig).__name__)
