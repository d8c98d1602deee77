"""Gaps: wanted fields that are empty and not locked. Computed, never stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from completist.domain.fields import Origin, Value, is_empty
from completist.domain.kind import Kind


def gaps(kind: Kind, values: Mapping[str, Value], locks: Collection[str] = ()) -> tuple[str, ...]:
    """The names of the fields of ``kind`` that are missing, in its order.

    ``values`` are the values that count, by field. A field that a person cleared or locked is no gap.
    """
    return tuple(f.name for f in kind.wanted if f.name not in locks and _open(values.get(f.name)))


def _open(value: Value | None) -> bool:
    return value is None or (value.origin is not Origin.USER and is_empty(value.data))
