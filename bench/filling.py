"""How fast an imported library is filled from the catalogue, matching included: ``python -m bench.filling``.

An Open Library dump is loaded, made up or in the folder that ``--dump`` names, and an export over its editions
imported: four of five rows with an ISBN, the others by title and author alone. The limit is the bare look-ups of the
same books.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import resource
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

FLOOR = 500  #: books per second, for each core


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure filling a library offline.")
    parser.add_argument("--books", type=int, default=5_000)
    parser.add_argument("--editions", type=int, default=60_000, help="in the dump that is made up")
    parser.add_argument("--dump", type=Path, help="a folder with *.txt.gz, instead of making one")
    parser.add_argument("--cores", type=int, default=1)
    asked = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[: asked.cores]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.dump is None:
            generate(folder / "dump", asked.editions)
        files = sorted((asked.dump or folder / "dump").glob("*.txt.gz"))
        measures = measure(folder, files, asked.books, asked.cores * FLOOR)
    cores = "one core" if asked.cores == 1 else f"{asked.cores} cores"
    show(f"Offline fill of {asked.books:,} books from a catalogue, {cores}", measures)


def measure(folder: Path, files: list[Path], books: int, floor: int) -> list[Measure]:
    """Fill that many books of the dump in ``files``, working in ``folder``."""
    export, more = folder / "export.csv", folder / "more.csv"
    write_export(export, _owned(files, books))
    ours, mine, effort, report, limit = _fill(folder, files, export)
    rows = write_export(more, _owned(files, books * 4))
    peaks = [_peak(folder / "data" / "catalogue", folder / path.stem, path) for path in (export, more)]
    return [
        Measure(
            "books per second, end to end", f"{books / ours:,.0f}", f">= {floor:,}", books / ours >= floor
        ),
        Measure("books per second of processor time", f"{books / effort:,.0f}"),
        Measure(
            "processor time for a book, of the process that settles / of all",
            f"{mine / books * 1e3:.2f} / {effort / books * 1e3:.2f} ms",
        ),
        Measure("time beside the bare look-ups of the same books", f"{ours / limit:.1f} x"),
        Measure(f"peak memory, {books:,} books", f"{peaks[0]:.0f} MB", "< 300 MB", peaks[0] < 300),
        Measure(f"peak memory, {rows:,} books", f"{peaks[1]:.0f} MB", "< 300 MB", peaks[1] < 300),
        Measure("runs filled / review / empty", f"{report.filled:,} / {report.review:,} / {report.empty:,}"),
    ]


def _fill(folder: Path, files: list[Path], export: Path) -> tuple[float, float, float, FillReport, float]:
    """Seconds, those of this process and of all processes, what came of it, and seconds of the bare look-ups."""
    with App(load_settings(folder / "data")) as app:
        app.load_catalogue(files)
        app.import_file(export)
        held = [view.data for view in app.items("book")]
        begun, alone, spent = time.perf_counter(), time.process_time(), _effort()
        report = app.fill(Wish(kind="book"), offline=True)
        ours, mine, effort = (
            time.perf_counter() - begun,
            time.process_time() - alone,
            _effort() - spent,
        )
        isbns = [isbn for data in held for isbn in texts(data.get("isbn13"))]
        bare = [data for data in held if not data.get("isbn13")]
        queries = [Query(str(data["title"]), next(iter(texts(data.get("authors"))), "")) for data in bare]
        begun = time.perf_counter()
        for start in range(0, len(isbns), 100):
            app.catalogue.by_isbn(isbns[start : start + 100])
        for start in range(0, len(queries), 100):
            app.catalogue.search(queries[start : start + 100])
        return ours, mine, effort, report, time.perf_counter() - begun


def _effort() -> float:
    """Seconds of processor time of this process and of those that helped it and have ended."""
    helped = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + helped.ru_utime + helped.ru_stime


def _peak(catalogue: Path, data: Path, export: Path) -> float:
    """Peak memory in MB of a process that fills an imported export and does nothing else, or of one that helps it."""
    with App(load_settings(data)) as app:
        app.import_file(export)
    (data / "catalogue").symlink_to(catalogue)
    code = "import sys, pathlib, bench.filling as b; print(b.rehearse(pathlib.Path(sys.argv[1])))"
    done = subprocess.run([sys.executable, "-c", code, data], check=True, capture_output=True, text=True)
    return float(done.stdout)


def rehearse(data: Path) -> float:
    """Fill in this process; its peak memory in MB, or that of a helper, whichever is more."""
    with App(load_settings(data)) as app:
        app.fill(offline=True)
    helpers = (
        resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    )  # at least that of who started them
    return max(peak(), helpers)


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
    main()
