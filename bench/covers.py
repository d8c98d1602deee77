"""Covers: 20 books without one at realistic latency, thumbnails per second of one core, 10,000 covers listed.

Run as ``python -m bench.covers``; with ``--thousand`` 1,000 books are imported and filled for two minutes at the
providers' real limits instead.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import random
import statistics
import tempfile
import time
from http.client import HTTPConnection
from pathlib import Path
from unittest.mock import patch

from bench.catalog import dump
from bench.providers import simulator
from PIL import Image, ImageFilter

from completist.app import App
from completist.catalog import build
from completist.domain.fields import Level, Origin, Value
from completist.domain.pictures import Picture
from completist.engine.recording import Cause, Patch, record
from completist.pictures import keeping
from completist.pictures.copying import copy, thumbnail
from completist.sdk import registry
from completist.settings import Settings
from completist.simulator.faults import Faults
from completist.simulator.simulator import Simulator
from completist.simulator.world.chance import Chance
from completist.simulator.world.generation import Generation
from completist.simulator.world.shelf import standard
from completist.simulator.world.view import View
from completist.simulator.world.world import World
from completist.store import pictures
from completist.store.pictures import KEPT, Seen

#: Seconds that a provider takes to answer: so much at least, and up to so much more.
LATENCY, JITTER = 0.25, 0.35
TWO_MINUTES = 120.0
ROUNDS, BATCH, LISTED, PAGE = 5, 20, 10_000, 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--thousand", action="store_true", help="only this: fill 1,000 imported books")
    args = parser.parse_args()
    if args.thousand:
        thousand()
        return
    batches()
    thumbnails()
    listing()


def rows(world: World, start: int, count: int) -> list[dict[str, str]]:
    editions = [e for e in View(world, "openlibrary", Chance(0)).editions() if e.isbn and e.authors]
    chosen = editions[start : start + count]
    return [{"Title": e.title, "Author": e.authors[0].name, "ISBN13": e.isbn} for e in chosen]


def bring(app: App, folder: Path, books: list[dict[str, str]]) -> None:
    text = io.StringIO()
    table = csv.DictWriter(text, list(books[0]))
    table.writeheader()
    table.writerows(books)
    path = folder / "books.csv"
    path.write_text(text.getvalue(), "utf-8")
    app.import_file(path)


def batches() -> None:
    """The calls' own time is what the simulator took over them, were they made one behind the other."""
    seconds, ratios, found = [], [], 0
    for number in range(ROUNDS):
        with tempfile.TemporaryDirectory() as name, Simulator(Faults((), LATENCY, JITTER)) as running:
            folder = Path(name)
            settings = Settings(
                folder,
                f"sqlite:///{folder / 'library.db'}",
                providers_at=running.url,
                contact="bench@example.org",
            )
            with App(settings) as app:
                bring(app, folder, rows(standard(), number * BATCH, BATCH))
                begun = time.perf_counter()
                told = app.covers.backfill(limit=BATCH)
                took = time.perf_counter() - begun
            calls = len(running.calls.all())
        assert told.processed == BATCH
        seconds.append(took)
        ratios.append(took / (calls * (LATENCY + JITTER / 2)))
        found += told.updated
    print(f"20 books: median {statistics.median(seconds):.2f} s, slowest {max(seconds):.2f} s; ", end="")
    print(f"{found} of {ROUNDS * BATCH} found; ", end="")
    print(f"ratio to the sum of the providers' own latencies: median {statistics.median(ratios):.2f}")


def thumbnails() -> None:
    covers = [_cover(seed) for seed in range(40)]
    size = statistics.mean(len(each) for each in covers) / 1024
    print(f"covers of 500 x 750 pixels, {size:.0f} KB on average")
    for what, make in (
        ("one thumbnail (m)", lambda content: thumbnail(content, "m")),
        ("a cover with all it takes: judged, copied, three thumbnails, colour, blurhash", copy),
    ):
        begun = time.process_time()
        for content in covers:
            make(content)
        took = time.process_time() - begun
        print(f"{what}: {len(covers) / took:.0f} a second of one core")


def _cover(seed: int) -> bytes:
    """What covers are like to a codec: areas of colour, soft edges, a little grain."""
    chance = random.Random(seed)
    picture = Image.new("RGB", (10, 15))
    picture.putdata([tuple(chance.randrange(256) for _ in range(3)) for _ in range(150)])
    picture = picture.resize((500, 750), Image.Resampling.BICUBIC)
    for _ in range(30):
        box = (chance.randrange(400), chance.randrange(650))
        picture.paste(
            tuple(chance.randrange(256) for _ in range(3)),
            (*box, box[0] + chance.randrange(8, 100), box[1] + 12),
        )
    grain = Image.effect_noise((500, 750), 12).convert("RGB")
    picture = Image.blend(picture.filter(ImageFilter.GaussianBlur(0.6)), grain, 0.08)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=88)
    return file.getvalue()


def listing() -> None:
    """Every page of a library of 10,000 covers, as a web page asks for them. Reading a file would raise."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with App(Settings(folder, f"sqlite:///{folder / 'library.db'}", offline=True)) as app:
            bring(app, folder, [{"Title": f"Book {n}", "Author": f"Author {n}"} for n in range(LISTED)])
            ids = [view.id for view in app.items("book")]
            _hang(app, ids)
            times = []
            with patch.object(keeping.Folder, "read", None):  # so that reading a file would be noticed
                for start in range(0, LISTED, PAGE):
                    begun = time.perf_counter()
                    shown = app.covers.shown(ids[start : start + PAGE])
                    times.append(time.perf_counter() - begun)
                    assert len(shown) == PAGE
                    assert all(each.picture for each in shown.values())
    print(
        f"{LISTED:,} covers listed in {sum(times):.2f} s; a page of {PAGE}: median "
        f"{statistics.median(times) * 1000:.1f} ms, 99th of 100 {sorted(times)[-2] * 1000:.1f} ms; no file read"
    )


def _hang(app: App, ids: list[int]) -> None:
    plugin, now, seen, patches = registry.plugin("book"), app.now(), [], []
    with app.database.write() as connection:
        for item_id in ids:
            picture = Picture(f"{item_id:064x}", 500, 750, "jpg", 40_000, "#808080", "T" + "0" * 27)
            url = f"https://covers.openlibrary.org/b/id/{item_id}.jpg"
            pictures.arrive(connection, picture, "bench", now)
            seen.append(Seen(url, KEPT, picture, "", 0, now, now + 1))
            value = Value(
                "cover", url, Origin.PROVIDER, "openlibrary", level=Level.WORK, version="cover@1", at=now
            )
            patches.append(Patch(item_id, (value,)))
        pictures.keep(connection, [each.picture.sha256 for each in seen if each.picture])
        pictures.write_seen(connection, seen)
        record(connection, app.library_id, plugin, patches, Cause("fill", Origin.PROVIDER), now)


def thousand() -> None:
    """1,000 imported ISBNs, all look-ups, at the providers' own limits, for two minutes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dump.generate(folder / "dump", 3_000)
        build(folder / "catalogue", sorted((folder / "dump").glob("*.txt.gz")))
        world = Generation(folder / "catalogue", Chance(0))
        isbns = [e.isbn for e in View(world, "openlibrary", Chance(0)).editions() if e.isbn][:1000]
        (folder / "isbns.txt").write_text("\n".join(isbns) + "\n", "utf-8")
        with simulator(
            folder / "catalogue"
        ) as address:  # a process of its own, or the two wait for each other
            _slow_down(address)
            place = folder / "library"
            url = f"sqlite:///{place / 'library.db'}"
            settings = Settings(place, url, providers_at=address, contact="bench@example.org")
            with App(settings) as app:
                app.import_file(folder / "isbns.txt")
                begun = time.perf_counter()
                app.fill(stop=lambda: time.perf_counter() - begun > TWO_MINUTES)
                took = time.perf_counter() - begun
                ids = [view.id for view in app.items("book")]
                shown = app.covers.shown(ids)
                have = sum(1 for each in shown.values() if each.picture)
                print(f"{len(ids):,} books: {len(shown):,} have a cover, {have:,} show it after {took:.0f} s")


def _slow_down(address: str) -> None:
    connection = HTTPConnection(address.removeprefix("http://"))
    connection.request("POST", "/_control/faults", json.dumps({"latency": LATENCY, "jitter": JITTER}))
    reply = connection.getresponse()
    assert reply.status == 200, reply.read()
    connection.close()


if __name__ == "__main__":
    main()
