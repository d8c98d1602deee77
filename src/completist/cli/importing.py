"""``completist import``: lists into the library."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from completist.cli import words
from completist.cli.commands import Verb
from completist.cli.failures import OK, PARTLY, as_document, tell_error
from completist.cli.gap_table import show_gaps
from completist.cli.interrupts import Interrupts
from completist.cli.paper import Column, Ink, Tone
from completist.cli.progress import progress
from completist.cli.session import Session
from completist.domain.errors import BadInput

if TYPE_CHECKING:
    from completist.app import App
    from completist.engine.importing import ImportReport


def _formats(_ctx: click.Context, _param: click.Parameter, begun: str) -> list[str]:
    """The formats for Tab completion."""
    from completist.engine.restoring import FORMAT
    from completist.sdk.registry import plugins

    known = [*(source.format for plugin in plugins().values() for source in plugin.readers), FORMAT]
    return [form for form in known if form.startswith(begun)]


@click.command(
    name="import",
    cls=Verb,
    epilog="\b\nExamples:\n"
    "  completist import goodreads_library_export.csv\n"
    "  completist import --dry-run metadata.db\n"
    "  completist import --format isbn-list my_isbns.txt",
)
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path, readable=False)
)
@click.option(
    "--format",
    "form",
    metavar="NAME",
    help="Force a format instead of looking at the file.",
    shell_complete=_formats,
)
@click.option("--dry-run", is_flag=True, help="Tell what would happen, and write nothing.")
@click.pass_obj
def import_(session: Session, files: Sequence[Path], form: str | None, dry_run: bool) -> int:
    """Bring lists of what you own into the library.

    Goodreads, StoryGraph, LibraryThing, calibre, BookWyrm, Open Library, CSV and lists of ISBNs are recognised.
    The same file again changes nothing; what you typed is never overwritten; nothing is ever deleted.
    """
    session.resume = session.command("import", *map(str, files))
    documents: list[dict[str, Any]] = []
    code = OK
    with session.open() as app, Interrupts(tell=not session.json) as stop:
        for path in files:
            try:
                report = _import_one(session, app, path, form, dry_run=dry_run, stop=stop)
            except BadInput as error:  # the other files are not to blame
                if len(files) == 1:
                    raise
                code = tell_error(error, session)
                documents.append({"file": str(path), "error": as_document(error)})
                continue
            documents.append(_document(report, path, dry_run=dry_run))
            if report.skipped and code == OK:
                code = PARTLY
            if stop():
                break
        if session.json:
            session.paper.document(documents[0] if len(files) == 1 else {"schema": 1, "files": documents})
        elif code in (OK, PARTLY) and not (stop() or dry_run):
            _tell_gaps(session, app)
        stop.settle()
    return code


def _import_one(
    session: Session, app: App, path: Path, form: str | None, *, dry_run: bool, stop: Interrupts
) -> ImportReport:
    with progress(session, f"Importing {path.name}") as told:
        report = app.import_file(path, form, dry_run=dry_run, progress=told, stop=stop)
    if not session.json:
        _tell(session, app, path, report, dry_run=dry_run)
    return report


def _document(report: ImportReport, path: Path, *, dry_run: bool) -> dict[str, Any]:
    """The report as scripts read it."""
    document: dict[str, Any] = {
        "schema": 1,
        "source": report.source,
        "rows": report.rows,
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "skipped": [{"row": each.row, "reason": each.reason} for each in report.skipped],
        "warnings": [{"row": w.row, "field": w.field, "reason": w.reason} for w in report.warnings],
        "file": str(path),
        "format": report.format,
        "import": report.import_id,
    }
    if report.more_warnings:
        document["more_warnings"] = report.more_warnings
    if dry_run:
        document["dry_run"] = True
    return document


def _tell(session: Session, app: App, path: Path, report: ImportReport, *, dry_run: bool) -> None:
    kind = app.kinds().get(report.kind)
    paper = session.paper
    if not report.rows:
        paper.line(f"{path.name}: ", Ink("nothing is in it.", Tone.GAP), f" ({report.format})")
        return
    noun = (kind.name, kind.plural) if kind else ("item", "items")
    added = words.counted(report.added, *noun)
    would = " would be" if dry_run else ""
    parts = [f"{added}{would} added", f"{report.updated:,}{would} updated" if report.updated else ""]
    if report.unchanged:
        parts.append(f"{report.unchanged:,} unchanged")
    if report.skipped:
        parts.append(f"{words.counted(len(report.skipped), 'row')} left out")
    paper.line(
        f"{path.name}: ", Ink(", ".join(p for p in parts if p) + ".", Tone.STRONG), f" ({report.format})"
    )
    if report.resumed_at and not dry_run:
        paper.line(f"Went on where an interrupted import had stopped, behind row {report.resumed_at:,}.")
    _tell_odd(session, report)


def _tell_odd(session: Session, report: ImportReport) -> None:
    """What was left out and what was odd, by reason, with the first rows of each."""
    left: dict[str, list[int]] = {}
    for each in report.skipped:
        left.setdefault(each.reason, []).append(each.row)
    odd: dict[str, list[int]] = {}
    for warn in report.warnings:
        odd.setdefault(f"{warn.field}: {warn.reason}", []).append(warn.row)
    columns = (Column(right=True), Column(grows=True, wraps=True), Column())
    for heading, found, tone in (("Left out", left, Tone.FAILED), ("Odd in the file", odd, Tone.GAP)):
        if found:
            session.paper.line(Ink(heading, tone))
            groups = sorted(found.items(), key=lambda pair: -len(pair[1]))
            rows = [(f"{len(at):,} x", reason, words.numbered(at)) for reason, at in groups]
            session.paper.table(columns, rows)
    if report.more_warnings:
        session.paper.line(
            f"and {words.counted(report.more_warnings, 'more oddity', 'more oddities')}", indent=2
        )


def _tell_gaps(session: Session, app: App) -> None:
    status = app.status()
    kinds = app.kinds()
    if not status.total:
        return
    session.paper.line()
    for name, kind in kinds.items():
        lacking = {key: status.gaps.get(name, {}).get(key, 0) for key in kind.keys}
        key = next((key for key, count in lacking.items() if count), None)
        if key:  # the strongest identifier: without it, a match rests on titles
            label = kind.by_name[key].label
            session.paper.line(
                f"{words.counted(lacking[key], kind.name, kind.plural)} in the library without {label}."
            )
    show_gaps(session.paper, kinds, status.items, status.gaps)
    if status.lacks_catalogue:
        session.paper.next(
            (session.command("catalog", "load", "FILE..."), "load the offline catalogue, once"),
            (session.command("fill"), "then close the gaps"),
        )
    else:
        session.paper.next((session.command("fill"), "close the gaps"))
