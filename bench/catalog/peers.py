"""The two recipes that people use for the same job, beside ours: jsonb in PostgreSQL, DuckDB with Parquet.

Both load the editions as published guides do, by each record's own ISBN strings, and look them up by ISBN-13. Neither
searches titles, finds an edition that carries only an ISBN-10, or counts what it leaves out.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psycopg
from bench.engine.environment import prepare
from bench.engine.servers import PostgreSQL
from bench.table import Measure

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
ASKED = 300

DUCKDB = """
import json, sys, time
import duckdb
source, target, asked = sys.argv[1], sys.argv[2], json.loads(sys.stdin.read())
db = duckdb.connect()
db.execute("SET threads = 2")
begun = time.perf_counter()
db.execute(f'''
    COPY (
        SELECT key, json AS record,
            json_extract_string(json, '$.isbn_13[0]') AS isbn_13, json_extract_string(json, '$.title') AS title
        FROM read_csv('{source}', delim='\\t', quote='', escape='', header=false, ignore_errors=true,
            max_line_size=20000000,
            columns={{'type': 'VARCHAR', 'key': 'VARCHAR', 'revision': 'VARCHAR', 'at': 'VARCHAR', 'json': 'VARCHAR'}})
        WHERE type = '/type/edition' AND json_valid(json)
    ) TO '{target}' (FORMAT parquet, COMPRESSION zstd)
''')
seconds = time.perf_counter() - begun
times, hits = [], 0
for isbn in asked:
    begun = time.perf_counter()
    hits += bool(db.execute(f"SELECT record FROM '{target}' WHERE isbn_13 = ?", [isbn]).fetchall())
    times.append(time.perf_counter() - begun)
times.sort()
print(json.dumps([seconds, times[len(times) // 2], times[len(times) * 95 // 100], hits]))
"""


def measure(editions: Path, isbns: Sequence[str], folder: Path, limit: float) -> list[Measure]:
    """Load the editions of a dump in both ways and ask for ``isbns``; ``limit`` is what gzip takes for the file."""
    with gzip.open(editions) as lines:
        raw = sum(map(len, lines))
    asked = list(isbns)[:ASKED]
    found = []
    for name, recipe in (("jsonb in PostgreSQL", _jsonb), ("DuckDB, Parquet", _parquet)):
        told = recipe(editions, asked, folder)
        if told is None:
            found.append(Measure(name, "not on this machine"))
            continue
        seconds, median, p95, hits, size = told
        found += [
            Measure(
                f"{name}: editions loaded", f"{seconds:.1f} s, {limit / seconds:.0%} of the speed of gzip"
            ),
            Measure(f"{name}: look-up, p50 / p95", f"{median * 1e6:,.0f} / {p95 * 1e6:,.0f} us"),
            Measure(f"{name}: on disk against the unpacked dump", f"{size / raw:.0%}"),
            Measure(f"{name}: known ISBNs that are found", f"{hits / len(asked):.0%}"),
        ]
    return found


Told = tuple[float, float, float, int, int]


def _parquet(editions: Path, asked: Sequence[str], folder: Path) -> Told | None:
    target = folder / "editions.parquet"
    done = subprocess.run(
        [str(prepare(REQUIREMENTS)), "-c", DUCKDB, str(editions), str(target)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, median, p95, hits = json.loads(done.stdout.splitlines()[-1])  # behind a bar of its progress
    return seconds, median, p95, hits, target.stat().st_size


def _jsonb(editions: Path, asked: Sequence[str], folder: Path) -> Told | None:
    del folder
    server = PostgreSQL()
    if server.why is not None:
        return None
    with server.fresh() as url, psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as db:
        begun = time.perf_counter()
        db.execute("CREATE TABLE editions (type text, key text, revision int, modified text, data jsonb)")
        with db.cursor().copy("COPY editions FROM STDIN") as copy, gzip.open(editions) as lines:
            for line in lines:
                parts = line.rstrip(b"\n").split(b"\t")
                if len(parts) == 5 and parts[0] == b"/type/edition" and parts[4].endswith(b"}"):
                    copy.write(line.replace(b"\\u0000", b"").replace(b"\\", b"\\\\"))
        db.execute(
            "CREATE TABLE edition_isbns AS"
            " SELECT key, jsonb_array_elements_text(data -> 'isbn_13') AS isbn FROM editions"
        )
        db.execute("CREATE INDEX ON edition_isbns (isbn)")
        db.execute("CREATE UNIQUE INDEX ON editions (key)")
        db.execute("CREATE INDEX ON editions USING gin (data jsonb_path_ops)")
        db.execute("ANALYZE")
        seconds = time.perf_counter() - begun
        row = db.execute(
            "SELECT pg_total_relation_size('editions') + pg_total_relation_size('edition_isbns')"
        ).fetchone()
        times, hits = [], 0
        question = "SELECT data FROM edition_isbns JOIN editions USING (key) WHERE isbn = %s"
        for isbn in asked:
            begun = time.perf_counter()
            hits += bool(db.execute(question, (isbn,)).fetchall())
            times.append(time.perf_counter() - begun)
    times.sort()
    assert row is not None
    return seconds, times[len(times) // 2], times[len(times) * 95 // 100], hits, int(row[0])
