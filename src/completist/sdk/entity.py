"""Entities: the things that programs outside tell of and ask for by one identifier: an edition, a work, an author."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from completist.domain.fields import Level
from completist.sdk.adapter import Question


@dataclass(frozen=True, slots=True, eq=False)
class Entity:
    """One type of them; there is one object for each.

    ``read`` brings a key into its normal form, or raises ValueError with the reason. ``pictures`` names the fields of
    which a record holds one of several sizes, with what each size is told as, the largest first.
    """

    name: str  #: edition
    kind: str  #: of the items that are it
    pipeline: str  #: whose providers know of it
    scheme: str  #: of its identifier: isbn13
    level: Level
    read: Callable[[str], str]
    pictures: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def question(self, key: str) -> Question:
        """What a provider is asked about the one with a key."""
        return Question(self.scheme, key)
