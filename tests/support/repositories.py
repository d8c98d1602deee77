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


QA = "# Notes\n\nQ: What is entropy?\nA: {}\n\nQ: What is heat?\nA: Energy that passes over.\n"
TEX = (
    "\\section{Groups}\n\\begin{definition}[Group]\\label{def:group}\n%s\n\\end{definition}\n"
    "\\begin{theorem}[Lagrange]\nThe order of a subgroup divides $|G|$.\n\\end{theorem}\n"
    "\\begin{proof}\nCosets partition $G$.\n\\end{proof}\n"
)


def notes(allowed: Path) -> Repo:
    """Markdown notes with an edit, a rename and a merge."""
    repo = Repo(allowed / "notes")
    repo.save("Begin", {"a.md": QA.format("Disorder.")})
    repo.git("checkout", "-q", "-b", "side")
    repo.save("On the side", {"b.md": "Osmosis :: diffusion of a solvent\n"})
    repo.git("checkout", "-q", "main")
    repo.save("Edit", {"a.md": QA.format("The logarithm of the number of states.")})
    repo.git("merge", "-q", "--no-ff", "-m", "Merge", "side")
    repo.git("mv", "a.md", "physics.md")
    repo.save("Rename")
    return repo


def lectures(allowed: Path) -> Repo:
    """Lecture notes in LaTeX with an edit, a rename and a merge of what was written beside it."""
    repo = Repo(allowed / "lectures")
    repo.save("Begin", {"one.tex": TEX % "A set with an operation."})
    repo.git("checkout", "-q", "-b", "side")
    repo.save(
        "Rings", {"rings.tex": "\\begin{definition}[Ring]\nA group with a product.\n\\end{definition}\n"}
    )
    repo.git("checkout", "-q", "main")
    repo.save("Edit", {"one.tex": TEX % "A monoid in which every element has an inverse."})
    repo.git("merge", "-q", "--no-ff", "-m", "Merge", "side")
    repo.git("mv", "one.tex", "groups.tex")
    repo.save("Rename")
    return repo
