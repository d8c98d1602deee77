"""Diffs: which files a commit touches, and which of their lines it wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_FILE = b"diff --git "
_HUNKS = b"\n@@ -"
_HUNK = re.compile(rb"^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@(?: (.*))?\n?", re.MULTILINE)

#: The head of a file of which only lines changed.
_PLAIN = re.compile(
    rb".*\nindex [0-9a-f]+\.\.([0-9a-f]+) 100(?:644|755)\n--- a/(.*)\n\+\+\+ b/(.*)\n(?=@@ -)"
)
_ESCAPE = re.compile(r'\\([abtnvfr"\\]|[0-7]{3})')
_ESCAPED = {"a": "\a", "b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r", '"': '"', "\\": "\\"}

#: First and last lines that a commit wrote.
Written = list[tuple[int, int]]


class Change(NamedTuple):
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
        lines = self.body[self.body.find(b"\n") + 1 :]
        text, mark, said = lines.rpartition(b"\n\\")
        if not mark or b"\n" in said:  # git says so when the last line has no end
            text = lines
        return text[1:].replace(b"\n+", b"\n").decode("utf-8", "replace")

    @property
    def written(self) -> Written:
        """The lines of the new file that this commit wrote; where lines went, the one that took their place."""
        if self.status == "added":
            return [(1, self.body.count(b"\n+"))]
        return [lines for hunk in self.hunks() for lines in hunk.written(self.body)]

    def hunks(self) -> Iterator[Hunk]:
        """Its hunks, in order."""
        begin = 0
        while match := _HUNK.match(self.body, begin):
            end = self.body.find(_HUNKS, match.end() - 1) + 1
            yield Hunk(match.end(), end or len(self.body), int(match[1]), match[3] or b"")
            if not end:
                return
            begin = end


class Hunk(NamedTuple):
    """Lines that a commit changed with those around them, as the part of a change's body from ``begin`` to ``end``."""

    begin: int
    end: int
    first: int  #: line of the new file
    above: bytes  #: the last line before it that is not indented

    def written(self, body: bytes) -> Written:
        """The lines of the new file that it wrote."""
        found: Written = []
        line, first = self.first, 0
        for said in body[self.begin : self.end].split(b"\n"):
            mark = said[:1]
            if mark == b"+":
                first = first or line
                line += 1
            elif mark == b" " or not mark:
                if first:
                    found.append((first, line - 1))
                    first = 0
                line += 1
            elif mark == b"-" and not first and (not found or found[-1] != (line, line)):
                found.append((line, line))
        if first:
            found.append((first, line - 1))
        return found


def changes(diff: bytes) -> list[Change]:
    """The files of a commit's diff, in order."""
    return [change for part in parts(diff) if (change := change_of(part)) is not None]


def parts(diff: bytes) -> list[bytes]:
    """What a diff says about each file."""
    begin = diff.find(_FILE)
    return [] if begin < 0 else diff[begin + len(_FILE) :].split(b"\n" + _FILE)


def plain_path(part: bytes) -> str | None:
    """The path of a file whose lines changed and that kept its name: told by the first line alone, else None."""
    said = part[: part.find(b"\n")]
    half = len(said) // 2
    if said[half : half + 3] != b" b/" or said[2:half] != said[half + 3 :] or _HUNKS not in part:
        return None
    return said[2:half].decode("utf-8", "surrogateescape")


def change_of(part: bytes) -> Change | None:  # noqa: C901 - one line for each thing that a diff's head may say
    """A file in a commit, of what `parts` said about it; None for one in which nothing is written."""
    if (plain := _PLAIN.match(part)) is not None and plain[2] == plain[3]:
        path = plain[2].removesuffix(b"\t").decode("utf-8", "surrogateescape")
        blob = plain[1].decode("ascii")
        return Change(path, "", "modified", binary=False, link=False, body=part[plain.end() :], blob=blob)
    at = part.find(_HUNKS)
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
    text = head.decode("utf-8", "surrogateescape")
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


def touches(written: Written, first: int, last: int) -> bool:
    """Whether any written line lies from ``first`` to ``last``; what was written is in order."""
    for begin, end in written:
        if end >= first:
            return begin <= last
    return False
