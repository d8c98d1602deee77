"""An app whose covers come from a server of a few lines, by addresses as a person would type them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.hurry import Hurry, online, simulated

from completist.app import App
from completist.simulator.simulator import Simulator


@pytest.fixture
def hurry() -> Hurry:
    return Hurry()


@pytest.fixture
def simulator(hurry: Hurry) -> Iterator[Simulator]:
    with simulated(hurry) as running:
        yield running


@pytest.fixture
def app(tmp_path: Path, simulator: Simulator, hurry: Hurry) -> Iterator[App]:
    """A library on SQLite that asks the simulator."""
    with online(tmp_path, simulator, hurry) as opened:
        yield opened
