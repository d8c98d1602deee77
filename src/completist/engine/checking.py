"""Checking: the state of a library's surroundings, each finding with the command that mends it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from completist import catalog
from completist.catalog.opening import info_from
from completist.domain.errors import ActionRequired, CompletistError
from completist.sdk.registry import KindPlugin
from completist.store import checks
from completist.store.database import Database
from completist.store.figures import SilentQueue, silent_queues
from completist.store.migrating import HEAD, revision
from completist.store.owning import Owner, owner_of
from completist.store.requests import oldest_due

OLDEST_PYTHON = (3, 11)
#: Days after which a catalogue is told to be old; Open Library publishes a dump each month.
OLD = 120
#: Free bytes below which a fill or a catalogue may not fit.
LITTLE_ROOM, NO_ROOM = 2 * 1024**3, 200 * 1024**2
#: Milliseconds; runs that are ready for longer than `SILENT` while nobody takes any have been forgotten.
HOUR = 3_600_000
SILENT = HOUR
#: Milliseconds beyond its lease that a claim is left alone: a worker that is running takes it back.
GRACE = 60_000


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"  #: it works, but somebody should look
    FAIL = "fail"  #: something cannot work until it is mended


class Remedy(StrEnum):
    """What mends a finding, where that can be done for somebody who merely says so."""

    RESUME = "resume"  #: let a pipeline go on, or everything
    ASK_AGAIN = "ask_again"  #: let a source be called again
    KEY = "key"  #: give a source another key
    COVERS = "covers"  #: clear up among the copies of covers
    CATALOGUE = "catalogue"  #: load newer dumps


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. ``fix`` is the command or the step that mends it, empty when all is well.

    Where a page can do it, too, ``remedy`` says what, and ``of`` to which pipeline or source.
    """

    name: str
    state: State
    message: str
    fix: str = ""
    remedy: Remedy | None = None
    of: str = ""


def check_all(
    data: Path,
    catalogue: Path,
    plugins: Sequence[KindPlugin],
    database: Callable[[], Database],
    now: int,
    served: str = "",
) -> list[Check]:
    """Every check, in the order in which they build on one another. ``database`` opens the library's.

    ``served`` is the database that the catalogue is read from, where it is not the folder ``catalogue``.
    """
    outside = frozenset(pipeline.name for plugin in plugins for pipeline in plugin.outside)
    pictures = {each.name for plugin in plugins for each in plugin.pipelines if each.picture is not None}
    folder = check_folder(data)
    found = [check_python(), check_plugins(plugins), folder, check_disk(data)]
    if folder.state is not State.FAIL:
        try:
            opened = database()
            found += [*check_database(opened), *check_work(opened, outside, now, patient=pictures)]
        except CompletistError as error:
            found.append(Check("database", State.FAIL, error.message, error.hint))
        found.append(check_served(catalogue, served) if served else check_catalogue(catalogue, now))
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
    return Check("plugins", State.OK, ", ".join(map(_brings, plugins)))


def _brings(plugin: KindPlugin) -> str:
    formats = [f"{len(plugin.readers)} formats"] if plugin.readers else []
    return f"{plugin.kind.name} ({', '.join([*formats, *(each.name for each in plugin.pipelines)])})"


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


def check_database(database: Database) -> list[Check]:
    """The database: its engine, its tables, its integrity."""
    with database.read() as connection:
        engine, recent = checks.engine_version(connection)
        damages = checks.damages(connection)
    return [
        Check("database", State.OK, f"{engine}, reachable")
        if recent
        else Check("database", State.FAIL, f"{engine} is too old.", "Install a Python with SQLite 3.38+."),
        _tables(revision(database)),
        _integrity(damages, database),
    ]


def check_work(
    database: Database, outside: Collection[str], now: int, patient: Collection[str] = ()
) -> list[Check]:
    """Who works on the library, what workers left behind, which queues stand still. ``outside`` names pipelines.

    Runs of those that only workers outside fill may wait for as long as they like, and those of ``patient`` ones, which
    wait until there is a way out.
    """
    owner = None if database.path is None else owner_of(database.path)
    with database.read() as connection:
        at = database.moment(connection, lambda: now)
        expired = checks.count_expired_claims(connection, at - GRACE)
        stuck = checks.count_stuck_runs(connection)
        ready = checks.count_ready(connection)
        silent = silent_queues(connection, at, SILENT)
        paused = checks.paused_since(connection)
        unasked = oldest_due(connection, at)
    return [
        *_owner(database, owner),
        _leases(expired, stuck, owner),
        *_pauses(paused, at),
        *_silent([queue for queue in silent if queue.pipeline not in {*outside, *patient}], owner, at),
        *_requests(unasked, owner, at),
        *_outside({name: count for name, count in ready.items() if name in outside}),
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
        return Check("catalogue", State.WARN, message, fix, Remedy.CATALOGUE)
    return Check("catalogue", State.OK, message)


def check_served(root: Path, url: str) -> Check:
    """The catalogue that a database serves: what is loaded there, or why it cannot be read."""
    try:
        told = info_from(root, url)
    except ActionRequired as error:
        fix = "completist catalog publish, where a catalogue is loaded"
        return Check("catalogue", State.WARN, f"{_place(url)}: {error.message}", fix)
    except CompletistError as error:
        message = f"{_place(url)} cannot be read: {error.message}"
        return Check("catalogue", State.FAIL, message, error.hint or "See the setting catalogue.")
    found = f"{told['editions']:,} editions, {told['works']:,} works, served by {_place(url)}"
    return Check("catalogue", State.OK, found)


def _place(url: str) -> str:
    """The database of an address, without the name and the password of who opens it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"


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


def _owner(database: Database, owner: Owner | None) -> list[Check]:
    """The process of a SQLite library; on PostgreSQL there may be many, on other machines."""
    if database.path is None:
        return []
    if owner is None:
        return [Check("process", State.OK, "no completist serve or work is running on this library")]
    where = f" at {owner.url}" if owner.url else ""
    return [Check("process", State.OK, f"completist {owner.what} (process {owner.pid}) is running{where}")]


def _leases(expired: int, stuck: int, owner: Owner | None) -> Check:
    if stuck:
        held = f"{_counted(stuck, 'run')} held by nobody."
        return Check("workers", State.WARN, held, _working(owner))
    if expired:
        lost = f"{_counted(expired, 'claim')} beyond the lease; the worker is gone."
        return Check("workers", State.WARN, lost, _working(owner))
    return Check("workers", State.OK, "nothing left behind")


def _pauses(paused: Mapping[str, int], now: int) -> list[Check]:
    return [
        Check(
            "paused",
            State.WARN,
            f"{name or 'everything'} has been paused for {_span(now - since)}.",
            f"completist resume {name}".rstrip(),
            Remedy.RESUME,
            name,
        )
        for name, since in paused.items()
    ]


def _silent(queues: Sequence[SilentQueue], owner: Owner | None, now: int) -> list[Check]:
    found = []
    for queue in queues:
        told = (
            f"{queue.ready:,} of {queue.pipeline} ready for {_span(now - queue.since)}, and nobody takes any."
        )
        found.append(Check("queue", State.WARN, told, _working(owner)))
    return found


def _requests(since: int | None, owner: Owner | None, now: int) -> list[Check]:
    """The queue of the enrichment API: one that nobody works off must not go unnoticed."""
    if since is None or now - since < SILENT:
        return []
    told = f"the oldest request of the enrichment queue has been due for {_span(now - since)}."
    return [Check("queue", State.WARN, told, _working(owner))]


def _outside(ready: Mapping[str, int]) -> list[Check]:
    return [
        Check("queue", State.OK, f"{count:,} wait for a worker outside ({name})")
        for name, count in ready.items()
    ]


def _working(owner: Owner | None) -> str:
    """The command that takes back what is held and works off what is ready."""
    if owner is None:
        return "completist work"
    return f"Start it again: end process {owner.pid}, then completist {owner.what}"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what} is" if number == 1 else f"{number:,} {what}s are"


def _span(spent: int) -> str:
    """So many milliseconds as people say it."""
    for unit, length in (("day", 24 * HOUR), ("hour", HOUR), ("minute", HOUR // 60)):
        if spent >= length:
            number = spent // length
            return f"{number:,} {unit}{'' if number == 1 else 's'}"
    return "a moment"
