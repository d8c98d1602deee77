"""Browsing: the library as pages show it. Items a page at a time, counts that may be some seconds old, what goes on."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Lock, Thread
from time import monotonic
from typing import TYPE_CHECKING

from completist.app.remembering import Memory
from completist.domain.errors import BadInput, NotFound
from completist.domain.kind import Kind
from completist.engine import appraising, editing, selecting, viewing
from completist.engine.choosing import MOST_IDS
from completist.engine.requesting import JobView
from completist.engine.rerunning import Fresh, PipelineView
from completist.engine.viewing import ItemView
from completist.sdk import registry
from completist.store import activity, imports, items, matches, pauses, runs, shelves
from completist.store.activity import Failed, Heard, Line, Settled, Tried
from completist.store.bell import ring
from completist.store.changes import Change
from completist.store.database import Connection
from completist.store.imports import ImportRecord
from completist.store.shelves import Sieve

if TYPE_CHECKING:
    from completist.app.library import App

#: Items on a page.
PAGE = 42

SORTS = ("new", "title", "gaps")

#: The most digits that an id has.
DIGITS = 15

#: While much happens, counts are taken so often in so many seconds.
OFTEN, SOON = 2, 4.0


@dataclass(frozen=True, slots=True)
class Look:
    """What a person looks at: items of a kind that pass the filters, in an order."""

    kind: str
    missing: tuple[str, ...] = ()
    text: str = ""
    review: bool = False
    typed: bool = False
    sort: str = "new"


@dataclass(frozen=True, slots=True)
class Card:
    """An item on a page: what waits for a person, and whether it is being looked up, or soon because of a job."""

    view: ItemView
    proposal: int | None
    pending: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """A page of items, and from where to go on; None when there are no more."""

    cards: tuple[Card, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How the wanted fields of the items of a kind stand, counted over all of them."""

    kind: Kind
    items: int
    missing: dict[str, dict[str, int]]  #: by field and by `shelves.REVIEW`, `DUE`, `ASKED`
    typed: int

    @property
    def gaps(self) -> dict[str, int]:
        """How many items lack each wanted field."""
        return {name: sum(states.values()) for name, states in self.missing.items()}

    @property
    def total(self) -> int:
        """How many wanted fields there are."""
        return self.items * len(self.missing)

    def lacking(self, *states: str) -> int:
        """How many are missing, of items in any of these states."""
        return sum(counts.get(state, 0) for counts in self.missing.values() for state in states)


@dataclass
class Counts:
    """Counts of one library that take long to take: kept, and taken again in the background once they are old."""

    taken: list[Standing] = field(default_factory=list)
    marks: Sequence[int] = ()
    at: float = float("-inf")
    cost: float = 0.0
    lock: Lock = field(default_factory=Lock)
    lately: deque[float] = field(default_factory=lambda: deque(maxlen=OFTEN))  #: when they were taken
    memory: Memory = field(default_factory=Memory)  #: of other answers

    #: Counts that took so many seconds are taken while a person waits.
    AT_ONCE = 0.15

    #: They may be so many times as old as taking them took.
    WORTH = 10

    def read(self, marks: Sequence[int], take: Callable[[], list[Standing]]) -> list[Standing]:
        """The counts, taken anew when something has happened since and they are old enough to be worth it."""
        if self.taken and marks == self.marks and monotonic() - self.at < 60:  # noqa: PLR2004 - locks leave no mark
            return self.taken
        often = len(self.lately) == OFTEN and monotonic() - self.lately[0] < SOON
        if self.taken and self.marks and often:
            return self.taken
        if not self.taken or self.cost <= self.AT_ONCE:
            with self.lock:
                self._take(marks, take)
        elif monotonic() - self.at > self.cost * self.WORTH and self.lock.acquire(blocking=False):
            Thread(target=self._behind, args=(marks, take), daemon=True).start()
        return self.taken

    def forget(self) -> None:
        """Take them anew next time."""
        self.marks = ()
        self.memory.forget()

    def _behind(self, marks: Sequence[int], take: Callable[[], list[Standing]]) -> None:
        try:
            self._take(marks, take)
        finally:
            self.lock.release()

    def _take(self, marks: Sequence[int], take: Callable[[], list[Standing]]) -> None:
        begun = monotonic()
        self.taken, self.marks = take(), marks
        self.at = monotonic()
        self.lately.append(self.at)
        self.cost = self.at - begun


class Browsing:
    """What pages ask of one library."""

    def __init__(self, app: App) -> None:
        self._app = app

    # --- items --------------------------------------------------------------------------------------------

    def shelf(self, look: Look, cursor: str = "", limit: int = PAGE) -> Shelf:
        """A page of items behind ``cursor``, the ``next`` of the page before. Raises NotFound or BadInput."""
        app = self._app
        sieve = self._among(self._sieve(look))
        if look.sort != "new":
            appraising.appraise(app.database, app.library_id, app.voices)
        with app.database.read() as connection:
            if look.sort == "title":
                place, _, last = cursor.rpartition(":")
                behind = (place, _pair(last)[1])
                named = shelves.by_title(connection, app.library_id, sieve, after=behind, limit=limit)
                ids = [item_id for _, item_id in named]
                further = f"{named[-1][0]}:{named[-1][1]}" if len(named) == limit else None
            elif look.sort == "gaps":
                after = _pair(cursor)
                pairs = shelves.emptiest(connection, app.library_id, sieve, after=after, limit=limit)
                ids = [item_id for _, item_id in pairs]
                further = f"{pairs[-1][0]}:{pairs[-1][1]}" if len(pairs) == limit else None
            else:
                before = _pair(cursor)[1] if cursor else None
                ids = shelves.newest(connection, app.library_id, sieve, before=before, limit=limit)
                further = str(ids[-1]) if len(ids) == limit else None
            return Shelf(tuple(self._cards(connection, dict.fromkeys(ids, look.kind))), further)

    def cards(self, ids: Sequence[int]) -> list[Card]:
        """These items, as far as the library has them."""
        app = self._app
        with app.database.read() as connection:
            return self._cards(connection, items.kinds_of(connection, app.library_id, ids))

    def _cards(self, connection: Connection, kinds: dict[int, str]) -> list[Card]:
        ids = list(kinds)
        waiting = shelves.proposals_of(connection, ids)
        pending = shelves.pending_of(connection, ids, self.working())
        views = viewing.view_items(connection, kinds, self._app.voices)
        return [Card(view, waiting.get(view.id), view.id in pending) for view in views]

    def count(self, look: Look, most: int | None = None) -> int:
        """How many items pass the filters, up to ``most``. Raises NotFound or BadInput."""
        app = self._app
        sieve = self._sieve(look)

        def counted() -> int:
            with app.database.read() as connection:
                return shelves.count(connection, app.library_id, sieve, most)

        return self._memory.read((sieve, most), self._marks(), counted)

    @property
    def _memory(self) -> Memory:
        return self._app.counted.setdefault(self._app.library_id, Counts()).memory

    def _marks(self) -> Sequence[int]:
        with self._app.database.read() as connection:
            return activity.marks(connection, self._app.library_id)

    def _among(self, sieve: Sieve) -> Sieve:
        """The same with the few items named that lack something: nobody goes through all the others for them."""
        if not sieve.missing or sieve.text:
            return sieve
        app, lacking = self._app, Sieve(sieve.kind, sieve.missing)

        def found() -> tuple[int, ...] | None:
            with app.database.read() as connection:
                few = shelves.newest(connection, app.library_id, lacking, before=None, limit=shelves.FEW + 1)
            return tuple(few) if len(few) <= shelves.FEW else None

        return replace(sieve, among=self._memory.read(("among", lacking), self._marks(), found))

    def each(self, look: Look) -> Iterator[int]:
        """The ids of all items that pass the filters, the latest first. Raises NotFound or BadInput."""
        app = self._app
        sieve, before = self._sieve(look), None
        while True:
            with app.database.read() as connection:
                page = shelves.newest(connection, app.library_id, sieve, before=before, limit=items.PAGE)
            yield from page
            if len(page) < items.PAGE:
                return
            before = page[-1]

    def selection(self, look: Look) -> dict[str, object]:
        """All that passes the filters, as jobs take it. Raises BadInput when it cannot be said in few enough ids."""
        if not (look.text or look.review or look.typed):
            return {"filter": {"missing": list(look.missing)} if look.missing else {}}
        ids = []
        for item_id in self.each(look):
            ids.append(item_id)
            if len(ids) > MOST_IDS:
                raise BadInput(f"That are more than {MOST_IDS:,} items.", hint="Narrow the search.")
        return {"ids": ids}

    def lockable(self, ids: Sequence[int]) -> int:
        """How many fields `lock_all` would lock."""
        app = self._app
        return editing.lockable(app.database, app.library_id, ids, app.voices)

    def lock_all(self, ids: Sequence[int]) -> int:
        """Lock every field of these items that holds something; how many were not locked before."""
        app = self._app
        return editing.lock_all(app.database, app.library_id, ids, app.now(), app.voices)

    def _sieve(self, look: Look) -> Sieve:
        selecting.check_wanted(look.kind, look.missing)
        if look.sort not in SORTS:
            raise BadInput(f"There is no order {look.sort!r}.", hint=f"Orders: {', '.join(SORTS)}.")
        if look.text.strip():
            appraising.appraise(self._app.database, self._app.library_id, self._app.voices)
        return Sieve(look.kind, look.missing, look.text.strip(), look.review, look.typed)

    def working(self) -> list[str]:
        """The pipelines that something here fills: the catalogue, or a source that may be asked."""
        asks = self._app.inquirer().asks
        return [
            each.name
            for plugin in registry.plugins().values()
            for each in plugin.pipelines
            if each not in plugin.outside or asks(each.name)
        ]

    # --- counts -------------------------------------------------------------------------------------------

    def totals(self) -> dict[str, int]:
        """How many items of each installed kind there are; at times some seconds old."""
        found = {each.kind.name: each.items for each in self.standings()}
        return {name: found.get(name, 0) for name in self._app.kinds()}

    def standings(self) -> list[Standing]:
        """How the wanted fields stand, by kind that the library holds anything of; at times some seconds old."""
        app = self._app
        counts = app.counted.setdefault(app.library_id, Counts())
        return counts.read(self._marks(), self._standings)

    def freshness(self) -> list[tuple[PipelineView, Fresh]]:
        """How items stand in each pipeline for which the library holds any; at times some seconds old."""
        ledger, totals, marks = self._app.ledger, self.totals(), self._marks()
        return [
            (view, self._memory.read(("fresh", name), marks, partial(ledger.fresh, name)))
            for view in ledger.pipelines()
            if totals.get(view.pipeline.kind) and (name := view.pipeline.name)
        ]

    def forget_counts(self) -> None:
        """Count anew next time: somebody has just done something that they will want to see."""
        if (counts := self._app.counted.get(self._app.library_id)) is not None:
            counts.forget()

    def _standings(self) -> list[Standing]:
        app, found, working = self._app, [], self.working()
        with app.database.read() as connection:
            totals = items.count_items(connection, app.library_id)
            for name, kind in app.kinds().items():
                if not totals.get(name):
                    continue
                wanted = [each.name for each in kind.wanted]
                missing = shelves.count_missing(connection, app.library_id, name, wanted, working)
                typed = shelves.count_typed(connection, app.library_id, name, wanted)
                found.append(Standing(kind, totals[name], missing, typed))
        return found

    # --- what goes on -------------------------------------------------------------------------------------

    def marks(self) -> Sequence[int]:
        """Numbers that move on whenever anything happens here, and as long as the counts have not caught up with it."""
        app = self._app
        found, counts = self._marks(), app.counted.get(app.library_id)
        behind = counts is not None and bool(counts.taken) and counts.marks != found
        return (*found, app.intake.version, app.running.version, int(monotonic() / SOON) if behind else 0)

    def settled(self, milliseconds: int = 86_400_000) -> list[Settled]:
        """What batches of runs came to lately."""
        app = self._app
        with app.database.read() as connection:
            return activity.settled_since(connection, app.library_id, app.now() - milliseconds)

    def heard(self) -> dict[str, Heard]:
        """How each provider has answered lately, in all libraries."""
        with self._app.database.read() as connection:
            return activity.heard_lately(connection)

    def just_filled(self, limit: int = 8) -> list[tuple[Change, ItemView]]:
        """The latest changes by which a source filled something, with their items."""
        app = self._app
        with app.database.read() as connection:
            found = activity.latest_filled(connection, app.library_id, limit)
            kinds = items.kinds_of(connection, app.library_id, [each.item_id for each in found])
            views = {view.id: view for view in viewing.view_items(connection, kinds, app.voices)}
        return [(each, views[each.item_id]) for each in found if each.item_id in views]

    def tries(self, item_id: int) -> list[Tried]:
        """The runs of an item with their tries, the latest first."""
        with self._app.database.read() as connection:
            return activity.tries_of(connection, item_id)

    def failures(self) -> list[Failed]:
        """Why runs of this library failed, the most frequent reason first."""
        with self._app.database.read() as connection:
            return activity.failures(connection, self._app.library_id)

    def retry(self, pipeline: str, code: str, most: int = 10_000) -> int:
        """Make runs ready again that failed for a reason; how many."""
        app = self._app
        with app.database.write() as connection:
            found = activity.failed_runs(connection, app.library_id, pipeline, code, most)
            runs.make_ready(connection, found, app.now())
            ring(connection)
        return len(found)

    def log_of(self, job_id: int) -> list[Line]:
        """The latest tries of a job of this library, the latest last. Raises NotFound."""
        self._app.ledger.job(job_id)
        with self._app.database.read() as connection:
            return activity.log_of(connection, job_id)

    def job_counts(self) -> dict[str, int]:
        """How many jobs there are in each state."""
        with self._app.database.read() as connection:
            return activity.count_jobs(connection, self._app.library_id)

    def open_jobs(self, limit: int = 50) -> list[JobView]:
        """The jobs that are open, the latest first, with their progress."""
        found: list[JobView] = []
        for state in ("planning", "running"):
            found += self._app.ledger.jobs(state=state, limit=limit)
        return sorted(found, key=lambda each: -each.job.id)

    def paused(self) -> bool:
        """Whether a person has paused everything."""
        with self._app.database.read() as connection:
            return pauses.EVERYTHING in pauses.paused(connection, self._app.library_id)

    def open_count(self) -> int:
        """How many jobs are open."""
        with self._app.database.read() as connection:
            return activity.count_open(connection, self._app.library_id)

    # --- imports and review -------------------------------------------------------------------------------

    def imports(self, limit: int = 20) -> list[ImportRecord]:
        """The latest files handed in."""
        with self._app.database.read() as connection:
            return imports.list_imports(connection, self._app.library_id, limit)

    def imported(self, import_id: int) -> ImportRecord:
        """One of them. Raises NotFound."""
        with self._app.database.read() as connection:
            found = imports.read_import(connection, self._app.library_id, import_id)
        if found is None:
            raise NotFound(f"There is no import {import_id}.")
        return found

    def queue(self, after: int = 0, at_least: float = 0.0, limit: int = 40) -> list[matches.Proposal]:
        """Proposals that wait, behind an id, oldest first."""
        app = self._app
        with app.database.read() as connection:
            return matches.pending(connection, app.library_id, after=after, at_least=at_least, limit=limit)

    def confidences(self) -> list[float]:
        """How sure the best candidate of each proposal is that waits, rising."""
        with self._app.database.read() as connection:
            return matches.confidences(connection, self._app.library_id)

    def decided_today(self, since: int) -> int:
        """How many proposals people have decided since a moment."""
        with self._app.database.read() as connection:
            return matches.count_decided(connection, self._app.library_id, since)

    def proposal_before(self, proposal_id: int) -> int | None:
        """The waiting proposal before one, if there is any."""
        with self._app.database.read() as connection:
            return matches.pending_before(connection, self._app.library_id, proposal_id)


def _pair(cursor: str) -> tuple[int, int]:
    first, _, last = cursor.rpartition(":")
    if not all(
        part.isascii() and part.isdecimal() and len(part) <= DIGITS for part in (first or "0", last or "0")
    ):
        raise BadInput("That is no place to go on from.")
    return (int(first) if first else -1, int(last or 0))
