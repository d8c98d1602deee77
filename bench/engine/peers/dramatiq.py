"""Dramatiq on Redis: worker threads in one process, with its default middleware."""

# ruff: noqa: D102 - `protocol.Entrant` says what these methods promise
from __future__ import annotations

import dramatiq
from bench.engine.protocol import Entrant, answer
from bench.engine.tally import Tally
from dramatiq.brokers.redis import RedisBroker

QUEUE = "bench"


class Dramatiq(Entrant):
    """Messages are sent one by one: there is no bulk call. They are acknowledged when the job is done."""

    def setup(self, jobs: int) -> None:
        """Nothing: Redis has no tables."""

    def open(self) -> None:
        self.broker = RedisBroker(url=self.url)
        self.nothing = dramatiq.actor(
            lambda: None, actor_name="nothing", queue_name=QUEUE, broker=self.broker
        )

    def enqueue(self, jobs: int) -> None:
        for _ in range(jobs):
            self.nothing.send()

    def send(self) -> None:
        self.nothing.send()

    def drain(self, tally: Tally) -> None:
        broker = RedisBroker(url=self.url)
        dramatiq.actor(tally.job, actor_name="nothing", queue_name=QUEUE, broker=broker)
        worker = dramatiq.Worker(
            broker, worker_threads=self.concurrency, worker_timeout=int(self.poll * 1000)
        )
        worker.queue_prefetch = self.batch
        worker.start()
        tally.wait()
        worker.stop()

    def left(self) -> int:
        self.open()
        return int(self.broker.client.hlen(f"dramatiq:{QUEUE}.msgs"))


if __name__ == "__main__":
    answer(Dramatiq)
