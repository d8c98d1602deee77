"""``completist catalog``: the offline catalogue."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from completist.cli import words
from completist.cli.commands import VerbGroup
from completist.cli.failures import OK, PARTLY
from completist.cli.paper import Column, Ink, Tone
from completist.cli.progress import progress
from completist.cli.refreshing import publish, refresh
from completist.cli.session import Session
from completist.domain.errors import ActionRequired, BadInput, NotFound

READING: float = 0.75  #: of the time of a load goes by until the last byte is read


@click.group(cls=VerbGroup)
def catalog() -> None:
    """The offline catalogue: what the world knows about books, on your own machine."""


@catalog.command(
    short_help="Load Open Library dump files.",
    epilog="\b\nExample:\n  completist catalog load ol_dump_authors.txt.gz ol_dump_works.txt.gz",
)
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path, readable=False)
)
@click.option(
    "--processes", type=click.IntRange(min=0), metavar="N", help="Worker processes; by default one a core."
)
@click.option(
    "--language",
    "languages",
    multiple=True,
    metavar="CODE",
    help="Only editions in this language (eng); repeat.",
)
@click.option("--with-isbn", is_flag=True, help="Only editions that carry an ISBN.")
@click.option("--no-search", is_flag=True, help="Look-ups only: no search by title; quicker and smaller.")
@click.option("--estimate", is_flag=True, help="Say what it would take, and load nothing.")
@click.option("--no-room-check", is_flag=True, help="Begin even if the disk seems too small.")
@click.option("--to-postgres", "postgres", metavar="URL", help="Copy it to this database, too.")
@click.pass_obj
def load(
    session: Session,
    files: Sequence[Path],
    processes: int | None,
    languages: Sequence[str],
    with_isbn: bool,
    no_search: bool,
    estimate: bool,
    no_room_check: bool,
    postgres: str | None,
) -> int:
    """Load Open Library dump files (.txt or .txt.gz) in place of what was loaded before.

    The dumps stand at https://openlibrary.org/developers/dumps. The catalogue in use stays until the new one is
    complete; interrupted, nothing has changed.
    """
    session.resume = session.command("catalog", "load", *map(str, files))
    if estimate:
        return _estimate(session, files)
    from completist.catalog.options import Options

    options = Options(languages=tuple(sorted(set(languages))), isbn_only=with_isbn, search=not no_search)
    begun = time.monotonic()
    with session.open() as app, progress(session, "Loading the catalogue") as told:

        def tell(done: int, total: int, records: int) -> None:
            told(done, total, f"{records:,} records{_pace(done, total, records, time.monotonic() - begun)}")

        report = app.load_catalogue(list(files), processes, tell, options=options, room=not no_room_check)
        if postgres or app.settings.catalogue_url:
            app.upkeep.publish(postgres or "")
    rejected = sum(report.rejected.values())
    if session.json:
        document = {
            "schema": 1,
            "editions": report.editions,
            "works": report.works,
            "authors": report.authors,
            "rejected": rejected,
            "seconds": round(report.seconds, 3),
            "bytes": report.bytes,
            "rejected_by_reason": dict(report.rejected),
            "redirects": report.redirects,
            "deletes": report.deletes,
            "generation": report.generation,
        }
        session.paper.document(document)
        return OK
    counts = f"{report.editions:,} editions, {report.works:,} works, {report.authors:,} authors"
    session.paper.line(f"{counts} loaded in {report.seconds:.1f} s ({_size(report.bytes)}).")
    if rejected:
        session.paper.line(Ink(f"{words.counted(rejected, 'line')} left out, because", Tone.GAP))
        reasons = app.rejections()
        session.paper.table(
            (Column(right=True), Column(grows=True, wraps=True)),
            [(f"{n:,} x", reasons.get(code, code)) for code, n in sorted(report.rejected.items())],
        )
    session.paper.next((session.command("fill"), "close the gaps of your library"))
    return OK


catalog.add_command(refresh)
catalog.add_command(publish)


@catalog.command(epilog="\b\nExample:\n  completist catalog lookup 978-0-441-47812-5")
@click.argument("isbn")
@click.pass_obj
def lookup(session: Session, isbn: str) -> int:
    """What the catalogue knows about an ISBN, or a number of others. Exit code 6 when it knows nothing.

    Besides ISBNs in any form: oclc:53090839, lccn:79-6128, goodreads:18423.
    """
    with session.open() as app:
        try:
            found = app.record(isbn)
        except NotFound as error:
            raise _no_isbn(isbn) or error from None
        labels = {field.name: field.label for kind in app.kinds().values() for field in kind.fields}
    if session.json:
        session.paper.document({"schema": 1, "isbn": isbn, **found})
        return OK
    rows = [(labels.get(name, name), words.data(held)) for name, held in found.items() if held]
    session.paper.table((Column(), Column(grows=True, wraps=True)), rows, indent=0)
    return OK


@catalog.command(
    epilog='\b\nExample:\n  completist catalog search "left hand of darkness" --author "le guin"'
)
@click.argument("title")
@click.option("--author", default="", metavar="NAME", help="The author's name, as it stands on your list.")
@click.option(
    "--limit",
    type=click.IntRange(1, 100),
    default=10,
    show_default=True,
    metavar="N",
    help="At most so many.",
)
@click.pass_obj
def search(session: Session, title: str, author: str, limit: int) -> int:
    """Works by title and author, best first."""
    if not title.strip():
        raise click.BadParameter("a title has at least one letter.", param_hint="TITLE")
    with session.open() as app:
        hits = app.search(title, author, limit)
    if session.json:
        results = [
            {
                "record": hit.work,
                "work": hit.work,
                "title": f"{hit.title}: {hit.subtitle}" if hit.subtitle else hit.title,
                "authors": list(hit.authors),
                "year": hit.year,
                "score": round(hit.score, 4),
            }
            for hit in hits
        ]
        session.paper.document({"schema": 1, "results": results})
        return OK
    if not hits:
        session.paper.line("Nothing like it in the catalogue.")
        return OK
    columns = (
        Column("record"),
        Column("title", grows=True),
        Column("by", grows=True),
        Column("year"),
        Column("editions", right=True, spare=True),
    )
    session.paper.table(
        columns,
        [
            (
                hit.work,
                words.short(hit.title, 60),
                words.short(", ".join(hit.authors), 40),
                str(hit.year or ""),
                f"{hit.editions:,}",
            )
            for hit in hits
        ],
        indent=0,
    )
    return OK


@catalog.command()
@click.pass_obj
def info(session: Session) -> int:
    """What is loaded, and from which files."""
    with session.open() as app:
        found = app.catalogue_info()
    if found is None:
        raise ActionRequired("No catalogue is loaded.", hint=session.command("catalog", "load", "FILE..."))
    if session.json:
        session.paper.document({"schema": 1, **found})
        return OK
    rows: list[tuple[str, str]] = []
    for name, held in found.items():
        if name == "files":
            rows += [("file", f"{each['name']} ({_size(each['bytes'])})") for each in held]
        elif name in {"dumped", "languages"}:
            rows.append((name, ", ".join(held)))
        elif name == "rejected":
            rows.append(("left out", f"{sum(held.values()):,}"))
        else:
            rows.append((name, _told(name, held)))
    session.paper.table((Column(), Column(grows=True)), rows, indent=0)
    return OK


@catalog.command()
@click.option(
    "--sample", type=click.IntRange(1), default=1000, show_default=True, help="Look at so many of each."
)
@click.option("--full", is_flag=True, help="Read every byte besides (minutes), and tell the content's hash.")
@click.pass_obj
def verify(session: Session, sample: int, full: bool) -> int:
    """Check that what is loaded is whole: records, numbers that lead to them, titles that are found."""
    with session.open() as app:
        found = app.verify_catalogue(sample, full=full)
    if session.json:
        session.paper.document(
            {
                "schema": 1,
                "ok": not found.faults,
                "generation": found.generation,
                "looked_at": found.looked_at,
                "faults": list(found.faults),
                **({"content": found.content} if found.content else {}),
            }
        )
        return PARTLY if found.faults else OK
    if found.faults:
        for fault in found.faults:
            session.paper.line(Ink(fault, Tone.GAP))
        session.paper.next((session.command("catalog", "load", "FILE..."), "load it again"))
        return PARTLY
    session.paper.line(f"Whole: {found.looked_at:,} records, numbers and titles looked at.")
    if found.content:
        session.paper.line(f"content {found.content}")
    return OK


@catalog.command()
@click.option("--previous", is_flag=True, help="The generation before the one in use, too.")
@click.pass_obj
def prune(session: Session, previous: bool) -> int:
    """Remove what loads that were killed left on disk. What is in use stays."""
    with session.open() as app:
        folders, freed = app.prune_catalogue(previous=previous)
    if session.json:
        session.paper.document({"schema": 1, "removed": folders, "bytes": freed})
    elif folders:
        session.paper.line(f"{words.counted(folders, 'folder')} removed ({_size(freed)}).")
    else:
        session.paper.line("Nothing to remove.")
    return OK


def _estimate(session: Session, files: Sequence[Path]) -> int:
    """Say what loading would take."""
    with session.open() as app:
        try:
            found = app.estimate_catalogue(files)
        except OSError as error:
            raise BadInput(
                f"{error.filename} cannot be read: {error.strerror}.", hint="Name dump files."
            ) from error
    enough = found.needed <= found.free
    if session.json:
        document = {
            "dump": found.dump,
            "finished": found.finished,
            "needed": found.needed,
            "free": found.free,
        }
        session.paper.document({"schema": 1, **document, "enough": enough})
    else:
        told = f"About {_size(found.finished)} when done, {_size(found.needed)} while it is made"
        session.paper.line(f"{told}; {_size(found.free)} are free.")
    return OK if enough else PARTLY


def _pace(done: int, total: int, records: int, seconds: float) -> str:
    """How fast it goes, and how long it will still take; after the last byte the index is made."""
    if done >= total:
        return ", indexing"
    if seconds < 1 or not done:
        return ""
    left = int(seconds * total / done / READING - seconds)
    return f", {records / seconds:,.0f}/s, {left // 60}:{left % 60:02} left"


def _no_isbn(text: str) -> NotFound | None:
    """What is wrong with a number that the catalogue does not know, when it is no ISBN at all."""
    from completist.catalog.isbn import canonical

    if canonical(text) or ":" in text:
        return None
    message = f"{text!r} is no ISBN: its length or its check digit is wrong."
    return NotFound(message, hint="completist catalog search TITLE")


def _told(name: str, held: Any) -> str:
    if name in {"bytes", "kept_bytes"}:
        return _size(held)
    if name.endswith("_at"):
        return datetime.fromtimestamp(held, UTC).strftime("%Y-%m-%d")
    return f"{held:,}" if isinstance(held, int) else str(held)


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:  # noqa: PLR2004 - SI
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
