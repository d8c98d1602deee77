"""Enrichments: the records that outside programs told, one row among the answers for each thing; they never expire."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from completist.domain.run import NEVER, Outcome
from completist.sdk.enriched import PROVIDER
from completist.sdk.provider import Record
from completist.store.answers import Answer, read_answers
from completist.store.bulk import insert_rows
from completist.store.database import Database, hold
from completist.store.encoding import from_json, to_json
from completist.store.ledger import answers

_COLUMNS = "SELECT provider, query, body, fetched_at, expires_at, times FROM answers WHERE"

_SERVER = f"{_COLUMNS} provider = ANY(?) AND query = ANY(?)"
_FILE = (
    f"{_COLUMNS} provider IN (SELECT value FROM json_each(?)) "  # noqa: S608 - our own words
    "AND query IN (SELECT value FROM json_each(?))"
)


def hold_enriched(connection: Connection, query: str) -> None:
    """Let nobody else change the record under a query until the transaction ends, be it there yet or not."""
    hold(connection, f"{PROVIDER} {query}", 0)


def read_enriched(connection: Connection, query: str) -> Record | None:
    """The record under a query (``isbn13:9780441172719``), if anybody has told any."""
    kept = read_answers(connection, PROVIDER, [query]).get(query)
    return kept.records[0] if kept is not None and kept.records else None


def write_enriched(connection: Connection, query: str, record: Record, quality: float, now: int) -> None:
    """Keep a record in the place of the one that stood under its query."""
    row = (PROVIDER, query, Outcome.FOUND.value, to_json([record]), quality, 1, now, NEVER)
    insert_rows(connection, answers, [row], replace=True)


def answers_of_all(
    database: Database, providers: Sequence[str], queries: Sequence[str]
) -> dict[tuple[str, str], Answer]:
    """What is kept of several providers under several queries, expired answers too, by (provider, query)."""
    if database.dialect == "postgresql":
        rows = database.glance(_SERVER, list(providers), list(queries))
    else:
        rows = database.glance(_FILE, to_json(providers), to_json(queries))
    return {(row[0], row[1]): Answer(tuple(from_json(row[2])), *row[3:]) for row in rows}
