"""The bell: wakes a worker when something was written. A hint, never the truth: whoever misses it polls."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Protocol

import psycopg
from sqlalchemy import Connection, text

from completist.store.database import Database

#: The channel on which PostgreSQL tells that runs became due.
CHANNEL = "completist"

#: How often SQLite's file is looked at, in seconds; a look takes ten microseconds.
LOOK = 0.02


class Bell(Protocol):
    """Waits for something to have been written."""

    def wait(self, seconds: float, stop: Event) -> None:
        """Return when it rings, after ``seconds``, or soon after ``stop`` is set."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


def ring(connection: Connection) -> None:
    """Wake the workers when this transaction commits: once, however often it is called in it."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"NOTIFY {CHANNEL}"))


def open_bell(database: Database) -> Bell:
    """The bell of a database."""
    if database.path is not None:
        return _FileBell(database.path)
    return _ServerBell(database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False))


class _FileBell:
    """Rings when another connection has committed to the file: https://sqlite.org/pragma.html#pragma_data_version."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._seen = self._version()

    def wait(self, seconds: float, stop: Event) -> None:
        """Look at the file until it changes."""
        until = monotonic() + seconds
        while monotonic() < until and not stop.wait(LOOK):
            if (present := self._version()) != self._seen:
                self._seen = present
                return

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _version(self) -> int:
        with closing(self._connection.execute("PRAGMA data_version")) as cursor:
            found: int = cursor.fetchone()[0]
        return found


class _ServerBell:
    """Listens on a connection of its own, which is opened again when the server has closed it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._connection: psycopg.Connection | None = None

    def wait(self, seconds: float, stop: Event) -> None:
        """Listen; without a server, just wait."""
        until = monotonic() + seconds
        while not stop.is_set() and (left := until - monotonic()) > 0:
            try:
                for _ in self._listening().notifies(timeout=min(left, 0.5), stop_after=1):
                    return
            except psycopg.Error:
                self.close()
                stop.wait(min(left, 0.5))

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _listening(self) -> psycopg.Connection:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=3)
            self._connection.execute(f"LISTEN {CHANNEL}")
        return self._connection
