"""The books that the simulator brings, as rows of Hardcover."""

from __future__ import annotations

from functools import cache

from completist.simulator.answers import Json
from completist.simulator.world.reading import held


@cache
def standard_books() -> tuple[Json, ...]:
    """The rows that Hardcover knows; nobody may change them."""
    return tuple(
        {**row, "editions": [each for each in row["editions"] if each.get("id") is not None]}
        for row in held("books.json")
        if row.get("id") is not None
    )
