"""Shelves: pages of items in the orders in which people look at them, and what stands at the items of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Text,
    case,
    distinct,
    false,
    func,
    literal,
    literal_column,
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
from completist.store.schema import PENDING, TYPED, field_values, items, locks, proposals, search_texts

#: So many items that hold some words are sorted at once.
FEW = 3000

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
    among: tuple[int, ...] | None = None  #: none but these


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
    told = search_texts.c
    mine = (
        select(told.sorted_by, told.item_id)
        .select_from(search_texts.join(items, items.c.id == told.item_id))
        .where(
            *_held(replace(sieve, text="")),
            told.library_id == library_id,
            told.kind == sieve.kind,
            tuple_(told.sorted_by, told.item_id) > tuple_(literal(after[0]), literal(after[1])),
        )
    )
    place: ColumnElement[str] = told.sorted_by
    if sieve.among is not None:
        mine = mine.where(is_among(connection, told.item_id, sieve.among))
        if connection.dialect.name == "sqlite":
            place = literal_column("+search_texts.sorted_by", Text)
    if sieve.text:
        found = texts.named(connection, sieve.text)
        if found is None:
            return []
        words = select(found.item_id).select_from(found.source).where(found.holds)
        few = list(connection.execute(words.limit(FEW + 1)).scalars())
        if len(few) > FEW:  # sooner than those are all sorted, a page of them is met in the order of titles
            mine = mine.where(told.item_id.in_(words))
        else:
            mine = mine.where(is_among(connection, told.item_id, few))
            if connection.dialect.name == "sqlite":  # the plus keeps it from going through all titles instead
                place = literal_column("+search_texts.sorted_by", Text)
    rows = connection.execute(mine.order_by(place, told.item_id).limit(limit))
    return [(row[0], row[1]) for row in rows]


def count(connection: Connection, library_id: int, sieve: Sieve, most: int | None = None) -> int:
    """How many items are meant; ``most`` is as far as is counted."""
    source, item_id, held = _meant(connection, library_id, sieve)
    mine = select(item_id).select_from(source).where(*held)
    counted = (mine if most is None else mine.limit(most)).subquery()
    return connection.execute(select(func.count()).select_from(counted)).scalar_one()


def _meant(
    connection: Connection, library_id: int, sieve: Sieve
) -> tuple[FromClause, ColumnElement[int], list[ColumnElement[bool]]]:
    """Where the items stand that are meant, their ids there, and what has to hold."""
    held = [items.c.library_id == library_id, items.c.kind == sieve.kind, *_held(sieve)]
    if sieve.among is not None:
        held.append(is_among(connection, items.c.id, sieve.among))
    if not sieve.text:
        return items, items.c.id, held
    found = texts.named(connection, sieve.text)
    if found is None:
        return items, items.c.id, [*held, false()]
    return found.source.join(items, items.c.id == found.leads_to), found.item_id, [*held, found.holds]


def _held(sieve: Sieve) -> list[ColumnElement[bool]]:
    """What has to hold of an item besides its words. Few are in review or typed into: those are looked up first."""
    held: list[ColumnElement[bool]] = []
    if sieve.missing:
        held.append(or_(*(not_(has(name)) for name in sieve.missing)))
    if sieve.review:
        held.append(items.c.id.in_(select(proposals.c.item_id).where(PENDING)))
    if sieve.typed:
        held.append(items.c.id.in_(select(field_values.c.item_id).where(TYPED)))
    return held


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
