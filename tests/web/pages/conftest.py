"""A shop whose pages are looked at, and a desk with a repository of notes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.repositories import Repo, note_taking
from tests.support.shops import Shop, opened_shop
from tests.support.sites import Site

from completist.app import App
from completist.settings import Settings


@pytest.fixture
def shop(sqlite_template: Path, tmp_path: Path) -> Iterator[Shop]:
    """A site whose app asks a simulator."""
    with opened_shop(sqlite_template, tmp_path) as made:
        yield made


@pytest.fixture
def notes(tmp_path: Path) -> Repo:
    """A repository with two commits: one of notes, and one that makes no cards."""
    return note_taking(tmp_path / "allowed" / "notes")


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
