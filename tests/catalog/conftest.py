"""A small catalogue on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support import dumps

from completist.catalog import Snapshot, build, open_catalogue

Load = Callable[..., Snapshot]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Where the catalogue lies."""
    return tmp_path / "catalog"


@pytest.fixture
def load(root: Path, tmp_path: Path) -> Load:
    """Loads lines as the one catalogue and opens it."""

    def loaded(*lines: str) -> Snapshot:
        build(root, [dumps.write(tmp_path / "dump.txt", lines)])
        return open_catalogue(root)

    return loaded
