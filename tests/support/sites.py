"""A server's API in the hands of a test: accounts with keys, books, a clock that the test moves."""

from __future__ import annotations

import csv
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.support.cellars import EmptyCatalogue

from completist.app import App
from completist.settings import Settings
from completist.store.database import Database
from completist.web.server import Bound, create_api, serve

LOCAL = "http://127.0.0.1:8337"


@dataclass
class Site:
    """An app over a test's database, and its API."""

    database: Database
    folder: Path
    at: int = 1_795_000_000_000
    app: App = field(init=False)
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.app = App(Settings(self.folder, "unused", offline=True), now=self.tick)
        self.app.__dict__["database"] = self.database
        self.app.__dict__["catalogue"] = EmptyCatalogue()

    def tick(self) -> int:
        """Every look at the clock is a millisecond later."""
        self.at += 1
        return self.at

    @cached_property
    def api(self) -> FastAPI:
        """The API as it is when bound to loopback."""
        return create_api(self.app, Bound(), stop=self.stop)

    def account(self, name: str, role: str = "admin", key: str = "") -> str:
        """Make an account; a key of it, with the role ``key`` or its own."""
        self.app.access.add_account(name, role)
        return self.key(name, key or role)

    def key(self, account: str, role: str) -> str:
        """One more key of an account."""
        return self.app.access.add_key(account, "test", role)[1]

    def library(self, name: str) -> App:
        """The app of an account's library."""
        (account,) = [each for each in self.app.access.accounts() if each.name == name]
        return self.app.scoped(self.app.access.libraries(account.id)[0][0])

    def client(self, key: str | None = None, **headers: str) -> TestClient:
        """Somebody at this machine, perhaps with a key."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            sent["Authorization"] = f"Bearer {key}"
        return TestClient(self.api, LOCAL, headers=sent, client=("127.0.0.1", 50000), follow_redirects=False)

    def bring(self, app: App, *rows: dict[str, str], name: str = "books.csv") -> list[int]:
        """Import books as CSV; the ids of all that are there then."""
        columns = list(dict.fromkeys(column for row in rows for column in row))
        path = self.folder / name
        with path.open("w", encoding="utf-8", newline="") as file:
            table = csv.DictWriter(file, columns, restval="")
            table.writeheader()
            table.writerows(rows)
        app.import_file(path)
        return [view.id for view in app.items("book")]

    def stock(self, app: App, count: int) -> list[int]:
        """So many books; their ids."""
        return self.bring(app, *({"Title": f"Book {n}", "Author": f"Author {n}"} for n in range(count)))

    @contextmanager
    def serving(self, *, worker: bool = False) -> Iterator[str]:
        """The real server on a free port of loopback; its URL."""
        told: SimpleQueue[str] = SimpleQueue()
        thread = threading.Thread(
            target=serve,
            args=(self.app, "127.0.0.1", 0),
            kwargs={"worker": worker, "announce": told.put, "stop": self.stop},
        )
        thread.start()
        try:
            yield told.get(timeout=20)
        finally:
            self.stop.set()
            thread.join(20)
            assert not thread.is_alive()


def error(answer: Any) -> dict[str, Any]:  # noqa: ANN401 - an answer of whatever client
    """The error of an answer, in the form that all of them have."""
    told: dict[str, Any] = answer.json()["error"]
    assert told.keys() == {"code", "message", "hint", "retryable"}
    return told
