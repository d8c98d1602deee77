"""Git repositories made by tests, with a history, dates and authors that are the same each time."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

BEGUN = 1_700_000_000

NOTES = """# Physics

Q: What never decreases?
A: Entropy, in an isolated system.

Heat :: Energy that flows by itself from warm to cold.
"""


class Repo:
    """A repository with a working tree. Each commit is a day later than the one before."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        self.commits = 0
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *words: str, text: str | None = None) -> str:
        """What git says, run as somebody who has configured nothing."""
        moment = f"{BEGUN + self.commits * 86_400} +0000"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.path.parent),
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ada",
            "GIT_AUTHOR_EMAIL": "ada@example.org",
            "GIT_COMMITTER_NAME": "Ada",
            "GIT_COMMITTER_EMAIL": "ada@example.org",
            "GIT_AUTHOR_DATE": moment,
            "GIT_COMMITTER_DATE": moment,
        }
        done = subprocess.run(
            ["git", *words],
            cwd=self.path,
            env=environment,
            input=text,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def write(self, name: str, text: str) -> None:
        """Put a file into the working tree."""
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def put(self, name: str, text: str | None) -> None:
        """A file as it is to stand, or None to take it away."""
        if text is None:
            (self.path / name).unlink()
        else:
            self.write(name, text)

    def save(self, message: str, files: dict[str, str | None] | None = None) -> str:
        """Commit files and whatever else has changed; the commit."""
        for name, text in (files or {}).items():
            self.put(name, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--file=-", text=message)
        self.commits += 1
        return self.git("rev-parse", "HEAD")


def note_taking(path: Path) -> Repo:
    """A repository with two commits: one of notes, of which two cards are made, and one of which none are."""
    repo = Repo(path)
    repo.save("Write notes about heat", {"physics.md": NOTES})
    repo.save("Add a blob", {"blob.bin": "nothing to learn"})
    return repo
