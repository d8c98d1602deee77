"""Indexing: the stage that puts vectors into the index, and keeping the two in step.

Putting a vector in twice does no harm, so a crash between that and the run's result costs nothing but doing it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from completist.domain.fields import Data
from completist.domain.matching import Match, Verdict
from completist.domain.merging import effective_values
from completist.domain.pipeline import Pipeline
from completist.engine.embedding import payload_of
from completist.engine.voices import DECLARED, Voices
from completist.sdk import registry
from completist.sdk.catalogue import Catalogue
from completist.sdk.finder import Finding, Subject
from completist.sdk.registry import KindPlugin
from completist.sdk.vectors import Point, Space, VectorIndex, point_id
from completist.store import fields, vectors
from completist.store.database import Connection, Database
from completist.store.vectors import Kept

#: Vectors that are read, compared and put in at once.
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Shelf:
    """One library's items in one space: where their vectors are kept, and the index made of them."""

    database: Database
    library_id: int
    plugin: KindPlugin
    space: Space
    model: str
    index: VectorIndex
    voices: Voices = DECLARED

    @property
    def kind(self) -> str:
        """Of its items."""
        return self.plugin.kind.name

    def ids(self, connection: Connection, items: Sequence[int]) -> dict[int, str]:
        """The ids of items' points: by what everybody calls the thing, else by the item's own number."""
        named = vectors.named(connection, self.library_id, self.kind, self.space.scheme, items)
        return {
            item_id: point_id(self.kind, self.space.scheme, named[item_id])
            if item_id in named
            else point_id(self.kind, f"item:{self.library_id}", str(item_id))
            for item_id in items
        }

    def points(self, connection: Connection, kept: Sequence[Kept]) -> list[Point]:
        """Kept vectors as points."""
        items = [each.item_id for each in kept if each.data is not None]
        ids, values = self.ids(connection, items), self._values(connection, items)
        return [
            Point(
                ids[each.item_id],
                np.frombuffer(each.data, dtype="<f4"),
                payload_of(self.space, values[each.item_id], each.item_id, each.digest),
            )
            for each in kept
            if each.data is not None
        ]

    def pages(self) -> Iterator[list[Point]]:
        """All points that there should be, a page at a time, in order of item."""
        after = 0
        while True:
            with self.database.read() as connection:
                kept = vectors.page_vectors(
                    connection, self.library_id, self.space.name, self.model, after=after, limit=PAGE
                )
                points = self.points(connection, kept)
            if not kept:
                return
            yield points
            after = kept[-1].item_id

    def _values(self, connection: Connection, items: Sequence[int]) -> dict[int, Mapping[str, Data]]:
        said, trust = fields.read_values(connection, items), self.voices.of(self.plugin)
        return {
            item_id: {name: v.data for name, v in effective_values(self.plugin.kind, each, trust).items()}
            for item_id, each in said.items()
        }


@dataclass(frozen=True, slots=True)
class IndexFinder:
    """Puts the vectors of items into the index, and takes out those of items that have none any more."""

    pipeline: Pipeline
    shelf: Shelf

    def find(self, subjects: Sequence[Subject], catalogue: Catalogue) -> list[Finding]:
        """One finding for each subject. Raises Retryable when the index cannot be reached."""
        del catalogue
        items = [subject.item_id for subject in subjects]
        with self.shelf.database.read() as connection:
            kept = vectors.read_vectors(connection, self.shelf.space.name, items)
            mine = [
                each for each in kept.values() if each.data is not None and each.model == self.shelf.model
            ]
            points = self.shelf.points(connection, mine)
            bare = [item_id for item_id in items if item_id not in {each.item_id for each in mine}]
            gone = [*self.shelf.ids(connection, bare).values()]
        self.shelf.index.upsert(points)
        self.shelf.index.delete(gone)
        there = {each.item_id for each in mine}
        found, none = Match(Verdict.AUTO, ("indexed",)), Match(Verdict.NONE, ("no_vector",))
        return [Finding(item_id, found if item_id in there else none) for item_id in items]


@dataclass(slots=True)
class Verified:
    """How an index stands to the vectors that it is made of, by ids of points."""

    kept: int = 0  #: vectors of the library
    held: int = 0  #: points of the index
    missing: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)  #: made of an older text
    orphans: list[str] = field(default_factory=list)  #: that no vector belongs to
    unusable: list[str] = field(default_factory=list)  #: all zeros, or not finite

    @property
    def in_step(self) -> bool:
        """Whether there is nothing to mend."""
        return not (self.missing or self.stale or self.orphans or self.unusable)


def verify(shelf: Shelf, progress: Callable[[int, int], None] = lambda _done, _total: None) -> Verified:
    """Compare an index with the vectors of the library. Changes nothing."""
    found = Verified()
    wanted: dict[str, str] = {}
    for page in shelf.pages():
        wanted.update((point.id, str(point.payload["digest"])) for point in page)
    found.kept, after = len(wanted), ""
    seen: set[str] = set()
    while page := shelf.index.scroll(after, PAGE):
        for point in page:
            seen.add(point.id)
            if point.id not in wanted:
                found.orphans.append(point.id)
            elif not _is_usable(point):
                found.unusable.append(point.id)
            elif point.payload.get("digest") != wanted[point.id]:
                found.stale.append(point.id)
        found.held += len(page)
        progress(found.held, found.kept)
        after = page[-1].id
    found.missing = sorted(wanted.keys() - seen)
    return found


def reconcile(shelf: Shelf, progress: Callable[[int, int], None] = lambda _done, _total: None) -> Verified:
    """Mend what `verify` finds: put in what is missing, stale or unusable, take out what belongs to nobody.

    What it found is the answer. Interrupted at any moment, the next call goes on.
    """
    found = verify(shelf)
    wrong = {*found.missing, *found.stale, *found.unusable}
    done = 0
    if wrong:
        for page in shelf.pages():
            part = [point for point in page if point.id in wrong]
            shelf.index.upsert(part)
            done += len(part)
            progress(done, len(wrong))
    for start in range(0, len(found.orphans), PAGE):
        shelf.index.delete(found.orphans[start : start + PAGE])
    return found


def rebuild(
    shelf: Shelf,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """Put every vector of the library into the index anew; how many. Then what belongs to nobody goes."""
    with shelf.database.read() as connection:
        counts = vectors.count_vectors(connection, shelf.library_id, shelf.space.name)
    total = sum(count for (model, reason), count in counts.items() if model == shelf.model and not reason)
    done = 0
    for page in shelf.pages():
        if stop():
            return done
        shelf.index.upsert(page)
        done += len(page)
        progress(done, total)
    reconcile(shelf)
    shelf.index.optimise()
    return done


def _is_usable(point: Point) -> bool:
    length = float(np.linalg.norm(point.vector))
    return bool(np.isfinite(length)) and length > 1e-6  # noqa: PLR2004 - nothing else is as short


def spaces() -> list[tuple[KindPlugin, Space]]:
    """The spaces of all kinds that have one."""
    return [(plugin, plugin.space) for plugin in registry.plugins().values() if plugin.space is not None]
