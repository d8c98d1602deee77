"""Looking: what the library holds, what it lacks, what is known of an item."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from completist.app.cover_checks import check_covers
from completist.app.source_checks import check_sources
from completist.app.verbs.catalogues import Cataloguing
from completist.domain.kind import Kind
from completist.domain.scoring import Spread, spread
from completist.engine import (
    appraising,
    checking,
    exporting,
    selecting,
    viewing,
)
from completist.engine.checking import Check
from completist.engine.viewing import ItemView
from completist.sdk import registry
from completist.store import changes, imports, items, matches, run_states, scores, waits
from completist.store.changes import Change
from completist.store.waits import Waiting

#: Items from before there were scores that a look at the library takes the time to score.
APPRAISED = 10_000


class Looking(Cataloguing):
    """The verbs that tell what there is."""

    def kinds(self) -> dict[str, Kind]:
        """Every installed kind by its name, those first that can be imported."""
        held = sorted(registry.plugins().items(), key=lambda pair: not pair[1].readers)
        return {name: plugin.kind for name, plugin in held}

    def beliefs(self) -> list[tuple[Kind, str, tuple[str, ...]]]:
        """The fields for which some are believed before others: the kind, the field, and who in which order."""
        found = []
        for plugin in registry.plugins().values():
            trust = self.voices.of(plugin)
            usual = trust.of("")
            found += [
                (plugin.kind, name, trust.of(name)) for name in plugin.kind.by_name if trust.of(name) != usual
            ]
        return found

    def gaps(self) -> tuple[int, dict[str, dict[str, int]]]:
        """How many items there are, and by kind how many lack each wanted field."""
        return viewing.count_gaps(self.database, self.library_id)

    def items(
        self,
        kind: str | None = None,
        missing: str | None = None,
        after: int = 0,
        *,
        below: int | None = None,
    ) -> Iterator[ItemView]:
        """Every item behind id ``after`` in order of id, optionally of one kind, with one gap, or less complete.

        Raises NotFound.
        """
        gaps = () if missing is None else (missing,)
        selecting.check_wanted(kind, gaps)
        return viewing.each_item(
            self.database,
            self.library_id,
            voices=self.voices,
            kind=kind,
            missing=gaps,
            below=below,
            after=after,
        )

    def least_complete(
        self,
        kind: str | None = None,
        missing: str | None = None,
        after: tuple[int, int] = (-1, 0),
        *,
        below: int | None = None,
    ) -> Iterator[ItemView]:
        """The same, the least complete first: those behind (completeness, id) ``after``. Raises NotFound."""
        gaps = () if missing is None else (missing,)
        selecting.check_wanted(kind, gaps)
        appraising.appraise(self.database, self.library_id, self.voices)
        return viewing.by_score(
            self.database,
            self.library_id,
            voices=self.voices,
            kind=kind,
            missing=gaps,
            below=below,
            after=after,
        )

    def show(self, item_id: int) -> ItemView:
        """One item.

        Raises:
            NotFound: The library has none with that id.
        """
        with self.database.read() as connection:
            kinds = items.kinds_of(connection, self.library_id, [item_id])
            if not kinds:
                raise selecting.no_item(item_id)
            return viewing.view_items(connection, kinds, self.voices)[0]

    def as_object(self, view: ItemView) -> dict[str, Any]:
        """An item as scripts read it: the object of ``export --format jsonl``."""
        return exporting.as_object(view)

    def related(self, item_id: int) -> list[tuple[str, ItemView]]:
        """The items that belong to one, with the relation."""
        with self.database.read() as connection:
            pairs = items.related(connection, item_id)
            kinds = items.kinds_of(connection, self.library_id, [other for _, other in pairs])
            views = {view.id: view for view in viewing.view_items(connection, kinds, self.voices)}
        return [(relation, views[other]) for relation, other in pairs if other in views]

    def history(self, item_id: int) -> list[Change]:
        """All changes of an item, oldest first."""
        with self.database.read() as connection:
            return changes.history(connection, self.library_id, item_id)

    def verdicts(self) -> dict[tuple[str, str], int]:
        """How many items stand at each (verdict, weightiest reason)."""
        with self.database.read() as connection:
            return matches.count_matches(connection, self.library_id)

    def waits(self) -> list[Waiting]:
        """What runs wait for, and until when."""
        with self.database.read() as connection:
            return waits.waiting(connection, self.library_id)

    def status(self) -> Status:
        """The library at a glance."""
        appraising.appraise(self.database, self.library_id, self.voices, most=APPRAISED)
        total, missing = self.gaps()
        with self.database.read() as connection:
            return Status(
                items=items.count_items(connection, self.library_id),
                total=total,
                gaps=missing,
                runs=run_states.count_runs(connection, self.library_id),
                review=matches.count_pending(connection, self.library_id),
                imports=imports.count_imports(connection, self.library_id),
                scores={
                    kind: spread(counts)
                    for kind, counts in scores.count_scores(connection, self.library_id).items()
                },
                catalogue=self.catalogue_info(),
            )

    def check(
        self, when: Callable[[int], str] = str, *, call: bool = False, fix: bool = False
    ) -> list[Check]:
        """The state of everything that a library needs, without changing anything that works.

        ``when`` says times. With ``call``, each live source is asked something. With ``fix``, what a crash left behind
        among the covers is mended.
        """
        checks = checking.check_all(
            self.settings.data,
            self.settings.generations,
            list(registry.plugins().values()),
            lambda: self.database,
            self.now(),
            self.settings.catalogue_url,
        )
        failed = {each.name for each in checks if each.state is checking.State.FAIL}
        if failed.isdisjoint({"data folder", "database", "tables"}):
            checks += [*check_sources(self, when, call=call), check_covers(self.covers, fix=fix)]
        return checks


@dataclass(frozen=True, slots=True)
class Status:
    """The library at a glance."""

    items: dict[str, int]
    total: int
    gaps: dict[str, dict[str, int]]
    runs: dict[tuple[str, str], int]
    review: int
    imports: int
    scores: dict[str, Spread]  #: how complete the items of each kind are
    catalogue: dict[str, Any] | None

    @property
    def lacks_catalogue(self) -> bool:
        """Whether there is anything that the offline catalogue would help with, and none is loaded."""
        known = registry.plugins()
        return self.catalogue is None and any(
            count and kind in known and known[kind].catalogued for kind, count in self.items.items()
        )
