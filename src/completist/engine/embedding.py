"""Embedding: the stage that makes vectors of texts. They are rows of the library, the truth of what is near what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from completist.domain.fields import Data
from completist.domain.matching import Match, Verdict
from completist.domain.pipeline import RERUN_PRIORITY, Pipeline
from completist.engine import scanning
from completist.sdk import registry
from completist.sdk.catalogue import Catalogue
from completist.sdk.finder import Finding, Subject, Vector
from completist.sdk.vectors import Embedder, Space
from completist.store import runs, vectors
from completist.store.database import Database

__all__ = ["EmbedFinder", "notice_model"]


@dataclass(frozen=True, slots=True)
class EmbedFinder:
    """Makes a vector of each item's text; of one that says too little none, and says why.

    A text that has a vector of this model and version of the stage keeps it, however often the stages before ran.
    """

    pipeline: Pipeline
    space: Space
    embedder: Embedder
    database: Database

    def find(self, subjects: Sequence[Subject], catalogue: Catalogue) -> list[Finding]:
        """One finding for each subject, in the order given. Raises what `Embedder.embed` raises."""
        del catalogue
        texts = [self.space.text(subject.values) for subject in subjects]
        reasons = [self.space.thinness(text) for text in texts]
        data = self._standing(subjects, texts)
        rich = [at for at, reason in enumerate(reasons) if not reason and at not in data]
        made = self.embedder.embed([texts[at] for at in rich]) if rich else ()
        data |= {at: row.astype("<f4").tobytes() for at, row in zip(rich, made, strict=True)}
        return [
            self._finding(subject, texts[at], None if reasons[at] else data.get(at), reasons[at])
            for at, subject in enumerate(subjects)
        ]

    def _standing(self, subjects: Sequence[Subject], texts: Sequence[str]) -> dict[int, bytes]:
        """The vectors that stand there of the very same texts, by the place of their subjects."""
        with self.database.read() as connection:
            kept = vectors.read_vectors(connection, self.space.name, [each.item_id for each in subjects])
        found = {}
        for at, (subject, text) in enumerate(zip(subjects, texts, strict=True)):
            held = kept.get(subject.item_id)
            if held is not None and held.data is not None and self._still_counts(held, text):
                found[at] = held.data
        return found

    def _still_counts(self, held: vectors.Kept, text: str) -> bool:
        own = self.pipeline.version.rpartition(".")[2]
        made = held.version.rpartition(".")[2]
        return (held.model, made, held.digest) == (self.embedder.id, own, digest_of(text))

    def _finding(self, subject: Subject, text: str, data: bytes | None, reason: str) -> Finding:
        verdict = Verdict.NONE if data is None else Verdict.AUTO
        vector = Vector(self.space.name, self.embedder.id, digest_of(text), data, reason or None)
        return Finding(subject.item_id, Match(verdict, (reason or "embedded",)), vector=vector)


def digest_of(text: str) -> str:
    """Sixteen hex digits that stand for a text."""
    return blake2b(text.encode(), digest_size=8).hexdigest()


def notice_model(
    database: Database, library_id: int, space: Space, embedder: Embedder, clock: Callable[[], int]
) -> int:
    """Make those items due again whose vector another model made; how many.

    Vectors of two models cannot be compared.
    """
    with database.read() as connection:
        others = vectors.of_other_models(connection, library_id, space.name, embedder.id)
    if not others:
        return 0
    _, pipeline = registry.pipeline(space.embed)
    for start in range(0, len(others), scanning.CHUNK):
        part = others[start : start + scanning.CHUNK]
        with database.write() as connection:
            now = database.moment(connection, clock)
            runs.doubt(connection, pipeline.name, pipeline.version, part, now, priority=RERUN_PRIORITY)
    return len(others)


def payload_of(space: Space, values: Mapping[str, Data], item_id: int, digest: str) -> dict[str, Data]:
    """What stands beside a vector in an index: the item, the digest of its text, and what hits are narrowed by."""
    return {**space.payload(values), "item": item_id, "digest": digest}
