"""PgQueuer on PostgreSQL with asyncpg: jobs claimed in batches, woken by NOTIFY."""

# ruff: noqa: D102 - `protocol.Entrant` says what these methods promise
from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import asyncpg
import uvloop
from bench.engine.protocol import CHUNK, Entrant, answer
from bench.engine.tally import Tally
from pgqueuer import PgQueuer
from pgqueuer.db import AsyncpgDriver, AsyncpgPoolDriver
from pgqueuer.queries import Queries


class PgQueuerEntrant(Entrant):
    """Enqueued in calls of 1,000; a finished job leaves the queue for the log, as is the default."""

    def setup(self, jobs: int) -> None:  # noqa: ARG002 - jobs stand on nothing here
        self.open()
        self._run(self.queries.install())

    def open(self) -> None:
        self.runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self.connection = self._run(asyncpg.connect(self.url))
        self.queries = Queries(AsyncpgDriver(self.connection))

    def _run(self, doing: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever it comes to
        return self.runner.run(doing)

    def enqueue(self, jobs: int) -> None:
        for start in range(0, jobs, CHUNK):
            count = min(CHUNK, jobs - start)
            self._run(self.queries.enqueue(["nothing"] * count, [None] * count, [0] * count))

    def send(self) -> None:
        self._run(self.queries.enqueue("nothing", None))

    def drain(self, tally: Tally) -> None:
        uvloop.run(self._drain(tally))

    async def _drain(self, tally: Tally) -> None:
        async def nothing(_job: object) -> None:
            tally.job()

        async with asyncpg.create_pool(self.url, min_size=4, max_size=4) as pool:
            queue = PgQueuer(AsyncpgPoolDriver(pool))
            queue.entrypoint("nothing")(nothing)
            loop = asyncio.get_running_loop()
            tally.watch(lambda: loop.call_soon_threadsafe(queue.shutdown.set))
            await queue.run(batch_size=self.batch, dequeue_timeout=timedelta(seconds=30))

    def left(self) -> int:
        self.open()
        return int(self._run(self.connection.fetchval("SELECT count(*) FROM pgqueuer")))


if __name__ == "__main__":
    answer(PgQueuerEntrant)
