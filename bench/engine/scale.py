"""The ledger at a million runs: ``python -m bench.engine.scale [--runs 1000000]``, on both databases.

What grows with the table, beside what cannot: a claim with a million finished runs beside one on an empty table,
the freshness of 10,000 items beside a bare count of the runs, and the memory of a worker over 200,000 runs beside
half as many: SQLite keeps up to 32 MB of its file in memory.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from uuid import uuid4

from bench.engine.ours import BLANK, DIGEST, PIPELINE, drain_all
from bench.engine.servers import Place, PostgreSQL, SQLite
from bench.memory import peak
from bench.table import Measure, show
from sqlalchemy import text

from completist.domain.run import RunState
from completist.engine.recording import schedule
from completist.store import claims, freshness, items
from completist.store.bulk import allocate, insert_rows
from completist.store.database import Connection, Database, connect
from completist.store.ledger import runs as table
from completist.store.libraries import ensure_library
from completist.store.migrating import migrate

CHUNK = 5000
TRIES = 30


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=1_000_000, help="finished runs in the table")
    parser.add_argument("--worked", type=int, default=200_000, help="runs that a worker works off")
    parser.add_argument("--drain", metavar="URL", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.drain:
        print(json.dumps({"runs": drain_all(chosen.drain), "mb": round(peak(), 1)}))
        return
    for place in (SQLite(), PostgreSQL()):
        if place.why:
            print(f"{place.name}: LEFT OUT, because {place.why}")
            continue
        with place.fresh() as url:
            found = _measure(url, chosen.runs)
        few, many = _memory(place, chosen.worked // 2), _memory(place, chosen.worked)
        flat = f"{few:.0f} MB over {chosen.worked // 2:,}, {many:.0f} MB over {chosen.worked:,}"
        memory = Measure("peak memory of a worker", flat, "x 1.2", ok=many <= 1.2 * few)
        show(f"{place.name}, {chosen.runs:,} finished runs", [*found, memory])


def _measure(url: str, many: int) -> list[Measure]:
    database = connect(url)
    migrate(database, Path(), 0)
    with database.write() as connection:
        library_id = ensure_library(connection, 0)
    enqueued = _enqueueing(database, library_id)
    empty = _claiming(database, library_id)
    ids = _finish(database, library_id, many)
    full = _claiming(database, library_id)
    status = _timed(
        database, lambda c: freshness.read_freshness(c, library_id, PIPELINE, items=ids[-10_000:])
    )
    count = _timed(database, lambda c: c.execute(text("SELECT count(*) FROM runs")).scalar_one())
    database.close()
    claim, told = (
        f"{empty:.2f} ms, {full:.2f} ms: x {full / empty:.2f}",
        f"{status:.0f} ms: x {status / count:.2f}",
    )
    return [
        Measure("bulk enqueue", f"{enqueued:,.0f} runs/s", "20,000", ok=enqueued >= 20_000),
        Measure("a claim of 20, of an empty table, of the full one", claim, "x 1.5", ok=full <= 1.5 * empty),
        Measure("SELECT count(*) of the runs", f"{count:.0f} ms"),
        Measure("freshness of 10,000 items, beside that count", told, "100 ms", ok=status < 100),
    ]


def _enqueueing(database: Database, library_id: int) -> float:
    """Runs made ready in a second, 1,000 to a transaction, for items that are there."""
    with database.write() as connection:
        ids = list(items.create_items(connection, library_id, BLANK.name, 20_000, 0))
    begun = time.perf_counter()
    for start in range(0, len(ids), 1000):
        with database.write() as connection:
            due = [(i, DIGEST) for i in ids[start : start + 1000]]
            schedule(connection, library_id, PIPELINE, due, 0, fresh=True)
    spent = time.perf_counter() - begun
    _clear(database)
    return len(ids) / spent


def _claiming(database: Database, library_id: int) -> float:
    """The time of claiming 20 runs of 2,000 that are ready, in ms: the median of some."""
    with database.write() as connection:
        ids = items.create_items(connection, library_id, BLANK.name, 2000, 0)
        schedule(connection, library_id, PIPELINE, [(i, DIGEST) for i in ids], 0, fresh=True)
    _analyse(database)
    spent = []
    for _ in range(TRIES):
        with database.write() as connection:
            begun = time.perf_counter()
            taken = claims.claim_runs(
                connection, str(uuid4()), library_id, PIPELINE.name, PIPELINE.version,
                limit=20, lease=60_000, claimer="bench", now=1,
            )  # fmt: skip
            spent.append((time.perf_counter() - begun) * 1000)
            assert taken is not None
            assert len(taken.runs) == 20
    _clear(database)
    return median(spent)


def _clear(database: Database) -> None:
    """Take out what is not finished."""
    with database.write() as connection:
        connection.execute(text("DELETE FROM runs WHERE settled_at IS NULL"))
        connection.execute(text("DELETE FROM claims"))
    _analyse(database)


def _finish(database: Database, library_id: int, many: int) -> list[int]:
    """So many items with a finished run each; their ids."""
    made: list[int] = []
    state = (RunState.FILLED.value, 5, 1, 1, None, None, 1, 2, 2)
    for _ in range(0, many, CHUNK):
        with database.write() as connection:
            ids = items.create_items(connection, library_id, BLANK.name, CHUNK, 0)
            numbers = allocate(connection, table, len(ids))
            same = (PIPELINE.name, PIPELINE.version, DIGEST, *state)
            rows = [(n, library_id, i, *same) for n, i in zip(numbers, ids, strict=True)]
            insert_rows(connection, table, rows)
        made.extend(ids)
    _analyse(database)
    return made


def _timed(database: Database, act: Callable[[Connection], object]) -> float:
    spent = []
    for _ in range(5):
        with database.read() as connection:
            begun = time.perf_counter()
            act(connection)
            spent.append((time.perf_counter() - begun) * 1000)
    return median(spent)


def _analyse(database: Database) -> None:
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if database.dialect == "sqlite" else "VACUUM ANALYZE"))


def _memory(place: Place, worked: int) -> float:
    """The peak memory of a process that works off so many runs, in MB."""
    with place.fresh() as url:
        database = connect(url)
        migrate(database, Path(), 0)
        with database.write() as connection:
            library_id = ensure_library(connection, 0)
        for start in range(0, worked, CHUNK):
            with database.write() as connection:
                ids = items.create_items(connection, library_id, BLANK.name, min(CHUNK, worked - start), 0)
                schedule(connection, library_id, PIPELINE, [(i, DIGEST) for i in ids], 0, fresh=True)
        database.close()
        command = [sys.executable, "-m", "bench.engine.scale", "--drain", url]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        drained = json.loads(told)
        assert drained["runs"] == worked
        return float(drained["mb"])


if __name__ == "__main__":
    main()
