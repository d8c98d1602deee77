"""The enrichment API as its faces see it: telling, the queue, and look-ups that read through to providers."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING
from uuid import uuid4

from completist.domain.errors import ActionRequired
from completist.engine.claimers import this_process
from completist.engine.enrichment.queue import EnrichmentQueue
from completist.engine.enrichment.reading_through import ReadingThrough
from completist.engine.enrichment.telling import Enrichment
from completist.sdk.catalogue import Catalogue, NoCatalogue

if TYPE_CHECKING:
    from completist.app.opened import Opened


class Enriching:
    """What an open library's database offers to programs outside. One for all libraries of it."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def of(self, library_id: int) -> Enrichment:
        """What callers of one library may tell, and ask for."""
        it = self._opened
        offline = it.door is None
        return Enrichment(it.database, library_id, it.respondents, it.now, uuid4, it.voices, offline)

    def queue(self) -> EnrichmentQueue:
        """What works off the queue, of all libraries."""
        it = self._opened
        return EnrichmentQueue(
            it.database, it.respondents, it.now, uuid4, this_process(), lambda: self._opened.door
        )

    @cached_property
    def lookups(self) -> ReadingThrough:
        """Look-ups by ISBN: the catalogue, what is kept, the providers."""
        it = self._opened
        return ReadingThrough(
            it.database,
            self._catalogue,
            it.respondents,
            lambda: self._opened.door,
            it.now,
            this_process(),
            it.voices,
        )

    def close(self) -> None:
        """Write down what was counted."""
        if "lookups" in self.__dict__:
            self.lookups.note_counts()

    def _catalogue(self) -> Catalogue:
        """The catalogue; nothing as long as none is loaded."""
        try:
            return self._opened.catalogue
        except ActionRequired:
            return NoCatalogue()
