"""Entering: an item that a person names by hand, in a library that had no word of it."""

from __future__ import annotations

from collections.abc import Mapping

from completist.domain.errors import BadInput
from completist.domain.fields import Data, Origin, is_empty
from completist.domain.kind import fit_data
from completist.domain.scoring import completeness_at_first
from completist.engine.editing import normal
from completist.engine.recording import Cause, Newcomer, record_new
from completist.sdk import registry
from completist.sdk.registry import KindPlugin
from completist.store import items
from completist.store.database import Database


def add(database: Database, library_id: int, kind: str, typed: Mapping[str, Data], now: int) -> int:
    """Make an item of what a person typed; its id. Whatever is missing is due at once.

    Raises:
        NotFound: There is no such kind, or it has no such field.
        BadInput: Nothing was typed, or a value does not fit its field.
    """
    plugin = registry.plugin(kind)
    data = {name: normal(plugin, name, _fitted(plugin, name, each)) for name, each in typed.items()}
    said = {name: each for name, each in data.items() if not is_empty(each)}
    if not said:
        raise BadInput(f"A {kind} needs something to go by.", hint="Give its title, or an identifier.")
    with database.write() as connection:
        scores = [completeness_at_first(plugin.kind, said)]
        (item_id,) = items.create_items(connection, library_id, plugin.kind.name, 1, now, scores)
        record_new(connection, library_id, plugin, [Newcomer(item_id, said)], Cause("type", Origin.USER), now)
    return item_id


def _fitted(plugin: KindPlugin, name: str, data: Data) -> Data:
    field = plugin.kind.by_name.get(name)
    try:
        return data if field is None or data is None else fit_data(field, data)
    except ValueError as error:
        raise BadInput(f"{error}.") from error
