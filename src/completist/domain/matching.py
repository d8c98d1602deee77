"""Matching: a three-way, explainable decision. What makes two things the same is each kind's own affair."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from completist.domain.fields import Data, Level


class Verdict(StrEnum):
    """What was decided about an item and the records offered for it."""

    AUTO = "auto"  #: certain enough to write
    REVIEW = "review"  #: a person decides
    NONE = "none"  #: nothing fits


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a candidate is from what was asked, as named penalties of 0 to 1 each; 0 is a perfect fit."""

    penalties: Mapping[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """The sum of the penalties, capped at 1."""
        return min(1.0, round(sum(self.penalties.values(), 0.0), 4))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record offered for an item, with all that would be written if it were taken.

    ``record`` is the provider's id (``OL…M`` for an edition, ``OL…W`` for a work), ``work`` the id of its work.
    ``fields`` holds the data to write by field name; with a match of the work alone, `merging.plan` lets
    only those through that the kind declares true of the work.
    """

    provider: str
    record: str
    level: Level
    title: str
    byline: str = ""
    year: int | None = None
    work: str | None = None
    distance: Distance = Distance()
    reasons: tuple[str, ...] = ()
    fields: Mapping[str, Data] = field(default_factory=dict)

    @property
    def confidence(self) -> float:
        """1 for a perfect fit, falling with the distance."""
        return round(1.0 - self.distance.total, 4)


@dataclass(frozen=True, slots=True)
class Match:
    """The decision about one item: the verdict, the record it rests on, and the reasons as stable codes."""

    verdict: Verdict
    reasons: tuple[str, ...] = ()
    level: Level | None = None
    record: str | None = None
    distance: float | None = None
