"""Errands of an open library: what a person asks for on a page, and need not wait for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from completist.app.explaining import When
from completist.app.finding import KIND
from completist.engine import errands
from completist.engine.checking import Check, Remedy
from completist.engine.chores import REFRESH, SYNC
from completist.engine.errands import Do, Errand

if TYPE_CHECKING:
    from completist.app.library import App

#: Of each sort of thing, what is looked at in a check of the catalogue.
SAMPLE = 1000


class Errands:
    """What one may have done. Each begins it, and says whether it did: there may be another one under way."""

    def __init__(self, app: App) -> None:
        self._app = app

    def seen(self) -> Mapping[str, Errand]:
        """The latest errand of each name."""
        return self._app.running.of(self._app.library_id)

    def stop(self, name: str) -> bool:
        """Stop an errand; False when it is not under way. What it has done stays."""
        errand = self.seen().get(name)
        if errand is None or errand.state is not errands.State.RUNNING:
            return False
        errand.stop.set()
        return True

    # --- the server ---------------------------------------------------------------------------------------

    def check(self, when: When, *, call: bool = False) -> bool:
        """Look at everything that a library needs, as `completist doctor` does."""
        return self._begin("check", "check", lambda _told, _stop: self._app.check(when, call=call))

    def mend(self, when: When, remedy: Remedy, of: str = "") -> bool:
        """Do what a check offers, and look at everything again."""

        def do(_told: errands.Telling, _stop: object) -> list[Check]:
            mend(self._app, remedy, of)
            return self._app.check(when)

        return self._begin("check", "check", do)

    def verify_catalogue(self) -> bool:
        """Look whether the catalogue is whole."""
        return self._begin(
            "verify-catalogue", "catalogue", lambda _told, _stop: self._app.verify_catalogue(SAMPLE)
        )

    def prune_catalogue(self) -> bool:
        """Remove what killed loads left behind."""
        return self._begin("prune-catalogue", "catalogue", lambda _told, _stop: self._app.prune_catalogue())

    def forget_answers(self, before: int, source: str | None = None) -> bool:
        """Forget the answers that expired before a moment. Raises NotFound."""
        sources = self._app.sources
        total = sources.expired(before, source)

        def do(told: errands.Telling, stop: errands.Stop) -> int:
            return sources.forget_expired(before, source, lambda done: told(done, total), stop)

        return self._begin("forget-answers", "answers", do)

    def follow_changes(self, since: date | None = None) -> bool:
        """Follow Open Library's changes since the last time, or again since a day."""
        if SYNC.name in self._app.chores.under_way():
            return False
        return self._begin(
            "follow-changes", "changes", lambda _told, stop: self._app.upkeeping.sync(since, stop=stop)
        )

    def set_up_model(self) -> bool:
        """Make the model for search by meaning of an installed package with weights."""
        return self._begin("set-up-model", "model", lambda _told, _stop: self._app.finding.take_model())

    # --- the library --------------------------------------------------------------------------------------

    def verify_index(self, kind: str = KIND) -> bool:
        """Compare the index with the library's vectors."""
        return self._own("verify-index", lambda told, _stop: self._app.finding.verify(told, kind))

    def reconcile_index(self, kind: str = KIND) -> bool:
        """Mend what a comparison finds."""
        return self._own("reconcile-index", lambda told, _stop: self._app.finding.reconcile(told, kind))

    def rebuild_index(self, kind: str = KIND) -> bool:
        """Make the index anew."""
        return self._own("rebuild-index", lambda told, stop: self._app.finding.rebuild(told, stop, kind))

    def _own(self, name: str, do: Do) -> bool:
        return self._app.running.begin(name, "index", do, self._app.library_id)[1]

    def _begin(self, name: str, lane: str, do: Do) -> bool:
        return self._app.running.begin(name, lane, do)[1]


def mend(app: App, remedy: Remedy, of: str = "") -> None:
    """Do what a check offers. Raises NotFound when what it is about is not there."""
    match remedy:
        case Remedy.RESUME:
            app.ledger.resume(of or None)
        case Remedy.ASK_AGAIN:
            app.sources.resume(of)
        case Remedy.COVERS:
            app.covers.mend(app.covers.examine())
        case Remedy.CATALOGUE:
            app.chores.begin(REFRESH.name)
        case Remedy.KEY:
            app.sources.one(of)  # nobody but a person has it
