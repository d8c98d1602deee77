"""Enrichment: what outside programs tell of an edition, a work or an author, put together so that nothing is lost.

Whoever tells something speaks under a name of their own. Of two who say different things the better value stays,
whoever came last; the same thing told twice changes nothing. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from completist.domain.fields import Data, is_empty
from completist.domain.kind import Field
from completist.domain.merging import is_worse

#: How little somebody is trusted about a field: of two, the one with the lower rank is believed.
Rank: TypeAlias = Callable[[str, str], int]


@dataclass(frozen=True, slots=True)
class Said:
    """What counts of one field, who said so, and when."""

    data: Data
    by: str
    at: int


@dataclass(frozen=True, slots=True)
class Enriched:
    """All that was told of one thing. ``metadata`` is what each contributor added that is no field."""

    fields: Mapping[str, Said] = field(default_factory=dict)
    contributors: tuple[str, ...] = ()  #: in order of their names, each once
    metadata: Mapping[str, Mapping[str, Data]] = field(default_factory=dict)
    created_at: int = 0
    updated_at: int = 0

    @property
    def data(self) -> dict[str, Data]:
        """What counts, by field."""
        return {name: said.data for name, said in self.fields.items()}

    def primary(self, rank: Rank) -> str:
        """The most trusted, in general, of those who told anything."""
        return min(self.contributors, key=lambda by: (rank("", by), by), default="")


@dataclass(frozen=True, slots=True)
class Telling:
    """What somebody tells: fields, and whatever else they want to be kept with it."""

    by: str
    fields: Mapping[str, Data]
    metadata: Mapping[str, Data] = field(default_factory=dict)


def blend(
    standing: Enriched | None, telling: Telling, declared: Mapping[str, Field], rank: Rank, now: int
) -> tuple[Enriched, tuple[str, ...]]:
    """What stands after somebody told something, and the names of the fields that hold something else now.

    Metadata counts as one field of that name. What changes nothing leaves the time of the last change as it was.
    """
    before = standing or Enriched(created_at=now, updated_at=now)
    fields = dict(before.fields)
    updated: list[str] = []
    for name, data in telling.fields.items():
        if is_empty(data):
            continue
        old = fields.get(name)
        if old is None or _replaces(
            declared.get(name), old, data, telling.by, prior=rank(name, telling.by) < rank(name, old.by)
        ):
            fields[name] = Said(data, telling.by, now)
            updated.append(name)
        elif old.data == data and rank(name, telling.by) < rank(name, old.by):
            fields[name] = replace(old, by=telling.by)  # confirmed by somebody who is believed more
    added = {**before.metadata.get(telling.by, {}), **telling.metadata}
    metadata = {**before.metadata, telling.by: added} if added else before.metadata
    if metadata != before.metadata:
        updated.append("metadata")
    contributors = tuple(sorted({*before.contributors, telling.by}))
    at = now if updated or contributors != before.contributors else before.updated_at
    return Enriched(fields, contributors, metadata, before.created_at, at), tuple(updated)


def _replaces(declared: Field | None, old: Said, data: Data, by: str, *, prior: bool) -> bool:
    """Whether what is told takes the place of what stands: it says more, or its teller may say otherwise."""
    if data == old.data or says_less(declared, data, old.data):
        return False
    return says_less(declared, old.data, data) or by == old.by or prior


def says_less(declared: Field | None, one: Data, other: Data) -> bool:
    """Whether ``one`` is a part of ``other``: a year of a date, a stub of a text, some of the names."""
    if isinstance(one, list) and isinstance(other, list):
        return {str(each) for each in one} < {str(each) for each in other}
    return declared is not None and is_worse(declared, one, other)
