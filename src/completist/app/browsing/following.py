"""Following: what goes on, what came of it, and what failed."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from completist.app.browsing.counting import Counting
from completist.app.browsing.counts import SOON
from completist.engine import viewing
from completist.engine.requesting import JobView
from completist.engine.viewing import ItemView
from completist.store import activity, items, pauses, runs
from completist.store.activity import Failed, Heard, Line, Settled, Tried
from completist.store.bell import ring
from completist.store.changes import Change


class Following(Counting):
    """Runs and jobs as pages show them."""

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
        """Why runs of this library failed, the most frequent reason first; some seconds old where that takes long."""
        app = self._app

        def found() -> list[Failed]:
            with app.database.read() as connection:
                return activity.failures(connection, app.library_id)

        return self._soon("failures", found)

    def retry(self, pipeline: str, code: str, most: int = 10_000) -> int:
        """Make runs ready again that failed for a reason; how many."""
        app = self._app
        with app.database.write() as connection:
            found = activity.failed_runs(connection, app.library_id, pipeline, code, most)
            runs.make_ready(connection, found, app.now())
            ring(connection)
        self.forget_counts()
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
