"""Where items stand among the titles of their kind, and which of them somebody typed into."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    sorted_ = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column(
        "search_texts", sa.Column("sorted_by", sorted_, nullable=False, server_default=sa.text("''"))
    )
    columns = ["library_id", "kind", "sorted_by", "item_id"]
    op.create_index("ix_search_texts_library_id_kind_sorted_by_item_id", "search_texts", columns)
    typed = sa.text("origin = 'user'")
    op.create_index(
        "ix_field_values_typed", "field_values", ["item_id"], sqlite_where=typed, postgresql_where=typed
    )
