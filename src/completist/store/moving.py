"""Moving: a whole library database from SQLite to PostgreSQL, in one transaction, believed only when read back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, Table, func, select, text

from completist.domain.errors import ActionRequired, BadInput, CompletistError
from completist.store.bulk import insert_rows
from completist.store.database import Database, leave
from completist.store.flashcards import tables as _tables  # noqa: F401 - they are moved with all others
from completist.store.schema import metadata

#: Rows read and written at a time.
CHUNK = 2000

_SUM = 2**64


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved: rows by table, in the order in which they were written."""

    tables: tuple[tuple[str, int], ...]

    @property
    def rows(self) -> int:
        """All of them."""
        return sum(count for _, count in self.tables)


def move(
    source: Database,
    target: Database,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    settle: Callable[[], object] | None = None,
) -> Moved:
    """Copy everything from a SQLite database into an empty PostgreSQL one with the same tables.

    One transaction on either side: a move that is interrupted or fails leaves the target empty. Each table is read
    back and compared with its source by count and checksum before it is committed. Nobody writes to the source
    meanwhile. With ``settle``, which makes the target the library's database, nobody does afterwards who opened it
    before: that would be lost.

    Raises:
        BadInput: The databases are not of these kinds.
        ActionRequired: The target is not empty.
        CompletistError: What was read back is not what was written.
    """
    if (source.dialect, target.dialect) != ("sqlite", "postgresql"):
        raise BadInput("A library moves from SQLite to PostgreSQL.", hint="--to postgresql://USER@HOST/NAME")
    with source.write() as reading:
        moved = _moved(reading, target, progress)
        if settle is not None:
            settle()
            leave(reading)
    return moved


def _moved(reading: Connection, target: Database, progress: Callable[[int, int], None]) -> Moved:
    moved: list[tuple[str, int]] = []
    with target.write() as writing:
        # Nothing is heard while a table is read on the other side.
        writing.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        _require_empty(writing)
        total = sum(_count(reading, table) for table in metadata.sorted_tables)
        done = 0
        for table in metadata.sorted_tables:
            written = _copy(reading, writing, table, partial(_further, progress, done, total))
            if written != _checksum(_rows(writing, table)):
                raise CompletistError(
                    f"Table {table.name} did not arrive as it was sent; nothing was kept.", code="migration"
                )
            moved.append((table.name, written[0]))
            done += written[0]
            _count_on(reading, writing, table)
    return Moved(tuple(moved))


def _further(progress: Callable[[int, int], None], before: int, total: int, more: int) -> None:
    progress(before + more, total)


def _require_empty(connection: Connection) -> None:
    for table in metadata.sorted_tables:
        if connection.execute(select(table).limit(1)).first() is not None:
            raise ActionRequired(
                f"The database to move to is not empty: table {table.name} has rows.",
                hint="Make an empty one: createdb NAME",
            )


def _copy(
    reading: Connection, writing: Connection, table: Table, progress: Callable[[int], None]
) -> tuple[int, int]:
    """Copy a table; how many rows, and their checksum."""
    counted = checksum = 0
    for chunk in _chunks(_rows(reading, table)):
        insert_rows(writing, table, chunk)
        count, part = _checksum(iter(chunk))
        counted, checksum = counted + count, (checksum + part) % _SUM
        progress(counted)
    return counted, checksum


def _rows(connection: Connection, table: Table) -> Iterator[tuple[Any, ...]]:
    found = connection.execute(select(table).execution_options(yield_per=CHUNK))
    return (tuple(row) for row in found)


def _chunks(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    chunk: list[tuple[Any, ...]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _checksum(rows: Iterator[tuple[Any, ...]]) -> tuple[int, int]:
    """How many rows, and a sum over the digests of all: the same in whatever order they come."""
    counted = total = 0
    for row in rows:
        counted += 1
        total += int.from_bytes(blake2b(repr(row).encode("utf-8", "surrogatepass"), digest_size=8).digest())
    return counted, total % _SUM


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _count_on(reading: Connection, writing: Connection, table: Table) -> None:
    """Let the target go on counting where the source would: an id is never given twice."""
    keys: Sequence[Any] = list(table.primary_key)
    sequence = writing.execute(
        text("SELECT pg_get_serial_sequence(:table, :key)"), {"table": table.name, "key": keys[0].name}
    ).scalar_one()
    if sequence is None:
        return
    given = reading.execute(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
    last = given.scalar_one_or_none() or reading.execute(select(func.max(keys[0]))).scalar_one()
    if last:
        writing.execute(
            text("SELECT setval(CAST(:sequence AS regclass), :last)"), {"sequence": sequence, "last": last}
        )
