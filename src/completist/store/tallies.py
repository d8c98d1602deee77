"""Tallies: what has been counted since the library began, for metrics."""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

from sqlalchemy import Connection, func, select

from completist.store.bulk import statement
from completist.store.ledger import tallies

#: Rows over which the workers' counting is spread, so that no two of them wait for one another.
SHARDS = 16

#: (name, pipeline, provider, outcome), as in the metric's labels; empty where one does not apply.
Tally = tuple[str, str, str, str]

_ADD = """
INSERT INTO tallies (shard, name, pipeline, provider, outcome, n)
VALUES (:shard, :name, :pipeline, :provider, :outcome, :n)
ON CONFLICT (shard, name, pipeline, provider, outcome) DO UPDATE SET n = tallies.n + excluded.n
"""


def add_tallies(connection: Connection, counted: Mapping[Tally, int], who: str) -> None:
    """Count on, in the transaction of what is counted. ``who`` counts: the same one always in the same row."""
    shard = crc32(who.encode()) % SHARDS
    rows = [
        {"shard": shard, "name": name, "pipeline": pipeline, "provider": provider, "outcome": outcome, "n": n}
        for (name, pipeline, provider, outcome), n in sorted(counted.items())
        if n
    ]
    if rows:
        connection.execute(statement(_ADD), rows)


def read_tallies(connection: Connection) -> dict[Tally, int]:
    """All counts, over all shards."""
    columns = (tallies.c.name, tallies.c.pipeline, tallies.c.provider, tallies.c.outcome)
    rows = connection.execute(select(*columns, func.sum(tallies.c.n)).group_by(*columns))
    return {(row[0], row[1], row[2], row[3]): int(row[4]) for row in rows}
