"""The log of a repository as a file, and the source that reads it: one commit a line, oldest first."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from completist.domain.errors import BadInput
from completist.domain.fields import Data
from completist.kinds.commits.git.hardened import run, stream
from completist.kinds.commits.git.quarantine import HEAD
from completist.sdk.cards import Rules
from completist.sdk.source import Entry, Head, Skipped

_FORMAT = "%H%x00%P%x00%cI%x00%an%x00%s%x00%B%x00"
_PARTS = 6
_SHA = re.compile(r"^(?:[0-9a-f]{40}|[0-9a-f]{64})$")

#: Letters of a message that are kept.
LONGEST = 20_000

MARK = '{"completist": "git-log"'


def write_log(place: Path, into: Path, repository: tuple[int, str], rules: Rules, behind: str = "") -> int:
    """Write the commits behind the commit ``behind`` to a file, oldest first; how many.

    ``repository`` is its id and its name.
    """
    known = behind if _SHA.match(behind) and _has(place, behind) else ""
    words = ("rev-list", "--topo-order", "--reverse", "--no-commit-header", f"--format={_FORMAT}", HEAD)
    process = stream((f"--git-dir={place}", *words, *((f"^{known}",) if known else ())))
    counted = 0
    with process, into.open("w", encoding="utf-8") as file:
        file.write(f'{MARK}, "repository": {repository[0]}}}\n')
        for parts in _records(process):
            if rules.since is not None and datetime.fromisoformat(parts[2]).date() < rules.since:
                continue
            file.write(json.dumps(_told(parts, repository), ensure_ascii=False) + "\n")
            counted += 1
    return counted


def _has(place: Path, sha: str) -> bool:
    return run((f"--git-dir={place}", "cat-file", "-e", f"{sha}^{{commit}}")).returncode == 0


def _records(process: object) -> Iterator[list[str]]:
    """The parts of each commit, as they come."""
    stdout = process.stdout  # type: ignore[attr-defined]  # a Popen with pipes
    process.stdin.close()  # type: ignore[attr-defined]  # likewise
    parts: list[str] = []
    rest = b""
    while block := stdout.read(1 << 16):
        *whole, rest = (rest + block).split(b"\0")
        for each in whole:
            parts.append(each.decode("utf-8", "replace"))
            if len(parts) == _PARTS:
                parts[0] = parts[0].lstrip("\n")
                yield parts
                parts = []


def _told(parts: list[str], repository: tuple[int, str]) -> dict[str, Data]:
    sha, parents, committed, author, subject, message = (_clean(part) for part in parts)
    return {
        "git": [sha],
        "subject": subject[:500] or "(no subject)",
        "message": message.strip()[:LONGEST],
        "parents": len(parents.split()),
        "committed": committed[:10],
        "author": author[:200] or None,
        "repository": repository[1],
        "repository_id": repository[0],
    }


def _clean(text: str) -> str:
    return "".join(char for char in text if char in "\n\t" or char.isprintable())


class GitLog:
    """Commits of a registered repository, as `write_log` wrote them."""

    name = "git"
    format = "git-log"
    label = "commits of a registered repository"
    kind = "commit"

    def refuse(self, head: Head) -> str | None:
        """Why this is no log."""
        return None if head.start.startswith(MARK.encode()) else "not written by completist repo sync"

    def check(self, path: Path) -> int:
        """How many commits there are. Raises BadInput when the file is cut off."""
        text = path.read_bytes()
        if not text.endswith(b"\n"):
            raise BadInput("The log of the repository is cut off.", hint="completist repo sync")
        return text.count(b"\n") - 1

    def read(self, path: Path) -> Iterator[Entry | Skipped]:
        """The commits in order."""
        with path.open(encoding="utf-8") as file:
            next(file)
            for row, line in enumerate(file, 2):
                said = json.loads(line)
                yield Entry(row, f"{said['repository_id']}:{said['git'][0]}", said)
