"""A stage: a library as somebody would have it after a first evening, and a real server that shows it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from completist.app import App
from completist.catalog import Options
from completist.domain.fields import Data
from completist.settings import Settings
from completist.web.server import serve

DEMO = Path(__file__).parents[2] / "demo"
DUMPS = [DEMO / "catalogue" / f"ol_dump_{part}.txt.gz" for part in ("authors", "works", "editions")]
EXPORT = DEMO / "goodreads_library_export.csv"


def opened(folder: Path) -> App:
    """The library in a folder, offline."""
    return App(Settings(folder, f"sqlite:///{folder / 'library.db'}", offline=True))


def furnish(folder: Path) -> None:
    """Make a library in a folder: a catalogue, an export, what was found, what a person decided and typed since."""
    with opened(folder) as app:
        app.load_catalogue(DUMPS, processes=1, options=Options())
        app.import_file(EXPORT)
        app.fill(offline=True)
        _live_in(app)


def _live_in(app: App) -> None:
    first = next(view for view in app.items("book") if "description" in view.gaps and len(view.gaps) > 1)
    typed: dict[str, Data] = {
        "description": "A hay-trusser sells his wife at a country fair, and becomes mayor."
    }
    app.set(first.id, typed)
    app.lock(first.id, "title")
    waiting = list(app.proposals())
    app.accept(waiting[0].id)
    app.reject(waiting[1].id)
    app.ledger.create_job("book-metadata", {"filter": {"missing": ["cover"]}}, force=True)
    app.fill(offline=True)


@contextmanager
def shown(app: App, *, port: int = 0, worker: bool = True) -> Iterator[str]:
    """A server for a library; its URL."""
    told: SimpleQueue[str] = SimpleQueue()
    stop = threading.Event()
    thread = threading.Thread(
        target=serve,
        args=(app, "127.0.0.1", port),
        kwargs={"worker": worker, "announce": told.put, "stop": stop},
    )
    thread.start()
    try:
        yield told.get(timeout=30)
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()
