"""A library on each database, and a look at it in numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.sites import Site

from completist.store.database import Database


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    """A library on each database: a test that asks for it runs twice."""
    return Site(database, tmp_path)
