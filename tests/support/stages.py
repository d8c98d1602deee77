"""A stage: a library as somebody would have it after a first evening, and a real server that shows it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from zlib import crc32

from sqlalchemy import text
from tests.support.painting import encoded, jacket

from completist.app import App
from completist.app.covers import gallery
from completist.catalog import Options
from completist.domain.fields import Data
from completist.pictures.copying import copy
from completist.sdk.provider import Record
from completist.settings import Settings
from completist.simulator.simulator import Simulator
from completist.store import answers
from completist.store.pictures import KEPT, NEVER, Seen
from completist.web.server import serve

DEMO = Path(__file__).parents[2] / "demo"
DUMPS = [DEMO / "catalogue" / f"ol_dump_{part}.txt.gz" for part in ("authors", "works", "editions")]
EXPORT = DEMO / "goodreads_library_export.csv"


def opened(folder: Path, simulator: Simulator | None = None) -> App:
    """The library in a folder, offline, or with a simulator for its sources."""
    url = f"sqlite:///{folder / 'library.db'}"
    if simulator is None:
        return App(Settings(folder, url, offline=True))
    return App(Settings(folder, url, providers_at=simulator.url, contact="reader@example.org"))


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


def dress(app: App) -> int:
    """Give every cover that is known or offered by its address a picture, as though it had been fetched; how many."""
    offered = [
        (str(each.fields["cover"]), each.title, each.byline)
        for proposal in app.proposals()
        for each in proposal.candidates
        if each.fields.get("cover")
    ]
    known = [
        (str(view.values["cover"].data), str(view.data.get("title")), _first(view.data.get("authors")))
        for view in app.items("book")
        if "cover" in view.values and isinstance(view.values["cover"].data, str)
    ]
    hung = gallery(app, None)
    for url, title, author in (*known, *offered):
        copied = copy(encoded(jacket(title, author, crc32(title.encode()) % 36)))
        hung.keep(copied, Seen(url, KEPT, copied.picture, "", 0, app.now(), NEVER))
    return len(known) + len(offered)


def busy(app: App) -> None:
    """Let it be in the middle of something: keys are there, a job is under way, chores come round."""
    app.sources.keep_key("isbndb", "0000000000000000000000000000003f9c")
    app.sources.arrange([name for name in app.sources.order() if name != "hardcover"], {"hardcover"})
    app.ledger.schedule_chore("refresh-catalogue", "refresh-catalogue", zone="Europe/Oslo")
    app.ledger.schedule("covers", "0 4 * * 0", "book-metadata", {"filter": {"missing": ["cover"]}})
    older = "UPDATE runs SET version = 'older' WHERE pipeline = 'book-metadata' AND item_id % 6 = 0"
    with app.database.write() as connection:  # as after an upgrade that brought a newer pipeline
        connection.execute(text(older))
    said: dict[str, list[Record]] = {f"isbn13:{number}": [] for number in range(9780000000000, 9780000000180)}
    with app.database.write() as connection:  # of a winter ago
        for name, share in (("openlibrary", 180), ("wikidata", 64), ("dnb", 23)):
            part = dict(list(said.items())[:share])
            answers.write_answers(connection, name, part, app.now() - 120 * answers.DAY)
    lacking = [view.id for view in app.items("book") if "cover" in view.gaps]
    app.ledger.create_job("book-metadata", {"ids": lacking[:3]}, force=True)


def _first(data: Data) -> str:
    return str(data[0]) if isinstance(data, list) and data else ""


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
