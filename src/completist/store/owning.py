"""Owning: a SQLite library has one process that works on it for long; others are told who it is."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import IO

from completist.domain.errors import Busy


#: How often the lock is tried, and the seconds between two tries.
LOOKS, LOOK = 10, 0.02


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that works on a library, and where it answers over HTTP, if it does."""

    pid: int
    what: str  #: serve, worker, work, migrate
    url: str | None = None


@contextmanager
def own(path: Path, what: str, url: str | None = None) -> Iterator[None]:
    """Be the one process that works on the library in ``path``, a SQLite file, until the block ends.

    The lock is the operating system's: a process that is killed holds it no longer.

    Raises:
        Busy: Another process does.
    """
    with _lock_file(path).open("a+", encoding="utf-8") as file:
        for _ in range(LOOKS):
            if _taken(file):
                break
            sleep(LOOK)  # whoever asks who owns it holds the lock for a moment, too
        else:
            raise _busy(_read(file))
        file.seek(0)
        file.truncate()
        json.dump({"pid": os.getpid(), "what": what, "url": url}, file)
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def owner_of(path: Path) -> Owner | None:
    """The process that owns the library in ``path`` at this moment; None when none does."""
    with suppress(FileNotFoundError), _lock_file(path).open("r+", encoding="utf-8") as file:
        if not _taken(file):
            return _read(file)
    return None


def _lock_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.owner")


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(file: IO[str]) -> Owner:
    file.seek(0)
    try:
        told = json.loads(file.read())
        return Owner(int(told["pid"]), str(told["what"]), told["url"])
    except (ValueError, KeyError, TypeError):
        return Owner(0, "another process")  # it is just writing it down, or cannot


def _busy(owner: Owner) -> Busy:
    where = f" at {owner.url}" if owner.url else ""
    return Busy(
        f"completist {owner.what} (process {owner.pid}) works on this library{where}.",
        hint="One process works on a SQLite library. Stop it first, or move to PostgreSQL for more workers.",
    )
