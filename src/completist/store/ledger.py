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
UNASKED = text("status = 'pending' AND next_at IS NULL")
POSTPONED = text("status = 'pending' AND next_at IS NOT NULL")
ASKING = text("status = 'processing'")
UNDONE = text("status IN ('pending', 'processing')")

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

#: What one provider said about one query; "not known" is an answer too. They belong to no library.
answers = Table(
    "answers",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("query", Text, primary_key=True),
    Column("outcome", Text, nullable=False),  # found, not_found
    Column("body", Text, nullable=False),  # the records
    Column("quality", Float),
    Column("times", Integer, nullable=False, server_default=text("1")),  # in a row, that it knew nothing
    Column("fetched_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "expires_at"),
)

#: What each provider allows, what has been used of it, and whether it may be called: shared by all processes.
budgets = Table(
    "budgets",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("interval_ms", BigInteger),  # as the program declares it; empty until the first call
    Column("burst", BigInteger),
    Column("quota", BigInteger),  # calls a day
    Column("offset_ms", BigInteger, nullable=False),  # of the zone whose days count
    Column("zone", Text, nullable=False),
    Column("said_interval_ms", BigInteger),  # as the provider says itself
    Column("said_burst", BigInteger),
    Column("said_quota", BigInteger),
    Column("said_at", BigInteger, nullable=False),
    Column("tat", BigInteger, nullable=False),  # theoretical arrival time of GCRA
    Column("day", BigInteger, nullable=False),  # that spent counts
    Column("spent", BigInteger, nullable=False),
    Column("rests_until", BigInteger, nullable=False),
    Column("rests_for", Text, nullable=False),  # an outcome
    Column("rests_unsaid", Integer, nullable=False),  # rests in a row whose length it did not say
    Column("breaker", Text, nullable=False),  # closed, open, half_open
    Column("failures", Integer, nullable=False),  # in a row
    Column("opened", Integer, nullable=False),  # how often in a row
    Column("opened_for", Text, nullable=False),  # an outcome
    Column("until", BigInteger, nullable=False),  # no call before, or when the probe is given up
    Column("probe", BigInteger, nullable=False),  # the number of the last one
    Column("key_digest", Text, nullable=False),  # of the key that was used when it opened
    Column("paused_at", BigInteger),  # by a person
    Column("called_at", BigInteger),
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

#: How far what others changed has been followed: by what is followed.
sync_metadata = Table(
    "sync_metadata",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
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

#: What programs outside want to have asked of providers: the queue of the enrichment API.
enrichment_requests = Table(
    "enrichment_requests",
    metadata,
    Column("id", Text, primary_key=True),
    Column("library_id", Key, ForeignKey("libraries.id"), nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("entity_type", Text, nullable=False),
    Column("entity_key", Text, nullable=False),
    Column("place", Integer, nullable=False),  # 11 less its priority: the lowest first
    Column("providers_to_try", Text, nullable=False),
    Column("providers_attempted", Text, nullable=False),
    Column("providers_succeeded", Text, nullable=False),
    Column("status", Text, nullable=False),  # pending, processing, completed, failed
    Column("retry_count", Integer, nullable=False),
    Column("max_retries", Integer, nullable=False),
    Column("next_at", BigInteger),  # of a pending one, not before; empty: at once
    Column("claim_id", Text),
    Column("claimer", Text),
    Column("lease_until", BigInteger),
    Column("error_message", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("completed_at", BigInteger),
    Index(
        "uq_enrichment_requests_open",
        "library_id",
        "entity_type",
        "entity_key",
        unique=True,
        sqlite_where=UNDONE,
        postgresql_where=UNDONE,
    ),
    Index(
        "ix_enrichment_requests_due",
        "place",
        "created_at",
        "id",
        sqlite_where=UNASKED,
        postgresql_where=UNASKED,
    ),
    Index("ix_enrichment_requests_later", "next_at", sqlite_where=POSTPONED, postgresql_where=POSTPONED),
    Index("ix_enrichment_requests_held", "claim_id", sqlite_where=ASKING, postgresql_where=ASKING),
    Index("ix_enrichment_requests_completed", "completed_at"),
)

#: Every operation of the enrichment API: what was told, and each time that a provider was asked.
enrichment_log = Table(
    "enrichment_log",
    metadata,
    Column("id", Key, primary_key=True),
    Column("request_id", Text),  # of the queue, where it was one
    Column("entity_type", Text, nullable=False),
    Column("entity_key", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("operation", Text, nullable=False),  # upsert, enrich, lookup
    Column("success", Boolean, nullable=False),
    Column("fields_updated", Text, nullable=False),
    Column("error_message", Text),
    Column("response_time_ms", Float, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index(None, "entity_type", "entity_key"),
    Index(None, "request_id"),
    Index(None, "created_at"),
    sqlite_autoincrement=True,
)

#: Copies of pictures by the digest of what is kept. A row stands here before its file does.
pictures = Table(
    "pictures",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("state", Text, nullable=False),  # arriving, kept
    Column("claimer", Text, nullable=False),  # who brings it
    Column("form", Text, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("colour", Text, nullable=False),
    Column("blurhash", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: What came of each address of a picture, by the digest of the address. Uploaded ones stand here, too.
picture_sources = Table(
    "picture_sources",
    metadata,
    Column("key", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("sha256", Text),  # of the copy; empty where there is no picture
    Column("code", Text, nullable=False),  # kept, or why not
    Column("etag", Text, nullable=False),
    Column("failures", Integer, nullable=False),  # in a row
    Column("fetched_at", BigInteger, nullable=False),
    Column("check_at", BigInteger, nullable=False),
    Index(None, "sha256"),
    Index(None, "check_at"),
    sqlite_with_rowid=False,
)
