"""How fast a Goodreads export is imported, beside what any importer must do at least, and how much memory it takes.

The limit reads the same file with `csv` and puts every raw row into one SQLite table, 1,000 to a transaction.
"""

from __future__ import annotations

import csv
import sqlite3
import subprocess
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

from bench.exports import HEADER, invented, write_export
from bench.memory import peak
from bench.table import Measure, show

from completist.app import App
from completist.settings import load_settings

FLOOR = 5000  # rows per second


def main(rows: int = 20_000, rounds: int = 3) -> None:
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.csv", Path(folder) / "large.csv"
        write_export(small, invented(rows))
        write_export(large, invented(rows * 10))
        pairs = [
            (_import(small, Path(folder) / f"{n}"), _limit(small, Path(folder) / f"{n}.db"))
            for n in range(rounds)
        ]
        ours, limit = min(a for a, _ in pairs), min(b for _, b in pairs)
        peak_small, peak_large = (
            _peak(small, Path(folder) / "peak-small"),
            _peak(large, Path(folder) / "peak-large"),
        )
    show(
        f"Import of a Goodreads export, {rows:,} rows, best of {rounds}",
        [
            Measure("rows per second", f"{rows / ours:,.0f}", f">= {FLOOR:,}", rows / ours >= FLOOR),
            Measure("time beside the limit (csv + one raw table)", f"{ours / limit:.1f} x", "", ok=True),
            Measure(f"peak memory, {rows:,} rows", f"{peak_small:.0f} MB", "< 300 MB", peak_small < 300),
            Measure(f"peak memory, {rows * 10:,} rows", f"{peak_large:.0f} MB", "< 300 MB", peak_large < 300),
        ],
    )


def _import(path: Path, data: Path) -> float:
    with App(load_settings(data)) as app:
        _ = app.library_id  # tables are laid before the clock starts
        begun = time.perf_counter()
        report = app.import_file(path)
        spent = time.perf_counter() - begun
    assert report.added == report.rows, report
    return spent


def _limit(path: Path, database: Path) -> float:
    begun = time.perf_counter()
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"CREATE TABLE rows ({', '.join(f'c{n}' for n in range(len(HEADER)))})")
    insert = f"INSERT INTO rows VALUES ({', '.join('?' * len(HEADER))})"  # noqa: S608 - question marks alone
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        while chunk := list(islice(reader, 1000)):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(insert, chunk)
            connection.execute("COMMIT")
    connection.close()
    return time.perf_counter() - begun


def _peak(path: Path, data: Path) -> float:
    """Peak memory in MB of a process that imports ``path``."""
    code = "import sys, pathlib, bench.importing as b; print(b.rehearse(*map(pathlib.Path, sys.argv[1:])))"
    done = subprocess.run(
        [sys.executable, "-c", code, path, data], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def rehearse(path: Path, data: Path) -> float:
    """Import in this process; its peak memory in MB."""
    _import(path, data)
    return peak()


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
