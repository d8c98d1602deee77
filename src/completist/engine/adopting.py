"""Adopting: taking over what another program has embedded already, so that nothing is embedded twice.

A vector is taken only where it was made of the very text that counts here, and by the model that is set up here. The
first is compared for every point, the second for a few: their texts are embedded again, and have to come out the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from completist.domain.errors import BadInput
from completist.domain.fields import Data, Origin, Value
from completist.domain.merging import effective_values
from completist.engine.adding import Adder, Thing
from completist.engine.embedding import digest_of
from completist.engine.indexing import Shelf, reconcile
from completist.engine.recording import Cause, Patch, record
from completist.sdk import registry
from completist.sdk.vectors import Embedder, Forerunner, Point, usable
from completist.store import fields, vectors
from completist.store.database import Connection

#: Under which name what points said stands beside what files brought.
SOURCE = "adopted"

#: How many texts are embedded to see whether the model is the same, and how near they have to come: half precision
#: costs less than a thousandth.
SAMPLE, ALIKE = 3, 0.995

#: Why a vector was not taken.
FOREIGN, BARE, TOLD_OTHERWISE = "not_recognised", "no_vector", "another_text"


@dataclass(slots=True)
class Adopted:
    """What came of taking over a collection."""

    points: int = 0
    created: int = 0  #: items that the library did not hold
    taken: int = 0  #: vectors
    left: Counter[str] = field(default_factory=Counter)  #: vectors that were not taken, by reason


@dataclass(slots=True)
class Adopter:
    """Takes points over into one library. Interrupted at any moment, the next call goes on."""

    shelf: Shelf
    embedder: Embedder
    forerunner: Forerunner
    now: Callable[[], int]
    adopted: Adopted = field(default_factory=Adopted)
    _checked: bool = False

    def adopt(
        self,
        pages: Iterable[Sequence[Point]],
        progress: Callable[[int], None] = lambda _done: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Adopted:
        """Take over what is recognised, and bring the index in step.

        Raises:
            BadInput: The vectors are of another dimension, or of another model than the one that is set up.
            Retryable: The model cannot be reached.
        """
        for page in pages:
            if stop():
                break
            said = [(point, self.forerunner.read(point.id, point.payload)) for point in page]
            known = [(point, values) for point, values in said if values is not None]
            self.adopted.left[FOREIGN] += len(said) - len(known)
            if known:
                self._check(known)
                self._take(known)
            self.adopted.points += len(page)
            progress(self.adopted.points)
        reconcile(self.shelf)
        self.adopted.left = +self.adopted.left
        return self.adopted

    def _check(self, known: Sequence[tuple[Point, Mapping[str, Data]]]) -> None:
        """Compare the dimension of all, and what the model makes of the first texts."""
        dims = {len(point.vector) for point, _ in known if len(point.vector)} - {self.embedder.dim}
        if dims:
            raise BadInput(
                f"The vectors there have {dims.pop():,} dimensions; those of the model that is set up "
                f"{self.embedder.dim:,}.",
                hint="Set up the model that made them: COMPLETIST_EMBEDDER.",
            )
        told = [(point, self.shelf.space.text(values)) for point, values in known if _has_direction(point)]
        sample = [(point, text) for point, text in told if text][:SAMPLE]
        if self._checked or not sample:
            return
        made = self.embedder.embed([text for _, text in sample])
        there = usable(np.stack([point.vector for point, _ in sample]), len(sample), self.embedder.dim)
        if float((made * there).sum(axis=1).min()) < ALIKE:
            raise BadInput(
                "The vectors there are not those that the model makes which is set up.",
                hint="Set up the model that made them: COMPLETIST_EMBEDDER.",
            )
        self._checked = True

    def _take(self, known: Sequence[tuple[Point, Mapping[str, Data]]]) -> None:
        shelf, scheme = self.shelf, self.shelf.space.scheme
        adder = Adder(shelf.database, shelf.library_id, shelf.plugin, shelf.space, shelf.model)
        names = {shelf.plugin.kind.title, *([by] if (by := shelf.plugin.kind.byline) else []), scheme}
        things = [Thing({n: data for n, data in values.items() if n in names}) for _, values in known]
        added = adder.add(things, self.now()).results
        self.adopted.created += sum(each.created for each in added)
        of = {each.item_id: pair for each, pair in zip(added, known, strict=True) if each.item_id is not None}
        with shelf.database.write() as connection:
            now = self.now()
            patches = [
                Patch(item_id, tuple(_value(name, data, now) for name, data in values.items()))
                for item_id, (_, values) in of.items()
            ]
            cause = Cause("import", Origin.IMPORT, SOURCE)
            record(connection, shelf.library_id, shelf.plugin, patches, cause, now, voices=shelf.voices)
            self._keep(connection, of, now)

    def _keep(
        self, connection: Connection, of: Mapping[int, tuple[Point, Mapping[str, Data]]], now: int
    ) -> None:
        """Keep the vectors whose text is the one that counts, unless there is one of it already."""
        shelf = self.shelf
        version = registry.pipeline(shelf.space.embed)[1].version
        standing = vectors.read_vectors(connection, shelf.space.name, list(of))
        said, trust = fields.read_values(connection, list(of)), shelf.voices.of(shelf.plugin)
        kept = []
        for item_id, (point, values) in of.items():
            counting = effective_values(shelf.plugin.kind, said[item_id], trust)
            text = shelf.space.text({name: value.data for name, value in counting.items()})
            if not _has_direction(point) or shelf.space.thinness(text):
                self.adopted.left[BARE] += 1
            elif text != shelf.space.text(values):
                self.adopted.left[TOLD_OTHERWISE] += 1
            else:
                self.adopted.taken += 1
                held, digest = standing.get(item_id), digest_of(text)
                if held is None or held.data is None or (held.model, held.digest) != (shelf.model, digest):
                    (row,) = usable(point.vector[None, :], 1, self.embedder.dim)
                    data = row.astype("<f4").tobytes()
                    kept.append(vectors.Kept(item_id, shelf.model, version, digest, data, None, now))
        vectors.write_vectors(connection, shelf.space.name, kept)


def _has_direction(point: Point) -> bool:
    length = float(np.linalg.norm(point.vector)) if len(point.vector) else 0.0
    return bool(np.isfinite(length)) and length > 1e-6  # noqa: PLR2004 - nothing else is as short


def _value(name: str, data: Data, now: int) -> Value:
    return Value(name, data, Origin.IMPORT, SOURCE, at=now)
