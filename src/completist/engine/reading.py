"""Reading: what of an item a pipeline looks at, and whether that has changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from completist.domain.fields import Data, Origin, Value
from completist.domain.merging import effective
from completist.domain.pipeline import Pipeline
from completist.sdk import registry


def is_met(pipeline: Pipeline, values: Iterable[Value], locked: Collection[str] = ()) -> bool:
    """Whether an item has what ``pipeline`` is there for, or has it locked; typing is a lock, clearing too."""
    goal = pipeline.goal
    if goal is None:
        return False
    return goal in locked or effective(value for value in values if value.field == goal) is not None


def by_field(values: Iterable[Value], names: Collection[str]) -> dict[str, list[Value]]:
    """What was said of some fields, by field."""
    said: dict[str, list[Value]] = {}
    for value in values:
        if value.field in names:
            said.setdefault(value.field, []).append(value)
    return said


def reads_otherwise(
    pipeline: Pipeline, was: Sequence[Value], now: Sequence[Value], name: str, differs: dict[str, bool]
) -> bool:
    """Whether a pipeline reads something else in a field than before, by all that was and is said of that field.

    ``differs`` keeps the answer for all pipelines of the kind to which nothing there is their own.
    """
    own = f"{pipeline.name}@"
    others = [[v for v in said if not (v.version and v.version.startswith(own))] for said in (was, now)]
    if others[0] == others[1]:
        return False
    if pipeline.picture == name or len(others[0]) < len(was) or len(others[1]) < len(now):
        return inputs(pipeline, others[0]) != inputs(pipeline, others[1])
    if name not in differs:
        differs[name] = inputs(pipeline, was) != inputs(pipeline, now)
    return differs[name]


def inputs(pipeline: Pipeline, values: Iterable[Value]) -> dict[str, Data]:
    """The data that ``pipeline`` reads: what counts among all voices but its own earlier results.

    By the order of providers that the kind declares, whatever a person says: to change one's mind about whom to
    believe makes nothing out of date. Of pictures it reads what people and files say: what providers do is among what
    it chooses from.
    """
    own, asked = f"{pipeline.name}@", pipeline.inputs
    said: dict[str, list[Value]] = {}
    for value in values:
        if value.field == pipeline.picture and value.origin is Origin.PROVIDER:
            continue
        if value.field in asked and not (value.version and value.version.startswith(own)):
            said.setdefault(value.field, []).append(value)
    found: dict[str, Data] = {}
    plugin = registry.plugin(pipeline.kind)
    for name, voices in said.items():
        order = plugin.trust.of(name) if len(voices) > 1 else ()
        best = effective(voices, order, plugin.kind.by_name.get(name))
        if best is not None and best.data is not None:
            found[name] = best.data
    return found
