"""The tables of the ledger: runs, claims, attempts, jobs, and what providers said and allow."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from completist.store.schema import Key, metadata

#: Runs by what may happen to them next, in the very words of the partial indexes: as parameters neither database
#: uses them.
READY = text("state = 'ready'")
LATER = text("state IN ('waiting', 'empty')")
HELD = text("state = 'claimed'")
PENDING = text("state IN ('ready', 'waiting', 'claimed')")
OPEN = text("state IN ('planning', 'running')")

#: One row per item x pipeline x version x input digest, kept for ever: what makes "exactly once" true.
runs = Table(
    "runs",
    metadata,
    Column("id", Key, primary_key=True),
    Column("library_id", Key, ForeignKey("libraries.id"), nullable=False),
    Column("item_id", Key, ForeignKey("items.id", ondelete="CASCADE"), nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("input_digest", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("run_at", BigInteger, nullable=False),  # not before
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("claim_id", Text),
    Column("error_code", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),  # when it got the result it has; empty while it is pending
    Column("done_at", BigInteger),  # when it last was filled, empty or in review, whatever came of it since
    UniqueConstraint("item_id", "pipeline", "version", "input_digest"),
    Index(
        "ix_runs_ready",
        "library_id",
        "pipeline",
        "version",
        "priority",
        "run_at",
        "id",
        sqlite_where=READY,
        postgresql_where=READY,
    ),
    Index("ix_runs_later", "run_at", sqlite_where=LATER, postgresql_where=LATER),
    Index(
        "ix_runs_claimed",
        "claim_id",
        sqlite_where=HELD,
        postgresql_where=HELD,
    ),
    sqlite_autoincrement=True,
)

#: A worker's lease on a batch of runs. The id is the fence.
claims = Table(
    "claims",
    metadata,
    Column("id", Text, primary_key=True),
    Column("library_id", Key, ForeignKey("libraries.id")),
    Column("pipeline", Text, nullable=False),
    Column("version", Text, nullable=False),  # of the pipeline, as it was handed out
    Column("claimer", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("heartbeat_at", BigInteger, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Index(
        "ix_claims_open",
        "lease_until",
        sqlite_where=text("closed_at IS NULL"),
        postgresql_where=text("closed_at IS NULL"),
    ),
)

#: One try of a run at one provider: the enrichment log.
attempts = Table(
    "attempts",
    metadata,
    Column("id", Key, primary_key=True),
    Column("run_id", Key, ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("claim_id", Text),
    Column("provider", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("error_code", Text),
    Column("started_at", BigInteger, nullable=False),
    Column("duration_ms", Float, nullable=False),
    Index(None, "run_id"),
    sqlite_autoincrement=True,
)

#: A request to run a pipeline over a selection; its progress is that of its runs.
jobs = Table(
    "jobs",
    metadata,
    Column("id", Key, primary_key=True),
    Column("library_id", Key, ForeignKey("libraries.id"), nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("selection", Text, nullable=False),
    Column("options", Text, nullable=False),
    Column("idempotency_key", Text, nullable=False),
    Column("state", Text, nullable=False),  # planning, running, done, cancelled
    Column("planned", Key, nullable=False),  # items up to this id have been looked at
    Column("total", Integer, nullable=False),  # runs so far; with those skipped, items
    Column("skipped", Integer, nullable=False),  # items that were done already
    Column("result", Text),  # the progress at its end
    Column("created_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Index(None, "library_id", "id"),
    Index(
        "uq_jobs_open",
        "library_id",
        "idempotency_key",
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    ),
    sqlite_autoincrement=True,
)

job_runs = Table(
    "job_runs",
    metadata,
    Column("job_id", Key, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("run_id", Key, ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    Index(None, "run_id"),
    sqlite_with_rowid=False,
)

#: Pipelines of which nothing is handed out; the empty name stands for all of a library's.
pauses = Table(
    "pauses",
    metadata,
    Column("library_id", Key, ForeignKey("libraries.id"), primary_key=True),
    Column("pipeline", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: What has been counted since the library began, for metrics; each worker counts in the shard of its name, so
#: that no two wait for one row.
tallies = Table(
    "tallies",
    metadata,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("name", Text, primary_key=True),
    Column("pipeline", Text, primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("outcome", Text, primary_key=True),
    Column("n", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: What one provider said about one query; "not known" is an answer too.
answers = Table(
    "answers",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("query", Text, primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("record", Text),
    Column("body", Text),
    Column("quality", Float),
    Column("fetched_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "expires_at"),
)

#: Rate, daily quota and breaker of each provider, shared by all processes.
budgets = Table(
    "budgets",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("tat", BigInteger, nullable=False),  # theoretical arrival time of GCRA
    Column("interval_ms", Float, nullable=False),
    Column("burst", Integer, nullable=False),
    Column("day", Text),
    Column("day_used", Integer, nullable=False, server_default=text("0")),
    Column("day_quota", Integer),
    Column("blocked_until", BigInteger),
    Column("failures", Integer, nullable=False, server_default=text("0")),
    Column("breaker", Text, nullable=False, server_default=text("'closed'")),
)

#: Jobs that come round by themselves. Whoever moves ``next_at`` on, starts the job: once a tick, without a leader.
schedules = Table(
    "schedules",
    metadata,
    Column("library_id", Key, ForeignKey("libraries.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("cron", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("selection", Text, nullable=False),
    Column("options", Text, nullable=False),
    Column("paused", Boolean, nullable=False, server_default=text("false")),
)

#: What has to be published to sinks, written with the values it tells of.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Key, primary_key=True),
    Column("library_id", Key, ForeignKey("libraries.id"), nullable=False),
    Column("item_id", Key, nullable=False),
    Column("sink", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("delivered_at", BigInteger),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Index(
        "ix_outbox_undelivered",
        "sink",
        "id",
        sqlite_where=text("delivered_at IS NULL"),
        postgresql_where=text("delivered_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

#: What happened, in order, for those who watch.
events = Table(
    "events",
    metadata,
    Column("seq", Key, primary_key=True),
    Column("library_id", Key),
    Column("type", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("data", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "library_id", "seq"),
    sqlite_autoincrement=True,
)
