"""Whether a load keeps its pace: records in a second, and what all its processes hold, from beginning to end."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from bench.catalog import load
from bench.table import Measure

from completist.catalog import build, generations

EVERY = 15.0  #: seconds
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


class Pace:
    """Prints a line every few seconds while a load runs: a `completist.catalog.Progress`."""

    def __init__(self, every: float = EVERY) -> None:
        #: Bytes done, and records in a second since the line before: by the clock, and of the processors' time.
        self.rates: list[tuple[int, float, float]] = []
        self.peak = 0.0  #: MB
        self._every = every
        self._begun = self._last = time.perf_counter()
        self._before = 0
        self._spent = spent()

    def __call__(self, done: int, total: int, records: int) -> None:
        """Take note of how far the load is."""
        now = time.perf_counter()
        if now - self._last < self._every:
            return
        rate, memory, before = (records - self._before) / (now - self._last), held(), self._spent
        self._spent = spent()
        self.rates.append((done, rate, (records - self._before) / max(0.01, self._spent - before)))
        self.peak = max(self.peak, memory)
        self._last, self._before = now, records
        line = f"{now - self._begun:6.0f} s {done / total:6.1%} {records:13,} records {rate:10,.0f}/s {memory:6.0f} MB"
        print(line, file=sys.stderr, flush=True)


def spent() -> float:
    """Seconds of processor time that this process and its children have taken; 0 where the system does not tell."""
    try:
        stats = [Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in _mine()]
    except (OSError, ValueError):
        return 0.0
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / TICKS


def _mine() -> set[int]:
    """This process and its children."""
    return {os.getpid(), *map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())}


def held() -> float:
    """Megabytes of memory that this process and its children hold; 0 where the system does not tell."""
    try:
        mine = _mine()
        pages = sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in mine)
    except (OSError, ValueError):
        return 0.0
    return pages * PAGE / 1e6


def measure(files: Sequence[Path], root: Path, processes: int | None, every: float = EVERY) -> list[Measure]:
    """Load the files once, beside gzip."""
    begun = time.perf_counter()
    load.unpack(files)
    limit = time.perf_counter() - begun
    pace = Pace(every)
    report = build(root, files, processes=processes, progress=pace)
    records = report.editions + report.works + report.authors
    first, last = _ends(_of_editions([(done, rate) for done, rate, _ in pace.rates], files))
    begun_at, ended_at = _ends(_of_editions([(done, rate) for done, _, rate in pace.rates], files))
    return [
        Measure(
            "records", f"{report.editions:,} editions, {report.works:,} works, {report.authors:,} authors"
        ),
        Measure("`gzip -dc FILES > /dev/null`", f"{limit:.1f} s"),
        Measure("load", f"{report.seconds:.1f} s, {records / report.seconds:,.0f} records/s"),
        Measure("speed of the load against gzip", f"{limit / report.seconds:.0%}"),
        Measure("editions/s while reading, first and last third", f"{first:,.0f}, {last:,.0f}"),
        Measure(
            "the same for a second of the processors' time, whatever else the machine does",
            f"{begun_at:,.0f}, {ended_at:,.0f}",
        ),
        Measure("memory at the most, while reading", f"{pace.peak:.0f} MB"),
        Measure("on disk", f"{generations.size(generations.current(root)) / 1e6:,.0f} MB"),
    ]


def _of_editions(rates: Sequence[tuple[int, float]], files: Sequence[Path]) -> list[float]:
    """The rates while editions were read: records of other types are shorter."""
    begin, ends = 0, []
    for path in sorted(files):  # the order in which they are read
        end = begin + path.stat().st_size
        if "editions" in path.name:
            ends.append((begin, end))
        begin = end
    inside = [[rate for done, rate in rates if begin < done < end] for begin, end in ends]
    return [rate for some in inside for rate in some[1:]]  # the first line is of two types


def _ends(rates: Sequence[float]) -> tuple[float, float]:
    """The mean of the first third, and of the last."""
    third = max(1, len(rates) // 3)
    return (fmean(rates[:third]), fmean(rates[-third:])) if rates else (0.0, 0.0)
