"""Figures as the faces see them: what metrics count, what a doctor looks at, whether the server can work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from completist.domain.errors import ActionRequired, Unavailable
from completist.store import figures
from completist.store.database import Database, ping
from completist.store.figures import Figures, SilentQueue, StuckLease
from completist.store.migrating import HEAD, revision

#: After so many minutes without a claim a queue counts as silent.
SILENT = 60


@dataclass(frozen=True, slots=True)
class Observing:
    """A look at a database over all its libraries, in numbers and ids alone."""

    database: Database
    now: Callable[[], int]

    def figures(self) -> Figures:
        """What is due, what is being worked on, what was counted ever since."""
        with self.database.read() as connection:
            return figures.read_figures(connection, self.database.moment(connection, self.now))

    def stuck_leases(self) -> list[StuckLease]:
        """Claims whose lease is over and that nobody took back."""
        with self.database.read() as connection:
            return figures.stuck_leases(connection, self.database.moment(connection, self.now))

    def silent_queues(self, minutes: int = SILENT) -> list[SilentQueue]:
        """Pipelines with runs that have been due for some minutes while nothing of them was claimed."""
        with self.database.read() as connection:
            now = self.database.moment(connection, self.now)
            return figures.silent_queues(connection, now, minutes * 60_000)

    def ready(self) -> None:
        """Make sure that the database answers, with its tables up to date.

        Raises:
            Unavailable: It does not, or has others.
        """
        try:
            ping(self.database)
        except ActionRequired as error:
            raise Unavailable("The library's database does not answer.", hint="completist doctor") from error
        if revision(self.database) != HEAD:
            raise Unavailable("The library's tables are not those of this version.", hint="completist doctor")
