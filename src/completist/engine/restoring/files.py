"""A whole file: checked first, then written a chunk at a time, what is related last."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from completist.engine.importing import CHUNK, ImportReport, chunks, content_digest, file_name
from completist.engine.restoring import lines
from completist.engine.restoring.lines import FORMAT, Line
from completist.engine.restoring.restorer import Restorer
from completist.engine.viewing import OWN
from completist.engine.voices import DECLARED, Voices
from completist.sdk.source import Skipped
from completist.store import events, imports
from completist.store.database import Connection, Database


def restore_file(
    database: Database,
    library_id: int,
    path: Path,
    *,
    clock: Callable[[], int],
    voices: Voices = DECLARED,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    stop: Callable[[], bool] = lambda: False,
    dry_run: bool = False,
) -> ImportReport:
    """Bring a library back from what `exporting.json_lines` wrote, into one that may hold some of it already.

    The same file again adds and changes nothing; one that was interrupted is begun anew.

    Raises:
        BadInput: The file cannot be trusted; the message names the line.
    """
    total = lines.check(path)
    now = clock()
    report = ImportReport("", OWN, FORMAT)
    if dry_run:
        with database.rehearsal() as connection:
            begun = imports.begin_import(
                connection, library_id, FORMAT, "rehearsal", "", report.packed(), now
            )
            run = _Run(report, Restorer(library_id, begun.id, voices, now))
            for chunk in chunks(lines.read(path, now), CHUNK):
                run.write(connection, chunk)
        return report
    with database.write() as connection:
        name, digest = file_name(path), content_digest(path)
        report.import_id = imports.begin_import(
            connection, library_id, FORMAT, name, digest, report.packed(), now
        ).id
    run = _Run(report, Restorer(library_id, report.import_id, voices, now))
    for chunk in chunks(lines.read(path, now), CHUNK):
        with database.write() as connection:
            run.write(connection, chunk)
            imports.checkpoint_import(connection, report.import_id, report.rows, report.packed())
        progress(report.rows, total)
        if stop() and report.rows < total:
            report.stopped = True
            return report
    with database.write() as connection:
        run.restorer.join(connection)
        imports.finish_import(connection, report.import_id, report.packed(), clock())
        if report.added or report.updated:
            counts = {"added": report.added, "updated": report.updated, "unchanged": report.unchanged}
            about = f"import:{report.import_id}"
            events.append_event(connection, library_id, "import.finished", about, counts, clock())
    return report


class _Run:
    def __init__(self, report: ImportReport, restorer: Restorer) -> None:
        self.report = report
        self.restorer = restorer
        self.seen: set[int] = set()

    def write(self, connection: Connection, chunk: Sequence[Line | Skipped]) -> None:
        """One chunk: what it comes to is added to the report."""
        report, good = self.report, list[Line]()
        for row in chunk:
            report.rows += 1
            if isinstance(row, Skipped):
                report.skipped.append(row)
            elif row.id in self.seen:
                report.skipped.append(Skipped(row.row, "the same id stands in an earlier row"))
            else:
                self.seen.add(row.id)
                report.warn(row.warnings)
                good.append(row)
        added, changed = self.restorer.write(connection, good)
        report.added += added
        report.updated += changed
        report.unchanged += len(good) - added - changed
