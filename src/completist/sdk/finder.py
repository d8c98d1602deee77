"""Finders: the behaviour behind a pipeline. They look things up and decide; they never write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from completist.domain.errors import Retryable
from completist.domain.fields import Data
from completist.domain.matching import Candidate, Match, Verdict
from completist.domain.pipeline import Pipeline
from completist.sdk.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Subject:
    """An item as a finder sees it: the data that counts, by field, and what people have decided about it."""

    item_id: int
    values: Mapping[str, Data]
    rejected: frozenset[str] = frozenset()  #: records a person turned down: never offered again
    accepted: str | None = None  #: the record a person chose: taken without doubt


@dataclass(frozen=True, slots=True)
class Related:
    """An item that a match brings along (the author of a book), found or created by its identifier."""

    kind: str
    relation: str  #: from the subject's side: "author"
    scheme: str
    value: str
    fields: Mapping[str, Data] = field(default_factory=dict)
    position: int = 0


@dataclass(frozen=True, slots=True)
class Vector:
    """A vector of an item in a space, or the reason why it has none."""

    space: str
    model: str
    digest: str  #: of the text that it is made of
    data: bytes | None  #: 32-bit floats, little-endian, of length 1
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What a finder came to about one subject.

    With verdict ``auto``, ``candidates`` holds exactly the one to write. With ``review``, those to show a person,
    best first. With ``none``, nothing, or what came close. ``also`` are the records of other providers about what was
    chosen: they are written beside it, each in its own voice.
    ``vector`` is what a stage came to that makes vectors.
    ``unheard`` are providers that could not be asked yet: what they said earlier stays.
    """

    item_id: int
    match: Match
    candidates: tuple[Candidate, ...] = ()
    related: Mapping[str, tuple[Related, ...]] = field(default_factory=dict)  #: by candidate's record
    also: tuple[Candidate, ...] = ()
    unheard: frozenset[str] = frozenset()
    vector: Vector | None = None


class Interrupted(Retryable):
    """Somebody stopped answering in the middle of a batch: what was found by then is kept, the rest tried again."""

    def __init__(self, findings: Sequence[Finding], why: Retryable) -> None:
        super().__init__(why.message, after=why.after, hint=why.hint, code=why.code, resting=why.resting)
        self.findings = tuple(findings)


class Finder(Protocol):
    """Fills the fields of one pipeline, a batch at a time."""

    @property
    def pipeline(self) -> Pipeline:
        """What it fills."""
        ...

    def find(self, subjects: Sequence[Subject], catalogue: Catalogue) -> list[Finding]:
        """One finding for each subject, in the order given. Pure but for the look-ups.

        Raises Interrupted or Retryable where somebody does not answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class Unasked:
    """A finder whose live providers cannot be asked at present: what it does not know by itself waits for them."""

    finder: Finder

    @property
    def pipeline(self) -> Pipeline:
        """What it fills."""
        return self.finder.pipeline

    def find(self, subjects: Sequence[Subject], catalogue: Catalogue) -> list[Finding]:
        """As the finder itself."""
        return self.finder.find(subjects, catalogue)


@dataclass(frozen=True, slots=True)
class NoFinder:
    """The finder of a pipeline that the catalogue has nothing for: only live providers know."""

    pipeline: Pipeline

    def find(self, subjects: Sequence[Subject], catalogue: Catalogue) -> list[Finding]:
        """Nothing, for each subject."""
        del catalogue
        nothing = Match(Verdict.NONE, ("nothing_found",))
        return [Finding(subject.item_id, nothing) for subject in subjects]
