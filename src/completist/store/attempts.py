"""Attempts: the enrichment log, one row for each try of a run."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from completist.store.bulk import insert_rows
from completist.store.ledger import attempts

#: (run, claim, provider, outcome, error code, started at, duration in ms)
Attempt = tuple[int, str | None, str, str, str | None, int, float]


def append_attempts(connection: Connection, rows: Sequence[Attempt]) -> None:
    """Append attempts, in the transaction that records what they found."""
    insert_rows(connection, attempts, rows, counted=True)
