"""Blocks: lineages, as they stood in the latest commit of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, or_, select, text

from completist.domain.lineage import Trace
from completist.store.bulk import is_among, is_one_of
from completist.store.flashcards.tables import blocks


@dataclass(frozen=True, slots=True)
class Lineage:
    """A block over all its edits. ``item_id`` is the commit that wrote it as it is now."""

    id: int
    trace: Trace
    item_id: int
    gone_by: int | None


def read_lineages(
    connection: Connection, repository_id: int, paths: Sequence[str], keys: Sequence[str] = ()
) -> list[Lineage]:
    """The lineages in some files of a repository, or with some keys, in order of id."""
    where = is_one_of(connection, blocks.c.path, sorted(set(paths)))
    if keys:
        where = or_(where, is_one_of(connection, blocks.c.key, sorted(set(keys))))
    rows = connection.execute(
        select(blocks).where(blocks.c.repository_id == repository_id, where).order_by(blocks.c.id)
    )
    return [
        Lineage(
            row.id,
            Trace(row.path, row.kind, row.title, row.text, row.label, row.key),
            row.item_id,
            row.gone_by,
        )
        for row in rows
    ]


_ADD = text(
    "INSERT INTO blocks (repository_id, kind, path, title, label, key, text, item_id) VALUES "
    "(:repository, :kind, :path, :title, :label, :key, :text, :item) RETURNING id"
)
_MOVE = text(
    "UPDATE blocks SET kind = :kind, path = :path, title = :title, label = :label, key = :key, text = :text, "
    "item_id = :item, gone_by = NULL WHERE id = :id"
)


def add_lineage(connection: Connection, repository_id: int, trace: Trace, item_id: int) -> int:
    """Begin a lineage; its id."""
    found: int = connection.execute(_ADD, _bound(trace, item_id) | {"repository": repository_id}).scalar_one()
    return found


def write_lineage(connection: Connection, block_id: int, trace: Trace, item_id: int) -> None:
    """Let a lineage stand as a commit wrote it."""
    connection.execute(_MOVE, _bound(trace, item_id) | {"id": block_id})


def end_lineages(connection: Connection, gone: Sequence[tuple[int, int]]) -> None:
    """Let lineages end, each by a commit."""
    for block_id, item_id in gone:
        connection.execute(
            text("UPDATE blocks SET gone_by = :item WHERE id = :id"), {"item": item_id, "id": block_id}
        )


def written_by(connection: Connection, block_ids: Sequence[int]) -> dict[int, tuple[int, int | None]]:
    """By lineage, the commit that wrote it as it is now, and the one that took it away."""
    rows = connection.execute(
        select(blocks.c.id, blocks.c.item_id, blocks.c.gone_by).where(
            is_among(connection, blocks.c.id, block_ids)
        )
    )
    return {row.id: (row.item_id, row.gone_by) for row in rows}


def _bound(trace: Trace, item_id: int) -> dict[str, object]:
    return {
        "kind": trace.kind,
        "path": trace.path,
        "title": trace.title,
        "label": trace.label,
        "key": trace.key,
        "text": trace.text,
        "item": item_id,
    }
