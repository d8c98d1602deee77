"""Viewing: an item with all that is known of it, as pages, exports and the command line show it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from completist.domain.fields import Data, Origin, Value
from completist.domain.gaps import gaps
from completist.domain.kind import Kind
from completist.domain.matching import Match
from completist.domain.merging import effective_values
from completist.domain.scoring import completeness, quality
from completist.engine.voices import DECLARED, Voices
from completist.sdk import registry
from completist.store import fields, items, matches, scores
from completist.store.database import Connection, Database

#: Under this source an item that no other has brought in is known when its export comes again; nobody is shown it.
OWN = "completist"


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
    completeness: int  #: 0 to 100

    @property
    def qualities(self) -> dict[str, float]:
        """How good the record of each provider is, 0 to 1, as far as it stands here."""
        records: dict[str, dict[str, Data]] = {}
        for value in self.said:
            if value.origin is Origin.PROVIDER:
                records.setdefault(value.source, {})[value.field] = value.data
        return {source: quality(self.kind, record) for source, record in sorted(records.items())}

    def is_meant(self, missing: Sequence[str] = (), below: int | None = None) -> bool:
        """Whether it has one of the gaps ``missing``, if any are named, and is less complete than ``below``."""
        lacks = not missing or not set(missing).isdisjoint(self.gaps)
        return lacks and (below is None or self.completeness < below)

    @property
    def data(self) -> dict[str, Data]:
        """The data that counts, by field."""
        return {name: value.data for name, value in self.values.items()}


def view_items(connection: Connection, kinds: Mapping[int, str], voices: Voices = DECLARED) -> list[ItemView]:
    """Items in the order of ``kinds``, which maps their ids to their kinds."""
    plugins = {name: registry.plugin(name) for name in set(kinds.values())}
    trusts = {name: voices.of(plugin) for name, plugin in plugins.items()}
    ids = list(kinds)
    said = fields.read_values(connection, ids)
    locked = fields.read_locks(connection, ids)
    sources = items.sources_of(connection, ids)
    found = matches.read_matches(connection, ids)
    views = []
    for item_id, name in kinds.items():
        kind = plugins[name].kind
        values = effective_values(kind, said[item_id], trusts[name])
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
                [pair for pair in sources.get(item_id, ()) if pair[0] != OWN],
                found.get(item_id, {}),
                completeness(kind, values, by_hand),
            )
        )
    return views


def each_item(
    database: Database,
    library_id: int,
    *,
    voices: Voices = DECLARED,
    kind: str | None = None,
    missing: Sequence[str] = (),
    below: int | None = None,
    after: int = 0,
) -> Iterator[ItemView]:
    """Every item of a library behind id ``after``, in order of id, a page at a time, in bounded memory.

    ``missing`` keeps to those with one of these gaps, ``below`` to those that are less complete.
    """
    while True:
        with database.read() as connection:
            page = items.page_items(
                connection, library_id, kind=kind, missing=missing, below=below, after=after
            )
            views = view_items(connection, dict(page), voices)
        yield from (view for view in views if view.is_meant(missing, below))
        if not page:
            return
        after = page[-1][0]


def by_score(
    database: Database,
    library_id: int,
    *,
    voices: Voices = DECLARED,
    kind: str | None = None,
    missing: Sequence[str] = (),
    below: int | None = None,
    after: tuple[int, int] = (-1, 0),
) -> Iterator[ItemView]:
    """The same, the least complete first: those behind (completeness, id) ``after``."""
    kinds = list(registry.plugins()) if kind is None else [kind]
    while True:
        with database.read() as connection:
            page = scores.page_by_score(connection, library_id, kinds, below=below, after=after)
            views = view_items(connection, {item_id: name for item_id, name, _ in page}, voices)
        yield from (view for view in views if view.is_meant(missing, below))
        if not page:
            return
        after = (page[-1][2], page[-1][0])


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
