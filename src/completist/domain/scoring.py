"""Scoring: how complete an item is, and how good a provider's record of it.

What counts and how much is declared by each kind (`Field.weight`, `Field.worth`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from completist.domain.fields import Data, Origin, Value, is_empty
from completist.domain.kind import Field, FieldType, Kind

#: A long text of no more characters says nothing; in a provider's record, one of no more than `MUCH`.
SOME, MUCH = 50, 100


def completeness(kind: Kind, values: Mapping[str, Value], locks: Collection[str] = ()) -> int:
    """How much of what makes an item complete is there, 0 to 100. ``values`` are those that count, by field.

    What a person typed, cleared or locked is settled: nothing is missing there, whatever it holds.
    """
    return _share(
        sum(weight for field, weight in kind.weights if _is_settled(field, values.get(field.name), locks)),
        sum(weight for _, weight in kind.weights),
    )


def completeness_at_first(kind: Kind, data: Mapping[str, Data]) -> int:
    """The same for a new item, about which one voice alone has spoken, and no person."""
    return _share(
        sum(weight for field, weight in kind.weights if says_something(field, data.get(field.name))),
        sum(weight for _, weight in kind.weights),
    )


def quality(kind: Kind, data: Mapping[str, Data], unsound: Collection[str] = ()) -> float:
    """How good a provider's record is, 0 to 1: how much of what is of worth it says, a long description for one.

    ``unsound`` are fields whose data cannot be right: they are of no worth, and where an identifier is one of them
    (an ISBN with a wrong check digit), the whole record is worth half.
    """
    total = sum(worth for _, worth in kind.worths)
    said = sum(
        worth
        for field, worth in kind.worths
        if field.name not in unsound and says_something(field, data.get(field.name), MUCH)
    )
    doubted = any(field.name in unsound for field in kind.identifiers)
    return round(said / (total or 1) / (2 if doubted else 1), 4)


#: Where the bands of a histogram begin; each ends before the next.
BANDS = (0, 20, 40, 60, 80, 100)


@dataclass(frozen=True, slots=True)
class Spread:
    """How complete many items are: on average, None without any, and how many in each of `BANDS`."""

    average: float | None
    bands: Mapping[int, int]
    unscored: int  #: of which it is not known yet


def spread(counts: Mapping[int | None, int]) -> Spread:
    """The spread of items, counted by how complete they are; None stands for those of which it is not known."""
    known = {score: count for score, count in counts.items() if score is not None}
    total = sum(known.values())
    average = round(sum(score * count for score, count in known.items()) / total, 1) if total else None
    bands = dict.fromkeys(BANDS, 0)
    for score, count in known.items():
        bands[max(band for band in BANDS if band <= score)] += count
    return Spread(average, bands, counts.get(None, 0))


def says_something(field: Field, data: Data, least: int = SOME) -> bool:
    """Whether data fill a field: a text longer than a stub of ``least`` characters, a count of at least one."""
    if is_empty(data):
        return False
    if field.type is FieldType.LONG_TEXT:
        return isinstance(data, str) and len(data.strip()) > least
    if field.type is FieldType.INTEGER:
        return isinstance(data, int) and data > 0
    if field.type in (FieldType.IMAGE, FieldType.URL):
        return isinstance(data, str) and data.startswith(("https://", "http://"))
    return not isinstance(data, str) or bool(data.strip())


def _is_settled(field: Field, value: Value | None, locks: Collection[str]) -> bool:
    if field.name in locks:
        return True
    return value is not None and (value.origin is Origin.USER or says_something(field, value.data))


def _share(part: int, whole: int) -> int:
    """A percentage, halves rounded up; of nothing, all is there."""
    return (200 * part + whole) // (2 * whole) if whole else 100
