"""Preferences: how a library's owner wants cards to be made and where they go."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from completist.store.bulk import insert_rows
from completist.store.flashcards.tables import card_preferences


@dataclass(frozen=True, slots=True)
class Preferences:
    """``dev_mode`` shows digests and a log, and offers to force; ``sync_target`` is ``apkg`` or ``ankiconnect``."""

    dev_mode: bool = False
    sync_target: str = "apkg"


def read_preferences(connection: Connection, library_id: int) -> Preferences:
    """Those of a library; the usual ones when nobody chose any."""
    mine = select(card_preferences).where(card_preferences.c.library_id == library_id)
    row = connection.execute(mine).one_or_none()
    return Preferences() if row is None else Preferences(row.dev_mode, row.sync_target)


def write_preferences(connection: Connection, library_id: int, chosen: Preferences) -> None:
    """Keep what somebody chose."""
    insert_rows(
        connection, card_preferences, [(library_id, chosen.dev_mode, chosen.sync_target)], replace=True
    )
