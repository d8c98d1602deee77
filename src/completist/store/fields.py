"""Values and locks of items: reading them, and the raw writes that `engine.recording` alone may call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from sqlalchemy import Connection, and_, delete, distinct, func, not_, select, text, union

from completist.domain.fields import Data, Layer, Level, Origin, Value
from completist.store.bulk import Row, insert_rows, is_among, is_one_of
from completist.store.encoding import from_json, to_json
from completist.store.items import indexed
from completist.store.schema import field_values, identifiers, items, locks

_ORIGINS = {origin.value: origin for origin in Origin}
_LEVELS = {level.value: level for level in Level} | {None: None}
_ORIGIN_NAMES = {origin: origin.value for origin in Origin}
_LEVEL_NAMES = {level: level.value for level in Level} | {None: None}


def read_values(
    connection: Connection,
    ids: Sequence[int],
    *,
    names: Sequence[str] | None = None,
    origin: Origin | None = None,
    imports_but: Sequence[str] = (),
) -> dict[int, list[Value]]:
    """Everything that was said about each of ``ids``; items about which nothing was said have an empty list.

    ``names`` keeps to some fields, ``origin`` to one origin; what imports say of ``imports_but`` is left out.
    """
    found: dict[int, list[Value]] = {item_id: [] for item_id in ids}
    columns = field_values.c
    statement = select(field_values)
    if names is not None:
        statement = statement.where(columns.field.in_(names))
    if origin is not None:
        statement = statement.where(columns.origin == origin.value)
    if imports_but:
        left_out = is_one_of(connection, columns.field, sorted(imports_but))
        statement = statement.where(not_(and_(columns.origin == Origin.IMPORT.value, left_out)))
    rows = connection.execute(statement.where(is_among(connection, columns.item_id, ids))).all()
    every = from_json(f"[{','.join([row[4] for row in rows])}]")  # in one go: most are a word or a number
    for row, data in zip(rows, every, strict=True):
        item_id, name, by, source, _, confidence, level, record, run_id, version, at = row
        found[item_id].append(
            Value(name, data, _ORIGINS[by], source, confidence, _LEVELS[level], record, run_id, version, at)
        )
    return found


#: What one voice says of a new item: (item, origin, source, confidence, record, at, data by field).
LayerRow: TypeAlias = tuple[int, str, str, float, str | None, int, Mapping[str, Data]]

_UNPACK = """
INSERT INTO field_values (item_id, origin, source, confidence, record, at, field, data)
SELECT ?, ?, ?, ?, ?, ?, said.key, said.value FROM json_each(?) AS said
"""


def write_layers(connection: Connection, rows: Sequence[LayerRow]) -> None:
    """Write what is said of new items, about which nothing stands yet.

    SQLite gets an item's data as one JSON object and unpacks it itself, which takes a quarter of the time of
    binding a row for each value.
    """
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        packed = [
            (*who, to_json({name: to_json(held) for name, held in data.items()})) for *who, data in rows
        ]
        connection.exec_driver_sql(_UNPACK, packed)
        return
    full: list[Row] = [
        (item_id, name, origin, source, to_json(held), confidence, None, record, None, None, at)
        for item_id, origin, source, confidence, record, at, data in rows
        for name, held in data.items()
    ]
    insert_rows(connection, field_values, full)


def write_values(connection: Connection, rows: Sequence[tuple[int, Value]]) -> None:
    """Put values into their layers, in place of what stands there."""
    full: list[Row] = []
    for item_id, (name, data, by, source, confidence, level, *ends) in rows:
        said = (item_id, name, _ORIGIN_NAMES[by], source, to_json(data), confidence)
        full.append((*said, _LEVEL_NAMES[level], *ends))
    insert_rows(connection, field_values, full, replace=True)


def drop_values(connection: Connection, layers: Iterable[tuple[int, Layer]]) -> None:
    """Empty layers."""
    rows = [
        {"item": item_id, "field": field, "origin": origin.value, "source": source}
        for item_id, (field, origin, source) in layers
    ]
    if rows:
        connection.execute(
            text(
                "DELETE FROM field_values "
                "WHERE item_id = :item AND field = :field AND origin = :origin AND source = :source"
            ),
            rows,
        )


def read_locks(connection: Connection, ids: Sequence[int]) -> dict[int, frozenset[str]]:
    """The fields locked by hand of each of ``ids`` that has any."""
    found: dict[int, set[str]] = {}
    mine = select(locks.c.item_id, locks.c.field).where(is_among(connection, locks.c.item_id, ids))
    for row in connection.execute(mine):
        found.setdefault(row.item_id, set()).add(row.field)
    return {item_id: frozenset(fields) for item_id, fields in found.items()}


def write_lock(connection: Connection, item_id: int, field: str, now: int) -> bool:
    """Lock a field by hand; False when it was locked already."""
    if field in read_locks(connection, [item_id]).get(item_id, ()):
        return False
    insert_rows(connection, locks, [(item_id, field, now)])
    return True


def write_locks(connection: Connection, pairs: Sequence[tuple[int, str]], now: int) -> None:
    """Lock fields by hand, of (item, field), none of which is locked."""
    insert_rows(connection, locks, [(item_id, field, now) for item_id, field in pairs])


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
        gone = is_among(connection, identifiers.c.item_id, list(present))
        connection.execute(delete(identifiers).where(gone))
    rows = {
        (library_id, scheme, indexed(value), item_id)
        for item_id, pairs in present.items()
        for scheme, value in pairs
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
    return {row[0]: row[1] for row in rows}
