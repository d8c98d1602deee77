"""A library that reads repositories below a folder of the test's own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.repositories import Repo

from completist.app import App
from completist.app.cards import Card, Selector, Worked
from completist.settings import Settings
from completist.store.database import Database, connect

T0 = 1_750_000_000_000


class Desk:
    """An open library with one repository, and what a person does there."""

    def __init__(self, app: App, repo: Repo) -> None:
        self.app = app
        self.repo = repo
        self.registered = False

    def dev_mode(self) -> None:
        self.app.cards.prefer(dev_mode=True)

    def work(self, *, force: bool = False, **selected: object) -> Worked:
        """Bring everything up to date; what that came to."""
        shelf = self.app.cards.shelf
        if self.registered:
            shelf.sync(shelf.named(self.repo.path.name))
        else:
            shelf.add(str(self.repo.path))
            self.registered = True
        if force:
            self.dev_mode()
        view, _, _ = self.app.cards.reprocess(Selector(**selected), force=force)  # type: ignore[arg-type]  # fields by name
        return self.app.cards.work_off(view.job.id)

    def cards(self, *states: str) -> list[Card]:
        return self.app.cards.cards(states=states, limit=500)

    def card(self, front: str) -> Card:
        (found,) = [
            c for c in self.cards() if front in (c.effective.get("front") or c.effective.get("text") or "")
        ]
        return found

    def fronts(self, *states: str) -> list[str]:
        return sorted(c.effective.get("front") or c.effective.get("text") or "" for c in self.cards(*states))

    def accept_all(self) -> None:
        self.app.cards.decide([card.id for card in self.cards("pending")], "accept")


@pytest.fixture
def clock() -> Callable[[], int]:
    """A second passes with each look."""
    now = [T0]

    def tick() -> int:
        now[0] += 1000
        return now[0]

    return tick


def _desk(database: Database, tmp_path: Path, clock: Callable[[], int]) -> Desk:
    allowed = tmp_path / "allowed"
    settings = Settings(
        tmp_path, "", offline=True, repositories=(allowed,), anki_connect="http://127.0.0.1:9"
    )
    app = App(settings, clock)
    app.__dict__["database"] = database
    return Desk(app, Repo(allowed / "notes"))


@pytest.fixture
def desk(database: Database, tmp_path: Path, clock: Callable[[], int]) -> Desk:
    """Once on each database."""
    return _desk(database, tmp_path, clock)


@pytest.fixture
def lone(sqlite_template: Path, tmp_path: Path, clock: Callable[[], int]) -> Iterator[Desk]:
    """On SQLite alone, for what no database does in its own way."""
    shutil.copyfile(sqlite_template, tmp_path / "library.db")
    database = connect(f"sqlite:///{tmp_path / 'library.db'}")
    yield _desk(database, tmp_path, clock)
    database.close()
