"""Recording: the only path by which values are written, whoever hands them in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection

from completist.domain.fields import Data, Layer, Origin, Value
from completist.domain.kind import FieldType
from completist.domain.merging import Plan, Skip, effective, plan
from completist.domain.pipeline import Pipeline, input_digest
from completist.sdk.registry import KindPlugin
from completist.store import changes, fields, items, runs
from completist.store.bulk import Row


@dataclass(frozen=True, slots=True)
class Patch:
    """Values to write to one item, and layers to empty, as one step of its history."""

    item_id: int
    values: tuple[Value, ...] = ()
    drops: tuple[Layer, ...] = ()
    run_id: int | None = None
    source: str = ""  #: who speaks, where the patches of one call have several voices


@dataclass(frozen=True, slots=True)
class Cause:
    """Why patches are written: the action as history shows it, who speaks, and on whose behalf."""

    action: str
    origin: Origin
    source: str = ""
    import_id: int | None = None
    job_id: int | None = None


@dataclass(slots=True)
class Recorded:
    """What came of patches. ``touched`` maps each item that changed to the fields that did."""

    values: int = 0
    touched: dict[int, tuple[str, ...]] = field(default_factory=dict)
    skipped: dict[int, tuple[tuple[str, Skip], ...]] = field(default_factory=dict)
    changes: Sequence[int] = ()


def record(
    connection: Connection,
    library_id: int,
    plugin: KindPlugin,
    patches: Sequence[Patch],
    cause: Cause,
    now: int,
    *,
    fresh: bool = False,
    restore: bool = False,
) -> Recorded:
    """Write patches to items of one kind, inside the caller's transaction.

    Each value passes `merging.plan`; with the values go the history, the identifiers by which items are found,
    and the runs that the new input makes due. ``fresh`` says that the items were made in this transaction,
    ``restore`` that the values have stood there before and pass as they are.
    """
    ids = [patch.item_id for patch in patches]
    standing = {} if fresh else fields.read_values(connection, ids)
    locked = {} if fresh else fields.read_locks(connection, ids)
    work = _Work(library_id, plugin, cause, now, fresh=fresh, restore=restore)
    for patch in patches:
        work.take(patch, standing.get(patch.item_id, ()), locked.get(patch.item_id, frozenset()))
    work.write(connection)
    return work.recorded


class _Work:
    """The rows that a list of patches comes to."""

    def __init__(
        self, library_id: int, plugin: KindPlugin, cause: Cause, now: int, *, fresh: bool, restore: bool
    ) -> None:
        self.library_id = library_id
        self.plugin = plugin
        self.cause = cause
        self.now = now
        self.fresh = fresh
        self.restore = restore
        self.recorded = Recorded()
        self.values: list[tuple[int, Value]] = []
        self.drops: list[tuple[int, Layer]] = []
        self.history: list[Row] = []
        self.present: dict[int, list[tuple[str, str]]] = {}
        self.due: dict[str, list[tuple[int, str]]] = {}
        self.schemes = frozenset(f.name for f in plugin.kind.fields if f.type is FieldType.IDENTIFIER)

    def take(self, patch: Patch, standing: Sequence[Value], locked: frozenset[str]) -> None:
        """Plan one patch."""
        layers = {value.layer: value for value in standing}
        planned = Plan(patch.values) if self.restore else plan(self.plugin.kind, patch.values, layers, locked)
        held = frozenset() if self.restore else locked
        drops = [layer for layer in patch.drops if layer in layers and layer[0] not in held]
        if planned.skipped:
            self.recorded.skipped[patch.item_id] = planned.skipped
        if not planned.writes and not drops and not self.fresh:
            return
        after = dict(layers)
        for layer in drops:
            del after[layer]
        after.update((value.layer, value) for value in planned.writes)
        self.values.extend((patch.item_id, value) for value in planned.writes)
        self.drops.extend(
            (patch.item_id, layer) for layer in drops if layer not in {v.layer for v in planned.writes}
        )
        touched = [value.field for value in planned.writes] + [layer[0] for layer in drops]
        self.recorded.values += len(planned.writes)
        self.recorded.touched[patch.item_id] = tuple(dict.fromkeys(touched))
        self._remember(patch, layers, after, planned.writes, drops)
        if self.schemes.intersection(touched):
            self.present[patch.item_id] = self._identifiers(after.values())
        self._scan(patch.item_id, standing, after.values(), touched)

    def _remember(
        self,
        patch: Patch,
        layers: Mapping[Layer, Value],
        after: Mapping[Layer, Value],
        writes: Iterable[Value],
        drops: Iterable[Layer],
    ) -> None:
        moved = [] if self.fresh else [*(v.layer for v in writes), *drops]
        cause = self.cause
        self.history.append(
            (
                self.library_id,
                patch.item_id,
                self.now,
                cause.action,
                cause.origin.value,
                patch.source or cause.source,
                patch.run_id,
                cause.import_id,
                cause.job_id,
                changes.pack({layer: layers.get(layer) for layer in moved}),
                changes.pack({layer: after.get(layer) for layer in moved}),
                None,
            )
        )

    def _identifiers(self, values: Iterable[Value]) -> list[tuple[str, str]]:
        said: dict[str, list[Value]] = {}
        for value in values:
            if value.field in self.schemes:
                said.setdefault(value.field, []).append(value)
        found: list[tuple[str, str]] = []
        for scheme, voices in said.items():
            best = effective(voices)
            if best is not None and isinstance(best.data, list):
                found.extend((scheme, one) for one in best.data if isinstance(one, str))
        return found

    def _scan(
        self, item_id: int, before: Iterable[Value], after: Iterable[Value], touched: Sequence[str]
    ) -> None:
        for finder in self.plugin.finders:
            pipeline = finder.pipeline
            if self.fresh or not set(pipeline.inputs).isdisjoint(touched):
                digest = input_digest(pipeline, inputs(pipeline, after))
                if self.fresh or digest != input_digest(pipeline, inputs(pipeline, before)):
                    self.due.setdefault(pipeline.name, []).append((item_id, digest))

    def write(self, connection: Connection) -> None:
        """Write everything."""
        fields.drop_values(connection, self.drops)
        fields.write_values(connection, self.values, fresh=self.fresh)
        fields.write_identifiers(connection, self.library_id, self.present, fresh=self.fresh)
        self.recorded.changes = changes.append_changes(connection, self.history)
        if not self.fresh:
            items.touch(connection, self.recorded.touched, self.now)
        for finder in self.plugin.finders:
            due = self.due.get(finder.pipeline.name, [])
            schedule(connection, self.library_id, finder.pipeline, due, self.now, fresh=self.fresh)


def schedule(
    connection: Connection,
    library_id: int,
    pipeline: Pipeline,
    due: Sequence[tuple[int, str]],
    now: int,
    *,
    fresh: bool = False,
) -> None:
    """Make runs due for (item, input digest) pairs; what was pending for older input gives way."""
    if not fresh:
        runs.supersede(connection, pipeline.name, pipeline.version, due, now)
    runs.enqueue(
        connection,
        library_id,
        pipeline.name,
        pipeline.version,
        due,
        priority=pipeline.priority,
        now=now,
        fresh=fresh,
    )


def inputs(pipeline: Pipeline, values: Iterable[Value]) -> dict[str, Data]:
    """The data that ``pipeline`` reads: what counts among all voices but its own earlier results."""
    own = f"{pipeline.name}@"
    said: dict[str, list[Value]] = {}
    for value in values:
        if value.field in pipeline.inputs and not (value.version or "").startswith(own):
            said.setdefault(value.field, []).append(value)
    found: dict[str, Data] = {}
    for name, voices in said.items():
        best = effective(voices)
        if best is not None and best.data is not None:
            found[name] = best.data
    return found
