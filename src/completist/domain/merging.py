"""Merging: the one place that decides which value counts and which may be written.

"Never overwrite what a person typed" holds by construction: every voice writes into a layer of its own
(field, origin, source), only a person writes into a person's layer, and that layer always wins.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from completist.domain.fields import DOUBTFUL, Data, Layer, Level, Origin, Value, is_empty
from completist.domain.kind import Field, FieldType, Kind

#: A description shorter than this many characters is a stub.
STUB = 80


class Skip(StrEnum):
    """Why a value of a patch was not written."""

    UNKNOWN = "unknown_field"  #: the kind has no such field
    LOCKED = "locked"  #: a person locked the field
    WORSE = "worse"  #: what stands there is better: a full date against a year, a text against a stub
    SAME = "same"  #: it stands there already
    UNCERTAIN = "needs_certain_edition"  #: an edition's value from a match of the work alone
    PERSONAL = "personal"  #: no provider fills what belongs to the owner


@dataclass(frozen=True, slots=True)
class Plan:
    """What a patch comes to: values to write, and the fields left alone with the reason."""

    writes: tuple[Value, ...] = ()
    skipped: tuple[tuple[str, Skip], ...] = ()


def plan(
    kind: Kind,
    patch: Iterable[Value],
    standing: Mapping[Layer, Value],
    locks: Collection[str] = (),
) -> Plan:
    """Decide which values of ``patch`` may be written over ``standing``, the item's values by layer.

    ``locks`` are the fields a person has locked by hand. A person's own values always pass.
    """
    writes: list[Value] = []
    skipped: list[tuple[str, Skip]] = []
    for value in patch:
        reason = _refusal(kind, value, standing.get(value.layer), locks)
        if reason is None:
            writes.append(value)
        else:
            skipped.append((value.field, reason))
    return Plan(tuple(writes), tuple(skipped))


def _refusal(kind: Kind, value: Value, old: Value | None, locks: Collection[str]) -> Skip | None:
    field = kind.by_name.get(value.field)
    if field is None:
        return Skip.UNKNOWN
    if value.origin is Origin.USER:
        return Skip.SAME if old is not None and old.data == value.data else None
    if value.field in locks:
        return Skip.LOCKED
    if value.origin is Origin.PROVIDER:
        if field.personal:
            return Skip.PERSONAL
        if field.level is Level.EDITION and value.level is not Level.EDITION:
            return Skip.UNCERTAIN
    if old is None:
        return Skip.SAME if is_empty(value.data) else None
    if old.data == value.data and (value.origin is not Origin.PROVIDER or old.record == value.record):
        return Skip.SAME
    if (
        value.origin is Origin.PROVIDER
        and old.record == value.record
        and is_worse(field, value.data, old.data)
    ):
        return Skip.WORSE
    return None


def is_worse(field: Field, new: Data, old: Data) -> bool:
    """Whether ``new`` says less than ``old``: empty, a shorter date, a stub for a description."""
    if is_empty(new):
        return not is_empty(old)
    if not (isinstance(new, str) and isinstance(old, str)):
        return False
    if field.type is FieldType.DATE:
        return len(new) < len(old) and old.startswith(new)
    if field.type is FieldType.LONG_TEXT:
        return len(new) < STUB <= len(old)
    return False


def effective(values: Iterable[Value], order: Sequence[str] = ()) -> Value | None:
    """The value that counts among all that was said about one field, or None.

    A person's value wins, a cleared one too; then imports, the latest first; then providers in ``order``,
    by confidence, then the latest. Damaged import text counts only when no provider knows better.
    """
    best: Value | None = None
    best_rank: tuple[int, int, float, int, str] | None = None
    for value in values:
        if value.origin is not Origin.USER and is_empty(value.data):
            continue
        rank = _rank(value, order)
        if best_rank is None or rank > best_rank:
            best, best_rank = value, rank
    return best


def _rank(value: Value, order: Sequence[str]) -> tuple[int, int, float, int, str]:
    if value.origin is Origin.USER:
        return (3, 0, 1.0, value.at, "")
    if value.origin is Origin.IMPORT:
        trust = 2 if value.confidence >= DOUBTFUL else 0
        return (trust, 0, value.confidence, value.at, value.source)
    place = -order.index(value.source) if value.source in order else -len(order)
    return (1, place, value.confidence, value.at, value.source)


def effective_values(
    kind: Kind, values: Iterable[Value], order: Mapping[str, Sequence[str]] | None = None
) -> dict[str, Value]:
    """The value that counts for every field of ``kind`` that has one, in the kind's order of fields."""
    said: dict[str, list[Value]] = {}
    for value in values:
        said.setdefault(value.field, []).append(value)
    found: dict[str, Value] = {}
    for field in kind.fields:
        if field.name in said:
            best = effective(said[field.name], (order or {}).get(field.name, ()))
            if best is not None:
                found[field.name] = best
    return found
