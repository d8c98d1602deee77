"""Reading: what of an item a pipeline looks at, and whether that has changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from completist.domain.fields import Data, Origin, Value
from completist.domain.merging import by_field, effective
from completist.domain.pipeline import Pipeline, digest_of
from completist.sdk import registry
from completist.sdk.registry import KindPlugin


def is_met(pipeline: Pipeline, values: Iterable[Value], locked: Collection[str] = ()) -> bool:
    """Whether an item has what ``pipeline`` is there for, or has it locked; typing is a lock, clearing too."""
    goal = pipeline.goal
    if goal is None:
        return False
    return goal in locked or effective([value for value in values if value.field == goal]) is not None


class Readings:
    """What pipelines read of one item, by field: found out once for all to which nothing there is their own."""

    __slots__ = ("_kind", "_own", "_said", "_shared", "_trust")

    def __init__(self, plugin: KindPlugin, said: Mapping[str, Sequence[Value]]) -> None:
        self._kind = plugin.kind
        self._trust = plugin.trust
        self._said = said
        self._shared: dict[str, Data] = {}
        self._own = writers(value for voices in said.values() for value in voices)

    def has(self, pipeline: Pipeline, locked: Collection[str]) -> bool:
        """As `is_met`."""
        goal = pipeline.goal
        return goal is not None and (goal in locked or effective(self._said.get(goal, ())) is not None)

    def digest(self, pipeline: Pipeline) -> str:
        """What stands for all that a pipeline reads."""
        return digest_of([self.read(pipeline, name) for name in pipeline.inputs])

    def read(self, pipeline: Pipeline, name: str) -> Data:
        """What a pipeline reads in one of its fields; None is nothing."""
        voices = self._said.get(name)
        if voices is None:
            return None
        if pipeline.name in self._own or pipeline.picture == name:
            return self._counting(name, _heard(pipeline, name, voices))
        if name not in self._shared:
            self._shared[name] = self._counting(name, voices)
        return self._shared[name]

    def _counting(self, name: str, voices: Sequence[Value]) -> Data:
        order = self._trust.of(name) if len(voices) > 1 else ()
        best = effective(voices, order, self._kind.by_name.get(name))
        return None if best is None else best.data


def writers(values: Iterable[Value]) -> set[str]:
    """The pipelines that values were written by; the empty name stands for people, imports and all others."""
    return {(version or "").partition("@")[0] for version in {value.version for value in values}}


def _heard(pipeline: Pipeline, name: str, voices: Iterable[Value]) -> list[Value]:
    """Whom a pipeline listens to in one of its fields."""
    own = f"{pipeline.name}@"
    return [
        value
        for value in voices
        if not (name == pipeline.picture and value.origin is Origin.PROVIDER)
        and not (value.version and value.version.startswith(own))
    ]


def inputs(pipeline: Pipeline, values: Iterable[Value]) -> dict[str, Data]:
    """The data that ``pipeline`` reads: what counts among all voices but its own earlier results.

    By the order of providers that the kind declares, whatever a person says: to change one's mind about whom to
    believe makes nothing out of date. Of pictures it reads what people and files say: what providers do is among what
    it chooses from.
    """
    asked = pipeline.inputs
    readings = Readings(registry.plugin(pipeline.kind), by_field(v for v in values if v.field in asked))
    read = ((name, readings.read(pipeline, name)) for name in asked)
    return {name: data for name, data in read if data is not None}
