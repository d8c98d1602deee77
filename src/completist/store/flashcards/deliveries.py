"""Deliveries: what a sink was last given of each card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from completist.store.bulk import insert_rows, is_among
from completist.store.encoding import from_json, to_json
from completist.store.flashcards.tables import card_deliveries


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a sink was given of a card: its modification time, and by field a digest of its text."""

    card_id: int
    state: str  #: delivered, kept_yours, deleted_there, retired
    modified: int
    base: Mapping[str, str]


def read_deliveries(connection: Connection, sink: str, card_ids: Sequence[int]) -> dict[int, Delivered]:
    """What a sink was given of some cards."""
    rows = connection.execute(
        select(card_deliveries).where(
            card_deliveries.c.sink == sink, is_among(connection, card_deliveries.c.card_id, card_ids)
        )
    )
    return {row.card_id: Delivered(row.card_id, row.state, row.modified, from_json(row.base)) for row in rows}


def write_deliveries(connection: Connection, sink: str, delivered: Sequence[Delivered], now: int) -> None:
    """Note what a sink was given."""
    rows = [(each.card_id, sink, each.state, each.modified, to_json(each.base), now) for each in delivered]
    insert_rows(connection, card_deliveries, rows, replace=True)


def gone_there(connection: Connection, card_ids: Sequence[int]) -> set[int]:
    """The cards that a person deleted where they had been delivered: they are not put there again."""
    rows = connection.execute(
        select(card_deliveries.c.card_id).where(
            card_deliveries.c.state == "deleted_there",
            is_among(connection, card_deliveries.c.card_id, card_ids),
        )
    )
    return set(rows.scalars())
