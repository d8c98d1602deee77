"""Bringing a library's tables up to date, with a copy of a SQLite file kept from before."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from completist.domain.errors import ActionRequired, CompletistError
from completist.store.database import Database

#: The newest revision, spelled out so that an up-to-date library starts without loading alembic.
HEAD = "0010"

MIGRATIONS = Path(__file__).parent / "migrations"


def revision(database: Database) -> str | None:
    """The revision of the library's tables; None for an empty database."""
    with database.read() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(
            text("SELECT version_num FROM alembic_version")
        ).scalar_one_or_none()
        return found


def migrate(database: Database, backups: Path, now: int) -> Path | None:
    """Bring the tables to `HEAD`; the copy made before an upgrade, or None when none was needed.

    Raises:
        ActionRequired: A newer Completist wrote this library.
        CompletistError: The upgrade failed; the library stands as it was.
    """
    present = revision(database)
    if present == HEAD:
        return None
    if present is not None and present not in _revisions():
        raise ActionRequired(
            f"This library was written by a newer Completist (tables {present}, this one knows {HEAD}).",
            hint="Install the newer version again, or restore a copy from the backups folder.",
        )
    copy = None if present is None else _back_up(database, backups, present, now)
    try:
        with database.write() as connection:
            _upgrade(connection)
    except Exception as error:
        kept = f" A copy from before is at {copy}." if copy else ""
        raise CompletistError(
            f"The library's tables could not be upgraded: {error}.{kept}", code="migration"
        ) from error
    return copy


def _revisions() -> set[str]:
    return {path.name.split("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")}


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - slow to load, and needed only when tables change
    from alembic.config import Config  # noqa: PLC0415 - likewise

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('completist.migrate'))"))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def _back_up(database: Database, backups: Path, present: str, now: int) -> Path | None:
    if database.path is None:
        return None  # a PostgreSQL server is backed up by its operator
    backups.mkdir(parents=True, exist_ok=True)
    stamp = datetime.fromtimestamp(now / 1000, UTC).strftime("%Y%m%dT%H%M%S")
    copy = backups / f"library-{present}-{stamp}.db"
    with closing(sqlite3.connect(database.path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy
