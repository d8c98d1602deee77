"""Records as no provider should send them: true ones of which a part is something else."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import TypeAlias

from hypothesis import strategies as st

from completist.domain.fields import Data
from completist.sdk.provider import Record

#: The way to a part of a record: names of members, and places in lists.
Way: TypeAlias = tuple[str | int, ...]

#: Any JSON, small.
json_values: st.SearchStrategy[Data] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def mangled(draw: st.DrawFn, record: Record) -> Record:
    """The record with up to three of its parts replaced by any JSON."""
    broken: Record = deepcopy(record)
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from([*_ways(broken)]))
        holder: Data = broken
        for step in way:
            holder = _part(holder, step)
        if isinstance(holder, dict):
            holder[str(last)] = draw(json_values)
        elif isinstance(holder, list) and isinstance(last, int):
            holder[last] = draw(json_values)
    return broken


def _ways(data: Data, way: Way = ()) -> Iterator[Way]:
    """Every part but the whole."""
    each: list[tuple[str | int, Data]] = []
    if isinstance(data, dict):
        each = [*data.items()]
    elif isinstance(data, list):
        each = [*enumerate(data)]
    if way:
        yield way
    for step, part in each:
        yield from _ways(part, (*way, step))


def _part(holder: Data, step: str | int) -> Data:
    if isinstance(holder, dict):
        return holder[str(step)]
    return holder[step] if isinstance(holder, list) and isinstance(step, int) else None
