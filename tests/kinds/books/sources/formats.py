"""The small files beside the tests, and the sources that read them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from completist.kinds.books.sources import SOURCES
from completist.sdk.files import head
from completist.sdk.source import Entry, Skipped, Source

FIXTURES = Path(__file__).parent / "fixtures"

Read: TypeAlias = Callable[[str | Path, str], list[Entry | Skipped]]
Entries: TypeAlias = Callable[[str | Path, str], dict[str, Entry]]


def source(name: str) -> Source:
    """The source of a format."""
    return next(each for each in SOURCES if each.format == name)


def detected(path: Path) -> str | None:
    """The format that a file is taken for."""
    start = head(path)
    return next((each.format for each in SOURCES if each.refuse(start) is None), None)


def reasons(entry: Entry) -> list[tuple[str, str]]:
    """What was odd about an entry, by field."""
    return [(warning.field, warning.reason) for warning in entry.warnings]
