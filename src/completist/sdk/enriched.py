"""Enriched records as a provider: what outside programs told, kept among the answers and never asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from completist.domain.budget import Budget, Rate
from completist.domain.enrichment import Enriched, Said
from completist.domain.fields import Data, is_empty
from completist.domain.kind import Kind
from completist.domain.matching import Candidate, Distance
from completist.sdk.adapter import AdapterPlan, Question, Reading
from completist.sdk.entity import Entity
from completist.sdk.finder import Subject
from completist.sdk.jsondata import record, text, texts, whole
from completist.sdk.provider import Http, Provider, Record

#: The voice in which enriched records speak.
PROVIDER = "enriched"

#: Calls no host, whatever is asked.
ENRICHED = Provider(PROVIDER, frozenset(), Budget(Rate(1, 1)))

#: How far from certain a record is that says next to nothing.
DOUBT = 0.2


def by_key(entity: Entity, subject: Subject) -> Sequence[Question]:
    """One question for each identifier that an item has of an entity's scheme."""
    return [Question(entity.scheme, key) for key in dict.fromkeys(texts(subject.values.get(entity.scheme)))]


@dataclass(frozen=True, slots=True)
class EnrichedAdapter:
    """Reads the enriched records of one type of thing."""

    kind: Kind
    entity: Entity
    fills: frozenset[str]
    questions: Callable[[Entity, Subject], Sequence[Question]] = by_key
    provider: Provider = ENRICHED

    def rounds(self, subject: Subject) -> Sequence[Sequence[Question]]:
        """One round, by the item's own identifiers."""
        questions = self.questions(self.entity, subject)
        return [questions] if questions else []

    async def ask(self, http: Http, questions: Sequence[Question]) -> Mapping[Question, list[Record]]:
        """Nothing: what is not here is nowhere."""
        del http, questions
        return {}

    def read(self, question: Question, records: Sequence[Record]) -> Sequence[Reading]:
        """The record as a candidate; see `Adapter.read`."""
        if question.scheme != self.entity.scheme:
            return []
        return [Reading(self._candidate(question, each)) for each in records]

    def _candidate(self, question: Question, kept: Record) -> Candidate:
        entity, kind = self.entity, self.kind
        told = shown(entity, unpacked(kept).data)
        fields: dict[str, Data] = {
            entity.scheme: [question.text],
            **{n: data for n, data in told.items() if n in kind.by_name},
        }
        doubt = round(DOUBT * (100 - min(whole(kept.get("quality")) or 0, 100)) / 100, 4)
        byline = texts(fields.get(kind.byline)) if kind.byline else []
        return Candidate(
            PROVIDER,
            question.key,
            entity.level,
            text(fields.get(kind.title)),
            ", ".join(byline),
            distance=Distance({"quality": doubt} if doubt else {}),
            fields=fields,
        )

    def plan(self) -> AdapterPlan:
        """The plan of this provider, which nobody asks."""
        probe = Question(self.entity.scheme, "")
        return AdapterPlan(
            PROVIDER, "Enriched records", self.entity.pipeline, lambda _key: self, probe=probe, local=True
        )


def packed(entity: Entity, key: str, enriched: Enriched, primary: str, quality: int, complete: int) -> Record:
    """A record as it is kept."""
    fields = {
        name: cast("Data", {"data": said.data, "by": said.by, "at": said.at})
        for name, said in sorted(enriched.fields.items())
    }
    return {
        "entity": entity.name,
        "key": key,
        "level": entity.level.value,
        "fields": fields,
        "primary_provider": primary,
        "contributors": list(enriched.contributors),
        "metadata": {by: dict(added) for by, added in sorted(enriched.metadata.items())},
        "quality": quality,
        "completeness": complete,
        "created_at": enriched.created_at,
        "updated_at": enriched.updated_at,
    }


def unpacked(kept: Record) -> Enriched:
    """What `packed` kept. What cannot be read is left out."""
    said = {name: record(each) for name, each in record(kept.get("fields")).items()}
    return Enriched(
        {
            name: Said(each.get("data"), text(each.get("by")), whole(each.get("at")) or 0)
            for name, each in said.items()
            if not is_empty(each.get("data"))
        },
        tuple(texts(kept.get("contributors"))),
        {by: record(added) for by, added in record(kept.get("metadata")).items()},
        whole(kept.get("created_at")) or 0,
        whole(kept.get("updated_at")) or 0,
    )


def shown(entity: Entity, data: Mapping[str, Data]) -> dict[str, Data]:
    """What counts by field, of pictures the largest."""
    shown = dict(data)
    for name, sizes in entity.pictures.items():
        largest = next((data[size] for size in sizes if size in data), None)
        if largest is not None:
            shown[name] = largest
    return shown
