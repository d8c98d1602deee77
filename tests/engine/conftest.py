"""A library of wines: a kind from outside, so that the engine's tests rest on no kind of the product."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support import wines
from tests.support.cellars import Cellar
from tests.support.plugins import install

from completist.sdk import registry
from completist.store.database import Database


@pytest.fixture
def wine_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The kind ``wine`` installed, and nothing known of any wine but what a test says."""
    install(tmp_path / "plugins", "tests.support.wines:WINES")
    monkeypatch.syspath_prepend(tmp_path / "plugins")
    registry.plugins.cache_clear()
    monkeypatch.setattr(wines, "KNOWN", {})
    yield
    registry.plugins.cache_clear()


@pytest.fixture
def cellar(database: Database, wine_kind: None, tmp_path: Path) -> Cellar:
    """A library into which tables of wines go."""
    return Cellar(database, tmp_path)
