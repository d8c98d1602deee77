"""A library with items in it, for the store's tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from completist.store import items, libraries
from completist.store.database import Database

Stock = Callable[[int], Sequence[int]]


@pytest.fixture
def library(database: Database) -> int:
    """The id of a library in the database."""
    with database.write() as connection:
        return libraries.ensure_library(connection, 1)


@pytest.fixture
def stock(database: Database, library: int) -> Stock:
    """Makes so many items of kind ``wine`` and gives their ids."""

    def make(count: int) -> Sequence[int]:
        with database.write() as connection:
            return items.create_items(connection, library, "wine", count, 1)

    return make
