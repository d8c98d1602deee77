"""The queue of the enrichment API, and the log of all that is done through it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _where(words: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(words), "postgresql_where": sa.text(words)}


def upgrade() -> None:
    op.create_table(
        "enrichment_requests",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("library_id", KEY, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("entity_key", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("providers_to_try", sa.Text(), nullable=False),
        sa.Column("providers_attempted", sa.Text(), nullable=False),
        sa.Column("providers_succeeded", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("retry_count", sa.Integer(), nullable=False),
        sa.Column("max_retries", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("claim_id", sa.Text(), nullable=True),
        sa.Column("claimer", sa.Text(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["library_id"], ["libraries.id"], name="fk_enrichment_requests_library_id"),
        sa.PrimaryKeyConstraint("id", name="pk_enrichment_requests"),
    )
    table = "enrichment_requests"
    entity = ["library_id", "entity_type", "entity_key"]
    undone = _where("status IN ('pending', 'processing')")
    unasked = _where("status = 'pending' AND next_at IS NULL")
    op.create_index("uq_enrichment_requests_open", table, entity, unique=True, **undone)
    op.create_index("ix_enrichment_requests_due", table, ["place", "created_at", "id"], **unasked)
    postponed = _where("status = 'pending' AND next_at IS NOT NULL")
    op.create_index("ix_enrichment_requests_later", table, ["next_at"], **postponed)
    op.create_index("ix_enrichment_requests_held", table, ["claim_id"], **_where("status = 'processing'"))
    op.create_index("ix_enrichment_requests_completed", table, ["completed_at"])
    op.create_table(
        "enrichment_log",
        sa.Column("id", KEY, nullable=False),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("entity_type", sa.Text(), nullable=False),
        sa.Column("entity_key", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("success", sa.Boolean(), nullable=False),
        sa.Column("fields_updated", sa.Text(), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("response_time_ms", sa.Float(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_enrichment_log"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_enrichment_log_entity_type_entity_key", "enrichment_log", ["entity_type", "entity_key"]
    )
    op.create_index("ix_enrichment_log_request_id", "enrichment_log", ["request_id"])
    op.create_index("ix_enrichment_log_created_at", "enrichment_log", ["created_at"])
