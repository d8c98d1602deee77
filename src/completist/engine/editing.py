"""Editing: what a person says about an item by hand. Typing is the lock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from completist.domain.errors import BadInput, NotFound
from completist.domain.fields import Data, Layer, Origin, Value, is_empty
from completist.domain.merging import effective_values
from completist.domain.pipeline import input_digest
from completist.engine.appraising import score_items
from completist.engine.reading import inputs, is_met
from completist.engine.recording import Cause, Patch, Recorded, record, schedule
from completist.engine.viewing import ItemView, view_items
from completist.engine.voices import DECLARED, Voices
from completist.sdk import registry
from completist.sdk.registry import KindPlugin
from completist.store import fields, items, runs
from completist.store.database import Connection, Database, spared


def type_values(
    database: Database,
    library_id: int,
    item_id: int,
    typed: Mapping[str, Data],
    now: int,
    voices: Voices = DECLARED,
) -> Recorded:
    """Write what a person typed; None clears a field, and clearing locks it like any typed value.

    Raises:
        NotFound: There is no such item, or its kind has no such field.
        BadInput: A value does not fit its field.
    """
    with database.write() as connection:
        plugin = _plugin(items.kinds_of(connection, library_id, [item_id]).get(item_id), item_id)
        values = tuple(
            Value(name, normal(plugin, name, data), Origin.USER, at=now) for name, data in typed.items()
        )
        cause = Cause("type", Origin.USER)
        return record(connection, library_id, plugin, [Patch(item_id, values)], cause, now, voices=voices)


def give_up(
    database: Database,
    library_id: int,
    item_id: int,
    names: list[str],
    now: int,
    voices: Voices = DECLARED,
) -> Recorded:
    """Take a person's own values back, at their request: imports and providers count again.

    Raises:
        NotFound: There is no such item, or its kind has no such field.
    """
    with database.write() as connection:
        plugin = _plugin(items.kinds_of(connection, library_id, [item_id]).get(item_id), item_id)
        layers: tuple[Layer, ...] = tuple((_declared(plugin, name), Origin.USER, "") for name in names)
        cause = Cause("give_up", Origin.USER)
        patch = Patch(item_id, drops=layers)
        return record(connection, library_id, plugin, [patch], cause, now, voices=voices)


def foreseen(
    view: ItemView, typed: Mapping[str, Data], given_up: Collection[str], voices: Voices = DECLARED
) -> Mapping[str, Value]:
    """What would count of an item if a person typed and gave up what is named. Raises NotFound, BadInput."""
    plugin = registry.plugin(view.kind.name)
    gone = {*typed, *given_up}
    said = [value for value in view.said if value.origin is not Origin.USER or value.field not in gone]
    said += [Value(name, normal(plugin, name, data), Origin.USER) for name, data in typed.items()]
    return effective_values(view.kind, said, voices.of(plugin))


def lock(
    database: Database, library_id: int, item_id: int, name: str, now: int, voices: Voices = DECLARED
) -> bool:
    """Lock a field by hand: no import and no provider writes to it; False when it was locked already.

    Raises:
        NotFound: There is no such item, or its kind has no such field.
    """
    with database.write() as connection:
        plugin = _plugin(items.kinds_of(connection, library_id, [item_id]).get(item_id), item_id)
        items.hold_items(connection, [item_id])
        locked = fields.write_lock(connection, item_id, _declared(plugin, name), now)
        score_items(connection, library_id, plugin, [item_id], voices)
        with spared(connection, "scheduling"):
            for pipeline in plugin.pipelines:
                if pipeline.goal == name:
                    runs.unneed(connection, pipeline.name, [item_id], now)
        return locked


def unlock(
    database: Database, library_id: int, item_id: int, name: str, now: int, voices: Voices = DECLARED
) -> bool:
    """Take a lock set by hand away, so that imports and providers speak again; False when there was none.

    What they said while it was locked is heard when the file comes again, and in the next fill.

    Raises:
        NotFound: There is no such item, or its kind has no such field.
        BadInput: The value was typed by a person, and so stays locked until they give it up.
    """
    with database.write() as connection:
        plugin = _plugin(items.kinds_of(connection, library_id, [item_id]).get(item_id), item_id)
        items.hold_items(connection, [item_id])
        if fields.drop_lock(connection, item_id, _declared(plugin, name)):
            items.doubt_rows(connection, item_id)
            score_items(connection, library_id, plugin, [item_id], voices)
            with spared(connection, "scheduling"):
                _look_again(connection, library_id, plugin, item_id, name, now)
            return True
        typed = any(
            v.field == name and v.origin is Origin.USER
            for v in fields.read_values(connection, [item_id])[item_id]
        )
    if typed:
        raise BadInput(
            f"{name} of item {item_id} was typed by you, and what you typed is always locked.",
            hint=f"completist set {item_id} --give-up {name} lets imports and sources speak again.",
        )
    return False


def _look_again(
    connection: Connection, library_id: int, plugin: KindPlugin, item_id: int, name: str, now: int
) -> None:
    said = fields.read_values(connection, [item_id])[item_id]
    locked = fields.read_locks(connection, [item_id]).get(item_id, ())
    for pipeline in plugin.pipelines:
        digest = input_digest(pipeline, inputs(pipeline, said))
        if pipeline.goal == name and not is_met(pipeline, said, locked):
            schedule(connection, library_id, pipeline, [(item_id, digest)], now)
        elif name in pipeline.fills:
            runs.redo(connection, [(item_id, pipeline.name, pipeline.version, digest)], now)


def _plugin(kind: str | None, item_id: int) -> KindPlugin:
    if kind is None:
        raise NotFound(
            f"There is no item {item_id} in this library.", hint="completist gaps lists items with their ids."
        )
    return registry.plugin(kind)


def _declared(plugin: KindPlugin, name: str) -> str:
    if name not in plugin.kind.by_name:
        known = ", ".join(plugin.kind.by_name)
        raise NotFound(f"A {plugin.kind.name} has no field {name!r}.", hint=f"Its fields: {known}.")
    return name


def normal(plugin: KindPlugin, name: str, data: Data) -> Data:
    """What was typed for a field, in the kind's own form. Raises NotFound, BadInput."""
    _declared(plugin, name)
    bring = plugin.normalise.get(name)
    if data is None or bring is None:
        return data
    try:
        return bring(data)
    except ValueError as error:
        raise BadInput(f"{name} of the {plugin.kind.name} was not set: {error}.") from error


def lockable(database: Database, library_id: int, ids: Sequence[int], voices: Voices = DECLARED) -> int:
    """How many fields `lock_all` would lock. Writes nothing."""
    with database.read() as connection:
        kinds = items.kinds_of(connection, library_id, list(ids))
        return sum(len(names) for names in _unlocked(connection, kinds, voices).values())


def lock_all(
    database: Database, library_id: int, ids: Sequence[int], now: int, voices: Voices = DECLARED
) -> int:
    """Lock every field of these items that holds something; how many were not locked before."""
    counted = 0
    for chunk in items.chunked(list(ids)):
        with database.write() as connection:
            kinds = items.kinds_of(connection, library_id, items.hold_items(connection, chunk))
            found = _unlocked(connection, kinds, voices)
            pairs = [(item_id, name) for item_id, names in found.items() for name in names]
            fields.write_locks(connection, pairs, now)
            counted += len(pairs)
    return counted


def _unlocked(connection: Connection, kinds: Mapping[int, str], voices: Voices) -> dict[int, list[str]]:
    """The fields of items that hold something and that anybody but a person may still change."""
    return {
        view.id: [
            name
            for name, value in view.values.items()
            if name not in view.locked and not is_empty(value.data)
        ]
        for view in view_items(connection, kinds, voices)
    }
