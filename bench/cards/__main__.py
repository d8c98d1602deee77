"""python -m bench.cards: precision of cards by rules on labelled blocks, and the speed of reading commits.

``--repository FOLDER`` reads that one instead of this project's own; its first-parent history is what is measured.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

from bench.cards.labelled import Sample, samples

from completist.kinds.commits.drafting.rules import draft
from completist.kinds.commits.git.hardened import stream
from completist.kinds.commits.git.reading import DIFF
from completist.kinds.commits.maker import GitCards
from completist.kinds.commits.parse import latex, markdown, message, python
from completist.sdk.cards import Block, Broken, Commit, Rules

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


def speed(repository: Path, turns: int) -> tuple[int, float, float]:
    """Commits, and the seconds that git alone takes to say their diffs, and we to parse them, at best."""
    maker = GitCards()
    rules = Rules(roots=(repository.parent, Path("/")))
    with tempfile.TemporaryDirectory() as folder:
        place, log = Path(folder) / "q.git", Path(folder) / "log"
        maker.take_in(str(repository), place, rules)
        maker.write_log(place, log, (1, "bench"), rules)
        said = [json.loads(line) for line in log.read_text("utf-8").splitlines()[1:]]
        commits = [Commit(c["git"][0], c["subject"], c["message"], c["parents"]) for c in said]
        single = [each for each in commits if each.parents < 2]
        bare = min(_bare(place, single) for _ in range(turns))
        ours = min(_ours(maker, place, rules, commits) for _ in range(turns))
    return len(commits), bare, ours


def _bare(place: Path, commits: Sequence[Commit]) -> float:
    begun = perf_counter()
    process = stream((f"--git-dir={place}", *DIFF))
    with process:
        reader, writer = process.stdout, process.stdin
        assert reader is not None
        assert writer is not None
        child = os.fork()
        if child == 0:  # feeds git, so that neither waits for the other
            writer.write(b"".join(each.sha.encode() + b"\n" for each in commits))
            writer.close()
            os._exit(0)
        writer.close()
        while reader.read(1 << 18):
            pass
        os.waitpid(child, 0)
    return perf_counter() - begun


def _ours(maker: GitCards, place: Path, rules: Rules, commits: Sequence[Commit]) -> float:
    begun = perf_counter()
    with maker.history(place, rules) as history:
        assert not [each for each in history.parse(commits) if isinstance(each, Broken)]
    return perf_counter() - begun


def main() -> None:
    asked = argparse.ArgumentParser(description="Flashcards: precision and speed.")
    asked.add_argument("--repository", type=Path, default=ROOT)
    asked.add_argument("--turns", type=int, default=3)
    chosen = asked.parse_args()
    total: Counter[str] = Counter()
    print(f"{'language':10} {'blocks':>7} {'good':>6} {'cards':>6} {'precision':>10} {'recall':>7}")
    for language, count in judge().items():
        total.update(count)
        _line(language, count)
    _line("all", total)
    commits, bare, ours = speed(chosen.repository.resolve(), chosen.turns)
    print(
        f"\n{commits:,} commits: git alone {bare:.2f} s, read and parsed {ours:.2f} s ({bare / ours:.0%} of its speed)"
    )


def _line(name: str, count: Counter[str]) -> None:
    precision = count["right"] / max(1, count["made"])
    recall = count["right"] / max(1, count["good"])
    print(
        f"{name:10} {count['samples']:7} {count['good']:6} {count['made']:6} {precision:10.2f} {recall:7.2f}"
    )


if __name__ == "__main__":
    main()
