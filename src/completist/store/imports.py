"""Imports: how far each file got, so that an interrupted import goes on where it stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from completist.domain.errors import Conflict
from completist.store.bulk import Fetched
from completist.store.encoding import from_json, to_json
from completist.store.schema import imports


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """One file handed in. ``entries`` of it are committed; ``report`` counts what became of them."""

    id: int
    format: str
    file: str
    state: str
    entries: int
    report: dict[str, Any]
    started_at: int


def begin_import(
    connection: Connection,
    library_id: int,
    form: str,
    file: str,
    digest: str,
    report: dict[str, Any],
    now: int,
) -> ImportRecord:
    """The unfinished import of a file with this content, or a new one."""
    row = connection.execute(
        select(imports)
        .where(
            imports.c.library_id == library_id,
            imports.c.digest == digest,
            imports.c.format == form,
            imports.c.state == "running",
        )
        .order_by(imports.c.id.desc())
        .limit(1)
    ).one_or_none()
    if row is not None:
        return _record(row)
    made = connection.execute(
        insert(imports)
        .values(
            library_id=library_id,
            format=form,
            file=file,
            digest=digest,
            state="running",
            entries=0,
            report=to_json(report),
            started_at=now,
        )
        .returning(imports)
    ).one()
    return _record(made)


def checkpoint_import(connection: Connection, import_id: int, entries: int, report: dict[str, Any]) -> None:
    """Note, with the rows themselves, that the first ``entries`` are in.

    Raises:
        Conflict: The import was undone while it ran.
    """
    noted = connection.execute(
        update(imports)
        .where(imports.c.id == import_id, imports.c.state != "undone")
        .values(entries=entries, report=to_json(report))
    )
    if noted.rowcount == 0:
        raise Conflict(
            f"Import {import_id} was undone while it ran.",
            hint="Import the file again if you want it after all.",
        )


def undo_import(connection: Connection, import_id: int, now: int) -> None:
    """Note that an import is taken back: it is never taken up again. Its report stays."""
    done = update(imports).where(imports.c.id == import_id)
    connection.execute(done.values(state="undone", finished_at=now))


def finish_import(connection: Connection, import_id: int, report: dict[str, Any], now: int) -> None:
    """Close an import, unless it was undone."""
    connection.execute(
        update(imports)
        .where(imports.c.id == import_id, imports.c.state != "undone")
        .values(state="done", report=to_json(report), finished_at=now)
    )


def count_imports(connection: Connection, library_id: int) -> int:
    """How many files were handed in."""
    statement = select(func.count()).select_from(imports).where(imports.c.library_id == library_id)
    return connection.execute(statement).scalar_one()


def list_imports(connection: Connection, library_id: int, limit: int = 20) -> list[ImportRecord]:
    """The newest imports."""
    rows = connection.execute(
        select(imports).where(imports.c.library_id == library_id).order_by(imports.c.id.desc()).limit(limit)
    )
    return [_record(row) for row in rows]


def read_import(connection: Connection, library_id: int, import_id: int) -> ImportRecord | None:
    """One import, or None when this library has none with that id."""
    row = connection.execute(
        select(imports).where(imports.c.library_id == library_id, imports.c.id == import_id)
    ).one_or_none()
    return None if row is None else _record(row)


def _record(row: Fetched) -> ImportRecord:
    return ImportRecord(
        row.id, row.format, row.file, row.state, row.entries, from_json(row.report), row.started_at
    )
