"""Opening the catalogue in whichever form a site keeps it."""

from __future__ import annotations

from pathlib import Path

from completist.catalog.overlaid import Filed, Overlaid
from completist.catalog.overlay import Overlay
from completist.catalog.snapshot import Snapshot


def open_from(root: Path, url: str = "") -> Filed:
    """The catalogue at ``url``, or the one loaded under ``root`` with what has changed since laid over it.

    Raises:
        ActionRequired: None was loaded there yet.
        BadInput: The database at ``url`` cannot be opened.
    """
    if url:
        from completist.catalog.postgres_reader import PostgresCatalogue  # noqa: PLC0415 - most have no use for it

        return PostgresCatalogue(url)
    return Overlaid(Snapshot(root), Overlay(root))
