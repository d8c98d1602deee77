"""A clock that nobody has to wait for, and an app whose providers are a simulator's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from completist.app import App
from completist.net.client import Client
from completist.net.door import Door
from completist.net.permits import SharedPermits
from completist.settings import Settings
from completist.simulator.simulator import Simulator
from completist.store.database import Database


@dataclass
class Hurry:
    """A clock that runs on by itself, and by as much as anybody wants to wait."""

    ahead: float = 0.0  #: seconds

    def now(self) -> int:
        return int((time.time() + self.ahead) * 1000)

    def seconds(self) -> float:
        return time.time() + self.ahead

    async def sleep(self, seconds: float) -> None:
        self.ahead += seconds
        await asyncio.sleep(0)


def hurried_door(settings: Settings, database: Database, hurry: Hurry) -> Door:
    """The way to the simulator, past all waiting."""

    def make() -> Client:
        permits = SharedPermits(database, hurry.now, hurry.sleep)
        at = settings.providers_at
        return Client(permits, hurry.now, contact="tester@example.org", at=at, sleep=hurry.sleep)

    return Door(make)


@contextmanager
def online(folder: Path, simulator: Simulator, hurry: Hurry, **settings: Any) -> Iterator[App]:  # noqa: ANN401 - as Settings takes them
    """An app on a library of its own that asks the simulator."""
    url = f"sqlite:///{folder / 'library.db'}"
    with App(Settings(folder, url, providers_at=simulator.url, **settings), now=hurry.now) as app:
        app.__dict__["door"] = hurried_door(app.settings, app.database, hurry)
        yield app


@contextmanager
def simulated(hurry: Hurry, **made: Any) -> Iterator[Simulator]:  # noqa: ANN401 - as the simulator takes them
    """A simulator by the same clock."""
    with Simulator(clock=hurry.seconds, **made) as simulator:
        yield simulator
