"""The files of a generation, and how those that are finished are opened."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

RECORDS: Final = "cat.db"  #: what `tables` describes
ISBNS: Final = "isbns"  #: editions by ISBN, as `postings` describes
MARKS: Final = "marks"  #: editions by LCCN, OCLC and Goodreads number, likewise
COVERS: Final = "covers"  #: sizes of cover images, likewise; only when the dump of covers was loaded
CARDS: Final = "cards.db"  #: what search shows of each work
INDEX: Final = "search"  #: the folder of the search index
MAPPED: Final = 2**40  #: bytes that may be mapped: all of it, the system keeps what is read often


def open_finished(path: Path) -> sqlite3.Connection:
    """A database that nobody writes to any more, for any number of threads."""
    uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    db = sqlite3.connect(uri, uri=True, check_same_thread=False, cached_statements=256)
    db.execute(f"PRAGMA mmap_size = {MAPPED}")
    return db
