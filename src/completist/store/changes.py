"""Changes: the append-only history of every patch written, and what undo needs of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, text, update

from completist.domain.fields import Layer, Level, Origin, Value
from completist.store.bulk import Fetched, Row, allocate, insert_rows, is_among
from completist.store.encoding import from_json, to_json
from completist.store.items import chunked
from completist.store.schema import DEEDS, changes, items


@dataclass(frozen=True, slots=True)
class Change:
    """One patch written to one item: what each layer it touched held before and after; None is "nothing"."""

    id: int
    item_id: int
    at: int
    action: str
    origin: Origin
    source: str
    run_id: int | None
    import_id: int | None
    job_id: int | None
    before: dict[Layer, Value | None]
    after: dict[Layer, Value | None]
    undone_by: int | None


def pack(layers: dict[Layer, Value | None]) -> str | None:
    """Layers as they stand in a change's row."""
    if not layers:
        return None
    return to_json([[*layer, None if value is None else _packed(value)] for layer, value in layers.items()])


def _packed(v: Value) -> list[Any]:
    _, data, _, _, *ends = v
    return [data, *ends]


def unpack(text: str | None) -> dict[Layer, Value | None]:
    """What `pack` packed."""
    layers: dict[Layer, Value | None] = {}
    for field, origin, source, held in from_json(text) if text else []:
        said = Origin(origin)
        value = None
        if held is not None:
            data, confidence, level, record, run_id, version, at = held
            value = Value(
                field,
                data,
                said,
                source,
                confidence,
                Level(level) if level else None,
                record,
                run_id,
                version,
                at,
            )
        layers[(field, said, source)] = value
    return layers


def append_changes(connection: Connection, rows: Sequence[Row]) -> Sequence[int]:
    """Append changes; each row holds every column behind ``id`` in the table's order. Their ids."""
    ids = allocate(connection, changes, len(rows))
    insert_rows(connection, changes, [(number, *row) for number, row in zip(ids, rows, strict=True)])
    return ids


def history(connection: Connection, library_id: int, item_id: int) -> list[Change]:
    """All changes of an item, oldest first."""
    statement = select(changes).where(changes.c.library_id == library_id, changes.c.item_id == item_id)
    return [change_of(row) for row in connection.execute(statement.order_by(changes.c.id))]


def changes_by(
    connection: Connection,
    library_id: int,
    *,
    change_id: int | None = None,
    run_id: int | None = None,
    import_id: int | None = None,
    after: int | None = None,
    limit: int = 500,
) -> list[Change]:
    """Changes that are not undone yet, newest first: one, or those of a run or import, behind id ``after``.

    Those of items that were removed are left out.
    """
    statement = select(changes).where(
        changes.c.library_id == library_id, changes.c.undone_by.is_(None), _of_items_that_are_there()
    )
    if change_id is not None:
        statement = statement.where(changes.c.id == change_id)
    else:
        statement = statement.where(changes.c.action != "undo")
    if run_id is not None:
        statement = statement.where(changes.c.run_id == run_id)
    if import_id is not None:
        statement = statement.where(changes.c.import_id == import_id)
    if after is not None:
        statement = statement.where(changes.c.id < after)
    return [
        change_of(row) for row in connection.execute(statement.order_by(changes.c.id.desc()).limit(limit))
    ]


def changes_of_runs(
    connection: Connection, library_id: int, run_ids: Sequence[int], since: int, until: int
) -> list[Change]:
    """Changes that runs made between two moments, both included, and that are not undone yet, newest first.

    Those of items that were removed are left out.
    """
    statement = select(changes).where(
        changes.c.library_id == library_id,
        is_among(connection, changes.c.run_id, run_ids),
        changes.c.run_id.is_not(None),
        changes.c.at.between(since, until),
        changes.c.undone_by.is_(None),
        changes.c.action != "undo",
        _of_items_that_are_there(),
    )
    return [change_of(row) for row in connection.execute(statement.order_by(changes.c.id.desc()))]


def latest_deed(connection: Connection, library_id: int) -> Change | None:
    """The newest thing that a person did to an item that is still there, and that is not undone."""
    statement = select(changes).where(changes.c.library_id == library_id, DEEDS, _of_items_that_are_there())
    row = connection.execute(statement.order_by(changes.c.id.desc()).limit(1)).one_or_none()
    return None if row is None else change_of(row)


def moved_by_imports(connection: Connection, ids: Sequence[int], but: int | None) -> set[int]:
    """Which items an import changed that is not undone, other than the import ``but``."""
    found: set[int] = set()
    for chunk in chunked(ids):
        statement = select(changes.c.item_id).where(
            changes.c.item_id.in_(chunk),
            changes.c.action == "import",
            changes.c.undone_by.is_(None),
            changes.c.import_id.is_distinct_from(but),
        )
        found.update(connection.execute(statement).scalars())
    return found


def _of_items_that_are_there() -> ColumnElement[bool]:
    return select(items.c.id).where(items.c.id == changes.c.item_id).exists()


def mark_undone(connection: Connection, ids: Sequence[int], by: int) -> None:
    """Note that the change ``by`` took back the changes ``ids``."""
    for chunk in chunked(ids):
        connection.execute(update(changes).where(changes.c.id.in_(chunk)).values(undone_by=by))


def mark_each_undone(connection: Connection, pairs: Sequence[tuple[int, int]]) -> None:
    """Note that each change (first) was taken back by another (second)."""
    if pairs:
        connection.execute(
            text("UPDATE changes SET undone_by = :by WHERE id = :id"),
            [{"id": one, "by": by} for one, by in pairs],
        )


def change_of(row: Fetched) -> Change:
    """A change as its row tells it."""
    return Change(
        id=row.id,
        item_id=row.item_id,
        at=row.at,
        action=row.action,
        origin=Origin(row.origin),
        source=row.source,
        run_id=row.run_id,
        import_id=row.import_id,
        job_id=row.job_id,
        before=unpack(row.before),
        after=unpack(row.after),
        undone_by=row.undone_by,
    )
