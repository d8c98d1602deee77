"""How fast a dump is loaded, beside what unpacking it alone costs on the same machine in the same run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.table import Measure

from completist.catalog import BuildReport, build

UNPACK = ("gzip", "-dc")

#: Loads in a process of its own, so that its memory and that of its workers can be told from the bench's.
CHILD = """
import resource, sys
from pathlib import Path
from completist.catalog import build
root, processes, *files = sys.argv[1:]
build(Path(root), [Path(each) for each in files], processes=int(processes) if processes else None)
own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(own, worker)
"""


def measure(files: Sequence[Path], root: Path, processes: int | None, rounds: int) -> list[Measure]:
    """Load the files ``rounds`` times into ``root``, gzip and load in turns; the best of each counts."""
    limits, times = [], []
    report: BuildReport | None = None
    for _ in range(rounds):
        limits.append(_seconds(lambda: _unpack(files)))
        shutil.rmtree(root, ignore_errors=True)
        report = build(root, files, processes=processes)
        times.append(report.seconds)
    assert report is not None
    limit, best = min(limits), min(times)
    raw = _raw_size(files)
    peak, workers = _memory(files, root.with_name("memory"), processes)
    total = report.editions + report.works + report.authors
    return [
        Measure(
            "records", f"{report.editions:,} editions, {report.works:,} works, {report.authors:,} authors"
        ),
        Measure("`gzip -dc FILES > /dev/null`", f"{limit:.1f} s"),
        Measure("load: ISBN index, search index, published", f"{best:.1f} s, {total / best:,.0f} records/s"),
        Measure("speed of the load against gzip", f"{limit / best:.0%}", ">= 20 %", limit / best >= 0.20),
        Measure("peak memory, builder + its workers", f"{peak} MB", "<= 500 MB", peak <= 500),
        Measure("workers", f"{workers}"),
        Measure("on disk", f"{report.bytes / 1e6:,.0f} MB"),
        Measure(
            "on disk against the unpacked dump",
            f"{report.bytes / raw:.0%}",
            "<= 30 %",
            report.bytes / raw <= 0.30,
        ),
        Measure(
            "lines left out",
            ", ".join(f"{count:,} {reason}" for reason, count in report.rejected.items()) or "none",
        ),
    ]


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _unpack(files: Sequence[Path]) -> None:
    subprocess.run([*UNPACK, *files], stdout=subprocess.DEVNULL, check=True)


def _raw_size(files: Sequence[Path]) -> int:
    with subprocess.Popen([*UNPACK, *files], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        size = 0
        while block := process.stdout.read(1 << 20):
            size += len(block)
        return size


def _memory(files: Sequence[Path], root: Path, processes: int | None) -> tuple[int, int]:
    """Megabytes at the peak, an upper bound: the builder's and every worker's own peak; and how many workers."""
    workers = processes if processes is not None else os.cpu_count() or 1
    arguments = [str(root), "" if processes is None else str(processes), *map(str, files)]
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *arguments], capture_output=True, text=True, check=True
    )
    own, worker = map(int, done.stdout.split())
    shutil.rmtree(root)
    return (own + worker * workers) // 1024, workers
