"""The desk: files handed in, and proposals that wait."""

from __future__ import annotations

from completist.app.browsing.asking import Asking
from completist.domain.errors import NotFound
from completist.store import imports, matches
from completist.store.imports import ImportRecord


class Desk(Asking):
    """Imports and proposals as pages show them."""

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
