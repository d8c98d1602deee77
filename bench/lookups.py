"""Look-ups by ISBN over HTTP: how long a catalogue hit takes at a steady pace, beside a bare route of the framework.

A running `completist serve` over the demo's catalogue, on one core; the caller is on another where there is one.
Calls leave by the clock and not when the last answer is there, so that a pause counts for every call that it held up.
"""

from __future__ import annotations

import asyncio
import gzip
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Self

from bench.table import Measure, show

ROOT = Path(__file__).parents[1]
DUMPS = sorted((ROOT / "demo" / "catalogue").glob("*.txt.gz"))
PACE = 200  # calls a second
BAR = 5.0  # milliseconds
CONNECTIONS = 16
WARM = 12.0  # seconds, until everything has been done once
ROUNDS = 3  # ours and the bare route take turns: whatever else goes on here, both meet it

BARE = """
import sys, uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.get("/api/isbn")
async def bare(isbn: str) -> dict[str, str]:
    return {"isbn": isbn}
uvicorn.run(app, port=int(sys.argv[1]), loop="asyncio", http="h11", log_level="error", access_log=False)
"""


def main(seconds: float = 10.0) -> int:
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[0]})
    with tempfile.TemporaryDirectory() as name:
        data = Path(name)
        load = [sys.executable, "-m", "completist", "--data", name, "catalog", "load", *map(str, DUMPS)]
        subprocess.run(load, check=True, stdout=subprocess.DEVNULL)
        isbns = _isbns()
        with _Server(cores[-1], data) as ours, _Server(cores[-1]) as bare:
            for port in (ours.port, bare.port):
                asyncio.run(_call(port, isbns, PACE, WARM))
            before = (ours.busy(), bare.busy())
            pairs = [
                (asyncio.run(_call(ours.port, isbns, PACE, seconds / ROUNDS)),
                 asyncio.run(_call(bare.port, isbns, PACE, seconds / ROUNDS)))
                for _ in range(ROUNDS)
            ]  # fmt: skip
            busy = (ours.busy() - before[0], bare.busy() - before[1])
    mine, theirs = (sorted(itertools.chain(*each)) for each in zip(*pairs, strict=True))
    ratios = [_at(a, 0.95) / _at(b, 0.95) for a, b in pairs]
    p95 = _at(mine, 0.95)
    show(
        f"GET /api/isbn, {PACE} calls a second for {seconds:g} s, catalogue hits, one core",
        [
            Measure("p50 / p95 / p99, milliseconds", _told(mine)),
            Measure("p95, milliseconds", f"{p95:.2f}", f"< {BAR:g}", p95 < BAR),
            Measure("a bare route: p50 / p95 / p99, milliseconds", _told(theirs)),
            Measure(
                "processor time of a call, milliseconds: ours / bare",
                " / ".join(f"{1000 * spent / len(mine):.2f}" for spent in busy),
            ),
            Measure("p50 beside the bare route", f"{median(mine) / median(theirs):.1f} x"),
            Measure("p95 beside the bare route, by round", " / ".join(f"{ratio:.1f} x" for ratio in ratios)),
        ],
    )
    return 0 if p95 < BAR else 1


def _isbns() -> list[str]:
    """The ISBN-13 of the demo's editions that have one."""
    found: list[str] = []
    for path in DUMPS:
        for line in gzip.decompress(path.read_bytes()).decode().splitlines():
            cells = line.split("\t")
            if len(cells) == 5 and cells[0] == "/type/edition" and cells[4].startswith("{"):
                try:
                    found += json.loads(cells[4]).get("isbn_13", [])[:1]
                except ValueError:
                    continue
    return found


class _Server:
    """A server on one core: `completist serve` over a data folder, or the bare route."""

    def __init__(self, core: int, data: Path | None = None) -> None:
        self.core, self.data = core, data
        self.port = 0

    def __enter__(self) -> Self:
        said = {**os.environ, "COMPLETIST_OFFLINE": "yes"}
        if self.data is None:
            self.port = _free_port()
            command = [sys.executable, "-c", BARE, str(self.port)]
        else:
            words = ["-m", "completist", "--data", str(self.data), "serve", "--port", "0", "--no-worker"]
            command = [sys.executable, *words]
        self.process = subprocess.Popen(
            command, env=said, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        os.sched_setaffinity(self.process.pid, {self.core})
        if self.data is not None:
            assert self.process.stdout is not None
            self.port = int(self.process.stdout.readline().rpartition(":")[2])
        asyncio.run(_reached(self.port))
        return self

    def busy(self) -> float:
        """Seconds that it has used of a processor."""
        told = Path(f"/proc/{self.process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)


def _free_port() -> int:
    import socket  # noqa: PLC0415 - for this alone

    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


async def _reached(port: int) -> None:
    for _ in range(400):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise SystemExit("The server does not answer.")


async def _call(port: int, isbns: Sequence[str], pace: int, seconds: float) -> list[float]:
    """Milliseconds from when each call was due to when its answer was there."""
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    spent: list[float] = []

    async def one(isbn: str, due: float) -> None:
        reader, writer = await free.get()
        head = f"GET /api/isbn?isbn={isbn} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"
        writer.write(head.encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200"), answer
        length = next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length"))
        await reader.readexactly(int(length.split(b":")[1]))
        spent.append((time.perf_counter() - due) * 1000)
        free.put_nowait((reader, writer))

    tasks = []
    begun = time.perf_counter()
    for number, isbn in zip(range(round(pace * seconds)), itertools.cycle(isbns), strict=False):
        due = begun + number / pace
        if (wait := due - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        tasks.append(asyncio.create_task(one(isbn, due)))
    await asyncio.gather(*tasks)
    while not free.empty():
        free.get_nowait()[1].close()
    return spent


def _at(spent: Sequence[float], share: float) -> float:
    return sorted(spent)[min(len(spent) - 1, int(len(spent) * share))]


def _told(spent: Sequence[float]) -> str:
    return " / ".join(f"{_at(spent, share):.2f}" for share in (0.5, 0.95, 0.99))


if __name__ == "__main__":
    sys.exit(main(*map(float, sys.argv[1:])))
