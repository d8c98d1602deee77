"""A server's API over a library on each database."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.sites import Site

from completist.store.database import Database, connect


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    """An API over a library on each database: a test that asks for it runs twice."""
    return Site(database, tmp_path)


@pytest.fixture
def lone(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    """The same on SQLite alone, for what has nothing to do with the database."""
    path = tmp_path / "library.db"
    shutil.copyfile(sqlite_template, path)
    database = connect(f"sqlite:///{path}")
    yield Site(database, tmp_path)
    database.close()
