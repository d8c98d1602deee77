"""Reading: the diffs of many commits through one git. A commit that kills it is told, and no other."""

from __future__ import annotations

import os
import subprocess
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from completist.kinds.commits.git.files import Files
from completist.kinds.commits.git.hardened import end, opened, stream

#: Commits that git works ahead of us.
AHEAD = 64

#: Bytes of one commit's diff that are kept; of a larger one it is only said that it is.
MOST = 4 << 20

#: What git is asked for each commit.
DIFF = (
    "diff-tree",
    "--stdin",
    "-r",
    "-p",
    "-U3",
    "-M",
    "--root",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--full-index",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--no-relative",
)
_SAID = b"completist:over"
_OVER = b"\n" + _SAID + b"\n"

#: Bytes read at once.
BLOCK = 1 << 18


class Reader:
    """The gits that read one quarantine. Use as a context manager."""

    def __init__(self, place: Path) -> None:
        self.where = f"--git-dir={place}"
        self.files = Files(self.where)

    def __enter__(self) -> Self:
        """Open."""
        return self

    def __exit__(self, *_: object) -> None:
        """End what runs."""
        self.files.close()

    def diffs(self, shas: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        """Each commit's diff against its first parent as git prints it, in order; None for one that kills git.

        Git works some commits ahead; one that it ends over is left out, and it is begun anew behind it. A diff
        larger than `MOST` comes cut off there.
        """
        place = 0
        while place < len(shas):
            process = stream((self.where, *DIFF))
            try:
                for found in self._through(process, shas[place:]):
                    yield shas[place], found
                    place += 1
            finally:
                end(process)
            if place < len(shas):
                yield shas[place], None
                place += 1

    def _through(self, process: subprocess.Popen[bytes], shas: Sequence[str]) -> Iterator[bytes]:
        waiting = deque(shas)
        output = _Output(process)
        under_way = 0
        while waiting or under_way:
            if under_way <= AHEAD // 2:
                under_way += _feed(process, waiting, AHEAD - under_way)
            found = output.until_over()
            if found is None:
                return
            under_way -= 1
            yield found


class _Output:
    """What git says, commit by commit."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.pipe = opened(process.stdout)
        self.rest = bytearray(b"\n")

    def until_over(self) -> bytes | None:
        """What git says about one commit; None when it ends before it is through."""
        looked, over = 0, self.rest.find(_OVER)
        while over < 0:
            if len(self.rest) > MOST:
                return self._beyond()
            looked = max(0, len(self.rest) - len(_OVER))
            block = os.read(self.pipe.fileno(), BLOCK)
            if not block:
                return None
            self.rest += block
            over = self.rest.find(_OVER, looked)
        found = bytes(self.rest[:over])
        del self.rest[: over + len(_OVER) - 1]  # the line's end is the beginning of the next one
        return found

    def _beyond(self) -> bytes | None:
        """The beginning of a diff that is too large; the rest of it is passed over."""
        found = bytes(self.rest[:MOST])
        while (over := self.rest.find(_OVER)) < 0:
            del self.rest[: max(0, len(self.rest) - len(_OVER))]
            block = os.read(self.pipe.fileno(), BLOCK)
            if not block:
                return None
            self.rest += block
        del self.rest[: over + len(_OVER) - 1]
        return found


def _feed(process: subprocess.Popen[bytes], waiting: deque[str], most: int) -> int:
    """Give git some commits more, each followed by a word that it says again when it is through."""
    some = [waiting.popleft().encode() for _ in range(min(most, len(waiting)))]
    pipe = opened(process.stdin)
    try:
        pipe.write(b"".join([sha + _OVER for sha in some]))
        pipe.flush()
    except BrokenPipeError:
        pass  # what it still said is read, and then the commit is known that it ended over
    return len(some)
