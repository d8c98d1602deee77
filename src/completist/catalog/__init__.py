"""The catalogue: an Open Library dump loaded into a folder, and looked up there by ISBN, key and noisy title.

Facts that shaped it: a dump is read once and never written to, so a generation is built beside the one in use,
put in its place by one rename, and never changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from completist.catalog import generations
from completist.catalog.report import REASONS, BuildReport, Progress
from completist.catalog.snapshot import Snapshot

__all__ = ["REASONS", "BuildReport", "Progress", "Snapshot", "build", "info", "open_catalogue"]


def open_catalogue(root: Path) -> Snapshot:
    """The catalogue loaded under ``root``.

    Raises:
        ActionRequired: None was loaded yet.
    """
    return Snapshot(root)


def build(
    root: Path, files: Sequence[Path], *, processes: int | None = None, progress: Progress | None = None
) -> BuildReport:
    """Load Open Library dump files as the catalogue under ``root``, in place of what was there.

    Files may be plain or gzip, hold one type of record or all, and come in any order. ``processes`` is the number
    of worker processes: by default one for each core, none for small files. ``progress`` is told bytes of the
    files read so far, their bytes in all, and records so far; the search index is made after the last byte.

    Raises:
        BadInput: A file cannot be read or is damaged, or there is no record in any. Nothing is published.
        Busy: Another process is building under ``root``.
        CompletistError: The disk is full, the folder cannot be written, or a worker process died.
    """
    from completist.catalog import builder  # noqa: PLC0415  a look-up should not wait for what only loading needs

    return builder.build(root, files, processes=processes, progress=progress)


def info(root: Path) -> dict[str, object]:
    """What is loaded under ``root``: generation, dump files, counts, lines left out by reason, bytes on disk.

    Raises:
        ActionRequired: None was loaded yet.
    """
    directory = generations.current(root)
    about = generations.about(directory)
    return {
        "generation": about.generation,
        "files": [{"name": each.name, "bytes": each.bytes, "sha256": each.sha256} for each in about.sources],
        "editions": about.editions,
        "works": about.works,
        "authors": about.authors,
        "isbns": about.isbns,
        "searchable": about.documents,
        "redirects": about.redirects,
        "deletes": about.deletes,
        "rejected": dict(about.rejected),
        "bytes": generations.size(directory),
    }
