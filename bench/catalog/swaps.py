"""What readers notice when a generation is put in place of another: errors, misses, and how long look-ups take.

Two processes look books up one by one, first in peace, then while a new generation is published every half second.
What is published is a copy of the generation in use: making one takes both cores, which is another matter.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bench.catalog.lookup import known
from bench.table import Measure

from completist.catalog import Snapshot, generations, open_catalogue
from completist.domain.errors import CompletistError

READERS = 2
SWAPS = 10
PAUSE = 0.5  # seconds between two swaps

READER = "import sys; from bench.catalog.swaps import read; read(sys.argv[1], float(sys.argv[2]))"


class Seen(NamedTuple):
    """What a reader saw."""

    answers: int
    errors: int
    misses: int
    p99: float
    slowest: float


def measure(root: Path) -> list[Measure]:
    """Look up in ``root`` in peace and while it is replaced; two generations of it are left."""
    seconds = SWAPS * PAUSE
    calm = _watched(root, seconds, swaps=0)
    busy = _watched(root, seconds, swaps=SWAPS)
    before, during = (max(each.p99 for each in seen) for seen in (calm, busy))
    errors, misses = sum(each.errors for each in busy), sum(each.misses for each in busy)
    ratio = during / before
    figures = f"{errors} / {misses} of {sum(each.answers for each in busy):,} look-ups"
    slowest = max(each.slowest for each in busy)
    return [
        Measure(
            f"{SWAPS} swaps, {READERS} readers: errors / misses", figures, "0 / 0", not errors and not misses
        ),
        Measure(
            "p99 of a look-up while generations change, against p99 in peace",
            f"{ratio:.2f} x ({during * 1e6:.0f} us, {before * 1e6:.0f} us; the slowest {slowest * 1e3:.0f} ms)",
            "<= 2 x",
            ratio <= 2,
        ),
    ]


def _watched(root: Path, seconds: float, swaps: int) -> list[Seen]:
    readers = [
        subprocess.Popen([sys.executable, "-c", READER, root, str(seconds)], stdout=subprocess.PIPE)
        for _ in range(READERS)
    ]
    for each in readers:
        assert each.stdout is not None
        each.stdout.readline()  # it is ready
    for _ in range(swaps):
        _swap(root)
        time.sleep(PAUSE / 2)
    return [Seen(*json.loads(each.communicate()[0])) for each in readers]


def _swap(root: Path) -> None:
    """Publish a copy of the generation in use."""
    with generations.building(root) as directory:
        _linked(generations.current(root), directory)
        generations.publish(root, directory)


def _linked(source: Path, target: Path) -> None:
    for path in sorted(source.rglob("*")):
        copy = target / path.relative_to(source)
        if path.is_dir():
            copy.mkdir()
        else:
            os.link(path, copy)


def read(root: str, seconds: float) -> None:
    """Look books up for that long; prints what was `Seen`."""
    place = Path(root)
    asked = known(place)
    chance = random.Random(os.getpid())
    catalogue = open_catalogue(place)
    for isbn in asked:
        catalogue.by_isbn([isbn])
    print("ready", flush=True)
    print(json.dumps(_look(catalogue, asked, chance, seconds)))


def _look(catalogue: Snapshot, asked: Sequence[str], chance: random.Random, seconds: float) -> Seen:
    times: list[float] = []
    errors = misses = 0
    end = time.perf_counter() + seconds
    while (begun := time.perf_counter()) < end:
        isbn = chance.choice(asked)
        try:
            misses += isbn not in catalogue.by_isbn([isbn])
        except CompletistError:
            errors += 1
        times.append(time.perf_counter() - begun)
    times.sort()
    return Seen(len(times), errors, misses, times[len(times) * 99 // 100], times[-1])


if __name__ == "__main__":
    for measured in measure(Path(sys.argv[1])):
        print(measured)
