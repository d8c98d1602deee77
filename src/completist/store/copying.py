"""Copying: a SQLite library into another file, as it is at one moment, while others go on writing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def copy_to(source: Path, target: Path) -> None:
    """Copy a library's file by SQLite's own means: https://sqlite.org/backup.html."""
    held = sqlite3.connect(f"file:{source}?mode=ro", uri=True)
    with closing(held), closing(sqlite3.connect(target)) as fresh:
        held.backup(fresh)
