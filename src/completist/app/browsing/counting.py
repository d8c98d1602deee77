"""Counting: how many there are, and how their fields stand."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from completist.app.browsing.counts import Counts, Standing
from completist.app.browsing.shelves import Shelving
from completist.engine.rerunning import Fresh, PipelineView
from completist.store import items, shelves

if TYPE_CHECKING:
    from completist.app.sources import Source


class Counting(Shelving):
    """Counts over the whole library."""

    def totals(self) -> dict[str, int]:
        """How many items of each installed kind there are; at times some seconds old."""
        found = {each.kind.name: each.items for each in self.standings()}
        return {name: found.get(name, 0) for name in self._app.kinds()}

    def standings(self) -> list[Standing]:
        """How the wanted fields stand, by kind that the library holds anything of; at times some seconds old."""
        app = self._app
        counts = app.counted.setdefault(app.library_id, Counts())
        return counts.read(self._marks(), self._standings)

    def pipelines(self) -> list[PipelineView]:
        """Every pipeline as it stands; how much is due may be some seconds old where there is very much."""
        ledger = self._app.ledger
        return ledger.pipelines(self._soon("pending", ledger.count_pending))

    def sources(self) -> list[Source]:
        """Every source in the order in which it is asked, with what is due as for `pipelines`."""
        sources = self._app.sources
        return sources.all(self._soon("due", sources.due))

    def verdicts(self) -> dict[tuple[str, str], int]:
        """How many items stand at each (verdict, weightiest reason), as for `pipelines`."""
        return self._soon("verdicts", self._app.verdicts)

    def freshness(self) -> list[tuple[PipelineView, Fresh]]:
        """How items stand in each pipeline for which the library holds any; at times some seconds old."""
        ledger, totals, marks = self._app.ledger, self.totals(), self._marks()
        return [
            (view, self._memory.read(("fresh", name), marks, partial(ledger.fresh, name)))
            for view in self.pipelines()
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
