"""Vectors of items: the truth that every index is made of. One row for each item and space, also without a vector."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from completist.store.bulk import Fetched, Row, insert_rows, is_among
from completist.store.items import chunked
from completist.store.schema import identifiers, items, vectors


@dataclass(frozen=True, slots=True)
class Kept:
    """What stands there of one item. Without data there is a reason why it has no vector."""

    item_id: int
    model: str
    version: str
    digest: str  #: of the text that it was made of
    data: bytes | None  #: 32-bit floats, little-endian, of length 1
    reason: str | None = None
    at: int = 0


_COLUMNS = (
    vectors.c.item_id, vectors.c.model, vectors.c.version, vectors.c.digest, vectors.c.data, vectors.c.reason,
    vectors.c.at,
)  # fmt: skip


def write_vectors(connection: Connection, space: str, kept: Sequence[Kept]) -> None:
    """Put vectors, or the reasons why there are none, in the place of those that stood there."""
    rows: list[Row] = [(k.item_id, space, k.model, k.version, k.digest, k.data, k.reason, k.at) for k in kept]
    if connection.dialect.name != "postgresql":
        insert_rows(connection, vectors, rows, replace=True)
        return
    for part in chunked(rows):
        gone = [row[0] for row in part]
        connection.execute(delete(vectors).where(vectors.c.space == space, vectors.c.item_id.in_(gone)))
        insert_rows(connection, vectors, part)


def read_vectors(connection: Connection, space: str, ids: Sequence[int]) -> dict[int, Kept]:
    """What stands there of each of ``ids``; items without a row are absent."""
    asked = select(*_COLUMNS).where(vectors.c.space == space, is_among(connection, vectors.c.item_id, ids))
    return {row[0]: _kept(row) for row in connection.execute(asked)}


def page_vectors(
    connection: Connection, library_id: int, space: str, model: str, *, after: int = 0, limit: int = 1000
) -> list[Kept]:
    """The next vectors of a model in a library behind item ``after``, in order of item; rows without one left out."""
    asked = (
        select(*_COLUMNS)
        .join(items, items.c.id == vectors.c.item_id)
        .where(
            items.c.library_id == library_id,
            vectors.c.space == space,
            vectors.c.model == model,
            vectors.c.data.is_not(None),
            vectors.c.item_id > after,
        )
        .order_by(vectors.c.item_id)
        .limit(limit)
    )
    return [_kept(row) for row in connection.execute(asked)]


def count_vectors(connection: Connection, library_id: int, space: str) -> dict[tuple[str, str | None], int]:
    """How many rows there are of each (model, reason)."""
    asked = (
        select(vectors.c.model, vectors.c.reason, func.count())
        .join(items, items.c.id == vectors.c.item_id)
        .where(items.c.library_id == library_id, vectors.c.space == space)
        .group_by(vectors.c.model, vectors.c.reason)
    )
    return {(model, reason): count for model, reason, count in connection.execute(asked)}


def of_other_models(connection: Connection, library_id: int, space: str, model: str) -> list[int]:
    """The items whose vector is another model's."""
    asked = (
        select(vectors.c.item_id)
        .join(items, items.c.id == vectors.c.item_id)
        .where(items.c.library_id == library_id, vectors.c.space == space, vectors.c.model != model)
        .order_by(vectors.c.item_id)
    )
    return list(connection.execute(asked).scalars())


def named(
    connection: Connection, library_id: int, kind: str, scheme: str, ids: Sequence[int]
) -> Mapping[int, str]:
    """By which identifier each of ``ids`` is known to everybody: the least that no earlier item of its kind bears, too.

    Items without one are absent.
    """
    mine = (
        select(identifiers.c.value)
        .where(
            identifiers.c.library_id == library_id,
            identifiers.c.scheme == scheme,
            is_among(connection, identifiers.c.item_id, ids),
        )
        .scalar_subquery()
    )
    first = (
        select(identifiers.c.value, func.min(identifiers.c.item_id).label("item_id"))
        .join(items, items.c.id == identifiers.c.item_id)
        .where(
            identifiers.c.library_id == library_id,
            identifiers.c.scheme == scheme,
            items.c.kind == kind,
            identifiers.c.value.in_(mine),
        )
        .group_by(identifiers.c.value)
        .subquery()
    )
    wanted = set(ids)
    found: dict[int, str] = {}
    for value, item_id in connection.execute(select(first.c.value, first.c.item_id).order_by(first.c.value)):
        if item_id in wanted:
            found.setdefault(item_id, value)
    return found


def _kept(row: Fetched) -> Kept:
    item_id, model, version, digest, data, reason, at = row
    return Kept(item_id, model, version, digest, None if data is None else bytes(data), reason, at)
