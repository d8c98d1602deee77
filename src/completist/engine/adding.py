"""Adding: things that a person or a program adds one by one, each saved together with the run that it needs.

Nothing is asked of anybody: whether a thing is in the library, on its way or done stands in the database. So an
addition never fails, and never waits, because a provider or an index is down.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from time import perf_counter

from completist.domain.fields import Data, Origin
from completist.domain.pipeline import input_digest
from completist.domain.scoring import completeness_at_first
from completist.engine.reading import inputs
from completist.engine.recording import Cause, Newcomer, record_new
from completist.sdk.registry import KindPlugin
from completist.sdk.vectors import Space
from completist.store import fields, items, run_states, runs, vectors
from completist.store.bell import ring
from completist.store.database import Connection, Database, hold

#: Under which name added things stand among what files brought.
SOURCE = "added"
#: Things per transaction.
CHUNK = 1000


class Outcome(StrEnum):
    """What became of an addition."""

    SCHEDULED = "scheduled"  #: a run was made for it
    ALREADY_INDEXED = "already_indexed"  #: it has a usable vector of the present model and version
    ALREADY_QUEUED = "already_queued"  #: a run of it is under way
    MISSING_ID = "missing_isrc"  #: saved, and a gap until somebody finds its number
    INVALID_ID = "invalid_isrc"  #: likewise; what was given is none
    ERROR = (
        "error"  #: not saved; or, where there is an item, saved without its run, which the next scan makes
    )


@dataclass(frozen=True, slots=True)
class Thing:
    """What is to be added: its data by field, with its identifier in normal form, or why that could not be."""

    values: Mapping[str, Data]
    invalid: bool = False


@dataclass(frozen=True, slots=True)
class Added:
    """One thing after it was added. ``created`` says that the library did not hold it before."""

    outcome: Outcome
    item_id: int | None
    id: str  #: its identifier, if it has one
    title: str = ""
    created: bool = False
    error: str = ""
    took: float = 0.0  #: milliseconds


@dataclass(slots=True)
class Batch:
    """Several things added together."""

    results: list[Added] = field(default_factory=list)
    took: float = 0.0  #: milliseconds

    @property
    def total(self) -> int:
        """How many there were."""
        return len(self.results)

    @property
    def scheduled(self) -> int:
        """For how many a run was made."""
        return Counter(each.outcome for each in self.results)[Outcome.SCHEDULED]

    @property
    def skipped(self) -> int:
        """The others, but for errors."""
        return self.total - self.scheduled - Counter(each.outcome for each in self.results)[Outcome.ERROR]


@dataclass(frozen=True, slots=True)
class Adder:
    """Adds things of one kind to a library. ``model`` is that of the present vectors; None: there is none."""

    database: Database
    library_id: int
    plugin: KindPlugin
    space: Space
    model: str | None = None

    def add(self, things: Sequence[Thing], now: int) -> Batch:
        """Save things, in the order given, each with the run that it needs. Things that are there already stay."""
        begun = perf_counter()
        batch = Batch()
        for start in range(0, len(things), CHUNK):
            part, at = things[start : start + CHUNK], perf_counter()
            with self.database.write() as connection:
                hold(connection, "import", self.library_id)
                made = self._add(connection, part, now)
            each = (perf_counter() - at) * 1000 / len(part)
            batch.results += [self._told(thing, found, each) for thing, found in zip(part, made, strict=True)]
        batch.took = (perf_counter() - begun) * 1000
        return batch

    def _told(self, thing: Thing, made: tuple[Outcome, int, bool], took: float) -> Added:
        outcome, item_id, created = made
        title = thing.values.get(self.plugin.kind.title)
        error = "saved; scheduling failed, and is made up for" if outcome is Outcome.ERROR else ""
        return Added(outcome, item_id, self._id(thing), str(title or ""), created, error, round(took, 3))

    def _id(self, thing: Thing) -> str:
        held = thing.values.get(self.space.scheme)
        return str(held[0]) if isinstance(held, list) and held else ""

    def _add(
        self, connection: Connection, things: Sequence[Thing], now: int
    ) -> list[tuple[Outcome, int, bool]]:
        """What became of each, its item, and whether that is new."""
        there = self._there(connection, things)
        firsts: dict[str, int] = {}  #: by identifier, the first thing of this batch that is new under it
        new: list[int] = []
        for at, thing in enumerate(things):
            number = self._id(thing)
            if at not in there and not (number and self._is_again(things, firsts.get(number), thing)):
                new.append(at)
                firsts.setdefault(number, at)
        failed: list[bool] = []
        made = self._create(connection, [things[at] for at in new], now, lambda: failed.append(True))
        ids = dict(zip(new, made, strict=True))
        standing = self._standing(connection, sorted(set(there.values())), now)
        found = []
        for at, thing in enumerate(things):
            if at in ids:
                found.append((Outcome.ERROR if failed else self._first(thing), ids[at], True))
            elif at in there:
                found.append((standing[there[at]], there[at], False))
            else:
                found.append((Outcome.ALREADY_QUEUED, ids[firsts[self._id(thing)]], False))
        return found

    def _is_again(self, things: Sequence[Thing], first: int | None, thing: Thing) -> bool:
        return first is not None and self.plugin.agree(thing.values, things[first].values)

    def _first(self, thing: Thing) -> Outcome:
        if thing.invalid:
            return Outcome.INVALID_ID
        return Outcome.SCHEDULED if self._id(thing) else Outcome.MISSING_ID

    def _there(self, connection: Connection, things: Sequence[Thing]) -> dict[int, int]:
        """The items that things are, by their place: the same identifier, and in agreement. One look for all."""
        numbers = sorted({number for thing in things if (number := self._id(thing))})
        kind = self.plugin.kind.name
        held = items.find_by_identifier(connection, self.library_id, kind, self.space.scheme, numbers)
        ids = sorted({item_id for each in held.values() for item_id in each})
        said = fields.read_values(connection, ids) if ids else {}
        known = {i: {v.field: v.data for v in values} for i, values in said.items()}
        found: dict[int, int] = {}
        for at, thing in enumerate(things):
            mine = held.get(self._id(thing), ()) if self._id(thing) else ()
            same = next((i for i in mine if self.plugin.agree(thing.values, known[i])), None)
            if same is not None:
                found[at] = same
        return found

    def _create(
        self, connection: Connection, things: Sequence[Thing], now: int, unscheduled: Callable[[], None]
    ) -> Sequence[int]:
        kind = self.plugin.kind
        scores = [completeness_at_first(kind, thing.values) for thing in things]
        ids = items.create_items(connection, self.library_id, kind.name, len(things), now, scores)
        newcomers = [Newcomer(i, thing.values) for i, thing in zip(ids, things, strict=True)]
        cause = Cause("create", Origin.IMPORT, SOURCE)
        record_new(connection, self.library_id, self.plugin, newcomers, cause, now, unscheduled=unscheduled)
        return ids

    def _standing(self, connection: Connection, ids: Sequence[int], now: int) -> dict[int, Outcome]:
        """How items stand that were there; those of which nothing is under way or done get a run."""
        if not ids:
            return {}
        pipelines = self.plugin.pipelines
        kept = vectors.read_vectors(connection, self.space.name, ids)
        embed = next(each for each in pipelines if each.name == self.space.embed)
        done = {i for i, each in kept.items() if each.data is not None and self._counts(each, embed.version)}
        pending = set[int]().union(
            *(run_states.pending_among(connection, each.name, ids) for each in pipelines)
        )
        left = [item_id for item_id in ids if item_id not in done and item_id not in pending]
        if left:
            first = pipelines[0]
            said = fields.read_values(connection, left, names=first.inputs)
            due = [(i, input_digest(first, inputs(first, said[i]))) for i in left]
            runs.demand(
                connection, self.library_id, first.name, first.version, due,
                priority=first.priority, now=now, force=True,
            )  # fmt: skip
            ring(connection)
        return {
            item_id: Outcome.ALREADY_INDEXED
            if item_id in done
            else Outcome.ALREADY_QUEUED
            if item_id in pending
            else Outcome.SCHEDULED
            for item_id in ids
        }

    def _counts(self, kept: vectors.Kept, version: str) -> bool:
        return kept.version == version and self.model in (None, kept.model)
