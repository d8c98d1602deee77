"""The tables of flashcards: repositories, what was read of their commits, cards, and where they went."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from completist.store.schema import Key, metadata

_KEYED = text("key <> ''")

#: Git repositories that are read. Each has a quarantine of its own in the data folder, named by its id.
repositories = Table(
    "repositories",
    metadata,
    Column("id", Key, primary_key=True),
    Column("library_id", Key, ForeignKey("libraries.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("source", Text, nullable=False),  # a folder or an address
    Column("deck", Text, nullable=False),
    Column("rules", Text, nullable=False),  # since, paths
    Column("root", Text, nullable=False),  # its first commit, the same in every clone
    Column("head", Text, nullable=False),  # up to which its commits are items
    Column("trouble", Text),  # why it could not be brought up to date
    Column("synced_at", BigInteger),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("library_id", "name"),
    sqlite_autoincrement=True,
)

#: Who works on a repository. On SQLite the row is the lock; on PostgreSQL it only tells who holds it.
repository_locks = Table(
    "repository_locks",
    metadata,
    Column("repository_id", Key, ForeignKey("repositories.id", ondelete="CASCADE"), primary_key=True),
    Column("holder", Text, nullable=False),
    Column("job_id", Key),
    Column("taken_at", BigInteger, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: What was read of a commit, and by which version of each stage it was worked on last.
commit_parses = Table(
    "commit_parses",
    metadata,
    Column("item_id", Key, ForeignKey("items.id", ondelete="CASCADE"), primary_key=True),
    Column("repository_id", Key, nullable=False),
    Column("sha", Text, nullable=False),
    Column("parser", Text, nullable=False),
    Column("cards", Text, nullable=False),
    Column("render", Text, nullable=False),
    Column("blocks", Text, nullable=False),  # those that it wrote, each with the id of its lineage
    Column("left_out", Text),
    Column("metrics", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index(None, "repository_id", "sha"),
    sqlite_with_rowid=False,
)

#: Lineages: a definition, a question, a sentence, over all its edits. As it stood in the latest commit of it.
blocks = Table(
    "blocks",
    metadata,
    Column("id", Key, primary_key=True),
    Column("repository_id", Key, ForeignKey("repositories.id", ondelete="CASCADE"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("key", Text, nullable=False),  # an id that the author wrote beside it
    Column("text", Text, nullable=False),
    Column("item_id", Key, nullable=False),  # the commit that wrote it so
    Column("gone_by", Key),  # the commit that took it away
    Index(None, "repository_id", "path"),
    Index(
        "ix_blocks_repository_id_key", "repository_id", "key", sqlite_where=_KEYED, postgresql_where=_KEYED
    ),
    sqlite_autoincrement=True,
)

#: One card of one block, for ever: role says which.
cards = Table(
    "cards",
    metadata,
    Column("id", Key, primary_key=True),
    Column("uid", Text, nullable=False, unique=True),
    Column("library_id", Key, ForeignKey("libraries.id"), nullable=False),
    Column(
        "repository_id", Key, ForeignKey("repositories.id", ondelete="CASCADE"), nullable=False, index=True
    ),
    Column("block_id", Key, ForeignKey("blocks.id", ondelete="CASCADE"), nullable=False),
    Column("item_id", Key, nullable=False, index=True),  # the commit of which its text is
    Column("role", Text, nullable=False),
    Column("form", Text, nullable=False),  # basic, cloze
    Column("state", Text, nullable=False),  # pending, accepted, edited, discarded, retired
    Column("dialect", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("parts", Text, nullable=False),  # as they were made
    Column("typed", Text, nullable=False),  # by a person, in their place
    Column("base", Text, nullable=False),  # what was made when the person typed
    Column("fields", Text, nullable=False),  # what counts, rendered
    Column("tags", Text, nullable=False),
    Column("doubts", Text, nullable=False),
    Column("made_by", Text, nullable=False),  # rules, or a model
    Column("place", Text, nullable=False),  # path:line@commit
    Column("pipeline", Text, nullable=False),  # the version of its stages
    Column("modified", BigInteger, nullable=False),  # in seconds, as Anki counts
    Column("regenerated", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("decided_at", BigInteger),
    UniqueConstraint("block_id", "role"),
    Index(None, "library_id", "state", "id"),
    sqlite_autoincrement=True,
)

#: What people did with cards.
card_actions = Table(
    "card_actions",
    metadata,
    Column("id", Key, primary_key=True),
    Column("card_id", Key, ForeignKey("cards.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("action", Text, nullable=False),  # accept, edit, discard, regenerate, restore
    Column("before", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    sqlite_autoincrement=True,
)

#: What a sink was last given of a card: the base of a merge with what a person changed there.
card_deliveries = Table(
    "card_deliveries",
    metadata,
    Column("card_id", Key, ForeignKey("cards.id", ondelete="CASCADE"), primary_key=True),
    Column("sink", Text, primary_key=True),
    Column("state", Text, nullable=False),  # delivered, kept_yours, deleted_there, retired
    Column("modified", BigInteger, nullable=False),
    Column("base", Text, nullable=False),  # digests by field
    Column("at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

#: How a library's owner wants cards to be made and where they go.
card_preferences = Table(
    "card_preferences",
    metadata,
    Column("library_id", Key, ForeignKey("libraries.id"), primary_key=True),
    Column("dev_mode", Boolean, nullable=False),
    Column("sync_target", Text, nullable=False),  # apkg, ankiconnect
    sqlite_with_rowid=False,
)
