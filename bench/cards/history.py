"""A history of many commits, made up of real text: the modules of Python's own library, written step by step.

Each commit writes some files on, changes lines in others, adds files or renames them. How many commits do what follows
figures of two real repositories (11,000 and 3,000 commits): a quarter to a third add a definition, a fifth touch
generated files, a quarter have a message with a body, and 7 % one that says why.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sysconfig
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import IO

#: Found on the path.
GIT = shutil.which("git") or "git"

_BLOCK = re.compile(r"^(?=(?:@|class |def |async def ))", re.MULTILINE)
_BODIES = (
    "\n\nThe old way kept a second list beside the first one, which had to be kept in step.\n",
    "\n\nReading it once is enough, because nothing writes to it in between.\n",
    "\n\nSee the discussion for numbers. The other callers are left as they are.\n",
)


def write_history(folder: Path, commits: int, seed: int = 1) -> None:
    """Make a repository at ``folder``, whose branch holds so many commits."""
    author = _Author(Random(seed))
    with importing(folder) as pipe:
        for number in range(commits):
            message = author.message()
            files = {
                path: None if text is None else text.encode("utf-8", "replace")
                for path, text in author.work()
            }
            commit(pipe, number, message, files)


@contextmanager
def importing(folder: Path) -> Iterator[IO[bytes]]:
    """Make a repository at ``folder`` of the commits that are written to what this yields."""
    subprocess.run([GIT, "init", "--quiet", "--bare", str(folder)], check=True)
    importer = subprocess.Popen(
        [GIT, "-C", str(folder), "fast-import", "--quiet", "--depth=50"], stdin=subprocess.PIPE
    )
    pipe = importer.stdin
    assert pipe is not None
    yield pipe
    pipe.close()
    assert importer.wait() == 0
    subprocess.run([GIT, "-C", str(folder), "symbolic-ref", "HEAD", "refs/heads/main"], check=True)


def commit(pipe: IO[bytes], number: int, message: str, files: Mapping[str, bytes | None]) -> None:
    """Write a commit; None for a file that has gone."""
    said = message.encode()
    pipe.write(
        b"commit refs/heads/main\ncommitter Ada <ada@example.org> %d +0000\n"
        % (1_600_000_000 + 3600 * number)
    )
    pipe.write(b"data %d\n%s\n" % (len(said), said))
    for path, body in files.items():
        if body is None:
            pipe.write(b"D %s\n" % path.encode())
        else:
            pipe.write(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(body), body))


class _Author:
    """Somebody who writes modules on, one step after another."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.blocks = {path: _BLOCK.split(text) for path, text in _modules()}
        self.to_begin = sorted(self.blocks)
        chance.shuffle(self.to_begin)
        self.texts: dict[str, list[str]] = {}
        self.written: dict[str, int] = {}
        self.names: dict[str, str] = {}
        self.changes: list[str] = []
        self.pages = [f"templates/part{n % 60}/page{n}.html" for n in range(1500)]

    def message(self) -> str:
        """What a commit says."""
        subject = f"Change {self.chance.choice(sorted(self.texts) or ['all'])} once more"
        share = self.chance.random()
        return subject + (
            _BODIES[1] if share < 0.07 else _BODIES[self.chance.choice((0, 2))] if share < 0.25 else ""
        )

    def work(self) -> Iterator[tuple[str, str | None]]:
        """The files of a commit as they stand after it; None for one that has gone."""
        chance = self.chance
        if not self.texts:
            yield from ((path, self._page(path)) for path in self.pages)
        if (self.to_begin and chance.random() < 0.05) or not self.texts:
            module = self.to_begin.pop()
            self.names[module] = f"src/{module}"
            self.written[module] = min(3, len(self.blocks[module]))
            self.texts[module] = "".join(self.blocks[module][:3]).splitlines(keepends=True)
            yield self.names[module], "".join(self.texts[module])
        for module in chance.sample(sorted(self.texts), min(len(self.texts), chance.choice((1, 1, 2, 3, 5)))):
            if chance.random() < 0.01:
                yield self.names[module], None
                self.names[module] = f"src/moved{chance.randrange(9)}/{module}"
            self._write(module, define=chance.random() < 0.12)
            yield self.names[module], "".join(self.texts[module])
        if chance.random() < 0.2:
            yield (
                "uv.lock",
                "".join(f'name = "p{n}"\nversion = "{chance.randrange(9)}"\n' for n in range(150)),
            )
        if chance.random() < 0.3:
            yield (
                "static/site.css",
                "".join(f".c{n} {{ margin: {chance.randrange(4)}px }}\n" for n in range(120)),
            )
        if chance.random() < 0.4:
            yield from (
                (path, self._page(path)) for path in chance.sample(self.pages, chance.choice((1, 2, 4)))
            )
        if chance.random() < 0.15:
            self.changes.insert(0, f"- Change number {len(self.changes)} of many\n")
            yield "CHANGES.md", "# Changes\n\n## Unreleased\n\n" + "".join(self.changes)

    def _page(self, path: str) -> str:
        """A page of markup, of which some lines are others each time."""
        lines = [f"  <p>{path}, paragraph {n} of many</p>\n" for n in range(60)]
        lines[self.chance.randrange(60)] = f"  <p>{self.chance.random()}</p>\n"
        return "".join(lines)

    def _write(self, module: str, *, define: bool) -> None:
        lines, chance = self.texts[module], self.chance
        done = self.written[module]
        if define and done < len(self.blocks[module]):
            lines += self.blocks[module][done].splitlines(keepends=True)
            self.written[module] += 1
        near = chance.randrange(len(lines))  # most commits change one place of a file, in several hunks
        for _ in range(chance.choice((1, 2, 3, 6))):
            at = min(len(lines) - 1, max(0, near + chance.randrange(-40, 40)))
            lines[at : at + chance.choice((0, 1, 1, 3))] = [
                line.replace("self", "this") for line in lines[at : at + chance.choice((1, 2, 5))]
            ] + [f"    # seen {chance.randrange(1000)}\n"]


def _modules() -> Iterator[tuple[str, str]]:
    library = Path(sysconfig.get_paths()["stdlib"])
    for path in sorted([*library.glob("*.py"), *library.glob("*/*.py")]):
        inside = path.relative_to(library)
        if inside.parts[0] not in ("test", "tests", "site-packages", "idlelib", "lib2to3", "encodings"):
            text = path.read_text("utf-8", "replace")
            if 2_000 < len(text) < 80_000:
                yield inside.as_posix(), text
