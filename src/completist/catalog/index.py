"""The search index of a generation: tantivy for the words, a small table for what a hit shows."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

import tantivy

from completist.catalog import files

if TYPE_CHECKING:
    from pathlib import Path

    from completist.catalog.documents import Batch

HEAP: Final = 128_000_000  #: bytes that the index may use before it writes a segment

_SCHEMA: Final = """
PRAGMA page_size = 8192;
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -16384;
CREATE TABLE card (k INTEGER PRIMARY KEY, v BLOB NOT NULL);
"""


def schema() -> tantivy.Schema:
    """Number ``w`` and weight ``p`` of a work, its titles ``t``, its authors ``a``; texts come in folded."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("w", fast=True)
    builder.add_float_field("p", fast=True)
    builder.add_text_field("t", index_option="freq")
    builder.add_text_field("a", index_option="basic")
    return builder.build()


class Indexer:
    """Writes the index and the cards, batch by batch; one thread, so that the order of documents is fixed."""

    def __init__(self, directory: Path) -> None:
        folder = directory / files.INDEX
        folder.mkdir()
        self._writer = tantivy.Index(schema(), path=str(folder)).writer(heap_size=HEAP, num_threads=1)
        self._cards = sqlite3.connect(directory / files.CARDS, isolation_level=None)
        self._cards.executescript(_SCHEMA)
        self._cards.execute("BEGIN")
        self._count = 0

    def add(self, batch: Batch) -> None:
        """Add the documents and cards of a batch."""
        add = self._writer.add_json
        for document in batch.documents:
            add(document)
        self._cards.executemany("INSERT INTO card VALUES (?, ?)", batch.cards)
        self._count += len(batch.cards)

    def finish(self) -> int:
        """Commit; the number of works."""
        try:
            self._writer.commit()
            self._writer.wait_merging_threads()
        except ValueError as error:  # all that tantivy says when a file cannot be written
            raise OSError(str(error)) from error
        self._cards.execute("COMMIT")
        return self._count

    def close(self) -> None:
        """Close the cards."""
        self._cards.close()
