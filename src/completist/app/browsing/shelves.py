"""Shelves: the items that pass the filters, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from completist.app.browsing.asking import Asking
from completist.domain.errors import BadInput
from completist.engine import appraising, editing, selecting, viewing
from completist.engine.choosing import MOST_IDS
from completist.engine.viewing import ItemView
from completist.sdk import registry
from completist.store import items, shelves
from completist.store.database import Connection
from completist.store.shelves import Sieve

#: Items on a page.
PAGE = 42

SORTS = ("new", "title", "gaps")

#: The most digits that an id has.
DIGITS = 15


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


class Shelving(Asking):
    """Items as pages show them."""

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


def _pair(cursor: str) -> tuple[int, int]:
    first, _, last = cursor.rpartition(":")
    if not all(
        part.isascii() and part.isdecimal() and len(part) <= DIGITS for part in (first or "0", last or "0")
    ):
        raise BadInput("That is no place to go on from.")
    return (int(first) if first else -1, int(last or 0))
