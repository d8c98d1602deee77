"""Sorted numbers in a file: which editions stand at a place, found by bisection in the mapped file.

Each is one word of 64 bits, ``place << 32 | edition``, in ascending order. Half the size of a table with an index,
written in one go, and answered in a microsecond. Memory stays the same however many there are: they are sorted in
runs on disk, which are merged by ranges.
"""

from __future__ import annotations

import mmap
from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    Words = NDArray[np.uint64]

SHIFT: Final = 32
LOW: Final = 2**SHIFT - 1
RUN: Final = 2**20  #: words sorted at a time


class PostingsWriter:
    """Collects words in any order, and writes them in ascending order, each once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._spool = path.with_name(f"{path.name}.runs")
        self._file = self._spool.open("wb")
        self._held = array("Q")
        self._runs: list[int] = []  #: words in each

    def add(self, words: bytes) -> None:
        """Add words, as they lie in memory."""
        self._held.frombytes(words)
        if len(self._held) >= RUN:
            self._write_run()

    def _write_run(self) -> None:
        import numpy as np  # noqa: PLC0415  a look-up should not wait for what only loading needs

        words = np.sort(np.frombuffer(self._held, dtype=np.uint64))
        self._file.write(words.tobytes())
        self._runs.append(len(words))
        self._held = array("Q")

    def finish(self) -> int:
        """Merge the runs; the number of words."""
        if self._held:
            self._write_run()
        self._file.close()
        count = 0
        with self._path.open("wb") as file:
            for part in _merged(self._spool, self._runs):
                file.write(part.tobytes())
                count += len(part)
        self._spool.unlink()
        return count

    def close(self) -> None:
        """Close the file; what is not finished is lost."""
        self._file.close()


def _merged(spool: Path, lengths: list[int]) -> Iterator[Words]:
    """The words of all runs in order, each once, a part at a time."""
    if not lengths:
        return
    import numpy as np  # noqa: PLC0415  likewise

    with spool.open("rb") as file:
        mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    every = np.frombuffer(mapped, dtype=np.uint64)
    runs, begin = [], 0
    for length in lengths:
        runs.append(every[begin : begin + length])
        begin += length
    sample = np.sort(np.concatenate([run[:: RUN // 64] for run in runs]))
    limits = [*sample[64::64].tolist(), None]
    starts = [0] * len(runs)
    for limit in limits:
        ends = [len(run) if limit is None else int(np.searchsorted(run, np.uint64(limit))) for run in runs]
        pieces = [run[a:b] for run, a, b in zip(runs, starts, ends, strict=True)]
        words = np.concatenate(pieces)
        words.sort(kind="stable")  # what consists of sorted runs is merged, not sorted
        yield words[np.append(True, words[1:] != words[:-1])] if len(words) else words
        starts = ends
        mapped.madvise(mmap.MADV_DONTNEED)  # what was read is not kept in memory


class Postings:
    """Looks places up in a finished file."""

    def __init__(self, path: Path) -> None:
        self._words = memoryview(b"").cast("Q")
        self._map: mmap.mmap | None = None
        with path.open("rb") as file:
            if path.stat().st_size:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
                self._words = memoryview(self._map).cast("Q")

    def __len__(self) -> int:
        return len(self._words)

    def __getitem__(self, index: int) -> tuple[int, int]:
        word = self._words[index]
        return word >> SHIFT, word & LOW

    def at(self, place: int) -> list[int]:
        """The numbers of the editions at a place, in ascending order."""
        words = self._words
        low = place << SHIFT
        index = bisect_left(words, low)
        found: list[int] = []
        end = len(words)
        while index < end and (word := words[index]) >> SHIFT == place:
            found.append(word & LOW)
            index += 1
        return found

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Every place with its editions, in order."""
        for word in self._words:
            yield word >> SHIFT, word & LOW

    def close(self) -> None:
        """Let go of the file."""
        self._words.release()
        if self._map is not None:
            self._map.close()
