"""Filling: what is due, looked up here or handed out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import uuid4

from completist.app.opened import Opened
from completist.catalog.opening import open_from
from completist.engine import (
    filling,
)
from completist.engine.claimers import this_process
from completist.engine.duties import all_libraries
from completist.engine.enriching import FillReport, Worker
from completist.engine.filling import Wish
from completist.engine.helping import Helpers, spare_cores
from completist.engine.pulling import puller
from completist.engine.pulling.order import Order, PullReport
from completist.sdk import registry


class Filling(Opened):
    """The verbs that look things up."""

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


def _unasked(wish: Wish) -> bool:
    """Whether a wish is for whatever is missing, and not for covers above all."""
    pictures = {each.pictures.field for each in registry.plugins().values() if each.pictures is not None}
    return pictures.isdisjoint(wish.when.missing)
