"""The commands that each entrant's script answers, so that one harness measures all of them alike.

``setup URL JOBS`` lays the tables; ``enqueue URL JOBS`` hands jobs over in bulk; ``drain URL JOBS`` is one worker
process, which waits for a line on its input and works until all processes together have done that many;
``trickle URL JOBS`` hands jobs over one by one with pauses; ``left URL`` counts what is not done. Each prints one line
of JSON. Runs in the peers' environment, too: nothing but the standard library.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path

from bench.engine.tally import Board, Tally

#: Pauses between single jobs, in seconds: drawn by lot, so that they keep no step with anyone's polling.
PAUSES = (0.05, 0.15)

#: How many jobs go into one bulk call or one transaction, where an entrant leaves the choice.
CHUNK = 1_000

#: How long a worker goes on without having reached its goal, in seconds.
PATIENCE = 300.0


class Entrant(ABC):
    """One engine with its settings, on one database or broker.

    ``batch`` is the most jobs per claim, ``concurrency`` the most at once, ``poll`` the pause between two looks into
    an empty queue in seconds; 0 where an engine has no such thing.
    """

    def __init__(self, url: str, *, batch: int, concurrency: int, poll: float, seat: int) -> None:
        self.url = url
        self.batch = batch
        self.concurrency = concurrency
        self.poll = poll
        self.seat = seat

    @abstractmethod
    def setup(self, jobs: int) -> None:
        """Lay the tables, and whatever ``jobs`` jobs need to stand on."""

    @abstractmethod
    def open(self) -> None:
        """Connect, as one who hands jobs over."""

    @abstractmethod
    def enqueue(self, jobs: int) -> None:
        """Hand jobs over by the best bulk call there is; they are safe when it returns."""

    @abstractmethod
    def send(self) -> None:
        """Hand one job over."""

    @abstractmethod
    def drain(self, tally: Tally) -> None:
        """Work until ``tally`` is over; stop cleanly."""

    @abstractmethod
    def left(self) -> int:
        """How many jobs are not done."""


def answer(entrant: type[Entrant]) -> None:
    """Do what the command line asks for."""
    asked = _parser().parse_args()
    sys.stdout = sys.stderr  # what an engine prints there is none of our figures
    one = entrant(
        asked.url, batch=asked.batch, concurrency=asked.concurrency, poll=asked.poll, seat=asked.seat
    )
    match asked.command:
        case "setup":
            one.setup(asked.jobs)
        case "enqueue":
            one.open()
            begun = time.perf_counter()
            one.enqueue(asked.jobs)
            _say(seconds=time.perf_counter() - begun)
        case "drain":
            tally = Tally(Board(asked.board), asked.seat, asked.jobs, PATIENCE)
            _say(ready=True)
            sys.stdin.readline()
            one.drain(tally)
            _say(
                jobs=tally.count,
                first=tally.first,
                last=tally.last,
                processor=tally.used(),
                starts=tally.starts,
            )
        case "trickle":
            one.open()
            _say(sent=_trickle(one, asked.jobs))
        case "left":
            _say(left=one.left())


def _trickle(entrant: Entrant, jobs: int) -> list[float]:
    lot = random.Random(7)
    sent = []
    for _ in range(jobs):
        time.sleep(lot.uniform(*PAUSES))
        sent.append(time.perf_counter())
        entrant.send()
    return sent


def _say(**figures: object) -> None:
    print(json.dumps(figures), file=sys.__stdout__, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=["setup", "enqueue", "drain", "trickle", "left"])
    parser.add_argument("url")
    parser.add_argument("jobs", type=int, nargs="?", default=0)
    parser.add_argument("--board", type=Path)
    parser.add_argument("--seat", type=int, default=0)
    parser.add_argument("--batch", type=int, default=0)
    parser.add_argument("--concurrency", type=int, default=0)
    parser.add_argument("--poll", type=float, default=0.0)
    return parser
