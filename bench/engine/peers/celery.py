"""Celery on Redis: a worker of the solo pool, whose one process takes messages and runs them."""

# ruff: noqa: D102 - `protocol.Entrant` says what these methods promise
from __future__ import annotations

import celery
from bench.engine.protocol import Entrant, answer
from bench.engine.tally import Tally
from celery.worker import state


class Celery(Entrant):
    """Tasks are sent one by one over one connection: there is no bulk call. Results are not kept."""

    def _app(self) -> celery.Celery:
        app = celery.Celery("bench", broker=self.url)
        app.conf.update(
            task_ignore_result=True,
            task_acks_late=True,
            worker_prefetch_multiplier=self.batch,
            worker_hijack_root_logger=False,
            worker_disable_rate_limits=True,
            broker_connection_retry_on_startup=True,
            worker_send_task_events=False,
        )
        return app

    def setup(self, jobs: int) -> None:
        """Nothing: Redis has no tables."""

    def open(self) -> None:
        self.app = self._app()
        self.nothing = self.app.task(name="nothing")(_nothing)
        self.producer = self.app.producer_pool.acquire(block=True)

    def enqueue(self, jobs: int) -> None:
        for _ in range(jobs):
            self.nothing.apply_async(producer=self.producer)

    def send(self) -> None:
        self.nothing.apply_async(producer=self.producer)

    def drain(self, tally: Tally) -> None:
        def nothing() -> None:
            tally.job()

        app = self._app()
        app.task(name="nothing")(nothing)
        worker = app.Worker(
            pool="solo",
            concurrency=1,
            loglevel="ERROR",
            quiet=True,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
            hostname=f"bench{self.seat}@%h",
        )
        tally.watch(lambda: setattr(state, "should_stop", 0))
        worker.start()

    def left(self) -> int:
        with self._app().connection_for_read() as connection:
            client = connection.default_channel.client
            return int(client.llen("celery")) + int(client.hlen("unacked"))


def _nothing() -> None:
    """Nothing."""


if __name__ == "__main__":
    answer(Celery)
