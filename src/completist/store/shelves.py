"""Shelves: pages of items in the orders in which people look at them, and what stands at the items of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    case,
    distinct,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
    union,
)

from completist.store import texts
from completist.store.bulk import is_among
from completist.store.items import has
from completist.store.ledger import PENDING as RUN_PENDING
from completist.store.ledger import job_runs, jobs, runs
from completist.store.schema import PENDING, field_values, items, locks, proposals, search_texts

#: How the wanted fields of items that are missing stand.
REVIEW, DUE, ASKED = "review", "due", "asked"


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which items are meant: all that is said has to hold. ``text`` are words of the title or the byline."""

    kind: str
    missing: tuple[str, ...] = ()  #: one of these fields
    text: str = ""
    review: bool = False  #: a proposal waits
    typed: bool = False  #: a person has typed something


def newest(
    connection: Connection, library_id: int, sieve: Sieve, *, before: int | None, limit: int
) -> list[int]:
    """The next ``limit`` items below the id ``before``, the latest first."""
    source, item_id, held = _meant(connection, library_id, sieve)
    mine = select(item_id).select_from(source).where(*held)
    if before is not None:
        mine = mine.where(item_id < before)
    return list(connection.execute(mine.order_by(item_id.desc()).limit(limit)).scalars())


def emptiest(
    connection: Connection, library_id: int, sieve: Sieve, *, after: tuple[int, int], limit: int
) -> list[tuple[int, int]]:
    """The next (completeness, item) pairs behind ``after``, the least complete first."""
    place = tuple_(items.c.completeness, items.c.id)
    source, _, held = _meant(connection, library_id, sieve)
    mine = (
        select(items.c.completeness, items.c.id)
        .select_from(source)
        .where(*held, place > tuple_(literal(after[0]), literal(after[1])))
    )
    rows = connection.execute(mine.order_by(items.c.completeness, items.c.id).limit(limit))
    return [(row[0], row[1]) for row in rows]


def by_title(
    connection: Connection, library_id: int, sieve: Sieve, *, after: tuple[str, int], limit: int
) -> list[tuple[str, int]]:
    """The next (place among the titles, item) pairs behind ``after``, in the order of the titles."""
    told = search_texts.alias("told")
    place = tuple_(told.c.sorted_by, told.c.item_id)
    source, item_id, held = _meant(connection, library_id, sieve)
    mine = (
        select(told.c.sorted_by, told.c.item_id)
        .select_from(source.join(told, told.c.item_id == item_id))
        .where(
            *held,
            told.c.library_id == library_id,
            told.c.kind == sieve.kind,
            place > tuple_(literal(after[0]), literal(after[1])),
        )
    )
    rows = connection.execute(mine.order_by(told.c.sorted_by, told.c.item_id).limit(limit))
    return [(row[0], row[1]) for row in rows]


def count(connection: Connection, library_id: int, sieve: Sieve) -> int:
    """How many items are meant."""
    source, _, held = _meant(connection, library_id, sieve)
    return connection.execute(select(func.count()).select_from(source).where(*held)).scalar_one()


def _meant(
    connection: Connection, library_id: int, sieve: Sieve
) -> tuple[FromClause, ColumnElement[int], list[ColumnElement[bool]]]:
    """Where the items stand that are meant, their ids there, and what has to hold."""
    held: list[ColumnElement[bool]] = [items.c.library_id == library_id, items.c.kind == sieve.kind]
    source: FromClause = items
    item_id: ColumnElement[int] = items.c.id
    if sieve.text:
        found = texts.named(connection, sieve.text)
        if found is None:
            held.append(false())
        else:
            source, item_id = found.source.join(items, items.c.id == found.leads_to), found.item_id
            held.append(found.holds)
    if sieve.missing:
        held.append(or_(*(not_(has(name)) for name in sieve.missing)))
    if sieve.review:
        held.append(_in_review().exists())
    if sieve.typed:
        by_hand = select(field_values.c.item_id).where(
            field_values.c.item_id == items.c.id, field_values.c.origin == "user"
        )
        held.append(by_hand.exists())
    return source, item_id, held


def _in_review() -> Select[int]:
    return select(proposals.c.id).where(proposals.c.item_id == items.c.id, PENDING)


def proposals_of(connection: Connection, ids: Sequence[int]) -> dict[int, int]:
    """The proposal that waits for each of ``ids``; items without one are absent."""
    mine = select(proposals.c.item_id, proposals.c.id).where(
        is_among(connection, proposals.c.item_id, ids), PENDING
    )
    return {row[0]: row[1] for row in connection.execute(mine.order_by(proposals.c.id.desc()))}


def pending_of(connection: Connection, ids: Sequence[int], pipelines: Sequence[str]) -> set[int]:
    """Which of ``ids`` are being looked up in some pipelines, or are about to be because somebody asked for it."""
    asked_for = (
        select(job_runs.c.run_id)
        .join(jobs, jobs.c.id == job_runs.c.job_id)
        .where(job_runs.c.run_id == runs.c.id, jobs.c.state.in_(("planning", "running")))
    )
    mine = select(runs.c.item_id).where(
        is_among(connection, runs.c.item_id, ids),
        runs.c.state.in_(("ready", "claimed")),
        runs.c.pipeline.in_(pipelines),
        or_(runs.c.state == "claimed", asked_for.exists()),
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
