"""How fast commits are read and parsed, beside the stream of git that is read for it."""

from __future__ import annotations

import json
import os
import resource
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from completist.kinds.commits.git.hardened import stream
from completist.kinds.commits.git.reading import DIFF
from completist.kinds.commits.maker import GitCards
from completist.sdk.cards import Broken, Commit, Rules


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds by wall clock, and of the processor in this process and in those that it began."""

    wall: float
    processor: float


@dataclass(frozen=True, slots=True)
class Speed:
    """What reading took at best of some turns, one after the other: git alone, and with parsing."""

    commits: int
    megabytes: float
    blocks: int
    bare: Took
    ours: Took
    peak: int  #: kilobytes of memory of this process, at most


def measure(repository: Path, turns: int) -> Speed:
    """Both, in turn, over the whole history of a repository."""
    maker = GitCards()
    rules = Rules(roots=(Path("/"),))
    with tempfile.TemporaryDirectory() as folder:
        place, log = Path(folder) / "q.git", Path(folder) / "log"
        maker.take_in(str(repository), place, rules)
        maker.write_log(place, log, (1, "bench"), rules)
        said = [json.loads(line) for line in log.read_text("utf-8").splitlines()[1:]]
        commits = [Commit(c["git"][0], c["subject"], c["message"], c["parents"]) for c in said]
        single = [each for each in commits if each.parents < 2]
        bare: list[Took] = []
        ours: list[Took] = []
        size = blocks = 0
        for _ in range(turns):
            took, size = _timed(lambda: _bare(place, single))
            bare.append(took)
            took, blocks = _timed(lambda: _ours(maker, place, rules, commits))
            ours.append(took)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Speed(len(commits), size / 1e6, blocks, _best(bare), _best(ours), peak)


def _best(took: Sequence[Took]) -> Took:
    return Took(min(each.wall for each in took), min(each.processor for each in took))


def _timed(done: Callable[[], int]) -> tuple[Took, int]:
    begun, spent = perf_counter(), _processor()
    count = done()
    return Took(perf_counter() - begun, _processor() - spent), count


def _processor() -> float:
    told = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in told)


def _bare(place: Path, commits: Sequence[Commit]) -> int:
    process = stream((f"--git-dir={place}", *DIFF))
    size = 0
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
        while block := reader.read(1 << 18):
            size += len(block)
        os.waitpid(child, 0)
    return size


def _ours(maker: GitCards, place: Path, rules: Rules, commits: Sequence[Commit]) -> int:
    blocks = 0
    with maker.history(place, rules) as history:
        for each in history.parse(commits):
            assert not isinstance(each, Broken)
            blocks += len(each.blocks)
    return blocks
