"""The offline catalogue: loading it, and looking things up in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from completist import catalog
from completist.app.opened import Opened
from completist.catalog.opening import info_from
from completist.domain.errors import ActionRequired, NotFound
from completist.engine import (
    consulting,
)
from completist.sdk.catalogue import EditionView, Hit, Query


class Cataloguing(Opened):
    """The verbs about the catalogue."""

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
