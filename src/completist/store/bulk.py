"""Writing many rows fast: plain tuples straight to the driver."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table, text

#: Values in the order of the table's columns.
Row: TypeAlias = tuple[Any, ...]

#: From how many rows on PostgreSQL's COPY is worth its set-up.
COPY_FROM = 20


def insert_rows(connection: Connection, table: Table, rows: Sequence[Row], *, replace: bool = False) -> None:
    """Insert ``rows``, each with a value for every column of ``table`` in order.

    With ``replace``, a row whose primary key stands already takes its place. Without, such a row raises.
    """
    if not rows:
        return
    if connection.dialect.name == "postgresql" and not replace and len(rows) > COPY_FROM:
        _copy(connection, table, rows)
    else:
        connection.exec_driver_sql(_insert(table, connection.dialect.name, replace=replace), list(rows))


def _copy(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    columns = ", ".join(f'"{c.name}"' for c in table.columns)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(row)


@cache
def _insert(table: Table, dialect: str, *, replace: bool) -> str:
    names = [c.name for c in table.columns]
    marks = ", ".join(["%s" if dialect == "postgresql" else "?"] * len(names))
    sql = f'INSERT INTO "{table.name}" ({_quoted(names)}) VALUES ({marks})'  # noqa: S608 - names of our own schema
    if replace:
        keys = [c.name for c in table.primary_key]
        rest = ", ".join(f'"{n}" = excluded."{n}"' for n in names if n not in keys)
        sql += f" ON CONFLICT ({_quoted(keys)}) DO UPDATE SET {rest}"
    return sql


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{n}"' for n in names)


def allocate(connection: Connection, table: Table, count: int) -> Sequence[int]:
    """``count`` fresh ids for ``table``, rising, inside a write transaction; an id is never given twice."""
    if count == 0:
        return []
    if connection.dialect.name == "postgresql":
        key = next(iter(table.primary_key)).name
        drawn = text("SELECT nextval(pg_get_serial_sequence(:table, :key)) FROM generate_series(1, :count)")
        return connection.execute(drawn, {"table": table.name, "key": key, "count": count}).scalars().all()
    name = {"name": table.name, "count": count}
    raised = text("UPDATE sqlite_sequence SET seq = seq + :count WHERE name = :name RETURNING seq")
    last = connection.execute(raised, name).scalar_one_or_none()
    if last is None:
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :count)"), name)
        last = count
    return range(last - count + 1, last + 1)
