"""Repositories, what was read of their commits, and the flashcards made of it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _where(words: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(words), "postgresql_where": sa.text(words)}


def _text(name: str, *, nullable: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "repositories",
        sa.Column("id", KEY, nullable=False),
        sa.Column("library_id", KEY, nullable=False),
        _text("name"),
        _text("source"),
        _text("deck"),
        _text("rules"),
        _text("root"),
        _text("head"),
        _text("trouble", nullable=True),
        _number("synced_at", nullable=True),
        _number("created_at"),
        sa.ForeignKeyConstraint(["library_id"], ["libraries.id"], name="fk_repositories_library_id"),
        sa.PrimaryKeyConstraint("id", name="pk_repositories"),
        sa.UniqueConstraint("library_id", "name", name="uq_repositories_library_id_name"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "repository_locks",
        sa.Column("repository_id", KEY, nullable=False),
        _text("holder"),
        sa.Column("job_id", KEY, nullable=True),
        _number("taken_at"),
        _number("lease_until"),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repositories.id"],
            name="fk_repository_locks_repository_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("repository_id", name="pk_repository_locks"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "commit_parses",
        sa.Column("item_id", KEY, nullable=False),
        sa.Column("repository_id", KEY, nullable=False),
        _text("sha"),
        _text("parser"),
        _text("cards"),
        _text("render"),
        _text("blocks"),
        _text("left_out", nullable=True),
        _text("metrics"),
        _number("at"),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name="fk_commit_parses_item_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", name="pk_commit_parses"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_commit_parses_repository_id_sha", "commit_parses", ["repository_id", "sha"])
    op.create_table(
        "blocks",
        sa.Column("id", KEY, nullable=False),
        sa.Column("repository_id", KEY, nullable=False),
        _text("kind"),
        _text("path"),
        _text("title"),
        _text("label"),
        _text("key"),
        _text("text"),
        sa.Column("item_id", KEY, nullable=False),
        sa.Column("gone_by", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name="fk_blocks_repository_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_blocks"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_blocks_repository_id_path", "blocks", ["repository_id", "path"])
    op.create_index("ix_blocks_repository_id_key", "blocks", ["repository_id", "key"], **_where("key <> ''"))
    op.create_table(
        "cards",
        sa.Column("id", KEY, nullable=False),
        _text("uid"),
        sa.Column("library_id", KEY, nullable=False),
        sa.Column("repository_id", KEY, nullable=False),
        sa.Column("block_id", KEY, nullable=False),
        sa.Column("item_id", KEY, nullable=False),
        _text("role"),
        _text("form"),
        _text("state"),
        _text("dialect"),
        _text("language"),
        _text("parts"),
        _text("typed"),
        _text("base"),
        _text("fields"),
        _text("tags"),
        _text("doubts"),
        _text("made_by"),
        _text("place"),
        _text("pipeline"),
        _number("modified"),
        sa.Column("regenerated", sa.Integer(), nullable=False),
        _number("created_at"),
        _number("decided_at", nullable=True),
        sa.ForeignKeyConstraint(["library_id"], ["libraries.id"], name="fk_cards_library_id"),
        sa.ForeignKeyConstraint(
            ["repository_id"], ["repositories.id"], name="fk_cards_repository_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["block_id"], ["blocks.id"], name="fk_cards_block_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_cards"),
        sa.UniqueConstraint("uid", name="uq_cards_uid"),
        sa.UniqueConstraint("block_id", "role", name="uq_cards_block_id_role"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_cards_library_id_state_id", "cards", ["library_id", "state", "id"])
    op.create_index("ix_cards_item_id", "cards", ["item_id"])
    op.create_index("ix_cards_repository_id", "cards", ["repository_id"])
    op.create_table(
        "card_actions",
        sa.Column("id", KEY, nullable=False),
        sa.Column("card_id", KEY, nullable=False),
        _text("action"),
        _text("before"),
        _number("at"),
        sa.ForeignKeyConstraint(
            ["card_id"], ["cards.id"], name="fk_card_actions_card_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_card_actions"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_card_actions_card_id", "card_actions", ["card_id"])
    op.create_table(
        "card_deliveries",
        sa.Column("card_id", KEY, nullable=False),
        _text("sink"),
        _text("state"),
        _number("modified"),
        _text("base"),
        _number("at"),
        sa.ForeignKeyConstraint(
            ["card_id"], ["cards.id"], name="fk_card_deliveries_card_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("card_id", "sink", name="pk_card_deliveries"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "card_preferences",
        sa.Column("library_id", KEY, nullable=False),
        sa.Column("dev_mode", sa.Boolean(), nullable=False),
        _text("sync_target"),
        sa.ForeignKeyConstraint(["library_id"], ["libraries.id"], name="fk_card_preferences_library_id"),
        sa.PrimaryKeyConstraint("library_id", name="pk_card_preferences"),
        sqlite_with_rowid=False,
    )
