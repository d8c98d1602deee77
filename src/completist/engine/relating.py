"""Relating: the items that a match brings along, found by their identifier or made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from completist.domain.fields import Data, Origin
from completist.domain.scoring import completeness_at_first
from completist.engine.recording import Cause, Newcomer, record_new
from completist.sdk.finder import Related
from completist.sdk.registry import plugins
from completist.store import items
from completist.store.database import Connection, hold


@dataclass(frozen=True, slots=True)
class Brought:
    """What a match brings along, and who said so."""

    provider: str
    related: tuple[Related, ...]


def relate(connection: Connection, library_id: int, brought: Mapping[int, Brought], now: int) -> None:
    """Join each item to its related ones; those the library does not hold yet are made, and so become due."""
    wanted = {
        (r.kind, r.scheme, r.value): (each.provider, r)
        for each in brought.values()
        for r in each.related
        if r.kind in plugins()
    }
    if wanted:
        hold(connection, "relate", library_id)  # or two workers make the same one
    ids: dict[tuple[str, str, str], int] = {}
    for kind, scheme in sorted({(kind, scheme) for kind, scheme, _ in wanted}):
        values = sorted(value for k, s, value in wanted if (k, s) == (kind, scheme))
        found = items.find_by_identifier(connection, library_id, kind, scheme, values)
        ids.update({(kind, scheme, value): held[0] for value, held in found.items()})
        new = [value for value in values if value not in found]
        plugin = plugins()[kind]
        scores = [completeness_at_first(plugin.kind, _data(wanted[kind, scheme, v][1])) for v in new]
        made = items.create_items(connection, library_id, kind, len(new), now, scores)
        ids.update({(kind, scheme, value): item_id for value, item_id in zip(new, made, strict=True)})
        newcomers = [_newcomer(i, *wanted[kind, scheme, v]) for v, i in zip(new, made, strict=True)]
        record_new(connection, library_id, plugin, newcomers, Cause("create", Origin.PROVIDER), now)
    rows = [
        (item_id, r.relation, place, ids[r.kind, r.scheme, r.value])
        for item_id, each in brought.items()
        for place, r in enumerate(each.related)
        if (r.kind, r.scheme, r.value) in ids
    ]
    items.relate(connection, rows)


def _newcomer(item_id: int, provider: str, r: Related) -> Newcomer:
    return Newcomer(item_id, _data(r), record=r.value, source=provider)


def _data(r: Related) -> dict[str, Data]:
    return {r.scheme: [r.value], **r.fields}
