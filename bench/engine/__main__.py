"""The ledger of work beside other engines for background jobs: ``python -m bench.engine``.

All do the same number of jobs that do nothing, on the same machine in one run, taking turns round by round; the best
round counts. What an engine cannot do in bulk is sent one by one. Jobs are counted by the workers themselves, and an
engine whose tables say that something is left over is not reported.

Processor time is that of the one worker process from its first job to its clean end, and that of the whole server:
leave the machine alone while it runs.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.engine import environment
from bench.engine.contenders import CONTENDERS, Contender
from bench.engine.measuring import Failed, Figures, measure
from bench.engine.servers import Place, PostgreSQL, Redis, SQLite

import completist

COLUMNS = (
    "engine",
    "on",
    "jobs",
    "in bulk /s",
    "1 process /s",
    "2 processes /s",
    "CPU us/job, worker + server",
    "idle to start, ms p50 / p95",
    "settings",
)


def main() -> int:
    """Measure everyone, print the table; 1 when somebody failed."""
    asked = _options()
    places: dict[str, Place] = {place.name: place for place in (PostgreSQL(), Redis(), SQLite())}
    chosen = [
        each for each in CONTENDERS if asked.only in each.name.casefold() and not places[each.place].why
    ]
    peers = environment.prepare() if any(not each.ours for each in chosen) else Path(sys.executable)
    results = {each: Figures(min(asked.jobs, each.most or asked.jobs)) for each in chosen}
    for number in range(asked.rounds):
        for each, figures in results.items():
            if figures.failed:
                continue
            print(f"round {number + 1}: {each.name} on {each.place}", file=sys.stderr)
            try:
                measure(sys.executable if each.ours else str(peers), each, places[each.place], figures)
            except Failed as failed:
                figures.failed = str(failed)
    _show(results, list(places.values()), asked.rounds)
    return int(any(figures.failed for figures in results.values()))


def _show(results: dict[Contender, Figures], places: Sequence[Place], rounds: int) -> None:
    print(f"\n### Jobs that do nothing, best of {rounds}\n")
    print(f"| {' | '.join(COLUMNS)} |")
    print("|---|---|--:|--:|--:|--:|--:|--:|---|")
    versions = environment.versions() | {"completist": completist.__version__}
    for each, figures in results.items():
        name = f"{each.name} {versions[each.name.casefold()]}"
        cells = [f"failed: {figures.failed}"] + [""] * 4 if figures.failed else _cells(figures)
        print(f"| {name} | {each.place} | {figures.jobs:,} | {' | '.join(cells)} | {each.settings} |")
    print(f"\n{_machine()}; {'; '.join(place.words() for place in places if not place.why)}.")
    for place in places:
        if place.why:
            print(f"LEFT OUT, because {place.name} does not answer ({place.why}): everyone on it.")


def _cells(figures: Figures) -> list[str]:
    worker, server = min(figures.spent, key=lambda spent: sum(each or 0.0 for each in spent))
    beside = "?" if server is None else f"{server * 1e6:,.0f}"
    cuts = statistics.quantiles(figures.delays, n=20, method="inclusive")
    return [
        f"{max(figures.bulk):,.0f}",
        f"{max(figures.drained[1]):,.0f}",
        f"{max(figures.drained[2]):,.0f}",
        f"{worker * 1e6:,.0f} + {beside}",
        f"{cuts[9] * 1000:.0f} / {cuts[18] * 1000:.0f}",
    ]


def _machine() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    load = os.getloadavg()[2]
    return (
        f"{os.cpu_count()} cores of {names[0] if names else platform.machine()}, {platform.system()} "
        f"{platform.release()}, load {load:.1f} over the last 15 minutes; Python {platform.python_version()}"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.engine", description=__doc__)
    parser.add_argument("--jobs", type=int, default=20_000, help="jobs for all but the slowest")
    parser.add_argument("--rounds", type=int, default=2, help="how often everyone has a turn")
    parser.add_argument("--only", default="", type=str.casefold, help="those whose name has this in it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
