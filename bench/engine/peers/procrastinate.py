"""Procrastinate on PostgreSQL: one job per fetch, many jobs at once in one event loop, woken by NOTIFY."""

# ruff: noqa: D102 - `protocol.Entrant` says what these methods promise
from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import uvloop
from bench.engine.protocol import CHUNK, Entrant, answer
from bench.engine.tally import Tally
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector

#: Connections beyond those that jobs hold.
SPARE = 2


class Procrastinate(Entrant):
    """Deferred in batches of 1,000; finished jobs stay in the table, as is the default."""

    def setup(self, jobs: int) -> None:  # noqa: ARG002 - jobs stand on nothing here
        app = App(connector=SyncPsycopgConnector(conninfo=self.url))
        with app.open():
            app.schema_manager.apply_schema()

    def open(self) -> None:
        app = App(connector=SyncPsycopgConnector(conninfo=self.url))
        app.open()
        self.nothing = app.task(name="nothing")(lambda: None)

    def enqueue(self, jobs: int) -> None:
        for start in range(0, jobs, CHUNK):
            rows: list[dict[str, Any]] = [{}] * min(CHUNK, jobs - start)
            self.nothing.batch_defer(*rows)

    def send(self) -> None:
        self.nothing.defer()

    def drain(self, tally: Tally) -> None:
        uvloop.run(self._drain(tally))

    async def _drain(self, tally: Tally) -> None:
        async def nothing() -> None:
            tally.job()

        size = self.concurrency + SPARE
        app = App(connector=PsycopgConnector(conninfo=self.url, min_size=size, max_size=size))
        app.task(name="nothing")(nothing)
        async with app.open_async():
            loop = asyncio.get_running_loop()
            worker = asyncio.create_task(
                app.run_worker_async(concurrency=self.concurrency, install_signal_handlers=False)
            )
            tally.watch(lambda: loop.call_soon_threadsafe(worker.cancel))
            await asyncio.gather(worker, return_exceptions=True)

    def left(self) -> int:
        query = "SELECT count(*) FROM procrastinate_jobs WHERE status <> 'succeeded'"
        with psycopg.connect(self.url) as connection:
            row = connection.execute(query).fetchone()
        return int(row[0]) if row else 0


if __name__ == "__main__":
    answer(Procrastinate)
