"""One person's library: what goes in, what is known of it, what a person decides, what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

from completist import catalog
from completist.app.browsing import Browsing
from completist.app.cover_checks import check_covers
from completist.app.errands import Errands
from completist.app.opened import Opened, clock
from completist.app.source_checks import check_sources
from completist.catalog.opening import info_from, open_from
from completist.domain.errors import ActionRequired, BadInput, NotFound
from completist.domain.fields import Data
from completist.domain.kind import Kind, parse_data
from completist.domain.scoring import Spread, spread
from completist.engine import (
    appraising,
    checking,
    consulting,
    editing,
    entering,
    exporting,
    filling,
    importing,
    recognising,
    reviewing,
    selecting,
    undoing,
    viewing,
)
from completist.engine.checking import Check
from completist.engine.claimers import this_process
from completist.engine.conditions import When
from completist.engine.duties import all_libraries
from completist.engine.enriching import FillReport, Worker
from completist.engine.filling import Wish
from completist.engine.helping import Helpers, spare_cores
from completist.engine.importing import ImportReport
from completist.engine.pulling import puller
from completist.engine.pulling.order import Order, PullReport
from completist.engine.recording import Recorded
from completist.engine.undoing import Undone
from completist.engine.viewing import ItemView
from completist.sdk import registry
from completist.sdk.catalogue import EditionView, Hit, Query
from completist.store import changes, imports, items, matches, run_states, scores, waits
from completist.store.changes import Change
from completist.store.matches import Proposal
from completist.store.waits import Waiting

#: Items from before there were scores that a look at the library takes the time to score.
APPRAISED = 10_000

__all__ = ["App", "FillReport", "ImportReport", "ItemView", "Status", "When", "Wish", "clock"]


class App(Opened):
    """The verbs of one person's library: every face, be it terminal or web, calls these."""

    # --- import -------------------------------------------------------------------------------------------

    def import_file(
        self,
        path: Path,
        form: str | None = None,
        *,
        dry_run: bool = False,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> ImportReport:
        """Bring the entries of a file into the library. Raises BadInput when the file cannot be trusted."""
        plugin, source = recognising.recognise(path, form)
        if not dry_run:
            appraising.adopt(self.database, self.library_id, self.voices)
        return importing.import_file(
            self.database,
            self.library_id,
            plugin,
            source,
            path,
            clock=self.now,
            voices=self.voices,
            progress=progress,
            stop=stop,
            dry_run=dry_run,
        )

    def import_formats(self) -> dict[str, str]:
        """What `import_file` reads: labels for people by format."""
        return {s.format: s.label for plugin in registry.plugins().values() for s in plugin.readers}

    # --- fill ---------------------------------------------------------------------------------------------

    def due(self, wish: Wish, *, offline: bool = False) -> dict[str, int]:
        """How many runs of each pipeline `fill` would work off. Writes nothing. Raises NotFound."""
        asks = self.inquirer(offline=offline, unasked=_unasked(wish)).asks
        own = self.semantic.finders(self.library_id)
        return filling.due(self.database, self.library_id, wish, self.now(), asks, own)

    def fill(
        self,
        wish: Wish | None = None,
        *,
        offline: bool = False,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[FillReport], None] = lambda _report: None,
    ) -> FillReport:
        """Close what gaps can be closed: all, or what is wished for. ``offline``: without calling live providers.

        Raises:
            ActionRequired: No catalogue is loaded, and no provider can be asked.
            NotFound: There is no such kind, item or wanted field.
        """
        wished = wish or Wish()
        worker = self.filler(offline=offline, unasked=_unasked(wished))
        opening = partial(open_from, self.settings.generations, self.settings.catalogue_url)
        with Helpers(opening, spare_cores()) as helpers:
            worker = replace(worker, helpers=helpers)
            return filling.fill(worker, wished, stop=stop, progress=progress)

    def due_everywhere(self) -> int:
        """How many runs a worker would work off now, in all libraries of the database. Writes nothing."""
        everyone = [self.scoped(each) for each in all_libraries(self.database)]
        return sum(sum(each.due(Wish()).values()) for each in everyone)

    def work_off(
        self,
        job_id: int,
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[FillReport], None] = lambda _report: None,
    ) -> FillReport:
        """Work off what is due of one job. Raises NotFound, BadInput when only workers outside can, ActionRequired."""
        return filling.work_off(self.filler(), job_id, stop=stop, progress=progress)

    def filler(
        self,
        *,
        offline: bool = False,
        urgent: bool = False,
        within: float | None = None,
        unasked: bool = False,
    ) -> Worker:
        """A worker for this library alone; the rest is as for `inquirer`. Raises ActionRequired."""
        inquirer = self.inquirer(offline=offline, urgent=urgent, within=within, unasked=unasked)
        catalogue = self.looked_up_in(inquirer)
        name = this_process()
        return Worker(
            self.database,
            self.library_id,
            catalogue,
            self.now,
            uuid4,
            name,
            inquirer=inquirer,
            voices=self.voices,
            makes=self.cards.makes,
            own=self.semantic.finders(self.library_id),
        )

    def secret_of(self, pipeline: str) -> str:
        """The environment variable with the key of the provider that `pull` asks. Raises NotFound."""
        return puller.plan_for(pipeline).secret

    def pull(
        self,
        order: Order,
        state: Path | None = None,
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[PullReport], None] = lambda _report: None,
    ) -> PullReport:
        """Fill a pipeline of another server's library as a worker outside; see `puller.pull`.

        ``state`` is the file of what is not handed in yet, by default one of the pipeline in the data folder.
        """
        kept = state or self.settings.data / f"pull-{order.pipeline}.json"
        return puller.pull(order, kept, now=self.now, stop=stop, progress=progress)

    @property
    def errands(self) -> Errands:
        """What may be asked for without waiting for it."""
        return Errands(self)

    @property
    def browsing(self) -> Browsing:
        """The library as pages show it."""
        return Browsing(self)

    # --- look ---------------------------------------------------------------------------------------------

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

    # --- edit ---------------------------------------------------------------------------------------------

    def add(self, kind: str, typed: Mapping[str, Data]) -> int:
        """Make an item of what a person typed; its id. Raises NotFound or BadInput."""
        return entering.add(self.database, self.library_id, kind, typed, self.now())

    def parse(self, item_id: int, name: str, text: str) -> Data:
        """What a person typed for a field of an item, as data of its type. Raises NotFound or BadInput."""
        kind = self.show(item_id).kind
        field = kind.by_name.get(name)
        if field is None:
            raise NotFound(
                f"A {kind.name} has no field {name!r}.", hint=f"Its fields: {', '.join(kind.by_name)}."
            )
        try:
            return parse_data(field, text)
        except ValueError as error:
            raise BadInput(f"{error}.") from error

    def set(self, item_id: int, typed: Mapping[str, Data]) -> Recorded:
        """Write what a person typed; None clears a field. Raises NotFound or BadInput."""
        return editing.type_values(self.database, self.library_id, item_id, typed, self.now(), self.voices)

    def give_up(self, item_id: int, names: Sequence[str]) -> Recorded:
        """Take a person's own values back, at their request. Raises NotFound."""
        return editing.give_up(self.database, self.library_id, item_id, list(names), self.now(), self.voices)

    def lock(self, item_id: int, name: str) -> bool:
        """Lock a field by hand; False when it was locked already. Raises NotFound."""
        return editing.lock(self.database, self.library_id, item_id, name, self.now(), self.voices)

    def unlock(self, item_id: int, name: str) -> bool:
        """Take a lock set by hand away; False when there was none. Raises NotFound or BadInput."""
        return editing.unlock(self.database, self.library_id, item_id, name, self.now(), self.voices)

    def undo(
        self, *, change: int | None = None, run: int | None = None, import_: int | None = None
    ) -> Undone:
        """Take back a change, a run, an import, or with no argument the last thing a person did."""
        if change is not None:
            return undoing.undo_change(self.database, self.library_id, change, self.now(), self.voices)
        if run is not None:
            return undoing.undo_run(self.database, self.library_id, run, self.now(), self.voices)
        if import_ is not None:
            return undoing.undo_import(self.database, self.library_id, import_, self.now(), self.voices)
        return undoing.undo_last(self.database, self.library_id, self.now(), self.voices)

    @contextmanager
    def rehearsing(self) -> Iterator[None]:
        """Roll back whatever is written within, so that its outcome can be told without happening."""
        _ = self.library_id
        self.database.rehearsing = True
        try:
            yield
        finally:
            self.database.rehearsing = False

    # --- review -------------------------------------------------------------------------------------------

    def proposals(self, at_least: float = 0.0) -> Iterator[Proposal]:
        """The proposals that wait for a person, oldest first."""
        after = 0
        while True:
            with self.database.read() as connection:
                page = matches.pending(connection, self.library_id, after=after, at_least=at_least)
            yield from page
            if not page:
                return
            after = page[-1].id

    def proposal(self, proposal_id: int) -> Proposal:
        """One proposal in whatever state. Raises NotFound."""
        with self.database.read() as connection:
            found = matches.read_proposal(connection, self.library_id, proposal_id)
        if found is None:
            raise NotFound(f"There is no proposal {proposal_id}.")
        return found

    def waiting(self) -> int:
        """How many proposals wait for a person."""
        with self.database.read() as connection:
            return matches.count_pending(connection, self.library_id)

    def accept(self, proposal_id: int, record: str | None = None) -> int:
        """Take a candidate, the first unless named; how many values it wrote. Raises NotFound or Conflict."""
        return reviewing.accept(self.database, self.library_id, proposal_id, record, self.now(), self.voices)

    def reject(self, proposal_id: int) -> None:
        """Turn all candidates of a proposal down. Raises NotFound or Conflict."""
        reviewing.reject(self.database, self.library_id, proposal_id, self.now(), self.voices)

    def undo_decision(self, proposal_id: int) -> Undone:
        """Take back what was decided about a proposal, so that it waits again. Raises NotFound."""
        return undoing.undo_decision(self.database, self.library_id, proposal_id, self.now(), self.voices)

    # --- export -------------------------------------------------------------------------------------------

    def export_formats(self) -> tuple[str, ...]:
        """What `export` writes."""
        layouts = [writer.layout.name for plugin in registry.plugins().values() for writer in plugin.writers]
        return ("jsonl", "csv", *layouts)

    def export(self, form: str, kind: str | None = None) -> Iterator[str]:
        """The library as text, line by line, in bounded memory.

        Raises:
            NotFound: There is no such format.
        """
        if form == "jsonl":
            return exporting.json_lines(self.items(kind))
        if form == "csv":
            kinds = [registry.plugin(kind)] if kind else list(registry.plugins().values())
            return exporting.csv_lines([plugin.kind for plugin in kinds], self.items(kind))
        for plugin in registry.plugins().values():
            for writer in plugin.writers:
                if writer.layout.name == form:
                    return exporting.layout_lines(writer, self.items(writer.layout.kind))
        raise NotFound(
            f"There is no export format {form!r}.", hint=f"Formats: {', '.join(self.export_formats())}."
        )

    # --- catalogue ----------------------------------------------------------------------------------------

    def load_catalogue(
        self,
        files: Sequence[Path],
        processes: int | None = None,
        progress: Callable[[int, int, int], None] | None = None,
        *,
        options: catalog.Options | None = None,
        room: bool = True,
    ) -> catalog.BuildReport:
        """Build a new generation of the catalogue from dump files and publish it. Raises BadInput.

        ``options`` name a part of the dump; with ``room``, nothing is begun that the disk has no room for.
        """
        self.upkeep.note()
        root = self.settings.generations
        return catalog.build(root, files, processes=processes, progress=progress, options=options, room=room)

    def estimate_catalogue(self, files: Sequence[Path]) -> catalog.Estimate:
        """What loading these files takes, roughly."""
        return catalog.estimate(self.settings.generations, files)

    def verify_catalogue(self, sample: int, *, full: bool = False) -> catalog.Checked:
        """Whether the loaded catalogue is whole. Raises ActionRequired when none is loaded."""
        return catalog.verify(self.settings.generations, sample=sample, full=full)

    def prune_catalogue(self, *, previous: bool = False) -> tuple[int, int]:
        """Remove what killed loads left behind: how many folders, and their bytes. Raises ActionRequired, Busy."""
        return catalog.prune(self.settings.generations, previous=previous)

    def rejections(self) -> Mapping[str, str]:
        """Why `load_catalogue` leaves lines out, in words by code."""
        return catalog.REASONS

    def catalogue_info(self) -> dict[str, Any] | None:
        """What is loaded; None when nothing is."""
        with suppress(ActionRequired):
            return info_from(self.settings.generations, self.settings.catalogue_url)
        return None

    def lookup(self, number: str) -> list[EditionView]:
        """The editions with an ISBN, or with ``oclc:53090839`` and the like (`completist.catalog.marks`).

        Raises:
            ActionRequired: No catalogue is loaded.
        """
        if ":" in number:
            return self.catalogue.by_number([number]).get(number, [])
        return self.catalogue.by_isbn([number]).get(number, [])

    def record(self, isbn: str) -> dict[str, Any]:
        """What the catalogue's editions with an ISBN say together: ``record``, ``work`` and our fields.

        Raises:
            ActionRequired: No catalogue is loaded.
            NotFound: It knows no edition with this ISBN.
        """
        views = self.lookup(isbn)
        if not views:
            raise NotFound(
                f"The catalogue knows no edition with ISBN {isbn}.", hint="completist catalog search TITLE"
            )
        return consulting.merged(views)

    def search(self, title: str, author: str = "", limit: int = 10) -> list[Hit]:
        """Works by title and author, best first. Raises ActionRequired when no catalogue is loaded."""
        return self.catalogue.search([Query(title, author)], limit)[0]


def _unasked(wish: Wish) -> bool:
    """Whether a wish is for whatever is missing, and not for covers above all."""
    pictures = {each.pictures.field for each in registry.plugins().values() if each.pictures is not None}
    return pictures.isdisjoint(wish.when.missing)


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
