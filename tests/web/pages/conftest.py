"""A shop whose pages are looked at, and a desk with a repository of notes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.hurry import Hurry, simulated
from tests.support.repositories import Repo
from tests.support.shops import Shop
from tests.support.sites import Site

from completist.app import App
from completist.settings import Settings
from completist.store.database import connect

NOTES = """# Physics

Q: What never decreases?
A: Entropy, in an isolated system.

Heat :: Energy that flows by itself from warm to cold.
"""


@pytest.fixture
def shop(sqlite_template: Path, tmp_path: Path) -> Iterator[Shop]:
    """A site whose app asks a simulator."""
    shutil.copyfile(sqlite_template, tmp_path / "library.db")
    database = connect(f"sqlite:///{tmp_path / 'library.db'}")
    hurry = Hurry()
    with simulated(hurry) as simulator:
        made = Shop(database, tmp_path, simulator, hurry)
        yield made
        made.app.door.close()  # type: ignore[union-attr]  # it has one
    database.close()


@pytest.fixture
def notes(tmp_path: Path) -> Repo:
    """A repository with two commits: one of notes, and one that makes no cards."""
    repo = Repo(tmp_path / "allowed" / "notes")
    repo.save("Write notes about heat", {"physics.md": NOTES})
    repo.save("Add a blob", {"blob.bin": "nothing to learn"})
    return repo


@pytest.fixture
def desk(lone: Site, notes: Repo) -> Site:
    """A site that has registered it; nobody has made cards yet, and no Anki runs."""
    settings = Settings(
        lone.folder,
        "unused",
        offline=True,
        repositories=(notes.path.parent,),
        anki_connect="http://127.0.0.1:9",
    )
    lone.app = App(settings, now=lone.tick)
    lone.app.__dict__["database"] = lone.database
    lone.app.cards.shelf.add(str(notes.path))
    return lone
