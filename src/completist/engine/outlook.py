"""Outlook: what undoing a run or a job would come to, field by field. Read from what stands, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from completist.domain.errors import NotFound
from completist.domain.fields import Data, Layer, Origin, Value
from completist.domain.kind import Kind
from completist.domain.merging import effective_values
from completist.engine import undoing
from completist.engine.voices import DECLARED, Voices
from completist.sdk import registry
from completist.store import changes, fields, items
from completist.store.changes import Change
from completist.store.database import Connection, Database

#: Items of which it is told field by field.
NAMED = 20


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one field: what counts now and what would then. ``stays`` says why nothing is seen of it."""

    field: str
    now: Data
    then: Data
    stays: str = ""  #: "typed" by a person, "moved" on since, or "others" say what counts


@dataclass(slots=True)
class Outlook:
    """What an undo would come to, as `undoing.Undone` counts it, with the first items field by field."""

    changes: int = 0
    values: int = 0
    kept: int = 0
    removed: int = 0
    covered: int = 0  #: fields of which nothing is seen since a person has typed there
    items: set[int] = field(default_factory=set)
    named: dict[int, tuple[Step, ...]] = field(default_factory=dict)


def of_run(database: Database, library_id: int, run_id: int, voices: Voices = DECLARED) -> Outlook:
    """What undoing a run would come to. Raises NotFound where nothing of it is left to undo."""
    with database.read() as connection:
        found = changes.changes_by(connection, library_id, run_id=run_id)
        return _seen(f"run {run_id}", connection, library_id, [found], voices)


def of_job(database: Database, library_id: int, job_id: int, voices: Voices = DECLARED) -> Outlook:
    """What undoing a job would come to. Raises NotFound where nothing of it is left, or Conflict while it is open."""
    with database.read() as connection:
        return _seen(f"job {job_id}", connection, library_id, _pages(connection, library_id, job_id), voices)


def _pages(connection: Connection, library_id: int, job_id: int) -> Iterator[list[Change]]:
    found, below = undoing.written(connection, library_id, job_id, None)
    while below is not None:
        yield found
        found, below = undoing.written(connection, library_id, job_id, below)


def _seen(
    what: str, connection: Connection, library_id: int, pages: Iterable[Sequence[Change]], voices: Voices
) -> Outlook:
    told = Outlook()
    for page in pages:
        _look(connection, library_id, page, voices, told)
    if not told.changes:
        raise NotFound(f"Of {what} there is nothing to undo.")
    return told


def _look(
    connection: Connection, library_id: int, page: Sequence[Change], voices: Voices, told: Outlook
) -> None:
    ids = sorted({change.item_id for change in page})
    kinds = items.kinds_of(connection, library_id, ids)
    there = [change for change in page if change.item_id in kinds]
    created = [change for change in there if change.action == "create"]
    stay = undoing.staying(connection, created)
    told.changes += len(page)
    told.removed += sum(change.item_id not in stay for change in created)
    told.kept += sum(change.item_id in stay for change in created)
    said = fields.read_values(connection, ids)
    by_item: dict[int, list[Change]] = {}
    for change in there:
        if change.action != "create":
            by_item.setdefault(change.item_id, []).append(change)
    for item_id, mine in by_item.items():
        plugin = registry.plugin(kinds[item_id])
        layers = {value.layer: value for value in said[item_id]}
        moved: set[Layer] = set()
        for change in mine:
            still = undoing.standing_still(change, layers)
            told.values += len(still)
            told.kept += len(change.before) - len(still)
            moved.update(change.before.keys() - set(still))
            for layer in still:
                before = change.before[layer]
                layers.pop(layer, None)
                if before is not None:
                    layers[layer] = before
        trust = voices.of(plugin)
        now = effective_values(plugin.kind, said[item_id], trust)
        then = effective_values(plugin.kind, layers.values(), trust)
        touched = {layer[0] for change in mine for layer in change.before}
        steps = _steps(plugin.kind, touched, now, then, {layer[0] for layer in moved})
        told.items.add(item_id)
        told.covered += sum(step.stays == "typed" for step in steps)
        if len(told.named) < NAMED:
            told.named[item_id] = steps


def _steps(
    kind: Kind, touched: set[str], now: dict[str, Value], then: dict[str, Value], moved: set[str]
) -> tuple[Step, ...]:
    found = []
    for declared in kind.fields:
        name = declared.name
        if name not in touched:
            continue
        is_, will = now.get(name), then.get(name)
        data = (is_.data if is_ else None, will.data if will else None)
        if is_ is not None and is_.origin is Origin.USER:
            found.append(Step(name, *data, "typed"))
        elif data[0] != data[1]:
            found.append(Step(name, *data))
        else:
            found.append(Step(name, *data, "moved" if name in moved else "others"))
    return tuple(found)
