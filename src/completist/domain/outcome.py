"""Outcome: what taking a candidate would do to an item, field by field, told before it is done."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from completist.domain.fields import DOUBTFUL, Data, Level, Origin, Value, is_empty
from completist.domain.kind import Field, Kind
from completist.domain.matching import Candidate


class Effect(StrEnum):
    """What a candidate does to one field."""

    SAME = "same"  #: both say it
    FILLS = "fills"  #: the field is empty and gets the candidate's value
    STAYS = "stays"  #: they differ, and what was typed or imported counts
    REPLACES = "replaces"  #: they differ, and an older answer of a provider, or damaged text, gives way
    HELD_BACK = "held_back"  #: locked, or true of one edition only while the candidate is a work


@dataclass(frozen=True, slots=True)
class Side:
    """One field of an item beside a candidate's."""

    field: Field
    mine: Data
    theirs: Data
    effect: Effect


def outcome(
    kind: Kind, values: Mapping[str, Value], locked: Collection[str], candidate: Candidate
) -> tuple[Side, ...]:
    """Every field about which the candidate says something, in the kind's order.

    ``values`` are the item's values that count. Personal fields are left out: no candidate touches them.
    """
    return tuple(
        _side(field, values.get(field.name), locked, candidate)
        for field in kind.fields
        if not field.personal and not is_empty(candidate.fields.get(field.name))
    )


def _side(field: Field, value: Value | None, locked: Collection[str], candidate: Candidate) -> Side:
    theirs = candidate.fields[field.name]
    mine = None if value is None else value.data
    return Side(field, mine, theirs, _effect(field, value, theirs, locked, candidate.level))


def _effect(field: Field, value: Value | None, theirs: Data, locked: Collection[str], level: Level) -> Effect:
    if value is not None and _alike(value.data, theirs):
        return Effect.SAME
    if value is not None and value.origin is Origin.USER:
        return Effect.STAYS
    if field.name in locked or (field.level is Level.EDITION and level is not Level.EDITION):
        return Effect.HELD_BACK
    if value is None or is_empty(value.data):
        return Effect.FILLS
    sound = value.origin is Origin.IMPORT and value.confidence >= DOUBTFUL
    return Effect.STAYS if sound else Effect.REPLACES


def _alike(mine: Data, theirs: Data) -> bool:
    return _plain(mine) == _plain(theirs)


def _plain(data: Data) -> object:
    if isinstance(data, str):
        return " ".join(data.split()).casefold()
    if isinstance(data, list):
        return [_plain(each) for each in data]
    return data
