"""Values and locks of items: reading them, and the raw writes that `engine.recording` alone may call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, delete, distinct, func, select, union

from completist.domain.fields import Layer, Level, Origin, Value
from completist.store.bulk import Row, insert_rows
from completist.store.encoding import from_json, to_json
from completist.store.items import chunked
from completist.store.schema import field_values, identifiers, items, locks

_ORIGINS = {origin.value: origin for origin in Origin}
_LEVELS = {level.value: level for level in Level} | {None: None}


def read_values(connection: Connection, ids: Sequence[int]) -> dict[int, list[Value]]:
    """Everything that was said about each of ``ids``; items about which nothing was said have an empty list."""
    found: dict[int, list[Value]] = {item_id: [] for item_id in ids}
    columns = field_values.c
    for chunk in chunked(ids):
        for row in connection.execute(select(field_values).where(columns.item_id.in_(chunk))):
            found[row[0]].append(
                Value(
                    field=row[1],
                    origin=_ORIGINS[row[2]],
                    source=row[3],
                    data=from_json(row[4]),
                    confidence=row[5],
                    level=_LEVELS[row[6]],
                    record=row[7],
                    run_id=row[8],
                    version=row[9],
                    at=row[10],
                )
            )
    return found


def write_values(connection: Connection, rows: Sequence[tuple[int, Value]], *, fresh: bool = False) -> None:
    """Put values into their layers. With ``fresh``, the items are new and nothing stands there yet."""
    if fresh and connection.dialect.name == "sqlite":
        rows = _write_plain(connection, rows)
    insert_rows(
        connection, field_values, [_row(item_id, value) for item_id, value in rows], replace=not fresh
    )


def _row(item_id: int, v: Value) -> Row:
    level = v.level.value if v.level else None
    said = (v.field, v.origin.value, v.source, to_json(v.data))
    return (item_id, *said, v.confidence, level, v.record, v.run_id, v.version, v.at)


_UNPACK = """
INSERT INTO field_values (item_id, field, origin, source, data, confidence, at)
SELECT ?, said.key, ?, ?, said.value, 1.0, ? FROM json_each(?) AS said
"""


def _write_plain(connection: Connection, rows: Sequence[tuple[int, Value]]) -> list[tuple[int, Value]]:
    """Write the values that come from no record, an item's at once as one JSON object; the others are returned.

    SQLite unpacks the object itself, which takes a quarter of the time of binding a row per value.
    """
    plain: dict[tuple[int, str, str, int], dict[str, str]] = {}
    rest: list[tuple[int, Value]] = []
    for item_id, v in rows:
        if (
            v.confidence == 1.0
            and v.record is None
            and v.run_id is None
            and v.version is None
            and v.level is None
        ):
            plain.setdefault((item_id, v.origin.value, v.source, v.at), {})[v.field] = to_json(v.data)
        else:
            rest.append((item_id, v))
    if plain:
        connection.exec_driver_sql(_UNPACK, [(*key, to_json(said)) for key, said in plain.items()])
    return rest


def drop_values(connection: Connection, layers: Iterable[tuple[int, Layer]]) -> None:
    """Empty layers."""
    columns = field_values.c
    for item_id, (field, origin, source) in layers:
        connection.execute(
            delete(field_values).where(
                columns.item_id == item_id,
                columns.field == field,
                columns.origin == origin.value,
                columns.source == source,
            )
        )


def read_locks(connection: Connection, ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """The fields locked by hand of each of ``ids`` that has any."""
    found: dict[int, set[str]] = {}
    for chunk in chunked(ids):
        for row in connection.execute(
            select(locks.c.item_id, locks.c.field).where(locks.c.item_id.in_(chunk))
        ):
            found.setdefault(row.item_id, set()).add(row.field)
    return {item_id: frozenset(fields) for item_id, fields in found.items()}


def write_lock(connection: Connection, item_id: int, field: str, now: int) -> bool:
    """Lock a field by hand; False when it was locked already."""
    if field in read_locks(connection, [item_id]).get(item_id, ()):
        return False
    insert_rows(connection, locks, [(item_id, field, now)])
    return True


def drop_lock(connection: Connection, item_id: int, field: str) -> bool:
    """Unlock a field; False when it was not locked by hand."""
    done = connection.execute(delete(locks).where(locks.c.item_id == item_id, locks.c.field == field))
    return done.rowcount > 0


def write_identifiers(
    connection: Connection,
    library_id: int,
    present: Mapping[int, Iterable[tuple[str, str]]],
    *,
    fresh: bool = False,
) -> None:
    """Make ``present`` the identifiers, (scheme, value) each, under which these items are found."""
    if not fresh:
        for chunk in chunked(sorted(present)):
            connection.execute(delete(identifiers).where(identifiers.c.item_id.in_(chunk)))
    rows = {
        (library_id, scheme, value, item_id) for item_id, pairs in present.items() for scheme, value in pairs
    }
    insert_rows(connection, identifiers, sorted(rows))


def count_filled(connection: Connection, library_id: int, kind: str, fields: Sequence[str]) -> dict[str, int]:
    """For each of ``fields``, how many items of ``kind`` have something in it or have it locked."""
    said = select(field_values.c.item_id, field_values.c.field).where(field_values.c.field.in_(fields))
    held = select(locks.c.item_id, locks.c.field).where(locks.c.field.in_(fields))
    both = union(said, held).subquery()
    rows = connection.execute(
        select(both.c.field, func.count(distinct(both.c.item_id)))
        .join(items, items.c.id == both.c.item_id)
        .where(items.c.library_id == library_id, items.c.kind == kind)
        .group_by(both.c.field)
    )
    return dict(row.tuple() for row in rows)
