"""How long pages of the library take on the server at a hundred times the items, and what watching pages costs.

Run with ``python -m bench.pages``; with the URL of an empty PostgreSQL database behind it, on that one.
"""

from __future__ import annotations

import gc
import logging
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import quote, urlsplit

import structlog
from bench.exports import invented, write_export
from bench.table import Measure, show
from fastapi.testclient import TestClient

from completist.app import App
from completist.app.browsing import Look
from completist.settings import Settings
from completist.store import events
from completist.web.application import create_api

SMALL, LARGE, ROUNDS = 1_000, 100_000, 15
AT = "http://127.0.0.1:8337"

#: What is looked at: each a page of its own.
LOOKS = {
    "the latest": "",
    "by title": "&sort=title",
    "most gaps first": "&sort=gaps",
    "as rows": "&view=rows",
    "without a publisher": "&missing=publisher",
    "without ISBN or pages, counted": "&missing=isbn13&missing=pages",
    "a rare word": "&q={rare}",
    "a word of 7 %": "&q={some}",
    "a word of 7 %, by title": "&q={some}&sort=title",
    "two words, without a cover": "&q={some}+wint&missing=cover",
    "a word of all": "&q=the",
    "a word of all, by title": "&q=the&sort=title",
    "in review": "&review=yes",
    "edited by you": "&typed=yes",
}

#: Other pages that count over the whole library.
BESIDE = {
    "home": "/",
    "jobs": "/jobs",
    "settings": "/settings",
    "new job": "/jobs/new?count=yes&missing=cover",
}

CLIENTS, RATE, SECONDS = 50, 100, 20


def main(at: str = "") -> None:
    """Measure, and print."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory() as folder:
        times = {size: measured(Path(folder) / str(size), size, at) for size in (SMALL, LARGE)}
        rows = []
        for name in times[SMALL]:
            small, large = (p95(times[size][name]) for size in (SMALL, LARGE))
            rows.append(Measure(f"{name}: p95", f"{small:.0f} / {large:.0f} ms, {large / small:.2f} x"))
        small, large = (
            p95([t for name, each in times[size].items() if name not in BESIDE for t in each])
            for size in (SMALL, LARGE)
        )
        ratio = large / small
        rows.append(
            Measure(
                "all of the library: p95",
                f"{small:.0f} / {large:.0f} ms, {ratio:.2f} x",
                "<= 2 x",
                ratio <= 2,
            )
        )
        show(f"Pages of the library, {SMALL:,} / {LARGE:,} items", rows)
        if not at:
            watching(Path(folder) / str(SMALL))


def p95(spent: Sequence[float]) -> float:
    """In milliseconds."""
    return 1000 * quantiles(spent, n=20)[-1]


@contextmanager
def opened(folder: Path, size: int, at: str) -> Iterator[App]:
    """A library of so many books; of a database that is named, one for each size."""
    url = at or f"sqlite:///{folder / 'library.db'}"
    with App(Settings(folder, url, library=f"{size} books", offline=True)) as app:
        yield app


def measured(folder: Path, size: int, at: str) -> dict[str, list[float]]:
    """Seconds of processor time for each look, in turns."""
    folder.mkdir()
    export = folder / "export.csv"
    write_export(export, invented(size))
    with opened(folder, size, at) as app:
        begun = time.perf_counter()
        app.import_file(export)
        sys.stderr.write(f"{size:,} books in {time.perf_counter() - begun:.0f} s\n")
        client = TestClient(create_api(app), AT, client=("127.0.0.1", 50000))
        told = {"rare": str(size - 13), "some": "river"}
        paths = {name: "/library?kind=book" + query.format(**told) for name, query in LOOKS.items()}
        middle = next(islice(app.browsing.each(Look("book")), size // 2, None))
        paths["halfway down"] = f"/library?kind=book&after={middle}"
        paths |= BESIDE
        gc.collect()
        gc.freeze()  # as the server does: looking through what the import left would be told of some page by chance
        spent: dict[str, list[float]] = {name: [] for name in paths}
        for turn in range(ROUNDS + 1):
            for name, path in paths.items():
                begun = time.process_time()
                answer = client.get(path)
                took = time.process_time() - begun
                assert answer.status_code == 200, (path, answer.status_code)
                if turn:
                    spent[name].append(took)
        for name, each in spent.items():
            sys.stderr.write(f"{size:>7,} {name}: median {1000 * median(each):.1f} ms\n")
    return spent


#: Pages that are watched, so many clients each.
WATCHED = ("/", "/library", "/library?sort=gaps", "/jobs", "/review")


def watching(folder: Path) -> None:
    """What clients cost that watch pages while much happens."""
    command = (
        sys.executable,
        "-m",
        "completist",
        "--data",
        str(folder),
        "serve",
        "--port",
        "0",
        "--no-worker",
    )
    env = {**os.environ, "COMPLETIST_LIBRARY": f"{SMALL} books", "COMPLETIST_OFFLINE": "yes"}
    served = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env)
    try:
        assert served.stdout is not None
        url = served.stdout.readline().split()[-1].rstrip("/")
        lines = [_listen(url, WATCHED[n % len(WATCHED)]) for n in range(CLIENTS)]
        stop, heard = threading.Event(), [0]
        reader = threading.Thread(target=_read, args=(lines, stop, heard))
        reader.start()
        time.sleep(3)
        idle = _processor_time(served.pid)
        time.sleep(SECONDS / 2)
        idle = (_processor_time(served.pid) - idle) / (SECONDS / 2)
        heard[0], before = 0, _processor_time(served.pid)
        happened = _happen(folder)
        busy = (_processor_time(served.pid) - before) / SECONDS
        stop.set()
        reader.join()
    finally:
        served.terminate()
        served.wait()
    show(
        f"{CLIENTS} clients that watch {len(WATCHED)} pages",
        [
            Measure(
                "events a second",
                f"{happened / SECONDS:.0f}",
                f">= {RATE}",
                happened >= RATE * SECONDS * 0.95,
            ),
            Measure("of a core, while nothing happens", f"{100 * idle:.1f} %"),
            Measure("of a core, while that happens", f"{100 * busy:.1f} %", "< 10 %", busy < 0.1),
            Measure("sent to each client", f"{heard[0] / SECONDS / CLIENTS / 1000:.1f} kB/s"),
        ],
    )


def _listen(url: str, page: str) -> socket.socket:
    parts = urlsplit(url)
    line = socket.create_connection((parts.hostname or "", parts.port or 0))
    line.sendall(f"GET /live?at={quote(page, safe='')} HTTP/1.1\r\nHost: {parts.netloc}\r\n\r\n".encode())
    line.settimeout(0.2)
    return line


def _read(lines: Sequence[socket.socket], stop: threading.Event, heard: list[int]) -> None:
    with selectors.DefaultSelector() as waiting:
        for line in lines:
            waiting.register(line, selectors.EVENT_READ)
        while not stop.is_set():
            for key, _ in waiting.select(0.2):
                heard[0] += len(key.fileobj.recv(1 << 16))  # type: ignore[union-attr]  # they are sockets
    for line in lines:
        line.close()


def _happen(folder: Path) -> int:
    """Append events at a rate, and type into ten items a second; how many events."""
    with opened(folder, SMALL, "") as app:
        ids = list(islice(app.browsing.each(Look("book")), 100))
        begun, count, typed = time.perf_counter(), 0, 0
        while (now := time.perf_counter() - begun) < SECONDS:
            with app.database.write() as connection:
                for _ in range(int(now * RATE) - count):
                    events.append_event(connection, app.library_id, "bench.tick", "bench", {}, app.now())
                    count += 1
            if int(now * 10) > typed:
                typed += 1
                app.set(ids[typed % len(ids)], {"pages": 100 + typed})
            time.sleep(0.01)
    return count


def _processor_time(pid: int) -> float:
    """Seconds of a core that a process has used."""
    held = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(held[11]) + int(held[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main(*sys.argv[1:2])
