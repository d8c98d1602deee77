"""The catalogue: an Open Library dump loaded into a folder, and looked up there by ISBN, key and noisy title.

Facts that shaped it: a dump is read once and never written to, so a generation is built beside the one in use,
put in its place by one rename, and never changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from completist.catalog import generations
from completist.catalog.options import Estimate, Options, estimate
from completist.catalog.report import REASONS, BuildReport, Checked, Progress
from completist.catalog.snapshot import Snapshot

__all__ = [
    "REASONS",
    "BuildReport",
    "Checked",
    "Estimate",
    "Options",
    "Progress",
    "Snapshot",
    "build",
    "estimate",
    "info",
    "open_catalogue",
    "prune",
    "verify",
]


def open_catalogue(root: Path) -> Snapshot:
    """The catalogue loaded under ``root``.

    Raises:
        ActionRequired: None was loaded yet.
    """
    return Snapshot(root)


def build(
    root: Path,
    files: Sequence[Path],
    *,
    processes: int | None = None,
    progress: Progress | None = None,
    options: Options | None = None,
    room: bool = True,
) -> BuildReport:
    """Load Open Library dump files as the catalogue under ``root``, in place of what was there.

    Files may be plain or gzip, hold one type of record or all, and come in any order. ``processes`` is the number
    of worker processes: by default one for each core, none for small files. ``progress`` is told bytes of the
    files read so far, their bytes in all, and records so far; the search index is made after the last byte.
    ``options`` name a part of the dump; with ``room``, nothing is begun that the disk has no room for.

    Raises:
        BadInput: A file cannot be read or is damaged, or there is no record in any. Nothing is published.
        Busy: Another process is building under ``root``.
        CompletistError: The disk is full, the folder cannot be written, or a worker process died.
    """
    from completist.catalog import builder  # noqa: PLC0415  a look-up should not wait for what only loading needs

    chosen = options or Options()
    return builder.build(root, files, processes=processes, progress=progress, options=chosen, room=room)


def info(root: Path) -> dict[str, object]:
    """What is loaded under ``root``: generation, dump files, counts, lines left out by reason, bytes on disk.

    Raises:
        ActionRequired: None was loaded yet.
    """
    directory = generations.current(root)
    about = generations.about(directory)
    found: dict[str, object] = {
        "generation": about.generation,
        "built_at": int((directory / "about.json").stat().st_mtime),
        "files": [{"name": each.name, "bytes": each.bytes, "sha256": each.sha256} for each in about.sources],
        "dumped": sorted({date for each in about.sources if (date := dump_date(each.name))}),
        "editions": about.editions,
        "works": about.works,
        "authors": about.authors,
        "isbns": about.isbns,
        "numbers": about.numbers,
        "searchable": about.documents,
        "redirects": about.redirects,
        "deletes": about.deletes,
        "rejected": dict(about.rejected),
        "bytes": generations.size(directory),
        "kept_bytes": sum(map(generations.size, root.glob("gen-*"))),
    }
    if about.covers:
        found["covers"] = about.covers
    if about.options.languages:
        found["languages"] = list(about.options.languages)
    if about.options.isbn_only:
        found["isbn_only"] = True
    return found


def dump_date(name: str) -> str:
    """The date in the name of a dump file, ``2026-10-31``; empty when it has none."""
    found = re.search(r"\d{4}-\d{2}-\d{2}", name)
    return found[0] if found else ""


def prune(root: Path, *, previous: bool = False) -> tuple[int, int]:
    """Remove what killed loads left, and the ``previous`` generation too: how many folders, and their bytes.

    Raises:
        ActionRequired: None was loaded yet.
        Busy: Another process is building under ``root``.
    """
    return generations.prune(root, 1 if previous else generations.KEPT)


def verify(root: Path, *, sample: int = 1000, full: bool = False) -> Checked:
    """Whether what is loaded under ``root`` is whole, by a sample of it; ``full`` reads every byte besides.

    Raises:
        ActionRequired: None was loaded yet.
    """
    from completist.catalog import checking  # noqa: PLC0415  rarely asked for

    return checking.check(generations.current(root), sample=sample, full=full)
