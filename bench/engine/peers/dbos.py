"""DBOS on PostgreSQL and on SQLite: workflows without steps, taken from a queue that is polled."""

# ruff: noqa: D102 - `protocol.Entrant` says what these methods promise
from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from bench.engine.protocol import CHUNK, Entrant, answer
from bench.engine.tally import Tally
from dbos import DBOS, DBOSClient

QUEUE = "bench"
OPTIONS = {"queue_name": QUEUE, "workflow_name": "nothing"}


class Dbos(Entrant):
    """Enqueued 1,000 to a transaction of our own, which is the nearest to a bulk call that it has.

    Its SQLite file is brought into write-ahead mode with ``synchronous=NORMAL``, which it does not do by itself.
    """

    def _engine(self) -> sa.Engine:
        return sa.create_engine(sa.make_url(self.url).set(drivername=self._driver))

    @property
    def _lite(self) -> bool:
        return self.url.startswith("sqlite")

    @property
    def _driver(self) -> str:
        return "sqlite" if self._lite else "postgresql+psycopg"

    def _launch(self, job: Callable[[], object] = lambda: None) -> None:
        def nothing() -> None:
            job()

        if self._lite:
            sa.event.listen(sa.Engine, "connect", _relax)
        config: dict[str, Any] = {
            "name": "bench",
            "system_database_url": self.url,
            "application_version": "1",
            "executor_id": f"bench-{self.seat}",
            "log_level": "ERROR",
            "max_executor_threads": self.concurrency,
        }
        DBOS(config=config)
        DBOS.workflow(name="nothing")(nothing)
        DBOS.launch()

    def setup(self, jobs: int) -> None:  # noqa: ARG002 - jobs stand on nothing here
        if self._lite:
            with sqlite3.connect(self.url.removeprefix("sqlite:///")) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
        self._launch()
        DBOS.register_queue(QUEUE, worker_concurrency=self.batch, polling_interval_sec=self.poll)
        DBOS.destroy()

    def open(self) -> None:
        if self._lite:
            sa.event.listen(sa.Engine, "connect", _relax)
        self.client = DBOSClient(system_database_url=self.url)
        self.engine = self._engine()
        self.engine.connect().close()

    def enqueue(self, jobs: int) -> None:
        for start in range(0, jobs, CHUNK):
            with self.engine.begin() as connection:
                for _ in range(min(CHUNK, jobs - start)):
                    self.client.enqueue_in_transaction(connection, OPTIONS)

    def send(self) -> None:
        self.client.enqueue(OPTIONS)

    def drain(self, tally: Tally) -> None:
        self._launch(tally.job)
        tally.wait()
        DBOS.destroy(workflow_completion_timeout_sec=30)

    def left(self) -> int:
        table = "workflow_status" if self._lite else "dbos.workflow_status"
        with self._engine().connect() as connection:
            query = f"SELECT count(*) FROM {table} WHERE status <> 'SUCCESS'"  # noqa: S608 - one of two names
            return int(connection.execute(sa.text(query)).scalar_one())


def _relax(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own type
    connection.execute("PRAGMA synchronous=NORMAL")


if __name__ == "__main__":
    answer(Dbos)
