"""Syncs: how far the changes of others have been followed, and which items rest on what they change."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, select

from completist.store.bulk import insert_rows, is_one_of
from completist.store.ledger import sync_metadata
from completist.store.schema import field_values, identifiers, matches


def read_sync(connection: Connection, prefix: str) -> dict[str, str]:
    """What is kept under keys with this beginning, by the rest of the key."""
    rows = connection.execute(select(sync_metadata.c.key, sync_metadata.c.value))
    return {key.removeprefix(prefix): value for key, value in rows if key.startswith(prefix)}


def write_sync(connection: Connection, prefix: str, values: Mapping[str, str], now: int) -> None:
    """Keep values under keys with this beginning, in the place of what was kept there."""
    rows = [(prefix + key, value, now) for key, value in sorted(values.items())]
    insert_rows(connection, sync_metadata, rows, replace=True)


def resting_on(connection: Connection, schemes: Collection[str], beginning: str) -> dict[str, frozenset[int]]:
    """The items of all libraries by the records they rest on: by identifier, by match, by who said their values.

    Records are those of a source whose ids have this beginning.
    """
    named = select(identifiers.c.value, identifiers.c.item_id).where(
        is_one_of(connection, identifiers.c.scheme, sorted(schemes))
    )
    matched = select(matches.c.record, matches.c.item_id).where(matches.c.record.startswith(beginning))
    said = select(field_values.c.record, field_values.c.item_id).where(
        field_values.c.record.startswith(beginning)
    )
    found: dict[str, set[int]] = {}
    for record, item_id in connection.execute(named.union(matched, said)):
        found.setdefault(record, set()).add(item_id)
    return {record: frozenset(ids) for record, ids in found.items()}
