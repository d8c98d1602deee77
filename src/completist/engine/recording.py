"""Recording: the only path by which values are written, whoever hands them in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TypeAlias

from completist.domain.fields import Data, Layer, Origin, Value, is_empty
from completist.domain.merging import Plan, Skip, by_field, effective_of, effective_values, plan
from completist.domain.pipeline import Pipeline, input_digest
from completist.domain.scoring import completeness
from completist.domain.trust import Trust
from completist.engine import wording
from completist.engine.reading import Readings, writers
from completist.engine.voices import DECLARED, Voices
from completist.sdk.registry import KindPlugin
from completist.store import changes, fields, items, run_states, runs, scores, texts
from completist.store.bell import ring
from completist.store.bulk import Row
from completist.store.database import Connection, spared
from completist.store.texts import Words

#: What was said of an item, by field.
Said: TypeAlias = Mapping[str, Sequence[Value]]

#: The confidence of an import's text that arrived damaged.
DAMAGED = 0.2


@dataclass(frozen=True, slots=True)
class Patch:
    """Values to write to one item, and layers to empty, as one step of its history.

    A layer to empty for which there is a value, too, is emptied only if that value may not be written there.
    """

    item_id: int
    values: tuple[Value, ...] = ()
    drops: tuple[Layer, ...] = ()
    run_id: int | None = None
    source: str = ""  #: who speaks, where the patches of one call have several voices
    always: bool = False  #: a step of the history even if nothing comes of it


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
    voices: Voices = DECLARED,
    restore: bool = False,
    standing: Mapping[int, Sequence[Value]] | None = None,
) -> Recorded:
    """Write patches to items of one kind, inside the caller's transaction.

    Each value passes `merging.plan`; with the values go the history, the identifiers by which items are found, how
    complete they are, and the runs that the new input makes due. ``voices`` says which provider's word counts.
    ``restore`` says that the values have stood there before and pass as they are. ``standing`` is what is said of the
    items, where the caller holds them and has read it.
    """
    if not patches:
        return Recorded()
    ids = [patch.item_id for patch in patches]
    if standing is None:
        items.hold_items(connection, ids)
        standing = fields.read_values(connection, ids)
    locked = fields.read_locks(connection, ids)
    scored = scores.read_scores(connection, ids)
    unscored = {item_id for item_id, score in scored.items() if score is None}
    work = _Work(library_id, plugin, cause, now, voices, unscored, restore=restore)
    for patch in patches:
        work.take(patch, standing[patch.item_id], locked.get(patch.item_id, frozenset()))
    work.write(connection)
    return work.recorded


@dataclass(frozen=True, slots=True)
class Newcomer:
    """An item made in this transaction, with what the one who brought it says of it."""

    item_id: int
    data: Mapping[str, Data]
    doubtful: Collection[str] = ()  #: fields whose text is damaged
    record: str | None = None
    source: str = ""  #: who speaks, where the newcomers of one call have several voices


def record_new(
    connection: Connection,
    library_id: int,
    plugin: KindPlugin,
    newcomers: Sequence[Newcomer],
    cause: Cause,
    now: int,
    *,
    unscheduled: Callable[[], None] = lambda: None,
) -> int:
    """Write what is said of new items, inside the transaction that made them; how many values.

    ``unscheduled`` is told when their runs could not be made: the next scan makes up for it.

    Nothing stands there yet that could be overwritten, so nothing has to be planned: empty data and fields that
    the kind does not have are left out.
    """
    known = plugin.kind.by_name
    schemes = [field.name for field in plugin.kind.identifiers]
    layers: list[fields.LayerRow] = []
    present: dict[int, list[tuple[str, str]]] = {}
    due: dict[str, list[tuple[int, str]]] = {pipeline.name: [] for pipeline in plugin.pipelines}
    history: list[Row] = []
    found_by: list[Words] = []
    for new in newcomers:
        data = {name: held for name, held in new.data.items() if not is_empty(held) and name in known}
        source = new.source or cause.source
        who = (new.item_id, cause.origin.value, source)
        if new.doubtful:
            damaged = {name: data[name] for name in new.doubtful if name in data}
            layers.append((*who, DAMAGED, new.record, now, damaged))
            layers.append((*who, 1.0, new.record, now, {n: v for n, v in data.items() if n not in damaged}))
        else:
            layers.append((*who, 1.0, new.record, now, data))
        present[new.item_id] = [
            (scheme, one) for scheme in schemes if scheme in data for one in _texts(data[scheme])
        ]
        for pipeline in plugin.pipelines:
            if pipeline.goal not in data and pipeline.after is None:
                due[pipeline.name].append((new.item_id, input_digest(pipeline, data)))
        ends = (None, cause.import_id, cause.job_id, None, None, None)
        found_by.append(wording.words(plugin.kind, new.item_id, data))
        history.append((library_id, new.item_id, now, cause.action, cause.origin.value, source, *ends))
    fields.write_layers(connection, layers)
    fields.write_identifiers(connection, library_id, present, fresh=True)
    texts.write_texts(connection, library_id, plugin.kind.name, found_by, fresh=True)
    changes.append_changes(connection, history)
    with spared(connection, "scheduling") as scheduling:
        for pipeline in plugin.pipelines:
            schedule(connection, library_id, pipeline, due[pipeline.name], now, fresh=True)
    if scheduling.failed:
        unscheduled()
    return sum(len(row[-1]) for row in layers)


class _Work:
    """The rows that a list of patches comes to."""

    def __init__(
        self,
        library_id: int,
        plugin: KindPlugin,
        cause: Cause,
        now: int,
        voices: Voices,
        unscored: Collection[int],
        *,
        restore: bool,
    ) -> None:
        self.library_id = library_id
        self.plugin = plugin
        self.cause = cause
        self.now = now
        self.trust = voices.of(plugin)
        self.unscored = unscored
        self.restore = restore
        self.recorded = Recorded()
        self.values: list[tuple[int, Value]] = []
        self.drops: list[tuple[int, Layer]] = []
        self.history: list[Row] = []
        self.present: dict[int, list[tuple[str, str]]] = {}
        self.scores: dict[int, int] = {}
        self.due: dict[str, list[tuple[int, str]]] = {}
        self.met: dict[str, list[int]] = {}  #: by pipeline, the items that have got what it is there for
        self.schemes = frozenset(f.name for f in plugin.kind.identifiers)
        self.read_by = wording.read_by(plugin.kind)
        self.counting = [field for field in plugin.kind.fields if field.name in plugin.kind.counting]
        self.worded = [field for field in plugin.kind.fields if field.name in self.read_by]
        self.found_by: list[Words] = []

    def take(self, patch: Patch, standing: Sequence[Value], locked: frozenset[str]) -> None:
        """Plan one patch."""
        layers = {value.layer: value for value in standing}
        planned = Plan(patch.values) if self.restore else plan(self.plugin.kind, patch.values, layers, locked)
        drops = self._drops(patch, planned, layers, locked)
        if planned.skipped:
            self.recorded.skipped[patch.item_id] = planned.skipped
        if not planned.writes and not drops and not patch.always:
            return
        written = [value.layer for value in planned.writes]
        moved = [*written, *drops]
        after = dict(layers)
        for layer in drops:
            del after[layer]
        after.update(zip(written, planned.writes, strict=True))
        self.values.extend((patch.item_id, value) for value in planned.writes)
        self.drops.extend((patch.item_id, layer) for layer in drops)
        touched = [layer[0] for layer in moved]
        self.recorded.values += len(planned.writes)
        self.recorded.touched[patch.item_id] = tuple(dict.fromkeys(touched))
        self._remember(patch, moved, layers, after)
        was, now = by_field(standing), by_field(after.values())
        self._appraise(patch.item_id, was, now, touched, locked)
        gone = [layers[layer] for layer in moved if layer in layers]
        self._scan(patch.item_id, was, now, touched, writers([*planned.writes, *gone]), locked)

    def _appraise(
        self, item_id: int, was: Said, now: Said, touched: Sequence[str], locked: Collection[str]
    ) -> None:
        """By what an item is found from now on, and how complete it is.

        Words that stay as they were are not written again: of most books an import has told the title before.
        """
        kind, trust = self.plugin.kind, self.trust
        afresh = item_id in self.unscored  # what stands there goes by other rules
        worded = afresh or not self.read_by.isdisjoint(touched)
        counting = effective_of(kind, now, trust, [*self.counting, *self.worded] if worded else self.counting)
        if afresh or not self.schemes.isdisjoint(touched):
            self.present[item_id] = identifiers(self.plugin, counting)
        if worded:
            words = wording.words(kind, item_id, _data(counting))
            before = _data(effective_of(kind, was, trust, self.worded))
            if afresh or words != wording.words(kind, item_id, before):
                self.found_by.append(words)
        self.scores[item_id] = completeness(kind, counting, locked)

    def _drops(
        self, patch: Patch, planned: Plan, layers: Mapping[Layer, Value], locked: frozenset[str]
    ) -> list[Layer]:
        stays = planned.stays.union(value.layer for value in planned.writes)
        held = frozenset() if self.restore else locked  # what a person typed, only a person gives up
        wanted = [layer for layer in patch.drops if layer in layers and layer not in stays]
        return [layer for layer in wanted if layer[0] not in held or layer[1] is Origin.USER]

    def _remember(
        self,
        patch: Patch,
        moved: Iterable[Layer],
        layers: Mapping[Layer, Value],
        after: Mapping[Layer, Value],
    ) -> None:
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

    def _scan(
        self,
        item_id: int,
        before: Said,
        after: Said,
        touched: Sequence[str],
        written_by: AbstractSet[str],
        locked: Collection[str],
    ) -> None:
        """What becomes due by it, and what is due no more. Nobody reads what they wrote themselves."""
        moved = frozenset(touched)
        was, now = Readings(self.plugin, before), Readings(self.plugin, after)
        for pipeline in self.plugin.pipelines:
            read = moved.intersection(pipeline.inputs)
            if not read and pipeline.goal not in moved:
                continue
            if now.has(pipeline, locked):
                self.met.setdefault(pipeline.name, []).append(item_id)
            elif was.has(pipeline, locked) or (
                written_by != {pipeline.name}
                and any(was.read(pipeline, name) != now.read(pipeline, name) for name in read)
            ):
                self.due.setdefault(pipeline.name, []).append((item_id, now.digest(pipeline)))

    def write(self, connection: Connection) -> None:
        """Write everything."""
        fields.drop_values(connection, self.drops)
        fields.write_values(connection, self.values)
        fields.write_identifiers(connection, self.library_id, self.present)
        texts.write_texts(connection, self.library_id, self.plugin.kind.name, self.found_by)
        self.recorded.changes = changes.append_changes(connection, self.history)
        scores.score(connection, self.scores, self.now)
        if not self.due and not self.met:
            return
        with spared(connection, "scheduling"):
            for pipeline in self.plugin.pipelines:
                due = in_order(connection, self.plugin, pipeline, self.due.get(pipeline.name, []), self.now)
                schedule(connection, self.library_id, pipeline, due, self.now)
                runs.unneed(connection, pipeline.name, self.met.get(pipeline.name, []), self.now)


def schedule(
    connection: Connection,
    library_id: int,
    pipeline: Pipeline,
    due: Sequence[tuple[int, str]],
    now: int,
    *,
    fresh: bool = False,
    returned: bool = True,
    priority: int | None = None,
) -> None:
    """Make runs due for (item, input digest) pairs; what was pending for older input gives way.

    The rest is as in `runs.enqueue`.
    """
    if not due:
        return
    if not fresh:
        runs.supersede(connection, pipeline.name, pipeline.version, due, now)
    ring(connection)
    runs.enqueue(
        connection,
        library_id,
        pipeline.name,
        pipeline.version,
        due,
        priority=pipeline.priority if priority is None else priority,
        now=now,
        fresh=fresh,
        returned=returned,
    )


def in_order(
    connection: Connection,
    plugin: KindPlugin,
    pipeline: Pipeline,
    due: Sequence[tuple[int, str]],
    now: int,
) -> Sequence[tuple[int, str]]:
    """Those of (item, input digest) pairs whose turn it is: nothing before this pipeline is under way.

    The others get their run when that is settled; what is pending here for older input gives way at once.
    """
    earlier = plugin.before(pipeline)
    if not earlier or not due:
        return due
    busy = run_states.under_way(connection, [each.name for each in earlier], [item_id for item_id, _ in due])
    runs.supersede(
        connection, pipeline.name, pipeline.version, [pair for pair in due if pair[0] in busy], now
    )
    return [pair for pair in due if pair[0] not in busy]


def counted(plugin: KindPlugin, values: Iterable[Value], trust: Trust) -> dict[str, Value]:
    """The values that count of an item, as far as it is found by them and scored by them."""
    return effective_values(plugin.kind, values, trust, plugin.kind.counting)


def identifiers(plugin: KindPlugin, counting: Mapping[str, Value]) -> list[tuple[str, str]]:
    """The (scheme, value) pairs under which an item is found, by the values that count of it."""
    schemes = [field.name for field in plugin.kind.identifiers if field.name in counting]
    return [(scheme, one) for scheme in schemes for one in _texts(counting[scheme].data)]


def found_by(plugin: KindPlugin, item_id: int, values: Iterable[Value], trust: Trust) -> Words:
    """The words by which an item is found, of what counts of it."""
    told = effective_values(plugin.kind, values, trust, wording.read_by(plugin.kind))
    return wording.words(plugin.kind, item_id, _data(told))


def _data(counting: Mapping[str, Value]) -> dict[str, Data]:
    return {name: value.data for name, value in counting.items()}


def _texts(data: Data) -> list[str]:
    return [one for one in data if isinstance(one, str)] if isinstance(data, list) else []
