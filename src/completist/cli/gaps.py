"""``completist gaps``: what is missing."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from completist.cli import words
from completist.cli.commands import Verb
from completist.cli.failures import OK
from completist.cli.gap_table import show_gaps
from completist.cli.paper import Column, Ink, Tone
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.app import App
    from completist.engine.viewing import ItemView

#: Items of a list whose columns are aligned with one another.
PAGE = 500


@click.command(
    cls=Verb,
    epilog="\b\nExamples:\n  completist gaps\n  completist gaps --field isbn13\n  completist gaps --kind author --json",
)
@click.option("--kind", metavar="KIND", help="Only items of one kind.")
@click.option(
    "--field", "missing", metavar="FIELD", help="List the items that lack this field, with their ids."
)
@click.pass_obj
def gaps(session: Session, kind: str | None, missing: str | None) -> int:
    """What is missing: counts first, or the items that lack one field.

    A field that you cleared or locked is no gap.
    """
    with session.open() as app:
        views = app.items(kind, missing) if missing else None
        if kind:
            app.items(kind)  # an unknown kind is an error, not an empty table
        counted = app.gaps()[1]
        held = app.status().items
        found = {k: counts for k, counts in counted.items() if kind in (None, k)}
        if missing:
            found = {k: {missing: c[missing]} for k, c in found.items() if missing in c}
        items = {k: n for k, n in held.items() if kind in (None, k)}
        if session.json:
            _write_document(session, sum(items.values()), found, views)
        elif views is None:
            _tell(session, app, items, found)
        else:
            _list(session, views)
    return OK


def _write_document(session: Session, items: int, found: dict[str, Any], views: Any) -> None:
    document: dict[str, Any] = {"schema": 1, "items": items, "gaps": found}
    if views is not None:
        document["missing"] = [
            {"id": v.id, "kind": v.kind.name, "title": v.data.get(v.kind.title), "byline": _byline(v)}
            for v in views
        ]
    session.paper.document(document)


def _tell(session: Session, app: App, items: dict[str, int], found: dict[str, Any]) -> None:
    if not items:
        session.paper.line("The library is empty.")
        session.paper.next((session.command("import", "FILE"), "bring a list in"))
        return
    show_gaps(session.paper, app.kinds(), items, found)


def _list(session: Session, views: Any) -> None:
    columns = (
        Column("id", right=True),
        Column("kind", spare=True),
        Column("title", grows=True),
        Column("by", grows=True),
    )
    count = 0
    while page := list(islice(views, PAGE)):
        rows = [(str(v.id), v.kind.name, _title(v), words.short(_byline(v), 40)) for v in page]
        session.paper.table(columns, rows, indent=0)
        columns = (Column(right=True), Column(spare=True), Column(grows=True), Column(grows=True))
        count += len(page)
    session.paper.say(f"{words.counted(count, 'item')}.")


def _title(view: ItemView) -> str | Ink:
    title = words.data(view.data.get(view.kind.title))
    return words.short(title, 70) if title else Ink("[ no title ]", Tone.GAP)


def _byline(view: ItemView) -> str:
    return words.data(view.data.get(view.kind.byline)) if view.kind.byline else ""
