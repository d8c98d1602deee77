"""Where the engines keep their jobs: a PostgreSQL server, a Redis server, a SQLite file; each empty at every start."""

# ruff: noqa: D102 - `Place` says what these methods promise
from __future__ import annotations

import os
import socket
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

#: Names a PostgreSQL server to use, as the tests do.
VARIABLE = "COMPLETIST_TEST_POSTGRES"

#: Where a PostgreSQL server of this machine may answer.
LOCAL = ("postgresql:///postgres", "postgresql://127.0.0.1:5432/postgres")

#: Redis counts its databases; nobody is likely to have anything in this one, which is emptied.
REDIS = ("127.0.0.1", 6379, 9)


class Place(Protocol):
    """Somewhere to keep jobs. ``why`` says why it cannot be used; None when it can."""

    name: str
    why: str | None

    def fresh(self) -> AbstractContextManager[str]:
        """An empty database by URL, gone at the end."""
        ...

    def tidy(self, url: str) -> None:
        """What a server does by itself some time after a bulk load, done at once."""
        ...

    def processor(self) -> float | None:
        """Seconds of processor time that the server has taken; None when that cannot be read."""
        ...

    def words(self) -> str:
        """Version and settings that matter."""
        ...


class PostgreSQL:
    """A server found by the tests' variable or on this machine; everyone meets the same settings on it."""

    name = "PostgreSQL"

    def __init__(self) -> None:
        self.why: str | None = None
        for url in [os.environ.get(VARIABLE)] if os.environ.get(VARIABLE) else LOCAL:
            self.url = str(url)
            try:
                psycopg.connect(self.url, connect_timeout=3).close()
            except psycopg.Error as error:
                self.why = str(error).strip().splitlines()[-1].strip()
            else:
                self.why = None
                return

    @contextmanager
    def fresh(self) -> Iterator[str]:
        name = f"completist_bench_{uuid4().hex[:12]}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
        try:
            yield make_url(self.url).set(database=name).render_as_string(hide_password=False)
        finally:
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))

    def tidy(self, url: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            connection.execute("CHECKPOINT")

    def processor(self) -> float | None:
        """Of the postmaster, its children, and those of its children that have ended; None for another machine's."""
        with psycopg.connect(make_conninfo(self.url)) as connection:
            row = connection.execute("SELECT pg_backend_pid()").fetchone()
            mine = _stat(int(row[0])) if row else None
            if mine is None or "postgres" not in mine.name:
                return None
            postmaster = _stat(mine.parent)
            if postmaster is None:
                return None
            pids = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal())
            children = [stat for stat in map(_stat, pids) if stat and stat.parent == mine.parent]
        return postmaster.own + postmaster.ended + sum(stat.own for stat in children)

    def words(self) -> str:
        with psycopg.connect(self.url) as connection:
            said = [
                str((connection.execute(SQL("SHOW {}").format(Identifier(name))).fetchone() or ["?"])[0])
                for name in ("server_version", "fsync", "synchronous_commit", "shared_buffers")
            ]
        return "PostgreSQL {} (fsync {}, synchronous_commit {}, shared_buffers {})".format(*said)


class Redis:
    """The server on this machine's usual port, spoken to in its own plain protocol: it takes four commands."""

    name = "Redis"

    def __init__(self) -> None:
        self.why: str | None
        try:
            said = self._ask("PING").decode().strip()
        except OSError as error:
            self.why = str(error)
        else:
            self.why = None if said == "+PONG" else said

    @contextmanager
    def fresh(self) -> Iterator[str]:
        host, port, number = REDIS
        self._ask("FLUSHDB")
        try:
            yield f"redis://{host}:{port}/{number}"
        finally:
            self._ask("FLUSHDB")

    def tidy(self, url: str) -> None:
        """Nothing to do."""

    def processor(self) -> float | None:
        said = self._info()
        return float(said["used_cpu_user"]) + float(said["used_cpu_sys"])

    def words(self) -> str:
        said = self._info()
        saved = self._ask("CONFIG GET save").decode().split("\r\n")
        kept = "on" if said["aof_enabled"] == "1" else "off"
        return f"Redis {said['redis_version']} (appendonly {kept}, save {saved[-2] or 'off'})"

    def _info(self) -> dict[str, str]:
        lines = self._ask("INFO").decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    @staticmethod
    def _ask(command: str) -> bytes:
        host, port, number = REDIS
        with socket.create_connection((host, port), timeout=3) as wire:
            wire.sendall(f"SELECT {number}\r\n{command}\r\nQUIT\r\n".encode())
            answer = b""
            while part := wire.recv(65_536):
                answer += part
        return answer.removeprefix(b"+OK\r\n").removesuffix(b"+OK\r\n")


class SQLite:
    """A file in a temporary folder; it has no server, whose time would have to be counted."""

    name = "SQLite"
    why: str | None = None

    @contextmanager
    def fresh(self) -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/jobs.db"

    def tidy(self, url: str) -> None:
        """Nothing to do."""

    def processor(self) -> float | None:
        return 0.0

    def words(self) -> str:
        return f"SQLite {sqlite3.sqlite_version}"


class _Stat:
    """What Linux tells of a process; times in seconds."""

    def __init__(self, text: str) -> None:
        ticks = os.sysconf("SC_CLK_TCK")
        self.name = text[text.index("(") + 1 : text.rindex(")")]
        words = text[text.rindex(")") + 1 :].split()
        self.parent = int(words[1])
        self.own = (int(words[11]) + int(words[12])) / ticks
        self.ended = (int(words[13]) + int(words[14])) / ticks  # children that it has waited for


def _stat(pid: int) -> _Stat | None:
    try:
        return _Stat(Path(f"/proc/{pid}/stat").read_text("utf-8", "replace"))
    except OSError:
        return None
