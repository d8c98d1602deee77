"""Items: making, finding and paging through them. Paging goes over the id, a key that never moves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, and_, delete, func, not_, or_, select, update

from completist.domain.pipeline import Pipeline
from completist.store.bulk import Row, allocate, insert_rows, is_among, is_one_of
from completist.store.ledger import runs
from completist.store.schema import field_values, identifiers, item_sources, items, locks, relations

#: How many ids go into one IN list.
PAGE = 500

#: Longer texts stand in an index by their digest, in characters.
LONGEST = 500

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Known:
    """An item as a source knows it."""

    item_id: int
    digest: str


def create_items(
    connection: Connection,
    library_id: int,
    kind: str,
    count: int,
    now: int,
    scores: Sequence[int | None] | None = None,
) -> Sequence[int]:
    """Make ``count`` empty items; their ids, rising. ``scores`` says how complete each is with what it gets now."""
    ids = allocate(connection, items, count)
    rows = zip(ids, scores or [None] * count, strict=True)
    full: list[Row] = [(item_id, library_id, kind, now, now, 0, score) for item_id, score in rows]
    insert_rows(connection, items, full)
    return ids


def delete_items(connection: Connection, ids: Sequence[int]) -> None:
    """Remove items with all that belongs to them; their history of changes stays."""
    for chunk in chunked(ids):
        connection.execute(delete(items).where(items.c.id.in_(chunk)))


def hold_items(connection: Connection, ids: Iterable[int]) -> list[int]:
    """Let nobody else write to these items until the transaction ends; those that are still there, in order of id.

    Whoever writes to several items holds all of them before anything else, in order of id, so that no two wait for
    each other. On SQLite a write transaction is alone anyway.
    """
    mine = select(items.c.id).where(is_among(connection, items.c.id, list(ids))).order_by(items.c.id)
    if connection.dialect.name == "postgresql":
        mine = mine.with_for_update(key_share=True)
    return list(connection.execute(mine).scalars())


def revisions(connection: Connection, ids: Sequence[int], *, hold: bool = False) -> dict[int, int]:
    """How often each of ``ids`` was changed or decided about; with ``hold`` as in `hold_items`.

    An item of the same revision is as it was: nobody has said or decided anything about it since.
    """
    mine = (
        select(items.c.id, items.c.revision).where(is_among(connection, items.c.id, ids)).order_by(items.c.id)
    )
    if hold and connection.dialect.name == "postgresql":
        mine = mine.with_for_update(key_share=True)
    return {row[0]: row[1] for row in connection.execute(mine)}


def touch(connection: Connection, ids: Iterable[int], now: int) -> None:
    """Note that items have changed, or that something was decided about them."""
    changed = update(items).where(is_among(connection, items.c.id, list(ids)))
    connection.execute(changed.values(updated_at=now, revision=items.c.revision + 1))


def kinds_of(connection: Connection, library_id: int, ids: Sequence[int]) -> dict[int, str]:
    """The kind of each of ``ids`` that is in this library; the others are absent."""
    found: dict[int, str] = {}
    for chunk in chunked(ids):
        rows = connection.execute(
            select(items.c.id, items.c.kind).where(items.c.library_id == library_id, items.c.id.in_(chunk))
        )
        found.update((row.id, row.kind) for row in rows)
    return found


def count_items(connection: Connection, library_id: int) -> dict[str, int]:
    """How many items of each kind the library holds."""
    rows = connection.execute(
        select(items.c.kind, func.count()).where(items.c.library_id == library_id).group_by(items.c.kind)
    )
    return {row[0]: row[1] for row in rows}


def page_items(
    connection: Connection,
    library_id: int,
    *,
    kind: str | None = None,
    missing: Sequence[str] = (),
    below: int | None = None,
    after: int = 0,
    limit: int = PAGE,
) -> list[tuple[int, str]]:
    """The next ``limit`` items behind id ``after`` as (id, kind), optionally of one kind.

    ``missing`` keeps to those with one of these gaps, ``below`` to those that are less complete, or may be.
    """
    chosen = select(items.c.id, items.c.kind).where(items.c.library_id == library_id, items.c.id > after)
    if kind is not None:
        chosen = chosen.where(items.c.kind == kind)
    if missing:
        chosen = chosen.where(or_(*(not_(has(name)) for name in missing)))
    if below is not None:
        chosen = chosen.where(is_below(below))
    return [(row.id, row.kind) for row in connection.execute(chosen.order_by(items.c.id).limit(limit))]


def is_below(score: int) -> ColumnElement[bool]:
    """Less complete, or not known to be any better."""
    return or_(items.c.completeness < score, items.c.completeness.is_(None))


def without_run(
    connection: Connection, library_id: int, pipeline: Pipeline, *, after: int, limit: int
) -> list[int]:
    """The next items of a pipeline's kind behind id ``after`` that need a run of its version and have none.

    Runs that gave way to others do not count, which were of another version if these are all there are; nor do those
    that were not needed at the time.
    """
    made = select(runs.c.id).where(
        runs.c.item_id == items.c.id,
        runs.c.pipeline == pipeline.name,
        runs.c.version == pipeline.version,
        func.coalesce(runs.c.error_code, "").not_in(("superseded", "not_needed")),
    )
    statement = select(items.c.id).where(
        items.c.library_id == library_id,
        items.c.kind == pipeline.kind,
        items.c.id > after,
        not_(made.exists()),
    )
    if pipeline.goal is not None:
        statement = statement.where(not_(has(pipeline.goal)))
    return list(connection.execute(statement.order_by(items.c.id).limit(limit)).scalars())


def pending_with(connection: Connection, library_id: int, pipeline: Pipeline) -> list[int]:
    """The items with a pending run of a pipeline that have its goal, or have it locked."""
    if pipeline.goal is None:
        return []
    pending = select(runs.c.item_id).where(
        runs.c.item_id == items.c.id, runs.c.pipeline == pipeline.name, runs.c.state.in_(("ready", "waiting"))
    )
    mine = select(items.c.id).where(
        items.c.library_id == library_id,
        items.c.kind == pipeline.kind,
        pending.exists(),
        has(pipeline.goal),
    )
    return list(connection.execute(mine.order_by(items.c.id)).scalars())


def has(field: str) -> ColumnElement[bool]:
    """Whether an item has something in a field, or has it locked."""
    said = select(field_values.c.item_id).where(
        field_values.c.item_id == items.c.id, field_values.c.field == field
    )
    locked = select(locks.c.item_id).where(locks.c.item_id == items.c.id, locks.c.field == field)
    return or_(said.exists(), locked.exists())


def known_keys(connection: Connection, library_id: int, source: str, keys: Sequence[str]) -> dict[str, Known]:
    """The items that ``source`` knows under ``keys``."""
    found: dict[str, Known] = {}
    asked = {indexed(key): key for key in keys}
    for chunk in chunked(list(asked)):
        rows = connection.execute(
            select(item_sources.c.key, item_sources.c.item_id, item_sources.c.digest).where(
                item_sources.c.library_id == library_id,
                item_sources.c.source == source,
                item_sources.c.key.in_(chunk),
            )
        )
        found.update((asked[row.key], Known(row.item_id, row.digest)) for row in rows)
    return found


def has_other_sources(connection: Connection, library_id: int, source: str, kind: str) -> bool:
    """Whether any source but this one has brought items of ``kind`` into the library."""
    statement = (
        select(item_sources.c.item_id)
        .join(items, items.c.id == item_sources.c.item_id)
        .where(
            item_sources.c.library_id == library_id,
            item_sources.c.source != source,
            items.c.kind == kind,
        )
        .limit(1)
    )
    return connection.execute(statement).first() is not None


def with_source(connection: Connection, source: str, ids: Sequence[int]) -> set[int]:
    """Which of ``ids`` a source knows already."""
    found: set[int] = set()
    for chunk in chunked(ids):
        rows = connection.execute(
            select(item_sources.c.item_id).where(
                item_sources.c.source == source, item_sources.c.item_id.in_(chunk)
            )
        )
        found.update(rows.scalars())
    return found


def several_sources(connection: Connection, ids: Sequence[int]) -> set[int]:
    """Which of ``ids`` more than one source knows."""
    found: set[int] = set()
    for chunk in chunked(ids):
        rows = connection.execute(
            select(item_sources.c.item_id)
            .where(item_sources.c.item_id.in_(chunk))
            .group_by(item_sources.c.item_id)
            .having(func.count() > 1)
        )
        found.update(rows.scalars())
    return found


def remember_keys(
    connection: Connection, library_id: int, source: str, rows: Sequence[tuple[str, int, str]]
) -> None:
    """Keep under which key (first) ``source`` knows an item (second), with the digest of its row (third)."""
    full: list[Row] = [(library_id, source, indexed(key), item_id, digest) for key, item_id, digest in rows]
    insert_rows(connection, item_sources, full, replace=True)


def forget_rows(connection: Connection, ids: Sequence[int], source: str, *, known: bool) -> None:
    """Forget what rows of ``source`` said of items, so that they count as changed when they come again.

    Unless they stay ``known``, the source forgets the items altogether.
    """
    for chunk in chunked(ids):
        mine = and_(item_sources.c.item_id.in_(chunk), item_sources.c.source == source)
        forgotten = (
            update(item_sources).where(mine).values(digest="") if known else delete(item_sources).where(mine)
        )
        connection.execute(forgotten)


def doubt_rows(connection: Connection, item_id: int) -> None:
    """Let every source's row of an item count as changed when it comes again."""
    connection.execute(update(item_sources).where(item_sources.c.item_id == item_id).values(digest=""))


def sources_of(connection: Connection, ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """The (source, key) pairs of each item, in order of source."""
    found: dict[int, list[tuple[str, str]]] = {}
    for chunk in chunked(ids):
        rows = connection.execute(
            select(item_sources.c.item_id, item_sources.c.source, item_sources.c.key)
            .where(item_sources.c.item_id.in_(chunk))
            .order_by(item_sources.c.source, item_sources.c.key)
        )
        for row in rows:
            found.setdefault(row.item_id, []).append((row.source, row.key))
    return found


def find_by_identifier(
    connection: Connection, library_id: int, kind: str, scheme: str, values: Sequence[str]
) -> dict[str, list[int]]:
    """The items of ``kind`` that carry each of ``values``, oldest first."""
    found: dict[str, list[int]] = {}
    asked = {indexed(value): value for value in values}
    if not asked:
        return found
    rows = connection.execute(
        select(identifiers.c.value, identifiers.c.item_id)
        .join(items, items.c.id == identifiers.c.item_id)
        .where(
            identifiers.c.library_id == library_id,
            identifiers.c.scheme == scheme,
            is_one_of(connection, identifiers.c.value, list(asked)),
            items.c.kind == kind,
        )
        .order_by(identifiers.c.item_id)
    )
    for row in rows:
        found.setdefault(asked[row.value], []).append(row.item_id)
    return found


def relate(connection: Connection, rows: Sequence[tuple[int, str, int, int]]) -> None:
    """Join items: (item, relation, position, other item); what stood for (item, relation) goes."""
    by_relation: dict[str, set[int]] = {}
    for item_id, relation, _, _ in rows:
        by_relation.setdefault(relation, set()).add(item_id)
    for relation, ids in by_relation.items():
        mine = is_among(connection, relations.c.item_id, list(ids))
        connection.execute(delete(relations).where(mine, relations.c.relation == relation))
    insert_rows(connection, relations, rows)


def related(connection: Connection, item_id: int) -> list[tuple[str, int]]:
    """The (relation, other item) pairs of an item in order, seen from its own side."""
    rows = connection.execute(
        select(relations.c.relation, relations.c.other_id)
        .where(relations.c.item_id == item_id)
        .order_by(relations.c.relation, relations.c.position)
    )
    return [(row.relation, row.other_id) for row in rows]


def all_related(connection: Connection, ids: Sequence[int]) -> dict[int, list[tuple[str, int]]]:
    """The same for several items; those without any are absent."""
    found: dict[int, list[tuple[str, int]]] = {}
    told = (relations.c.item_id, relations.c.relation, relations.c.other_id)
    mine = select(*told).where(is_among(connection, relations.c.item_id, ids))
    ordered = mine.order_by(relations.c.item_id, relations.c.relation, relations.c.position)
    for item_id, relation, other in connection.execute(ordered):
        found.setdefault(item_id, []).append((relation, other))
    return found


def indexed(text: str) -> str:
    """``text`` as it stands in an index: PostgreSQL's hold no long one and no NUL character."""
    if len(text) <= LONGEST and "\0" not in text:
        return text
    return f"digest:{blake2b(text.encode(), digest_size=16).hexdigest()}"


def chunked(values: Sequence[T], size: int = PAGE) -> Iterator[Sequence[T]]:
    """``values`` in slices of at most ``size``."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
