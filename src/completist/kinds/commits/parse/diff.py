"""Diffs: which files a commit touches, and which of their lines it wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FILE = b"diff --git "
_HUNK = re.compile(rb"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@.*$", re.MULTILINE)
_ESCAPE = re.compile(r'\\([abtnvfr"\\]|[0-7]{3})')
_ESCAPED = {"a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}


@dataclass(frozen=True, slots=True)
class Change:
    """A file in a commit. ``body`` are its hunks as git prints them; ``before`` its path before a rename."""

    path: str
    before: str
    status: str  #: modified, added, deleted, renamed
    binary: bool
    link: bool  #: a symbolic link or a submodule: what it holds is no text of the author's
    body: bytes
    blob: str = ""  #: the id of the new file

    @property
    def whole(self) -> str | None:
        """The text of a file that the commit added: it stands in the diff; None for any other."""
        if self.status != "added":
            return None
        begin = self.body.find(b"\n") + 1
        lines = self.body[begin:].split(b"\n")
        text = b"\n".join(line[1:] for line in lines if line[:1] == b"+")
        return text.decode("utf-8", "replace")

    @property
    def written(self) -> list[tuple[int, int]]:
        """The lines of the new file that this commit wrote, as first and last."""
        found: list[tuple[int, int]] = []
        for hunk in _HUNK.finditer(self.body):
            end = self.body.find(b"\n@@ -", hunk.end())
            lines = self.body[hunk.end() + 1 : None if end < 0 else end].split(b"\n")
            found += _runs(lines, int(hunk[1]))
        return found


def changes(diff: bytes) -> list[Change]:
    """The files of a commit's diff, in order."""
    begin = diff.find(_FILE)
    if begin < 0:
        return []
    parts = diff[begin:].split(b"\n" + _FILE)
    found = []
    for part in parts:
        change = _change(part)
        if change is not None:
            found.append(change)
    return found


def _change(part: bytes) -> Change | None:  # noqa: C901 - one line for each thing that a diff's head may say
    at = part.find(b"\n@@ -")
    head = (part if at < 0 else part[:at]).split(b"\n")
    body = b"" if at < 0 else part[at + 1 :]
    old = new = ""
    status, binary, link, blob = "modified", False, False, ""
    for line in head[1:]:
        if line.startswith(b"+++ "):
            new = _path(line[4:])
        elif line.startswith(b"--- "):
            old = _path(line[4:])
        elif line.startswith(b"rename from "):
            old, status = _plain(line[12:]), "renamed"
        elif line.startswith(b"rename to "):
            new = _plain(line[10:])
        elif line.startswith(b"new file mode "):
            status, link = "added", line[14:16] in (b"12", b"16")
        elif line.startswith(b"deleted file mode "):
            status = "deleted"
        elif line.startswith(b"index "):
            link = link or (line[-6:-4] in (b"12", b"16") and line[-7:-6] == b" ")
            blob = line[6:].partition(b"..")[2].partition(b" ")[0].decode("ascii", "replace")
        elif line.startswith((b"Binary files ", b"GIT binary patch")):
            binary = True
    if not (new or old):
        return None if not binary else Change(_named(head[0]), "", status, binary=True, link=link, body=b"")
    path = old if status == "deleted" else new or old
    return Change(path, old if status == "renamed" else "", status, binary, link, body, blob)


def _named(head: bytes) -> str:
    """The path in a line that names it twice: of a binary file, which has no other."""
    text = head.decode("utf-8", "surrogateescape").removeprefix("diff --git ")
    return text[len(text) // 2 + 1 :].removeprefix("b/")


def _path(said: bytes) -> str:
    text = _plain(said.removesuffix(b"\t"))
    return "" if text == "/dev/null" else text[2:]


def _plain(said: bytes) -> str:
    text = said.decode("utf-8", "surrogateescape")
    if not text.startswith('"'):
        return text
    raw = _ESCAPE.sub(lambda m: _ESCAPED.get(m[1]) or chr(int(m[1], 8)), text[1:-1])
    try:
        return raw.encode("latin-1").decode("utf-8", "surrogateescape")
    except UnicodeError:
        return raw


def _runs(lines: list[bytes], line: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    first = 0
    for each in lines:
        mark = each[:1]
        if mark == b"+":
            first = first or line
            line += 1
        elif mark == b" " or not mark:
            if first:
                found.append((first, line - 1))
                first = 0
            line += 1
        elif mark == b"-" and not first:
            found.append((line, line))  # what stood here went: the line that took its place is touched
    if first:
        found.append((first, line - 1))
    return found


def touches(written: list[tuple[int, int]], first: int, last: int) -> bool:
    """Whether any written line lies from ``first`` to ``last``."""
    return any(begin <= last and end >= first for begin, end in written)
