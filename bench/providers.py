"""How near live providers are asked to what their limits allow, and never beyond: ``python -m bench.providers``.

A made-up catalogue stands behind the provider simulator, a list of its ISBNs is imported, and nothing is known of it
here. It is filled by one process on SQLite, and by several at once on PostgreSQL where there is one. The limit is the
slowest provider that is needed: the calls that its batch size asks for, at its declared pace.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from bench.catalog import dump, lookup
from bench.engine.servers import PostgreSQL
from bench.table import Measure, show

from completist.catalog import build
from completist.domain.budget import Rate
from completist.sdk import registry

#: Keys that the simulator accepts.
KEYS = {"HARDCOVER_TOKEN": "simulated"}

#: Covers lie on other servers, with limits of their own: ``bench.covers`` is about them.
WITHOUT_COVERS = {"COMPLETIST_COVER_BACKFILL": "no"}

#: Seconds by which one call may arrive sooner behind another than it was sent.
JITTER = 0.02

#: Calls for a thousand books, at most.
MOST = {"openlibrary": 25, "hardcover": 12}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the simulator says of one provider."""

    times: Sequence[float]  #: seconds, of each call, as often as it counted

    def most_in(self, window: float) -> int:
        """The most calls in any window of so many seconds."""
        most = start = 0
        for end, at in enumerate(self.times):
            while self.times[start] <= at - window:
                start += 1
            most = max(most, end - start + 1)
        return most


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how live providers are asked.")
    parser.add_argument("--isbns", type=int, default=2_000)
    parser.add_argument("--processes", type=int, default=4)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dump.generate(folder / "dump", asked.isbns * 3)
        build(folder / "catalogue", sorted((folder / "dump").glob("*.txt.gz")))
        isbns = lookup.known(folder / "catalogue", random.Random(5))[: asked.isbns]
        listed = folder / "isbns.txt"
        listed.write_text("\n".join(dict.fromkeys(isbns)) + "\n", "utf-8")
        with simulator(folder / "catalogue") as address:
            one = fill(folder / "one", listed, address, 1)
            again = fill(folder / "one", listed, address, 1)
            show(
                f"{asked.isbns:,} ISBNs, one process, SQLite", [*measures(one, asked.isbns), *silence(again)]
            )
        server = PostgreSQL()
        if server.why is not None:
            print(f"\n{server.why}: several processes were not measured.")
            return
        with simulator(folder / "catalogue") as address, server.fresh() as url:
            many = fill(folder / "many", listed, address, asked.processes, url)
            show(
                f"{asked.isbns:,} ISBNs, {asked.processes} processes, PostgreSQL",
                list(measures(many, asked.isbns)),
            )


@dataclass(frozen=True, slots=True)
class Filled:
    """What a fill took, and what it asked."""

    seconds: float
    asked: Mapping[str, Asked]


def fill(data: Path, listed: Path, address: str, processes: int, url: str = "") -> Filled:
    """Import the list and fill it by so many processes at once."""
    control(address, "reset")
    environment = {
        **os.environ,
        **KEYS,
        **WITHOUT_COVERS,
        "COMPLETIST_DATA": str(data),
        "COMPLETIST_PROVIDERS_AT": address,
    }
    environment |= {"COMPLETIST_DATABASE": url} if url else {}
    command = [sys.executable, "-m", "completist"]
    subprocess.run([*command, "import", str(listed), "--quiet"], env=environment, check=True)
    begun = time.perf_counter()
    running = [
        subprocess.Popen(
            [*command, "fill", "--no-progress", "--json"], env=environment, stdout=subprocess.PIPE
        )
        for _ in range(processes)
    ]
    for each in running:
        each.communicate()
    seconds = time.perf_counter() - begun
    told = json.loads(control(address, "calls"))["providers"]
    return Filled(seconds, {name: Asked(sorted(_times(said))) for name, said in told.items()})


def measures(filled: Filled, isbns: int) -> Iterator[Measure]:
    """The throughput beside the slowest provider's limit, and each provider's calls beside its own."""
    rates = paces()
    needed = {
        name: (len(asked.times) - rates[name].burst) * rates[name].interval_ms / 1000
        for name, asked in filled.asked.items()
        if name in rates
    }
    slowest = max(needed, key=lambda name: needed[name])
    share = needed[slowest] / filled.seconds
    yield Measure("seconds", f"{filled.seconds:.1f}")
    yield Measure(
        f"the least that the slowest provider's limit allows ({slowest})",
        f"{needed[slowest]:.1f} s, kept to {share:.0%}",
        ">= 95 %",
        share >= 0.95,
    )
    for name, asked in sorted(filled.asked.items()):
        calls = len(asked.times) * 1000 / isbns
        most = MOST.get(name)
        bar = "" if most is None else f"<= {most}"
        yield Measure(f"{name}: calls for 1,000 books", f"{calls:.0f}", bar, most is None or calls <= most)
        if name in rates:
            yield _window(name, asked, rates[name])


def silence(again: Filled) -> Iterator[Measure]:
    """The calls of a second run."""
    calls = sum(len(asked.times) for asked in again.asked.values())
    yield Measure("calls of a second run", f"{calls}", "0", calls == 0)


def _window(name: str, asked: Asked, rate: Rate) -> Measure:
    """The window in which most was asked, against what the rate allows in it."""
    worst = max(
        (asked.most_in(window - JITTER) - (window * 1000 / rate.interval_ms + rate.burst), window)
        for window in (1, 10, 60)
    )
    over, window = worst
    figure = f"{asked.most_in(window)} in {window} s"
    return Measure(f"{name}: never above rate x window + burst", figure, "never", over <= 0)


def paces() -> dict[str, Rate]:
    """The declared pace of each provider."""
    from completist.sdk.adapter import Key  # noqa: PLC0415 - with what it is needed for

    plans = [plan for plugin in registry.plugins().values() for plan in plugin.adapters]
    providers = [plan.make(Key()).provider for plan in plans]
    return {each.name: each.budget.rate for each in providers}


def control(address: str, verb: str) -> str:
    """Steer the simulator, or read from it."""
    connection = HTTPConnection(address.removeprefix("http://"))
    try:
        connection.request("GET" if verb == "calls" else "POST", f"/_control/{verb}", "{}")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def _times(said: dict[str, Any]) -> Iterator[float]:
    for call in said["log"]:
        yield from [call["monotonic"]] * call["cost"]


@contextmanager
def simulator(catalogue: Path) -> Iterator[str]:
    """A simulator that answers from a catalogue; where it is."""
    command = [sys.executable, "-m", "completist", "simulator", "--port", "0", "--catalog", str(catalogue)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


if __name__ == "__main__":
    main()
