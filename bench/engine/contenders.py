"""Who is measured, each at the best settings that we found for jobs that do nothing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contender:
    """An engine with its settings on one place.

    ``batch``, ``concurrency`` and ``poll`` are those of `protocol.Entrant`; ``most`` bounds the jobs of slow ones.
    """

    name: str
    module: str
    place: str
    settings: str  #: in words, for the table
    batch: int = 0
    concurrency: int = 0
    poll: float = 0.0
    most: int | None = None
    ours: bool = False

    def options(self) -> list[str]:
        """The settings as the script takes them."""
        return [f"--batch={self.batch}", f"--concurrency={self.concurrency}", f"--poll={self.poll}"]


#: Jobs for engines that do fewer than about 500 a second.
FEW = 5_000

CONTENDERS = (
    Contender(
        "completist", "bench.engine.ours", "PostgreSQL", "claims of 100 to 500, NOTIFY", poll=1.5, ours=True
    ),
    *(
        Contender(
            "PgQueuer",
            "bench.engine.peers.pgqueuer",
            "PostgreSQL",
            f"batch_size {size}, asyncpg pool of 4, uvloop, NOTIFY",
            batch=size,
        )
        for size in (20, 100, 500)
    ),
    Contender(
        "Procrastinate",
        "bench.engine.peers.procrastinate",
        "PostgreSQL",
        "concurrency 10, psycopg pool of 12, uvloop, NOTIFY",
        concurrency=10,
        most=FEW,
    ),
    Contender(
        "DBOS",
        "bench.engine.peers.dbos",
        "PostgreSQL",
        "10 threads, worker_concurrency 1000, poll 20 ms",
        batch=1_000,
        concurrency=10,
        poll=0.02,
    ),
    Contender(
        "Dramatiq",
        "bench.engine.peers.dramatiq",
        "Redis",
        "16 threads, prefetch 200, worker_timeout 20 ms",
        batch=200,
        concurrency=16,
        poll=0.02,
    ),
    Contender(
        "Celery",
        "bench.engine.peers.celery",
        "Redis",
        "solo pool, acks_late, prefetch 100, no gossip, no results",
        batch=100,
    ),
    Contender("completist", "bench.engine.ours", "SQLite", "claims of 100 to 500, WAL", poll=1.5, ours=True),
    Contender(
        "Huey",
        "bench.engine.peers.huey",
        "SQLite",
        "1 thread, WAL, synchronous OFF, poll 20 ms, no results",
        concurrency=1,
        poll=0.02,
    ),
    Contender(
        "DBOS",
        "bench.engine.peers.dbos",
        "SQLite",
        "1 thread, worker_concurrency 1000, poll 20 ms, WAL, synchronous NORMAL",
        batch=1_000,
        concurrency=1,
        poll=0.02,
        most=FEW,
    ),
)
