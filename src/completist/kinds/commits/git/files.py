"""Files: the blobs of a repository through one ``git cat-file``, asked for ahead of when they are needed."""

from __future__ import annotations

import re
import subprocess
from collections import deque
from collections.abc import Sequence

from completist.kinds.commits.git.hardened import end, opened, stream

#: Bytes of one file that are kept.
LARGEST_FILE = 1 << 20

#: Bytes of names that git has not answered yet: less than a pipe holds, or both sides would wait for each other.
UNDER_WAY = 1 << 15

#: Names that git is handed together: each time, it is woken.
AT_ONCE = 4

#: The id of a blob, or a path in a commit.
_NAME = re.compile(r"[0-9a-f]{40,64}(?::[^\n\0]+)?")


class Unreadable(Exception):
    """Git has no such file, or ended over it."""


class Files:
    """Files by name, in the order in which they are asked for."""

    def __init__(self, where: str) -> None:
        self.where = where
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: deque[bytes] = deque()
        self._under_way: deque[bytes] = deque()
        self._bytes = 0  #: of the names under way

    def close(self) -> None:
        """End git."""
        end(self._process)
        self._process = None

    def ask(self, names: Sequence[str]) -> None:
        """Ask for files by the ids of their blobs, or as ``sha:path``.

        Raises:
            Unreadable: One is no such name; none is asked for then.
        """
        if not all(_NAME.fullmatch(name) for name in names):
            raise Unreadable
        self._waiting += [f"{name}\n".encode("utf-8", "surrogateescape") for name in names]
        if len(self._waiting) >= AT_ONCE:
            self._send()

    def answer(self, count: int) -> list[bytes]:
        """The next files that were asked for.

        Raises:
            Unreadable: One of them is not there. All of them count as answered.
        """
        found = [self._next() for _ in range(count)]
        whole = [body for body in found if body is not None]
        if len(whole) < count:
            raise Unreadable
        return whole

    def _send(self) -> None:
        """Hand git what it may be handed without either side waiting for the other."""
        some: list[bytes] = []
        while self._waiting and (not self._bytes or self._bytes + len(self._waiting[0]) <= UNDER_WAY):
            name = self._waiting.popleft()
            self._under_way.append(name)
            self._bytes += len(name)
            some.append(name)
        if not some:
            return
        if self._process is None:
            self._process = stream((self.where, "cat-file", "--batch"))
        pipe = opened(self._process.stdin)
        try:
            pipe.write(b"".join(some))
            pipe.flush()
        except BrokenPipeError:
            pass  # what it still said is read, and then the file is known that it ended over

    def _next(self) -> bytes | None:
        """The next file; None for one that is not there, or that git ended over: it is begun anew behind that."""
        if not self._under_way:
            self._send()
        if self._process is None or not self._under_way:
            raise RuntimeError("nothing was asked for")
        size, body = _read(self._process)
        self._bytes -= len(self._under_way.popleft())
        if size < 0:
            self.close()
            self._waiting.extendleft(reversed(self._under_way))
            self._under_way.clear()
            self._bytes = 0
        if len(self._waiting) >= AT_ONCE:
            self._send()
        return body


def _read(process: subprocess.Popen[bytes]) -> tuple[int, bytes | None]:
    """The next answer, and its size, below 0 when there is none."""
    pipe = opened(process.stdout)
    head = pipe.readline().split()
    if not head:
        return -1, None
    if len(head) < 3 or not head[-1].isdigit():  # noqa: PLR2004 - id, type, size
        return 0, None
    size = int(head[-1])
    body = pipe.read(size + 1)
    if len(body) <= size:
        return -1, None
    return size, body[: min(size, LARGEST_FILE)] if head[-2] == b"blob" else None
