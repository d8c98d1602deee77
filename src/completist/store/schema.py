"""The tables of a library: items and what is said about them. The ledger's stand in `store.ledger`.

Times are milliseconds since the epoch in UTC; JSON stands as text, the same bytes on both databases.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: What waits for a person, and what a person did, in the very words of the partial indexes.
PENDING = text("state = 'pending'")
TYPED = text("origin = 'user'")
DEEDS = text("action IN ('type', 'give_up', 'accept', 'reject') AND undone_by IS NULL")

#: A key that both databases count up: SQLite does so for INTEGER alone.
Key = BigInteger().with_variant(Integer, "sqlite")

#: Who may use a server. Without any, a server bound to this machine serves its local user.
accounts = Table(
    "accounts",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),  # admin, member
    Column("created_at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

libraries = Table(
    "libraries",
    metadata,
    Column("id", Key, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("account_id", Key, ForeignKey("accounts.id")),  # nobody's until there is an account
    Column("scored_by", Text),  # the rules by which its items were scored, by their digest
    Index(None, "account_id"),
)

#: Keys of programs. The key itself is shown once and kept by its digest alone.
api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Key, primary_key=True),
    Column("account_id", Key, ForeignKey("accounts.id"), nullable=False),
    Column("library_id", Key, ForeignKey("libraries.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),  # admin, member, worker
    Column("digest", Text, nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("revoked_at", BigInteger),
    sqlite_autoincrement=True,
)

#: Links by which a person logs in once, by the digest of their token.
login_links = Table(
    "login_links",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("account_id", Key, ForeignKey("accounts.id")),  # without one: makes the first account
    Column("expires_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
)

#: Browsers that are logged in, by the digest of their cookie.
sessions = Table(
    "sessions",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("account_id", Key, ForeignKey("accounts.id"), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

items = Table(
    "items",
    metadata,
    Column("id", Key, primary_key=True),
    Column("library_id", Key, ForeignKey("libraries.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column(
        "revision", Integer, nullable=False, server_default=text("0")
    ),  # counts what was changed or decided
    Column("completeness", Integer),  # 0 to 100; empty until it is told by the rules that hold now
    Index(None, "library_id", "kind", "id"),
    Index(None, "library_id", "id"),  # pages over all kinds, in order
    Index(None, "library_id", "kind", "completeness", "id"),
    sqlite_autoincrement=True,  # an id is never given twice, not even after a deletion
)

#: Under which key a source knows an item, and a digest of what a person would notice in its row.
item_sources = Table(
    "item_sources",
    metadata,
    Column("library_id", Key, ForeignKey("libraries.id"), primary_key=True),
    Column("source", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("item_id", Key, ForeignKey("items.id", ondelete="CASCADE"), nullable=False),
    Column("digest", Text, nullable=False),
    Index(None, "item_id"),
    sqlite_with_rowid=False,
)

#: The identifiers that count, for finding an item; written with the values, never by hand.
identifiers = Table(
    "identifiers",
    metadata,
    Column("library_id", Key, ForeignKey("libraries.id"), primary_key=True),
    Column("scheme", Text, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("item_id", Key, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Index(None, "item_id"),
    sqlite_with_rowid=False,
)

#: One row per (field, origin, source) of an item: who said what. Only `engine.recording` writes here.
field_values = Table(
    "field_values",
    metadata,
    Column("item_id", Key, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("field", Text, primary_key=True),
    Column("origin", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("data", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("level", Text),
    Column("record", Text),
    Column("run_id", Key),
    Column("version", Text),
    Column("at", BigInteger, nullable=False),
    Index("ix_field_values_typed", "item_id", sqlite_where=TYPED, postgresql_where=TYPED),
    sqlite_with_rowid=False,
)

#: Fields that a person locked by hand. A typed value needs no row here: typing is the lock.
locks = Table(
    "locks",
    metadata,
    Column("item_id", Key, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("field", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: Items that belong to one another: a book and its authors, in order.
relations = Table(
    "relations",
    metadata,
    Column("item_id", Key, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("relation", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("other_id", Key, ForeignKey("items.id", ondelete="CASCADE"), nullable=False),
    Index(None, "other_id"),
    sqlite_with_rowid=False,
)

#: Append-only: one row per patch written to an item, with every layer it touched before and after.
changes = Table(
    "changes",
    metadata,
    Column("id", Key, primary_key=True),
    Column("library_id", Key, ForeignKey("libraries.id"), nullable=False),
    Column("item_id", Key, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("run_id", Key),
    Column("import_id", Key),
    Column("job_id", Key),
    Column("before", Text),
    Column("after", Text),
    Column("undone_by", Key),
    Index(None, "item_id", "id"),
    Index("ix_changes_deeds", "library_id", "id", sqlite_where=DEEDS, postgresql_where=DEEDS),
    Index(
        "ix_changes_run_id",
        "run_id",
        sqlite_where=text("run_id IS NOT NULL"),
        postgresql_where=text("run_id IS NOT NULL"),
    ),
    Index(
        "ix_changes_import_id",
        "import_id",
        sqlite_where=text("import_id IS NOT NULL"),
        postgresql_where=text("import_id IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

#: The latest decision about an item in a pipeline.
matches = Table(
    "matches",
    metadata,
    Column("item_id", Key, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("pipeline", Text, primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("level", Text),
    Column("record", Text),
    Column("distance", Float),
    Column("reasons", Text, nullable=False),
    Column("run_id", Key),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: Patches that wait for a person's decision.
proposals = Table(
    "proposals",
    metadata,
    Column("id", Key, primary_key=True),
    Column("library_id", Key, ForeignKey("libraries.id"), nullable=False),
    Column("item_id", Key, ForeignKey("items.id", ondelete="CASCADE"), nullable=False),
    Column("pipeline", Text, nullable=False),
    Column("run_id", Key),
    Column("state", Text, nullable=False),  # pending, accepted, rejected, superseded
    Column("reasons", Text, nullable=False),
    Column("candidates", Text, nullable=False),
    Column("confidence", Float, nullable=False),  # of the best candidate
    Column("created_at", BigInteger, nullable=False),
    Column("decided_at", BigInteger),
    Column("record", Text),  # the candidate taken
    Column("change_id", Key),  # the decision in the item's history
    Index(None, "item_id"),
    Index("ix_proposals_pending", "library_id", "id", sqlite_where=PENDING, postgresql_where=PENDING),
    Index(
        "uq_proposals_pending",
        "item_id",
        "pipeline",
        unique=True,
        sqlite_where=PENDING,
        postgresql_where=PENDING,
    ),
    sqlite_autoincrement=True,
)

#: What people decided about records: a rejected one is never offered again, an accepted one is ground truth.
decisions = Table(
    "decisions",
    metadata,
    Column("item_id", Key, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("pipeline", Text, primary_key=True),
    Column("record", Text, primary_key=True),
    Column("verdict", Text, nullable=False),  # accepted, rejected
    Column("proposal_id", Key),
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: One row per file handed to `import`: how far it got, so that an interrupted one goes on.
imports = Table(
    "imports",
    metadata,
    Column("id", Key, primary_key=True),
    Column("library_id", Key, ForeignKey("libraries.id"), nullable=False),
    Column("format", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("state", Text, nullable=False),  # running, done, undone
    Column("entries", Integer, nullable=False),  # read and committed so far
    Column("report", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Index(None, "library_id", "digest"),
    sqlite_autoincrement=True,
)

#: The vectors of items in a space of meanings, or why there is none. Indexes are made of them.
vectors = Table(
    "vectors",
    metadata,
    Column("item_id", Key, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("space", Text, primary_key=True),
    Column("model", Text, nullable=False),
    Column("version", Text, nullable=False),  # of the pipeline that made it
    Column("digest", Text, nullable=False),  # of the text that it was made of
    Column("data", LargeBinary),  # 32-bit floats, little-endian
    Column("reason", Text),
    Column("at", BigInteger, nullable=False),
)

#: Text that is sorted by its code points, on both databases alike.
Sorted = Text().with_variant(Text(collation="C"), "postgresql")

#: What items are found by. The words in it are indexed by the database itself: see the migration that made it.
search_texts = Table(
    "search_texts",
    metadata,
    Column("item_id", Key, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("library_id", Key, ForeignKey("libraries.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("names", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column(
        "sorted_by", Sorted, nullable=False, server_default=text("''")
    ),  # where it stands among the titles
    Index(None, "library_id", "kind", "item_id"),
    Index(None, "library_id", "kind", "sorted_by", "item_id"),
)
