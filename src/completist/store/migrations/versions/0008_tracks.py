"""Vectors of items, and the words by which items are found."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: Accents do not matter, and neither does case; words stay as they are in every language.
_FTS5 = """
CREATE VIRTUAL TABLE search_words USING fts5(
    title, names, body, content='search_texts', content_rowid='item_id', tokenize='unicode61 remove_diacritics 2')
"""
_TRIGGERS = (
    """
CREATE TRIGGER search_texts_in AFTER INSERT ON search_texts BEGIN
    INSERT INTO search_words(rowid, title, names, body) VALUES (new.item_id, new.title, new.names, new.body);
END
""",
    """
CREATE TRIGGER search_texts_out AFTER DELETE ON search_texts BEGIN
    INSERT INTO search_words(search_words, rowid, title, names, body)
    VALUES ('delete', old.item_id, old.title, old.names, old.body);
END
""",
)
_WORDS = """
CREATE FUNCTION completist_words(title text, names text, body text) RETURNS tsvector LANGUAGE sql IMMUTABLE AS $$
    SELECT setweight(to_tsvector('simple', title), 'A') || setweight(to_tsvector('simple', names), 'B')
        || setweight(to_tsvector('simple', left(body, 200000)), 'D') $$
"""


def upgrade() -> None:
    op.create_table(
        "vectors",
        sa.Column("item_id", _KEY, nullable=False),
        sa.Column("space", sa.Text(), nullable=False),
        sa.Column("model", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary()),
        sa.Column("reason", sa.Text()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["items.id"], name="fk_vectors_item_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id", "space", name="pk_vectors"),
    )
    op.create_table(
        "search_texts",
        sa.Column("item_id", _KEY, nullable=False, autoincrement=False),
        sa.Column("library_id", _KEY, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("names", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name="fk_search_texts_item_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["library_id"], ["libraries.id"], name="fk_search_texts_library_id"),
        sa.PrimaryKeyConstraint("item_id", name="pk_search_texts"),
    )
    op.create_index(
        "ix_search_texts_library_id_kind_item_id", "search_texts", ["library_id", "kind", "item_id"]
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_WORDS)
        op.execute(
            "CREATE INDEX ix_search_texts_words ON search_texts USING gin (completist_words(title, names, body))"
        )
        return
    op.execute(_FTS5)
    for trigger in _TRIGGERS:
        op.execute(trigger)
