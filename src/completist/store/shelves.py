"""Shelves: pages of items in the orders in which people look at them, and what stands at the items of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    case,
    distinct,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
    union,
)

from completist.store.bulk import is_among
from completist.store.items import has
from completist.store.ledger import PENDING as RUN_PENDING
from completist.store.ledger import runs
from completist.store.schema import PENDING, field_values, items, locks, proposals

#: How the wanted fields of items that are missing stand.
REVIEW, DUE, ASKED = "review", "due", "asked"


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which items are meant: all that is said has to hold. ``names`` are the fields in which ``text`` is looked for."""

    kind: str
    missing: tuple[str, ...] = ()  #: one of these fields
    text: str = ""
    names: tuple[str, ...] = ()
    review: bool = False  #: a proposal waits
    typed: bool = False  #: a person has typed something


def newest(
    connection: Connection, library_id: int, sieve: Sieve, *, before: int | None, limit: int
) -> list[int]:
    """The next ``limit`` items below the id ``before``, the latest first."""
    mine = select(items.c.id).where(*_passing(library_id, sieve))
    if before is not None:
        mine = mine.where(items.c.id < before)
    return list(connection.execute(mine.order_by(items.c.id.desc()).limit(limit)).scalars())


def emptiest(
    connection: Connection, library_id: int, sieve: Sieve, *, after: tuple[int, int], limit: int
) -> list[tuple[int, int]]:
    """The next (completeness, item) pairs behind ``after``, the least complete first."""
    place = tuple_(items.c.completeness, items.c.id)
    mine = select(items.c.completeness, items.c.id).where(
        *_passing(library_id, sieve), place > tuple_(literal(after[0]), literal(after[1]))
    )
    rows = connection.execute(mine.order_by(items.c.completeness, items.c.id).limit(limit))
    return [(row[0], row[1]) for row in rows]


def count(connection: Connection, library_id: int, sieve: Sieve) -> int:
    """How many items are meant."""
    mine = select(func.count()).select_from(items).where(*_passing(library_id, sieve))
    return connection.execute(mine).scalar_one()


def _passing(library_id: int, sieve: Sieve) -> list[ColumnElement[bool]]:
    held: list[ColumnElement[bool]] = [items.c.library_id == library_id, items.c.kind == sieve.kind]
    if sieve.missing:
        held.append(or_(*(not_(has(name)) for name in sieve.missing)))
    if sieve.text:
        pattern = "%" + sieve.text.translate(_LITERAL) + "%"
        named = select(field_values.c.item_id).where(
            field_values.c.item_id == items.c.id,
            field_values.c.field.in_(sieve.names),
            field_values.c.data.ilike(pattern, escape="\\"),
        )
        held.append(named.exists())
    if sieve.review:
        held.append(_in_review().exists())
    if sieve.typed:
        by_hand = select(field_values.c.item_id).where(
            field_values.c.item_id == items.c.id, field_values.c.origin == "user"
        )
        held.append(by_hand.exists())
    return held


_LITERAL = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_"})


def _in_review() -> Select[int]:
    return select(proposals.c.id).where(proposals.c.item_id == items.c.id, PENDING)


def proposals_of(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """The proposal that waits for each of ``ids``; items without one are absent."""
    mine = select(proposals.c.item_id, proposals.c.id).where(
        is_among(connection, proposals.c.item_id, ids), PENDING
    )
    return {row[0]: row[1] for row in connection.execute(mine.order_by(proposals.c.id.desc()))}


def pending_of(connection: Connection, ids: Sequence[int], pipelines: Sequence[str]) -> set[int]:
    """Which of ``ids`` are being looked up in some pipelines, or are about to be."""
    mine = select(runs.c.item_id).where(
        is_among(connection, runs.c.item_id, ids),
        runs.c.state.in_(("ready", "claimed")),
        runs.c.pipeline.in_(pipelines),
    )
    return set(connection.execute(mine.distinct()).scalars())


def count_missing(
    connection: Connection, library_id: int, kind: str, fields: Sequence[str], pipelines: Sequence[str]
) -> dict[str, dict[str, int]]:
    """By field, how many items of ``kind`` lack it: those in `REVIEW`, those `DUE`, and those `ASKED` in vain.

    Due are those that wait to be looked up in one of ``pipelines``.
    """
    waits = select(runs.c.id).where(runs.c.item_id == items.c.id, RUN_PENDING, runs.c.pipeline.in_(pipelines))
    standing = case((_in_review().exists(), REVIEW), (waits.exists(), DUE), else_=ASKED)
    of_kind = (items.c.library_id == library_id, items.c.kind == kind)
    all_items = connection.execute(select(standing, func.count()).where(*of_kind).group_by(standing))
    totals = {row[0]: row[1] for row in all_items}
    said = select(field_values.c.item_id, field_values.c.field).where(field_values.c.field.in_(fields))
    held = select(locks.c.item_id, locks.c.field).where(locks.c.field.in_(fields))
    both = union(said, held).subquery()
    rows = connection.execute(
        select(both.c.field, standing, func.count(distinct(both.c.item_id)))
        .join(items, items.c.id == both.c.item_id)
        .where(*of_kind)
        .group_by(both.c.field, standing)
    )
    filled = {(row[0], row[1]): row[2] for row in rows}
    return {
        field: {state: total - filled.get((field, state), 0) for state, total in totals.items()}
        for field in fields
    }


def count_typed(connection: Connection, library_id: int, kind: str, fields: Sequence[str]) -> int:
    """How many wanted fields of items a person has typed, or locked by hand."""
    said = select(field_values.c.item_id, field_values.c.field).where(
        field_values.c.origin == "user", field_values.c.field.in_(fields)
    )
    held = select(locks.c.item_id, locks.c.field).where(locks.c.field.in_(fields))
    both = union(said, held).subquery()
    mine = (
        select(func.count())
        .select_from(both)
        .join(items, items.c.id == both.c.item_id)
        .where(items.c.library_id == library_id, items.c.kind == kind)
    )
    return connection.execute(mine).scalar_one()
