"""Reading the small files beside the tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.kinds.books.sources.formats import FIXTURES, Entries, Read, source

from completist.kinds.books.kind import BOOK
from completist.sdk.files import head
from completist.sdk.source import Entry, Skipped


@pytest.fixture
def read() -> Read:
    """Read a file with the source of a format.

    It must not refuse the file, must count its rows right beforehand, and may emit only fields that a book has.
    """

    def rows(path: str | Path, name: str) -> list[Entry | Skipped]:
        file = FIXTURES / path
        reader = source(name)
        assert reader.refuse(head(file)) is None
        found = list(reader.read(file))
        assert reader.check(file) == len(found)
        for each in found:
            if isinstance(each, Entry):
                assert set(each.values) <= set(BOOK.by_name)
                assert each.doubtful <= set(each.values)
        return found

    return rows


@pytest.fixture
def entries(read: Read) -> Entries:
    """The entries of a file by key; each key stands once."""

    def by_key(path: str | Path, name: str) -> dict[str, Entry]:
        found = [each for each in read(path, name) if isinstance(each, Entry)]
        keyed = {each.key: each for each in found}
        assert len(keyed) == len(found)
        return keyed

    return by_key
