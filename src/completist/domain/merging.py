"""Merging: the one place that decides which value counts and which may be written.

"Never overwrite what a person typed" holds by construction: every voice writes into a layer of its own
(field, origin, source), only a person writes into a person's layer, and that layer always wins.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from completist.domain.fields import DOUBTFUL, Data, Layer, Level, Origin, Value, is_empty
from completist.domain.kind import Field, FieldType, Kind
from completist.domain.scoring import quality
from completist.domain.trust import EQUAL, Trust

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
    """What a patch comes to: values to write, and the fields left alone with the reason.

    ``stays`` are the layers in which the patch says nothing new, or nothing better: what stands there stays.
    """

    writes: tuple[Value, ...] = ()
    skipped: tuple[tuple[str, Skip], ...] = ()
    stays: frozenset[Layer] = frozenset()


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
    stays: set[Layer] = set()
    for value in patch:
        reason = _refusal(kind, value, standing.get(value.layer), locks)
        if reason is None:
            writes.append(value)
        else:
            skipped.append((value.field, reason))
            if reason in (Skip.SAME, Skip.WORSE):
                stays.add(value.layer)
    return Plan(tuple(writes), tuple(skipped), frozenset(stays))


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
    return Skip.WORSE if value.origin is Origin.PROVIDER and _is_step_back(field, value, old) else None


def _is_step_back(field: Field, value: Value, old: Value) -> bool:
    """Whether a provider's value is worse than what stands in its layer."""
    if was_looked_at(field, old) and not was_looked_at(field, value):
        return True
    return old.record == value.record and is_worse(field, value.data, old.data)


def was_looked_at(field: Field, value: Value) -> bool:
    """Whether a value is a picture that somebody opened: so say the pipelines that are called like their field."""
    return field.type is FieldType.IMAGE and (value.version or "").partition("@")[0] == field.name


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


def effective(
    values: Sequence[Value],
    order: Sequence[str] = (),
    field: Field | None = None,
    quality: Callable[[Value], float] | None = None,
) -> Value | None:
    """The value that counts among all that was said about one field, or None.

    A person's value wins, a cleared one too; then imports, the latest first; then providers in ``order``, by
    confidence, by the ``quality`` of their records, then the latest. Damaged import text counts only when no provider
    knows better. Where the ``field`` is given, no provider's stub of a text counts while another has more to say, and
    a date is taken from whoever names the day in the year or month that counts; a picture that was looked at counts
    before addresses that nobody has called.
    """
    if len(values) == 1:  # as with most fields
        (only,) = values
        return only if only.data or only.origin is Origin.USER or not is_empty(only.data) else None
    said = [v for v in values if v.data or v.origin is Origin.USER or not is_empty(v.data)]
    if len(said) <= 1:
        return said[0] if said else None
    typed = [v for v in said if v.origin is Origin.USER]
    if typed:
        return max(typed, key=lambda v: v.at)
    imported = [v for v in said if v.origin is Origin.IMPORT]
    sure = [v for v in imported if v.confidence >= DOUBTFUL]
    provided = [] if sure else [v for v in said if v.origin is Origin.PROVIDER]
    if provided:
        return _believed(provided, order, field, quality)
    return max(sure or imported, key=lambda v: (v.confidence, v.at, v.source), default=None)


def _believed(
    provided: Sequence[Value],
    order: Sequence[str],
    field: Field | None,
    quality: Callable[[Value], float] | None,
) -> Value:
    """Whose word counts among those of providers."""
    if len(provided) == 1:
        return provided[0]
    ranked = [(_rank(value, order, field), value) for value in provided]
    highest = max(rank for rank, _ in ranked)
    first = [value for rank, value in ranked if rank == highest]
    worth = quality if quality is not None and len(first) > 1 else _any
    best = max(first, key=lambda v: (worth(v), v.at, v.source))
    return _finer(best, provided, order, field)


def _any(_value: Value) -> float:
    return 0.0


def _rank(value: Value, order: Sequence[str], field: Field | None) -> tuple[bool, bool, int, float]:
    """Whether a provider says enough, was looked at, its place in the order, how sure it is: the highest counts."""
    enough = field is None or not _is_stub(field, value.data)
    looked_at = field is not None and was_looked_at(field, value)
    place = -order.index(value.source) if value.source in order else -len(order)
    return (enough, looked_at, place, value.confidence)


def _is_stub(field: Field, data: Data) -> bool:
    return field.type is FieldType.LONG_TEXT and isinstance(data, str) and len(data) < STUB


def _finer(best: Value, provided: Sequence[Value], order: Sequence[str], field: Field | None) -> Value:
    """The same date as the best one, from the provider that names more of it."""
    if field is None or field.type is not FieldType.DATE:
        return best
    finer = [v for v in provided if _refines(v.data, best.data)]
    if not finer:
        return best
    nearest = max(finer, key=lambda v: (_rank(v, order, field), v.at, v.source))
    return _finer(nearest, provided, order, field)


def _refines(data: Data, other: Data) -> bool:
    """Whether a date is the other one with a month or day; New Year's Day stands in many records for a mere year."""
    if not (isinstance(data, str) and isinstance(other, str)):
        return False
    return data.startswith(f"{other}-") and not data.endswith("-01-01")


def effective_values(
    kind: Kind, values: Iterable[Value], trust: Trust = EQUAL, names: Collection[str] | None = None
) -> dict[str, Value]:
    """The value that counts for every field of ``kind`` that has one, in the kind's order of fields.

    ``names`` keeps to some fields.
    """
    fields = kind.fields if names is None else [field for field in kind.fields if field.name in names]
    return effective_of(kind, by_field(values), trust, fields)


def effective_of(
    kind: Kind, said: Mapping[str, Sequence[Value]], trust: Trust, fields: Iterable[Field]
) -> dict[str, Value]:
    """The value that counts for each of some fields that has one, in their order, of what was ``said`` by field."""
    found: dict[str, Value] = {}
    for field in fields:
        name = field.name
        voices = said.get(name)
        if voices is None:
            continue
        if field.beside is not None:
            voices = _beside(kind, field.beside, said, trust, name)
        best = effective(
            voices,
            trust.of(name) if len(voices) > 1 else (),
            field,
            lambda value: _quality(kind, said, value),
        )
        if best is not None:
            found[name] = best
    return found


def by_field(values: Iterable[Value]) -> dict[str, list[Value]]:
    """What was said, by field."""
    said: dict[str, list[Value]] = {}
    for value in values:
        if (voices := said.get(value.field)) is None:
            said[value.field] = [value]
        else:
            voices.append(value)
    return said


def _quality(kind: Kind, said: Mapping[str, Sequence[Value]], value: Value) -> float:
    """How good the record is that a provider's value comes from, as far as it stands there."""
    record = {
        v.field: v.data
        for voices in said.values()
        for v in voices
        if v.origin is Origin.PROVIDER and v.source == value.source
    }
    return quality(kind, record)


def _beside(
    kind: Kind, other: str, said: Mapping[str, Sequence[Value]], trust: Trust, name: str
) -> list[Value]:
    """What was said of a field that says nothing without another: by providers, only beside what counts there.

    The number that a book has in one series is none in another, which some other provider may name.
    """
    best = effective(said.get(other, ()), trust.of(other), kind.by_name.get(other))
    named = None if best is None else _folded(best.data)
    theirs = {v.source: _folded(v.data) for v in said.get(other, ()) if v.origin is Origin.PROVIDER}
    return [
        v
        for v in said[name]
        if v.origin is not Origin.PROVIDER or (named is not None and theirs.get(v.source) == named)
    ]


def _folded(data: Data) -> str | None:
    return "".join(filter(str.isalnum, data.casefold())) if isinstance(data, str) else None
