"""Checking: the state of a library's surroundings, each finding with the command that mends it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from completist import catalog
from completist.domain.errors import ActionRequired, CompletistError
from completist.sdk.registry import KindPlugin
from completist.store import checks
from completist.store.database import Database
from completist.store.migrating import HEAD, revision

OLDEST_PYTHON = (3, 11)
#: Days after which a catalogue is told to be old; Open Library publishes a dump each month.
OLD = 120
#: Free bytes below which a fill or a catalogue may not fit.
LITTLE_ROOM, NO_ROOM = 2 * 1024**3, 200 * 1024**2


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"  #: it works, but somebody should look
    FAIL = "fail"  #: something cannot work until it is mended


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. ``fix`` is the command or the step that mends it, empty when all is well."""

    name: str
    state: State
    message: str
    fix: str = ""


def check_all(
    data: Path,
    catalogue: Path,
    plugins: Sequence[KindPlugin],
    database: Callable[[], Database],
    now: int,
) -> list[Check]:
    """Every check, in the order in which they build on one another. ``database`` opens the library's."""
    folder = check_folder(data)
    found = [check_python(), check_plugins(plugins), folder, check_disk(data)]
    if folder.state is not State.FAIL:
        try:
            found.extend(check_database(database(), now))
        except CompletistError as error:
            found.append(Check("database", State.FAIL, error.message, error.hint))
        found.append(check_catalogue(catalogue, now))
    return found


def check_python() -> Check:
    """The interpreter."""
    version = platform.python_version()
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return Check("python", State.OK, f"Python {version}")
    return Check("python", State.FAIL, f"Python {version} is too old.", "Install Python 3.11 or newer.")


def check_plugins(plugins: Sequence[KindPlugin]) -> Check:
    """The kinds that are installed."""
    if not plugins:
        return Check(
            "plugins", State.FAIL, "No kind of item is installed.", "pip install --force-reinstall completist"
        )
    told = [
        f"{each.kind.name} ({len(each.readers)} formats, {len(each.finders)} pipelines)" for each in plugins
    ]
    return Check("plugins", State.OK, ", ".join(told))


def check_folder(data: Path) -> Check:
    """The data folder: whether it can be written to."""
    nearest = next((each for each in (data, *data.parents) if each.exists()), data)
    if data.exists() and not data.is_dir():
        return Check("data folder", State.FAIL, f"{data} is a file.", "Choose a folder with --data.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        return Check("data folder", State.FAIL, f"{nearest} cannot be written to.", f"chmod u+rwx {nearest}")
    return Check("data folder", State.OK, str(data) if data.exists() else f"{data} (made at first use)")


def check_disk(data: Path) -> Check:
    """The room that is left on the disk of the data folder."""
    nearest = next((each for each in (data, *data.parents) if each.exists()), data)
    free = shutil.disk_usage(nearest).free
    told = f"{free / 1024**3:.1f} GiB free"
    if free < NO_ROOM:
        return Check("disk", State.FAIL, f"{told}: not enough to work with.", "Make room, or use --data.")
    if free < LITTLE_ROOM:
        return Check("disk", State.WARN, f"{told}: a catalogue may not fit.", "Make room, or use --data.")
    return Check("disk", State.OK, told)


def check_database(database: Database, now: int) -> list[Check]:
    """The database: its engine, its tables, its integrity, and what workers left behind."""
    with database.read() as connection:
        engine, recent = checks.engine_version(connection)
        damages = checks.damages(connection)
        expired = checks.count_expired_claims(connection, now)
        stuck = checks.count_stuck_runs(connection)
    return [
        Check("database", State.OK, f"{engine}, reachable")
        if recent
        else Check("database", State.FAIL, f"{engine} is too old.", "Install a Python with SQLite 3.38+."),
        _tables(revision(database)),
        _integrity(damages, database),
        _leases(expired, stuck),
    ]


def check_catalogue(root: Path, now: int) -> Check:
    """The offline catalogue: whether there is one, how large, how old."""
    try:
        told = catalog.info(root)
    except ActionRequired as error:
        return Check("catalogue", State.WARN, error.message, error.hint)
    days = max(0, int((now - (root / "CURRENT").stat().st_mtime * 1000) // 86_400_000))
    age = {0: "loaded today", 1: "loaded yesterday"}.get(days, f"loaded {days} days ago")
    message = f"{told['editions']:,} editions, {told['works']:,} works, {age}"
    if days > OLD:
        fix = "completist catalog load FILE...  (dumps: https://openlibrary.org/developers/dumps)"
        return Check("catalogue", State.WARN, message, fix)
    return Check("catalogue", State.OK, message)


def _tables(present: str | None) -> Check:
    if present == HEAD:
        return Check("tables", State.OK, f"revision {present}")
    return Check("tables", State.FAIL, f"revision {present}, expected {HEAD}", "completist status")


def _integrity(damages: Sequence[str], database: Database) -> Check:
    if not damages:
        return Check("integrity", State.OK, "no damage found")
    where = "" if database.path is None else f' "{database.path}"'
    return Check(
        "integrity",
        State.FAIL,
        f"damaged: {damages[0]}",
        f"Restore a copy from the backups folder, or save what can be read: sqlite3{where} .recover",
    )


def _leases(expired: int, stuck: int) -> Check:
    if stuck:
        return Check("workers", State.WARN, f"{stuck} runs are held by nobody.", "completist fill")
    if expired:
        return Check(
            "workers", State.WARN, f"{expired} claims have expired; a worker was killed.", "completist fill"
        )
    return Check("workers", State.OK, "nothing left behind")
