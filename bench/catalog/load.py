"""How fast a dump is loaded, beside what unpacking it alone costs on the same machine in the same run."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.table import Measure

from completist.catalog import BuildReport, Options, build, generations

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


def measure(
    files: Sequence[Path], root: Path, processes: int | None, rounds: int
) -> tuple[list[Measure], float]:
    """Load the files ``rounds`` times into ``root``, gzip and load in turns; the best time of a load comes along."""
    limits, times, efforts = [], [], []
    report: BuildReport | None = None
    for _ in range(rounds):
        before = _effort()
        limits.append(_seconds(lambda: unpack(files)))
        between = _effort()
        shutil.rmtree(root, ignore_errors=True)
        report = build(root, files, processes=processes)
        times.append(report.seconds)
        efforts.append(2 * (between - before) / (_effort() - between))
    assert report is not None
    limit, best = min(limits), min(times)
    raw = _raw_size(files)
    peak, workers = _memory(files, root.with_name("memory"), processes)
    total = report.editions + report.works + report.authors
    measures = [
        Measure(
            "records", f"{report.editions:,} editions, {report.works:,} works, {report.authors:,} authors"
        ),
        Measure("`gzip -dc FILES > /dev/null`", f"{limit:.1f} s"),
        Measure("load: ISBN index, search index, published", f"{best:.1f} s, {total / best:,.0f} records/s"),
        Measure("speed of the load against gzip", f"{limit / best:.0%}", ">= 20 %", limit / best >= 0.20),
        Measure(
            "the same by processor time shared out to two cores, whatever else the machine does",
            f"{max(efforts):.0%}",
        ),
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
    return measures, best


def editions_alone(files: Sequence[Path], root: Path, rounds: int) -> list[Measure]:
    """Load the editions for look-ups alone with two processes, gzip and load in turns; the best of each counts."""
    editions = [path for path in files if "editions" in path.name]
    limits, times, efforts = [], [], []
    for _ in range(rounds):
        before = _effort()
        limits.append(_seconds(lambda: unpack(editions)))
        between = _effort()
        shutil.rmtree(root, ignore_errors=True)
        times.append(build(root, editions, processes=2, options=Options(search=False)).seconds)
        efforts.append(2 * (between - before) / (_effort() - between))
    shutil.rmtree(root)
    speed = min(limits) / min(times)
    figure = f"{speed:.0%} ({min(times):.1f} s against {min(limits):.1f} s)"
    return [
        Measure("editions to indexed look-up alone, against gzip", figure, ">= 45 %", speed >= 0.45),
        Measure("the same by processor time shared out to two cores", f"{max(efforts):.0%}"),
    ]


def growth(small: Sequence[Path], large: Sequence[Path], further: int, root: Path) -> list[Measure]:
    """What each edition more takes of memory: ``large`` holds ``further`` editions more than ``small``."""
    (less, _), (more, _) = (_memory(files, root, None) for files in (small, large))
    each = (more - less) * 2**20 / further
    figure = f"{each:.0f} bytes ({less} MB, {more} MB)"
    return [Measure("peak memory for each further edition", figure, "<= 30 bytes", each <= 30)]


#: The dump of August 2025, unpacked: 54.9 M editions, 40.2 M works, 14.7 M authors.
FULL = 86e9


def extrapolated(files: Sequence[Path], root: Path, seconds: float) -> list[Measure]:
    """The full dump, by its unpacked bytes: time and disk in proportion, on this machine as it is now."""
    share = FULL / _raw_size(files)
    disk = generations.size(generations.current(root)) * share
    return [
        Measure("full dump (86 GB unpacked), in proportion: time", f"{seconds * share / 60:.0f} min"),
        Measure("full dump, in proportion: on disk", f"{disk / 1e9:.0f} GB"),
    ]


def _effort() -> float:
    """Seconds of processor time that this process and those it has ended have taken."""
    own, ended = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def unpack(files: Sequence[Path]) -> None:
    """What every load has to do at least."""
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
