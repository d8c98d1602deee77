"""python -m bench.cards: precision of cards by rules on labelled blocks, and the speed of reading commits.

``--repository FOLDER`` reads that one instead of this project's own, ``--made-up 10000`` a history of so many commits,
made of real text (`bench.cards.history`), ``--releases 10000`` one made of real edits (`bench.cards.releases`), for
which pip fetches wheels, into ``--wheels FOLDER`` if they are to be kept.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bench.cards.history import write_history
from bench.cards.labelled import Sample, samples
from bench.cards.releases import write_releases
from bench.cards.speed import measure

from completist.kinds.commits.drafting.rules import draft
from completist.kinds.commits.parse import latex, markdown, message, python
from completist.sdk.cards import Block, Commit

ROOT = Path(__file__).parents[2]


def blocks_of(sample: Sample) -> Sequence[Block]:
    """What the parsers find in a sample."""
    if sample.language == "markdown":
        return markdown.parse("a.md", sample.text)
    if sample.language == "latex":
        return latex.parse("a.tex", sample.text)
    if sample.language == "python":
        return python.parse("a.py", sample.text, [(1, 99)])
    subject = sample.text.partition("\n")[0]
    return message.parse(Commit("0" * 40, subject, sample.text, 1))


def judge() -> dict[str, Counter[str]]:
    """By language: samples, good ones, those with a card, and those of them that are good."""
    told: dict[str, Counter[str]] = {}
    for sample in samples():
        cards = [each for block in blocks_of(sample) for each in draft(block) if not each.doubts]
        count = told.setdefault(sample.language, Counter())
        count["samples"] += 1
        count["good"] += sample.good
        count["made"] += bool(cards)
        count["right"] += bool(cards) and sample.good
    return told


def main() -> None:
    asked = argparse.ArgumentParser(description="Flashcards: precision and speed.")
    asked.add_argument("--repository", type=Path, default=ROOT)
    asked.add_argument("--made-up", type=int, default=0, metavar="COMMITS")
    asked.add_argument("--releases", type=int, default=0, metavar="COMMITS")
    asked.add_argument("--wheels", type=Path)
    asked.add_argument("--turns", type=int, default=3)
    chosen = asked.parse_args()
    total: Counter[str] = Counter()
    print(f"{'language':10} {'blocks':>7} {'good':>6} {'cards':>6} {'precision':>10} {'recall':>7}")
    for language, count in judge().items():
        total.update(count)
        _line(language, count)
    _line("all", total)
    with tempfile.TemporaryDirectory() as folder:
        repository = chosen.repository.resolve()
        if chosen.made_up:
            repository = Path(folder) / "made-up.git"
            write_history(repository, chosen.made_up)
        elif chosen.releases:
            repository = Path(folder) / "releases.git"
            used = write_releases(repository, chosen.releases, chosen.wheels or Path(folder) / "wheels")
            print("\nReleases:", ", ".join(f"{count} of {name}" for name, count in used.items()))
        told = measure(repository, chosen.turns)
    size = f"{told.megabytes:,.1f} MB of diffs, {told.blocks:,} blocks; {told.peak // 1024} MB at most"
    print(f"\n{told.commits:,} commits, {size}")
    print(f"{'':20} {'wall clock':>11} {'processor':>10}")
    print(f"{'git alone':20} {told.bare.wall:9.2f} s {told.bare.processor:8.2f} s")
    print(f"{'read and parsed':20} {told.ours.wall:9.2f} s {told.ours.processor:8.2f} s")
    speeds = told.bare.wall / told.ours.wall, told.bare.processor / told.ours.processor
    print(f"{'of its speed':20} {speeds[0]:11.0%} {speeds[1]:10.0%}")


def _line(name: str, count: Counter[str]) -> None:
    precision = count["right"] / max(1, count["made"])
    recall = count["right"] / max(1, count["good"])
    print(
        f"{name:10} {count['samples']:7} {count['good']:6} {count['made']:6} {precision:10.2f} {recall:7.2f}"
    )


if __name__ == "__main__":
    main()
