"""Opening the catalogue in whichever form a site keeps it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from completist import catalog
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


def info_from(root: Path, url: str = "") -> dict[str, object]:
    """What is loaded there, as `completist.catalog.info` tells it; of a database, without the bytes it takes.

    Raises:
        ActionRequired: None was loaded there yet.
        BadInput: The database at ``url`` cannot be opened.
    """
    if not url:
        return catalog.info(root)
    from completist.catalog.postgres_reader import PostgresCatalogue  # noqa: PLC0415 - likewise

    reader = PostgresCatalogue(url)
    try:
        about = msgspec.structs.asdict(reader.about())
    finally:
        reader.close()
    sources = [msgspec.structs.asdict(source) for source in about.pop("sources")]
    searchable = about.pop("documents")
    del about["format"], about["options"]
    return {"generation": about.pop("generation"), "files": sources, "searchable": searchable, **about}
