"""Huey on SQLite in write-ahead mode: one worker thread that takes one task at a time."""

# ruff: noqa: D102 - `protocol.Entrant` says what these methods promise
from __future__ import annotations

from bench.engine.protocol import Entrant, answer
from bench.engine.tally import Tally
from huey import SqliteHuey

_FILE = "sqlite:///"


class Huey(Entrant):
    """Tasks are sent one by one: there is no bulk call. A task leaves the table when it is taken, not when it is done.

    ``fsync=False`` is SQLite's ``synchronous=OFF``, less safe than the NORMAL of the others, and faster.
    """

    def _huey(self) -> SqliteHuey:
        return SqliteHuey(
            "bench", filename=self.url.removeprefix(_FILE), fsync=False, results=False, timeout=60
        )

    def setup(self, jobs: int) -> None:  # noqa: ARG002 - jobs stand on nothing here
        self._huey()

    def open(self) -> None:
        self.nothing = self._huey().task(name="nothing")(lambda: None)

    def enqueue(self, jobs: int) -> None:
        for _ in range(jobs):
            self.nothing()

    def send(self) -> None:
        self.nothing()

    def drain(self, tally: Tally) -> None:
        def nothing() -> None:
            tally.job()

        huey = self._huey()
        huey.task(name="nothing")(nothing)
        consumer = huey.create_consumer(
            workers=self.concurrency,
            initial_delay=self.poll,
            max_delay=self.poll,
            backoff=1.0,
            periodic=False,
        )
        consumer.start()
        tally.wait()
        consumer.stop(graceful=True)

    def left(self) -> int:
        return int(self._huey().pending_count())


if __name__ == "__main__":
    answer(Huey)
