"""Writing many rows fast: plain tuples straight to the driver."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    Text,
    TextClause,
    any_,
    bindparam,
    func,
    select,
    text,
)
from sqlalchemy import Row as SqlRow
from sqlalchemy.dialects import postgresql

from completist.store.encoding import to_json

#: Values in the order of the table's columns.
Row: TypeAlias = tuple[Any, ...]

#: A row as a query gives it, its columns by name.
Fetched: TypeAlias = SqlRow[*tuple[Any, ...]]

#: From how many rows on PostgreSQL's COPY is worth its set-up.
COPY_FROM = 20


def insert_rows(
    connection: Connection,
    table: Table,
    rows: Sequence[Row],
    *,
    replace: bool = False,
    counted: bool = False,
) -> None:
    """Insert ``rows``, each with a value for every column of ``table`` in order.

    With ``replace``, a row whose primary key stands already takes its place. Without, such a row raises. With
    ``counted``, the rows leave out the first column, which the database counts up.
    """
    if not rows:
        return
    names = tuple(c.name for c in table.columns)[1 if counted else 0 :]
    if connection.dialect.name != "postgresql":
        connection.exec_driver_sql(_insert(table, names, _marks(names), replace=replace), list(rows))
    elif len(rows) <= COPY_FROM:
        connection.exec_driver_sql(_insert(table, names, _marks(names, "%s"), replace=replace), list(rows))
    elif replace:
        columns = tuple(list(column) for column in zip(*rows, strict=True))
        connection.exec_driver_sql(_insert(table, names, _unnest(table, names), replace=True), columns)
    else:
        _copy(connection, table, names, rows)


def _copy(connection: Connection, table: Table, names: Sequence[str], rows: Sequence[Row]) -> None:
    driver: Any = connection.connection.driver_connection
    into = f'COPY "{table.name}" ({_quoted(names)}) FROM STDIN'
    with driver.cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            copy.write_row(row)


def _marks(names: Sequence[str], mark: str = "?") -> str:
    return f"VALUES ({', '.join([mark] * len(names))})"


@cache
def _unnest(table: Table, names: Sequence[str]) -> str:
    """All rows in one statement, a list for each column: a tenth of the time of a statement for each row."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    types = [table.columns[name].type.compile(dialect) for name in names]
    return f"SELECT * FROM unnest({', '.join(f'%s::{kind}[]' for kind in types)})"  # noqa: S608 - types of our own schema


@cache
def _insert(table: Table, names: Sequence[str], source: str, *, replace: bool) -> str:
    sql = f'INSERT INTO "{table.name}" ({_quoted(names)}) {source}'
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
        drawn = text(
            "SELECT nextval(name) FROM generate_series(1, :count), "
            "(SELECT CAST(pg_get_serial_sequence(:table, :key) AS regclass) AS name) AS sequence"
        )
        return connection.execute(drawn, {"table": table.name, "key": key, "count": count}).scalars().all()
    name = {"name": table.name, "count": count}
    raised = text("UPDATE sqlite_sequence SET seq = seq + :count WHERE name = :name RETURNING seq")
    last = connection.execute(raised, name).scalar_one_or_none()
    if last is None:
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :count)"), name)
        last = count
    return range(last - count + 1, last + 1)


@cache
def statement(sql: str) -> TextClause:
    """The statement of a text, taken apart once; for texts of which there are few."""
    return text(sql)


def among(connection: Connection, column: str, values: Sequence[int]) -> tuple[str, Any]:
    """A condition that ``column`` is one of many ids, and what to bind to its parameter ``:ids``.

    One parameter, however many there are: the statement stays the same, and no driver's limit is met.
    """
    if connection.dialect.name == "postgresql":
        return f"{column} = ANY(:ids)", list(values)
    return f"{column} IN (SELECT value FROM json_each(:ids))", _listed(values)  # noqa: S608 - a column of ours


def is_among(
    connection: Connection, column: ColumnElement[int], values: Sequence[int]
) -> ColumnElement[bool]:
    """The same as an expression."""
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam(None, list(values), type_=postgresql.ARRAY(BigInteger)))
    return column.in_(select(func.json_each(_listed(values)).table_valued("value").c.value))


def is_one_of(
    connection: Connection, column: ColumnElement[str], texts: Sequence[str]
) -> ColumnElement[bool]:
    """A condition that ``column`` is one of many texts, in one parameter, too."""
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam(None, list(texts), type_=postgresql.ARRAY(Text)))
    return column.in_(select(func.json_each(to_json(texts)).table_valued("value").c.value))


def _listed(values: Sequence[int]) -> str:
    return f"[{','.join(map(str, values))}]"
