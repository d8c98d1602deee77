"""How fast an imported library is filled from the catalogue, matching included, on one core.

A made-up Open Library dump is loaded, and an export over its editions imported: four of five rows with an ISBN, the
others by title and author alone. The limit is the bare look-ups of the same books.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.catalog.dump import generate
from bench.exports import Owned, write_export
from bench.memory import peak
from bench.table import Measure, show

from completist.app import App, Wish
from completist.domain.fields import Data
from completist.engine.enriching import FillReport
from completist.sdk.catalogue import Query
from completist.settings import load_settings

FLOOR = 500  # books per second


def main(books: int = 5_000, editions: int = 60_000) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate(folder / "dump", editions)
        files = sorted((folder / "dump").glob("*.txt.gz"))
        export = folder / "export.csv"
        write_export(export, _owned(files, books))
        ours, effort, report, limit = _fill(folder, files, export)
        more = folder / "more.csv"
        write_export(more, _owned(files, books * 4))
        peaks = [_peak(folder / "data" / "catalogue", folder / path.stem, path) for path in (export, more)]
    show(
        f"Offline fill of {books:,} books from a catalogue of {editions:,} editions, one core",
        [
            Measure(
                "books per second, end to end", f"{books / ours:,.0f}", f">= {FLOOR}", books / ours >= FLOOR
            ),
            Measure("books per second of processor time", f"{books / effort:,.0f}"),
            Measure("time beside the bare look-ups of the same books", f"{ours / limit:.1f} x"),
            Measure(f"peak memory, {books:,} books", f"{peaks[0]:.0f} MB", "< 300 MB", peaks[0] < 300),
            Measure(f"peak memory, {books * 4:,} books", f"{peaks[1]:.0f} MB", "< 300 MB", peaks[1] < 300),
            Measure(
                "runs filled / review / empty", f"{report.filled:,} / {report.review:,} / {report.empty:,}"
            ),
        ],
    )


def _fill(folder: Path, files: list[Path], export: Path) -> tuple[float, float, FillReport, float]:
    with App(load_settings(folder / "data")) as app:
        app.load_catalogue(files)
        app.import_file(export)
        held = [view.data for view in app.items("book")]
        begun, spent = time.perf_counter(), time.process_time()
        report = app.fill(Wish(kind="book"))
        ours, effort = time.perf_counter() - begun, time.process_time() - spent
        isbns = [isbn for data in held for isbn in texts(data.get("isbn13"))]
        bare = [data for data in held if not data.get("isbn13")]
        queries = [Query(str(data["title"]), next(iter(texts(data.get("authors"))), "")) for data in bare]
        begun = time.perf_counter()
        for start in range(0, len(isbns), 100):
            app.catalogue.by_isbn(isbns[start : start + 100])
        for start in range(0, len(queries), 100):
            app.catalogue.search(queries[start : start + 100])
        return ours, effort, report, time.perf_counter() - begun


def _peak(catalogue: Path, data: Path, export: Path) -> float:
    """Peak memory in MB of a process that fills an imported export and does nothing else."""
    with App(load_settings(data)) as app:
        app.import_file(export)
    (data / "catalogue").symlink_to(catalogue)
    code = "import sys, pathlib, bench.filling as b; print(b.rehearse(pathlib.Path(sys.argv[1])))"
    done = subprocess.run([sys.executable, "-c", code, data], check=True, capture_output=True, text=True)
    return float(done.stdout)


def rehearse(data: Path) -> float:
    """Fill in this process; its peak memory in MB."""
    with App(load_settings(data)) as app:
        app.fill()
    return peak()


def texts(data: Data) -> list[str]:
    """The texts of a list."""
    return [one for one in data if isinstance(one, str)] if isinstance(data, list) else []


def _owned(files: list[Path], count: int) -> Iterator[Owned]:
    """Books of the dump, drawn by lot, as their owner would know them."""
    authors: dict[str, str] = {}
    works: dict[str, list[str]] = {}
    editions: list[dict[str, Any]] = []
    for record in _records(files):
        kind = record["type"]["key"]
        if kind == "/type/author":
            authors[record["key"]] = record.get("name", "")
        elif kind == "/type/work":
            works[record["key"]] = [a["author"]["key"] for a in record.get("authors", [])]
        elif (
            kind == "/type/edition" and record.get("isbn_13") and record.get("works") and record.get("title")
        ):
            editions.append(record)
    for record in random.Random(7).sample(editions, min(count, len(editions))):
        written = works.get(record["works"][0]["key"], [])
        name = next((authors[key] for key in written if key in authors), "Unknown")
        yield Owned(record["title"], name, isbn13=record["isbn_13"][0], year=2000)


def _records(files: list[Path]) -> Iterator[dict[str, Any]]:
    for path in files:
        with gzip.open(path, "rt", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                with suppress(ValueError, KeyError, IndexError):
                    record = json.loads(line.rstrip("\n").split("\t")[4])
                    if "key" in record and "key" in record["type"]:
                        yield record


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
