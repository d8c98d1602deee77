"""How complete each item is, and the rules by which that was told last."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("items", sa.Column("completeness", sa.Integer(), nullable=True))
    columns = ["library_id", "kind", "completeness", "id"]
    op.create_index("ix_items_library_id_kind_completeness_id", "items", columns)
    op.add_column("libraries", sa.Column("scored_by", sa.Text(), nullable=True))
