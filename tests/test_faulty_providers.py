"""A real-looking export is filled while every provider fails in every way: in the end as much is filled, and right."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT

from completist.app import App, Wish, providers
from completist.domain.fields import Data
from completist.net.client import Client
from completist.net.door import Door
from completist.net.permits import SharedPermits
from completist.net.sending import Patience
from completist.settings import Settings
from completist.simulator.faults import Fault, Faults, Kind
from completist.simulator.simulator import Simulator
from completist.store.database import Database

#: What a provider may do to a call. An answer that is well-formed and empty is left out: of one question, nobody can
#: tell it from "not known"; so is the blank picture of a server of covers, and answers that take real time, which the
#: tests of the door have.
KINDS: tuple[Kind, ...] = (
    "rate_limited", "quota_exhausted", "forbidden", "request_timeout", "server_error", "unavailable",
    "http_200_error", "drop", "cut_off", "broken_json", "wrong_json", "empty_body", "html", "redirect",
)  # fmt: skip


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


def _told(app: App) -> dict[str, dict[str, Data]]:
    """What counts of each book, by the key that the export has for it."""
    return {key: dict(view.data) for view in app.items("book") for _, key in view.sources}


def _fill(folder: Path, export: Path, faults: Faults, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, int]:
    hurry = Hurry()

    def door(settings: Settings, database: Database, clock: Callable[[], int]) -> Door:
        def make() -> Client:
            permits = SharedPermits(database, clock, hurry.sleep)
            return Client(
                permits,
                clock,
                contact="tester@example.org",
                at=settings.providers_at,
                sleep=hurry.sleep,
                patience=Patience(answer=5.0),
            )

        return Door(make)

    monkeypatch.setattr(providers, "door", door)
    with Simulator(faults, clock=hurry.seconds) as simulator:
        told_blank = tuple(fault for fault in faults.faults if fault.kind == "http_200_error")
        simulator.switch(Faults(tuple(f for f in faults.faults if f not in told_blank)), "covers")
        settings = Settings(folder, f"sqlite:///{folder / 'library.db'}", providers_at=simulator.url)
        with App(settings, now=hurry.now) as app:
            app.import_file(export)
            rounds = 0
            while rounds < 200:
                rounds += 1
                app.fill(Wish(again=rounds > 1))
                waits = app.waits()
                if not waits and not any(app.due(Wish()).values()):
                    break
                due = min((wait.first for wait in waits), default=0)
                hurry.ahead += max(0.0, (due - hurry.now()) / 1000 + 0.01)
            assert waits == [], "every run ends in a stated condition"
            states = {state for (_, state), n in app.status().runs.items() if n}
            assert states <= {"filled", "empty", "review", "ready", "cancelled"}
            return _told(app), rounds


def test_faults_change_how_long_it_takes_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = (ROOT / "demo" / "goodreads_library_export.csv").read_text("utf-8").splitlines(keepends=True)
    export = tmp_path / "export.csv"
    export.write_text("".join(rows[:16]), "utf-8")
    sound, at_once = _fill(tmp_path / "sound", export, Faults(), monkeypatch)
    every = tuple(Fault(kind, every=2, times=1, after=30) for kind in KINDS)
    shaken, later = _fill(tmp_path / "shaken", export, Faults(every), monkeypatch)
    assert any("description" in book for book in sound.values())
    assert later > at_once
    assert shaken.keys() == sound.keys()
    for key, book in sound.items():
        assert shaken[key] == book, key
