"""What a worker process has done, in a file that all processes of one measurement share.

Runs in the peers' environment, too: nothing but the standard library.
"""

from __future__ import annotations

import mmap
import resource
import threading
import time
from collections.abc import Callable
from pathlib import Path

#: How many processes may share one board.
SEATS = 64

#: How often a process looks whether all jobs are done, in seconds.
GLANCE = 0.02

#: Starts are kept one by one up to this many jobs: enough for latency, nothing beside throughput.
KEPT = 1_000


class Board:
    """A count for each process, in a file that all of them map."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(8 * SEATS))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 8 * SEATS)
        self._seats = memoryview(self._map).cast("Q")

    def put(self, seat: int, count: int) -> None:
        """Write down how many jobs a process has done so far."""
        self._seats[seat] = count

    def total(self) -> int:
        """How many jobs all processes have done."""
        return sum(self._seats)


class Tally:
    """Counts one process's jobs; over when all processes together have done ``goal`` of them.

    The clock runs from the first job's start, or from `begin` where that is earlier, to the last job's end. Processor
    time runs from there until the process has stopped cleanly.
    """

    def __init__(self, board: Board, seat: int, goal: int, patience: float) -> None:
        self._board = board
        self._seat = seat
        self._goal = goal
        self._deadline = time.perf_counter() + patience
        self._lock = threading.Lock()
        self.count = 0
        self.starts: list[float] = []
        self.first = 0.0
        self.last = 0.0
        self._used = 0.0

    @property
    def over(self) -> bool:
        """Whether all jobs are done, or patience has run out."""
        return self._board.total() >= self._goal or time.perf_counter() > self._deadline

    def begin(self) -> None:
        """Start the clock."""
        if not self.first:
            self.first = time.perf_counter()
            self._used = processor_time()

    def started(self, count: int = 1) -> None:
        """Some jobs begin."""
        with self._lock:
            self.begin()
            if self._goal <= KEPT:
                self.starts.extend([time.perf_counter()] * count)

    def finished(self, count: int = 1) -> None:
        """Some jobs are done."""
        with self._lock:
            self.count += count
            self.last = time.perf_counter()
            self._board.put(self._seat, self.count)

    def job(self) -> None:
        """A job that does nothing: begun and done."""
        self.started()
        self.finished()

    def wait(self) -> None:
        """Return when it is over."""
        while not self.over:
            time.sleep(GLANCE)

    def watch(self, stop: Callable[[], object]) -> None:
        """Call ``stop`` from a thread of its own when it is over."""

        def run() -> None:
            self.wait()
            stop()

        threading.Thread(target=run, daemon=True).start()

    def used(self) -> float:
        """Seconds of processor time since the clock started."""
        return processor_time() - self._used if self.first else 0.0


def processor_time() -> float:
    """Seconds of processor time that this process and its ended children have taken."""
    mine, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return mine.ru_utime + mine.ru_stime + children.ru_utime + children.ru_stime
