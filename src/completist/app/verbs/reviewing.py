"""Reviewing: what waits for a person, and what they decide."""

from __future__ import annotations

from collections.abc import Iterator

from completist.app.opened import Opened
from completist.domain.errors import NotFound
from completist.engine import (
    reviewing,
    undoing,
)
from completist.engine.undoing import Undone
from completist.store import matches
from completist.store.matches import Proposal


class Reviewing(Opened):
    """The verbs about proposals."""

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
