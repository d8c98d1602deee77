"""Offers: addresses at which a picture of an item may lie, with whoever says so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from completist.domain.fields import Level, Origin, Value, is_empty
from completist.domain.matching import Candidate, Distance, Verdict
from completist.domain.pipeline import Pipeline
from completist.sdk.finder import Finding, Subject


@dataclass(frozen=True, slots=True)
class Offer:
    """An address, and who says that an item's picture lies there."""

    url: str
    provider: str
    record: str
    level: Level | None = None
    origin: Origin = Origin.PROVIDER
    confidence: float = 1.0
    own: bool = False  #: chosen by this pipeline before, and there is no reason to doubt it

    @property
    def of_edition(self) -> bool:
        """Whether it is of the very edition; what a person or a file names is."""
        return self.level is not Level.WORK

    def candidate(self, field: str, url: str) -> Candidate:
        """What is written if the picture at ``url`` is taken."""
        doubt = round(1.0 - self.confidence, 4)
        distance = Distance({"offered": doubt} if doubt else {})
        level = self.level or Level.EDITION
        return Candidate(self.provider, self.record, level, "", distance=distance, fields={field: url})


def typed(pipeline: Pipeline, said: Iterable[Value]) -> Value | None:
    """What a person says of the picture; that there is none, too."""
    return next((v for v in said if v.field == pipeline.picture and v.origin is Origin.USER), None)


def chosen(pipeline: Pipeline, said: Iterable[Value]) -> Value | None:
    """What this pipeline chose before."""
    own = f"{pipeline.name}@"
    mine = [v for v in said if v.field == pipeline.picture and (v.version or "").startswith(own)]
    return max(mine, key=lambda v: v.at, default=None)


def told(pipeline: Pipeline, subject: Subject, said: Sequence[Value]) -> list[Offer]:
    """What stands in the library: of files first, then of providers, each with its address."""
    before = chosen(pipeline, said)
    found = []
    for value in sorted(said, key=lambda v: (v.origin is not Origin.IMPORT, v.level is Level.WORK)):
        if value.field != pipeline.picture or value.origin is Origin.USER or is_empty(value.data):
            continue
        if value.record in subject.rejected:
            continue
        own = value is before and not _is_doubted(pipeline, subject, value, said)
        if value is before and not own:
            continue  # of another thing, perhaps: it has to be offered anew
        found.append(
            Offer(
                str(value.data),
                value.source,
                value.record or "",
                value.level,
                value.origin,
                value.confidence,
                own,
            )
        )
    return found


def found(pipeline: Pipeline, finding: Finding | None) -> Iterator[Offer]:
    """What a certain finding offers."""
    if finding is None or finding.match.verdict is not Verdict.AUTO or pipeline.picture is None:
        return
    for candidate in (*finding.candidates[:1], *finding.also):
        url = candidate.fields.get(pipeline.picture)
        if isinstance(url, str) and url:
            yield Offer(
                url, candidate.provider, candidate.record, candidate.level, confidence=candidate.confidence
            )


def _is_doubted(pipeline: Pipeline, subject: Subject, value: Value, said: Sequence[Value]) -> bool:
    """Whether a person or a file has said since what the item is, so that it may be another thing by now."""
    if subject.accepted and value.record and subject.accepted != value.record:
        return True
    return any(
        v.at > value.at
        and v.origin is not Origin.PROVIDER
        and v.field in pipeline.inputs
        and v.field != value.field
        for v in said
    )
