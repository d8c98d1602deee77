"""Viewing: an item with all that is known of it, as pages, exports and the command line show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from completist.domain.fields import Data, Origin, Value
from completist.domain.gaps import gaps
from completist.domain.kind import Kind
from completist.domain.matching import Match
from completist.domain.merging import effective_values
from completist.sdk import registry
from completist.store import fields, items, matches
from completist.store.database import Connection, Database


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item: what counts by field, everything that was said, what is locked and what is missing."""

    id: int
    kind: Kind
    values: Mapping[str, Value]
    said: Sequence[Value]
    locked: frozenset[str]  #: typed by a person or locked by hand
    gaps: tuple[str, ...]
    sources: Sequence[tuple[str, str]]  #: (source, its key)
    matches: Mapping[str, Match]  #: by pipeline

    @property
    def data(self) -> dict[str, Data]:
        """The data that counts, by field."""
        return {name: value.data for name, value in self.values.items()}


def view_items(connection: Connection, kinds: Mapping[int, str]) -> list[ItemView]:
    """Items in the order of ``kinds``, which maps their ids to their kinds."""
    ids = list(kinds)
    said = fields.read_values(connection, ids)
    locked = fields.read_locks(connection, ids)
    sources = items.sources_of(connection, ids)
    found = matches.read_matches(connection, ids)
    views = []
    for item_id, name in kinds.items():
        kind = registry.plugin(name).kind
        values = effective_values(kind, said[item_id])
        by_hand = locked.get(item_id, frozenset())
        typed = frozenset(n for n, v in values.items() if v.origin is Origin.USER)
        views.append(
            ItemView(
                item_id,
                kind,
                values,
                said[item_id],
                by_hand | typed,
                gaps(kind, values, by_hand),
                sources.get(item_id, ()),
                found.get(item_id, {}),
            )
        )
    return views


def each_item(
    database: Database,
    library_id: int,
    *,
    kind: str | None = None,
    missing: str | None = None,
    after: int = 0,
) -> Iterator[ItemView]:
    """Every item of a library behind id ``after``, in order of id, a page at a time, in bounded memory."""
    while True:
        with database.read() as connection:
            page = items.page_items(connection, library_id, kind=kind, missing=missing, after=after)
            views = view_items(connection, dict(page))
        yield from views
        if not page:
            return
        after = page[-1][0]


def count_gaps(database: Database, library_id: int) -> tuple[int, dict[str, dict[str, int]]]:
    """How many items there are, and by kind how many lack each wanted field."""
    found: dict[str, dict[str, int]] = {}
    with database.read() as connection:
        counts = items.count_items(connection, library_id)
        for name, total in sorted(counts.items()):
            wanted = [field.name for field in registry.plugin(name).kind.wanted]
            filled = fields.count_filled(connection, library_id, name, wanted)
            found[name] = {field: total - filled.get(field, 0) for field in wanted}
    return sum(counts.values()), found
