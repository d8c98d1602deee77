"""Shops: a site whose app asks a simulator, and books of which it has covers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.hurry import Hurry, hurried_door, simulated
from tests.support.sites import Site

from completist.app import App
from completist.settings import Settings
from completist.simulator.simulator import Simulator
from completist.simulator.world.chance import Chance
from completist.simulator.world.shelf import standard
from completist.simulator.world.view import View
from completist.store.database import Database, connect

#: An edition whose cover Open Library has forgotten.
COVERLESS = "9780140435139"

#: Columns of a book that can be found by its ISBN, and of one that nobody knows.
Row = dict[str, str]
UNKNOWN: Row = {"Title": "Nobody ever wrote this", "Author": "Qwx Zzyq", "ISBN13": "9780000000019"}


def known(count: int) -> list[Row]:
    """So many books that the simulated Open Library has a cover for."""
    editions = View(standard(), "openlibrary", Chance(0)).editions()
    found = [e for e in editions if e.cover and e.isbn not in ("", COVERLESS) and e.authors]
    return [{"Title": e.title, "Author": e.authors[0].name, "ISBN13": e.isbn} for e in found[:count]]


class Shop(Site):
    """A site whose app asks a simulator."""

    def __init__(self, database: Database, folder: Path, simulator: Simulator, hurry: Hurry) -> None:
        super().__init__(database, folder)
        settings = Settings(folder, "unused", providers_at=simulator.url)
        self.app = App(settings, now=hurry.now)
        self.app.__dict__["database"] = database
        self.app.__dict__["door"] = hurried_door(settings, database, hurry)
        self.simulator = simulator


@contextmanager
def opened_shop(template: Path, folder: Path) -> Iterator[Shop]:
    """One on SQLite with a simulator of its own."""
    shutil.copyfile(template, folder / "library.db")
    database = connect(f"sqlite:///{folder / 'library.db'}")
    hurry = Hurry()
    with simulated(hurry) as simulator:
        made = Shop(database, folder, simulator, hurry)
        yield made
        made.app.door.close()  # type: ignore[union-attr]  # it has one
    database.close()
