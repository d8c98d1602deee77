"""A history of real edits: releases of well-known projects, one after the other, as their wheels hold them.

The first release that is taken of a project is one commit; what changed from one to the next is cut into commits of one
to three neighbouring files. So the texts and the diffs are those of real projects; who wrote them when, and in which
steps, a wheel does not say. Messages are ours.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from random import Random
from zipfile import ZipFile

from bench.cards.history import commit, importing

#: Projects that put out pure wheels for years.
PROJECTS = ("networkx", "sphinx", "sympy", "sqlalchemy", "django")

#: Releases of one project, its newest.
MOST = 40

Files = dict[str, bytes]


def write_releases(
    folder: Path, commits: int, wheels: Path, projects: Sequence[str] = PROJECTS
) -> dict[str, int]:
    """Make a repository at ``folder`` of at most so many commits; how many releases of each project went into it.

    Wheels are fetched by pip into ``wheels``, where those that are there already are used.
    """
    used: dict[str, int] = {}
    with importing(folder) as pipe:
        for number, (name, message, files) in enumerate(islice(_steps(projects, wheels, used), commits)):
            commit(pipe, number, message, {f"{name}/{path}": body for path, body in files.items()})
    return used


def _steps(
    projects: Sequence[str], wheels: Path, used: dict[str, int]
) -> Iterator[tuple[str, str, dict[str, bytes | None]]]:
    chance = Random(1)
    for project in projects:
        before: Files = {}
        for version in _versions(project):
            after = _files(_fetched(project, version, wheels))
            if not after:
                continue
            used[project] = used.get(project, 0) + 1
            paths = sorted(
                path for path in before.keys() | after.keys() if before.get(path) != after.get(path)
            )
            while paths:
                count = chance.choice((1, 2, 3)) if before else len(paths)
                some, paths = paths[:count], paths[count:]
                yield (
                    project,
                    f"Take {some[0]} of {project} {version}",
                    {path: after.get(path) for path in some},
                )
            before = after


def _versions(project: str) -> list[str]:
    """The newest releases, oldest first."""
    asked = [sys.executable, "-m", "pip", "index", "versions", project]
    said = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    found = re.search(r"^Available versions: (.*)$", said, re.MULTILINE)
    return [] if found is None else found[1].split(", ")[:MOST][::-1]


def _fetched(project: str, version: str, wheels: Path) -> Path | None:
    place = wheels / f"{project}-{version}"
    if not place.is_dir():
        asked = (
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "--platform=any",
            f"--dest={place}",
        )
        subprocess.run([sys.executable, "-m", "pip", *asked, f"{project}=={version}"], check=False)
    return next(iter(sorted(place.glob("*.whl"))), None)


def _files(wheel: Path | None) -> Files:
    """The files of a wheel but for its own records."""
    if wheel is None:
        return {}
    with ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if ".dist-info/" not in name and not name.endswith("/")]
        return {name: archive.read(name) for name in names}
