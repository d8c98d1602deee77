"""Showing: the picture of each of a page of items, told by rows alone; no file is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from completist.domain.fields import Origin, Value, is_empty
from completist.domain.merging import effective
from completist.domain.pictures import Picture
from completist.engine.voices import DECLARED, Voices
from completist.sdk import registry
from completist.sdk.registry import KindPlugin
from completist.store import fields, items, pictures
from completist.store.database import Connection
from completist.store.pictures import Seen


@dataclass(frozen=True, slots=True)
class Shown:
    """The picture of an item. Without a ``picture`` there is an address, and no copy of what lies there."""

    url: str
    origin: Origin
    source: str  #: who said so; empty for a person
    picture: Picture | None = None
    code: str = ""  #: why there is no copy: empty, if nobody has looked yet
    broken: bool = False  #: the copy is there, and its place is gone


def show(
    connection: Connection, library_id: int, ids: Sequence[int], voices: Voices = DECLARED
) -> dict[int, Shown]:
    """The picture of each of these items of a library; those that have none are absent.

    Where the address that counts leads to nothing, the next one with a copy is shown, unless a person named the first.
    """
    kinds = items.kinds_of(connection, library_id, ids)
    plugins = {name: p for name in set(kinds.values()) if (p := registry.plugin(name)).pictures is not None}
    names = sorted({p.pictures.field for p in plugins.values() if p.pictures is not None})
    mine = [item_id for item_id, kind in kinds.items() if kind in plugins]
    said = fields.read_values(connection, mine, names=names) if mine else {}
    urls = {v.data for values in said.values() for v in values if isinstance(v.data, str)}
    seen = pictures.read_seen(connection, sorted(urls))
    found: dict[int, Shown] = {}
    for item_id in mine:
        if (shown := _shown(plugins[kinds[item_id]], said[item_id], seen, voices)) is not None:
            found[item_id] = shown
    return found


def _shown(
    plugin: KindPlugin, said: Iterable[Value], seen: Mapping[str, Seen], voices: Voices
) -> Shown | None:
    if plugin.pictures is None:
        return None
    name = plugin.pictures.field
    left = [value for value in said if value.field == name]
    order, declared = voices.of(plugin).of(name), plugin.kind.by_name.get(name)
    first: Shown | None = None
    while (value := effective(left, order, declared)) is not None:
        if is_empty(value.data):
            return first
        shown = _of(value, seen.get(str(value.data)))
        if shown.picture is not None or value.origin is Origin.USER:
            return shown
        first = first or shown
        left = [each for each in left if each is not value]
    return first


def _of(value: Value, seen: Seen | None) -> Shown:
    url = str(value.data)
    if seen is None:
        return Shown(url, value.origin, value.source)
    broken = seen.picture is not None and seen.failures > 0
    code = "" if seen.picture is not None else seen.code
    return Shown(url, value.origin, value.source, seen.picture, code, broken)
