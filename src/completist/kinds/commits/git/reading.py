"""Reading: the diffs of many commits through one git, and files through another. A commit that kills git is told."""

from __future__ import annotations

import os
import re
import subprocess
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from completist.kinds.commits.git.hardened import stream

#: Commits that git works ahead of us.
AHEAD = 64

#: Bytes of one commit's diff that are kept; of a larger one it is only said that it is.
MOST = 4 << 20

#: Bytes of one file.
LARGEST_FILE = 1 << 20

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

#: The id of a blob, or a path in a commit.
_NAME = re.compile(r"[0-9a-f]{40,64}(?::[^\n\0]+)?")

#: Bytes read at once.
BLOCK = 1 << 18


class Unreadable(Exception):
    """Git ended over this commit, or has no such file."""


class Reader:
    """The gits that read one quarantine. Use as a context manager."""

    def __init__(self, place: Path) -> None:
        self.where = f"--git-dir={place}"
        self._files: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Open."""
        return self

    def __exit__(self, *_: object) -> None:
        """End what runs."""
        _end(self._files)

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
                _end(process)
            if place < len(shas):
                yield shas[place], None
                place += 1

    def _through(self, process: subprocess.Popen[bytes], shas: Sequence[str]) -> Iterator[bytes]:
        waiting = deque(shas)
        output = _Output(process)
        under_way = 0
        while waiting or under_way:
            under_way += _feed(process, waiting, AHEAD - under_way)
            found = output.until_over()
            if found is None:
                return
            under_way -= 1
            yield found

    def files(self, names: Sequence[str]) -> list[bytes]:
        """Files by the ids of their blobs, or as ``sha:path``, asked for all at once.

        Raises:
            Unreadable: One is not there.
        """
        if not all(_NAME.fullmatch(name) for name in names):
            raise Unreadable
        if self._files is None or self._files.poll() is not None:
            self._files = stream((self.where, "cat-file", "--batch"))
        process = self._files
        try:
            pipe = _opened(process.stdin)
            found: list[bytes] = []
            for begin in range(0, len(names), AHEAD):  # no more than a pipe holds, or both sides wait
                some = names[begin : begin + AHEAD]
                pipe.write("".join(f"{name}\n" for name in some).encode("utf-8", "surrogateescape"))
                pipe.flush()
                found += _read_files(process, len(some))
        except (BrokenPipeError, ValueError) as error:
            raise Unreadable from error
        return found


class _Output:
    """What git says, commit by commit."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.pipe = _opened(process.stdout)
        self.rest = bytearray(b"\n")

    def until_over(self) -> bytes | None:
        """What git says about one commit; None when it ends before it is through."""
        looked, end = 0, self.rest.find(_OVER)
        while end < 0:
            if len(self.rest) > MOST:
                return self._beyond()
            looked = max(0, len(self.rest) - len(_OVER))
            block = os.read(self.pipe.fileno(), BLOCK)
            if not block:
                return None
            self.rest += block
            end = self.rest.find(_OVER, looked)
        found = bytes(self.rest[:end])
        del self.rest[: end + len(_OVER) - 1]  # the line's end is the beginning of the next one
        return found

    def _beyond(self) -> bytes | None:
        """The beginning of a diff that is too large; the rest of it is passed over."""
        found = bytes(self.rest[:MOST])
        while (end := self.rest.find(_OVER)) < 0:
            del self.rest[: max(0, len(self.rest) - len(_OVER))]
            block = os.read(self.pipe.fileno(), BLOCK)
            if not block:
                return None
            self.rest += block
        del self.rest[: end + len(_OVER) - 1]
        return found


def _opened(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("git was begun without pipes")
    return pipe


def _feed(process: subprocess.Popen[bytes], waiting: deque[str], most: int) -> int:
    """Give git some commits more, each followed by a word that it says again when it is through."""
    fed = 0
    pipe = _opened(process.stdin)
    try:
        while waiting and fed < most:
            pipe.write(waiting.popleft().encode() + _OVER)
            fed += 1
        pipe.flush()
    except BrokenPipeError:
        pass  # what it still said is read, and then the commit is known that it ended over
    return fed


def _read_files(process: subprocess.Popen[bytes], count: int) -> list[bytes]:
    """The next answers, all of them, so that one that fails leaves none unread."""
    found: list[bytes | None] = []
    for _ in range(count):
        try:
            found.append(_one_file(process))
        except Unreadable:
            found.append(None)
    if any(each is None for each in found):
        raise Unreadable
    return [each for each in found if each is not None]


def _one_file(process: subprocess.Popen[bytes]) -> bytes:
    pipe = _opened(process.stdout)
    head = pipe.readline().split()
    if len(head) < 3 or head[-2] != b"blob":  # noqa: PLR2004 - id, type, size
        if len(head) >= 3 and head[-1].isdigit():  # noqa: PLR2004 - a folder, which is sent all the same
            pipe.read(int(head[-1]) + 1)
        raise Unreadable
    size = int(head[-1])
    body = pipe.read(size + 1)[:-1]
    if len(body) < size:
        raise Unreadable
    return body[:LARGEST_FILE]


def _end(process: subprocess.Popen[bytes] | None) -> None:
    if process is None:
        return
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(BrokenPipeError):
                pipe.close()
    process.wait()
