"""``completist covers``: which covers there are, picking one, and looking for those that are missing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from completist.cli import words
from completist.cli.commands import VerbGroup
from completist.cli.failures import OK, PARTLY
from completist.cli.interrupts import Interrupts
from completist.cli.numbers import Whole
from completist.cli.paper import Cell, Column, Ink, Tone
from completist.cli.progress import progress
from completist.cli.session import Session
from completist.domain.errors import BadInput

if TYPE_CHECKING:
    from completist.app import App
    from completist.app.covers import Offered

_ITEM = click.argument("item_id", type=Whole(), metavar="ITEM_ID")

#: Books that are looked up in one go.
_BATCH = 20


@click.group(cls=VerbGroup)
def covers() -> None:
    """Covers: which there are for a book, picking one, and looking for those that are missing."""


@covers.command(name="list", epilog="\b\nExample:\n  completist covers list 12")
@_ITEM
@click.option("--no-look", is_flag=True, help="Only what is known already: ask nobody, fetch nothing.")
@click.pass_obj
def list_(session: Session, item_id: int, *, no_look: bool) -> int:
    """Every cover that is offered for a book, the best first, with who offers it and its pixels."""
    from completist.app.covers import as_candidate

    with session.open() as app:
        found = app.covers.offered(item_id, look=not no_look)
    if session.json:
        session.paper.document({"schema": 1, "item": item_id, "candidates": [as_candidate(o) for o in found]})
        return OK
    if not found:
        session.paper.line("No cover is offered.")
        return OK
    columns = (
        Column(),
        Column("source"),
        Column("pixels", right=True),
        Column("of"),
        Column("address", grows=True),
    )
    session.paper.table(columns, [_row(each) for each in found], indent=0)
    if any(not each.chosen and each.picture for each in found):
        session.paper.next(
            (session.command("covers", "choose", str(item_id), "ADDRESS"), "takes one as yours")
        )
    return OK


def _row(offered: Offered) -> tuple[Cell, ...]:
    picture = offered.picture
    pixels = f"{picture.width} x {picture.height}" if picture else offered.code.replace("_", " ")
    mark = Ink("*", Tone.FILLED) if offered.chosen else ""
    return (mark, offered.source, pixels, offered.level.value if offered.level else "", offered.url)


@covers.command(
    epilog="\b\nExample:\n  completist covers choose 12 https://covers.openlibrary.org/b/id/240727-L.jpg"
)
@_ITEM
@click.argument("address", metavar="ADDRESS")
@click.pass_obj
def choose(session: Session, item_id: int, address: str) -> int:
    """Take the cover at an address as yours: nothing replaces it."""
    with session.open() as app:
        app.covers.choose(item_id, address)
        return _told(session, app, item_id, "Taken.")


@covers.command(epilog="\b\nExample:\n  completist covers upload 12 scan.png")
@_ITEM
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE")
@click.pass_obj
def upload(session: Session, item_id: int, file: Path) -> int:
    """Take a picture of yours (PNG, JPEG, WebP, AVIF) as the cover: nothing replaces it."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}.") from error
    with session.open() as app:
        app.covers.upload(item_id, content)
        return _told(session, app, item_id, "Kept.")


@covers.command(epilog="\b\nExample:\n  completist covers remove 12")
@_ITEM
@click.pass_obj
def remove(session: Session, item_id: int) -> int:
    """Have no cover: it stays removed."""
    with session.open() as app:
        app.covers.remove(item_id)
        back = session.command("set", str(item_id), "--give-up", "cover")
        return _told(session, app, item_id, f"Removed; {back} lets sources speak again.")


@covers.command(
    epilog="\b\nExamples:\n  completist covers backfill\n  completist covers backfill 12 15 --limit 2"
)
@click.argument("item_ids", nargs=-1, type=Whole(), metavar="[ITEM_ID...]")
@click.option("--limit", type=Whole(), metavar="N", help="At most so many books; without it, all.")
@click.pass_obj
def backfill(session: Session, item_ids: tuple[int, ...], limit: int | None) -> int:
    """Look for the covers of books that have none. Ctrl-C once stops behind the batch under way."""
    session.resume = session.command("covers", "backfill")
    processed = updated = cursor = 0
    failures: dict[int, str] = {}
    with session.open() as app:
        total = len(item_ids) or app.gaps()[1].get("book", {}).get("cover", 0)
        total = total if limit is None else min(total, limit)
        with Interrupts(tell=not session.json) as stop, progress(session, "Covers") as told:
            while not stop():
                room = _BATCH if limit is None else min(_BATCH, limit - processed)
                if room < 1:
                    break
                found = app.covers.backfill(limit=room, cursor=cursor, ids=item_ids or None)
                processed, updated = processed + found.processed, updated + found.updated
                failures |= {each.item_id: each.reason for each in found.failures}
                told(processed, max(total, processed), f"{updated:,} found")
                if found.cursor is None:
                    break
                cursor = found.cursor
        _report(session, processed, updated, failures)
        stop.settle()
    return PARTLY if failures else OK


def _report(session: Session, processed: int, updated: int, failures: dict[int, str]) -> None:
    if session.json:
        listed = [{"bookId": item_id, "reason": reason} for item_id, reason in failures.items()]
        session.paper.document({"schema": 1, "processed": processed, "updated": updated, "failures": listed})
        return
    session.paper.line(f"{words.counted(updated, 'cover')} found for {words.counted(processed, 'book')}.")
    reasons = Counter(failures.values()).most_common()
    rows = [(f"{count:,}", reason.replace("_", " ")) for reason, count in reasons]
    session.paper.table((Column(right=True), Column()), rows)


@covers.command(epilog="\b\nExample:\n  completist covers refresh")
@click.pass_obj
def refresh(session: Session) -> int:
    """Find out which covers have gone from where they were, and clear up; schedules can do so each night."""
    with session.open() as app, Interrupts(tell=not session.json) as stop:
        done = app.covers.refresh(stop)
        stop.settle()
    told: dict[str, Any] = {"called": done.called, "gone": done.gone, "removed": done.removed}
    if session.json:
        session.paper.document({"schema": 1, **told})
    else:
        called = words.counted(done.called, "address", "addresses")
        removed = words.counted(done.removed, "copy", "copies")
        session.paper.line(f"{called} called, {done.gone:,} gone, {removed} removed.")
    return OK


def _told(session: Session, app: App, item_id: int, text: str) -> int:
    from completist.app.covers import as_cover

    shown = app.covers.shown([item_id]).get(item_id)
    if session.json:
        cover = as_cover(shown) if shown else None
        session.paper.document({"schema": 1, "item": item_id, "cover": cover})
    else:
        picture = shown.picture if shown else None
        session.paper.line(f"{text} {picture.width} x {picture.height} pixels." if picture else text)
    return OK
