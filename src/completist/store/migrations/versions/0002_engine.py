"""Jobs, schedules, pauses, tallies and accounts; runs that are ready apart from those that wait."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN = sa.text("state IN ('planning', 'running')")

#: After so many milliseconds a source is asked again about what nobody knew: 90 days.
AGAIN = 90 * 86_400_000


def upgrade() -> None:
    _change_runs()
    _make_jobs()
    _make_accounts()


def _change_runs() -> None:
    op.add_column("items", sa.Column("revision", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("runs", sa.Column("done_at", sa.BigInteger(), nullable=True))
    op.execute("UPDATE runs SET done_at = settled_at WHERE state IN ('filled', 'empty', 'review')")
    op.execute(f"UPDATE runs SET run_at = settled_at + {AGAIN} WHERE state = 'empty'")  # noqa: S608 - a number of ours
    op.drop_index("ix_runs_due", table_name="runs")
    ready = sa.text("state = 'ready'")
    columns = ["library_id", "pipeline", "version", "priority", "run_at", "id"]
    op.create_index("ix_runs_ready", "runs", columns, sqlite_where=ready, postgresql_where=ready)
    later = sa.text("state IN ('waiting', 'empty')")
    op.create_index("ix_runs_later", "runs", ["run_at"], sqlite_where=later, postgresql_where=later)
    op.execute("DELETE FROM claims WHERE closed_at IS NOT NULL")
    op.add_column("claims", sa.Column("version", sa.Text(), nullable=False, server_default=sa.text("'1'")))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("claims", "version", server_default=None)
        op.drop_column("claims", "cancel_requested")
        # Every claim and result rewrites a row: room on its page, and dead rows swept early.
        op.execute("ALTER TABLE runs SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02)")
        op.execute("ALTER TABLE claims SET (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.02)")
    else:
        with op.batch_alter_table("claims") as claims:
            claims.drop_column("cancel_requested")
            claims.alter_column("version", server_default=None)


def _make_jobs() -> None:
    for unused in ("requests", "schedules", "job_runs", "jobs"):  # laid by 0001, used by nothing before
        op.drop_table(unused)
    op.create_table(
        "jobs",
        sa.Column("id", KEY, nullable=False),
        sa.Column("library_id", KEY, nullable=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("selection", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("planned", KEY, nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["library_id"], ["libraries.id"], name="fk_jobs_library_id"),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_jobs_library_id_id", "jobs", ["library_id", "id"])
    columns = ["library_id", "idempotency_key"]
    op.create_index("uq_jobs_open", "jobs", columns, unique=True, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "job_runs",
        sa.Column("job_id", KEY, nullable=False),
        sa.Column("run_id", KEY, nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_job_runs_job_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_job_runs_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", "run_id", name="pk_job_runs"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_job_runs_run_id", "job_runs", ["run_id"])
    op.create_table(
        "pauses",
        sa.Column("library_id", KEY, nullable=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["library_id"], ["libraries.id"], name="fk_pauses_library_id"),
        sa.PrimaryKeyConstraint("library_id", "pipeline", name="pk_pauses"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tallies",
        sa.Column("shard", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("shard", "name", "pipeline", "provider", "outcome", name="pk_tallies"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "schedules",
        sa.Column("library_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cron", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("pipeline", sa.Text(), nullable=False),
        sa.Column("selection", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["library_id"], ["libraries.id"], name="fk_schedules_library_id"),
        sa.PrimaryKeyConstraint("library_id", "name", name="pk_schedules"),
    )


def _make_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("name", name="uq_accounts_name"),
        sqlite_autoincrement=True,
    )
    owner = sa.Column(
        "account_id", KEY, sa.ForeignKey("accounts.id", name="fk_libraries_account_id"), nullable=True
    )
    op.add_column("libraries", owner, inline_references=True)
    op.create_index("ix_libraries_account_id", "libraries", ["account_id"])
    op.create_table(
        "api_keys",
        sa.Column("id", KEY, nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("library_id", KEY, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_api_keys_account_id"),
        sa.ForeignKeyConstraint(["library_id"], ["libraries.id"], name="fk_api_keys_library_id"),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "login_links",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("account_id", KEY, nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_login_links_account_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_login_links"),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("account_id", KEY, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_sessions_account_id"),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
    )
