"""``completist catalog refresh`` and ``publish``: a newer catalogue, and its form for many servers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from completist.cli import words
from completist.cli.commands import Verb
from completist.cli.failures import OK
from completist.cli.progress import progress
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.app.upkeep import Refreshed, Telling
    from completist.cli.progress import Progress

FILE = click.Path(path_type=Path, readable=False)


@click.command(
    cls=Verb,
    short_help="Fetch newer dumps, load them, mark what changed.",
    epilog="\b\nExamples:\n  completist catalog refresh\n  completist catalog refresh ol_dump_2026-11-30.txt.gz",
)
@click.argument("files", nargs=-1, metavar="[FILE]...", type=FILE)
@click.option("--from", "source", metavar="URL", help="Fetch from a mirror, or one file, instead.")
@click.option("--sums", type=FILE, metavar="FILE", help="Compare with a list of sha256sum.")
@click.option("--keep-files", is_flag=True, help="Keep the fetched files.")
@click.option(
    "--processes", type=click.IntRange(min=0), metavar="N", help="Worker processes; by default one a core."
)
@click.pass_obj
def refresh(
    session: Session,
    files: Sequence[Path],
    source: str | None,
    sums: Path | None,
    keep_files: bool,
    processes: int | None,
) -> int:
    """Fetch Open Library's newest dumps, or take FILEs, and load them beside the catalogue in use.

    Then items whose records tell something else now are due again, and so are those that nobody knew. Nothing happens
    when there is nothing newer. Interrupted, the same command goes on.
    """
    if files and source:
        raise click.UsageError("Name files or an address, not both.")
    where = ("--from", source) if source else tuple(map(str, files))
    session.resume = session.command("catalog", "refresh", *where)
    with session.open() as app, progress(session, "Refreshing the catalogue") as shown:
        report = app.upkeep.refresh(
            files,
            source=source or "",
            sums=sums,
            keep=keep_files,
            processes=processes,
            told=_telling(shown),
        )
    if session.json:
        session.paper.document(_document(report))
    else:
        _tell(session, report)
    return OK


@click.command(
    cls=Verb,
    short_help="Copy the catalogue to PostgreSQL.",
    epilog="\b\nExample:\n  completist catalog publish postgresql://user@host/name",
)
@click.argument("url", required=False, metavar="[URL]")
@click.pass_obj
def publish(session: Session, url: str | None) -> int:
    """Copy the catalogue in use to a PostgreSQL database, from which any number of servers may read it.

    Those that read there notice nothing but the new content. Without URL, to the database that the setting
    catalogue names.
    """
    with session.open() as app, progress(session, "Publishing the catalogue") as shown:
        done = app.upkeep.publish(url or "", _telling(shown))
    if session.json:
        session.paper.document({"schema": 1, "published": done})
        return OK
    session.paper.line("Published." if done else "It is in use there already.")
    return OK


def _telling(shown: Progress) -> Telling:
    """Tells of one thing after the other on the same line."""

    def tell(doing: str, done: int, total: int, note: str = "") -> None:
        shown(done, total, f"{doing}, {note}" if note else doing)

    return tell


def _document(report: Refreshed) -> dict[str, object]:
    built = report.report
    return {
        "schema": 1,
        "generation": report.generation,
        "loaded": built is not None,
        "editions": built.editions if built else None,
        "works": built.works if built else None,
        "authors": built.authors if built else None,
        "rejected": sum(built.rejected.values()) if built else 0,
        "published": report.published,
        "caught_up": report.caught_up,
        "libraries": [
            {"library": library, "resting": each.resting, "changed": each.changed, "unknown": each.unknown}
            for library, each in sorted(report.effects.items())
        ],
    }


def _tell(session: Session, report: Refreshed) -> None:
    paper = session.paper
    if report.report is None:
        paper.line("There is nothing newer.")
    else:
        built = report.report
        counts = f"{built.editions:,} editions, {built.works:,} works, {built.authors:,} authors"
        paper.line(f"{counts} loaded in {built.seconds:.1f} s.")
    changed = sum(each.changed for each in report.effects.values())
    unknown = sum(each.unknown for each in report.effects.values())
    if report.effects:
        resting = sum(each.resting for each in report.effects.values())
        paper.line(
            f"Due again, since their records say something else now: {changed:,} of "
            f"{words.counted(resting, 'item')} that rest on the catalogue."
        )
        if unknown:
            paper.line(f"{words.counted(unknown, 'item')} that nobody knew will be asked about again.")
    if changed or unknown:
        paper.next((session.command("fill"), "bring them up to date"))
