"""``completist gaps``: what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import click

from completist.cli import words
from completist.cli.commands import Verb
from completist.cli.failures import OK
from completist.cli.gap_table import show_gaps
from completist.cli.paper import Cell, Column, Ink, Tone
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.app import App
    from completist.engine.viewing import ItemView

#: Items of a list whose columns are aligned with one another.
PAGE = 500


@click.command(
    cls=Verb,
    epilog="\b\nExamples:\n"
    "  completist gaps\n"
    "  completist gaps --field isbn13\n"
    "  completist gaps --kind author --json\n"
    "  completist gaps --score-below 50",
)
@click.option("--kind", metavar="KIND", help="Only items of one kind.")
@click.option(
    "--field", "missing", metavar="FIELD", help="List the items that lack this field, with their ids."
)
@click.option(
    "--score-below",
    "below",
    type=click.IntRange(1, 100),
    metavar="N",
    help="List the items that are less than N percent complete, the least complete first.",
)
@click.pass_obj
def gaps(session: Session, kind: str | None, missing: str | None, below: int | None) -> int:
    """What is missing: counts first, or the items that lack one field, or much.

    A field that you cleared or locked is no gap.
    """
    with session.open() as app:
        views = _listed(app, kind, missing, below)
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
            _list(session, views, scored=below is not None)
    return OK


def _listed(app: App, kind: str | None, missing: str | None, below: int | None) -> Iterator[ItemView] | None:
    if below is not None:
        return app.least_complete(kind, missing, below=below)
    return app.items(kind, missing) if missing else None


def _write_document(session: Session, items: int, found: dict[str, Any], views: Any) -> None:
    document: dict[str, Any] = {"schema": 1, "items": items, "gaps": found}
    if views is not None:
        document["missing"] = [
            {
                "id": v.id,
                "kind": v.kind.name,
                "title": v.data.get(v.kind.title),
                "byline": _byline(v),
                "completeness": v.completeness,
            }
            for v in views
        ]
    session.paper.document(document)


def _tell(session: Session, app: App, items: dict[str, int], found: dict[str, Any]) -> None:
    if not items:
        session.paper.line("The library is empty.")
        session.paper.next((session.command("import", "FILE"), "bring a list in"))
        return
    show_gaps(session.paper, app.kinds(), items, found)


def _list(session: Session, views: Iterator[ItemView], *, scored: bool) -> None:
    columns = [
        Column("id", right=True),
        Column("kind", spare=True),
        Column("title", grows=True),
        Column("by", grows=True),
        *([Column("complete", right=True)] if scored else ()),
    ]
    count = 0
    while page := list(islice(views, PAGE)):
        rows = [_row(view)[: len(columns)] for view in page]
        session.paper.table(columns, rows, indent=0)
        columns = [replace(column, title="") for column in columns]
        count += len(page)
    session.paper.say(f"{words.counted(count, 'item')}.")


def _row(view: ItemView) -> tuple[Cell, ...]:
    by, complete = words.short(_byline(view), 40), f"{view.completeness} %"
    return (str(view.id), view.kind.name, _title(view), by, complete)


def _title(view: ItemView) -> str | Ink:
    title = words.data(view.data.get(view.kind.title))
    return words.short(title, 70) if title else Ink("[ no title ]", Tone.GAP)


def _byline(view: ItemView) -> str:
    return words.data(view.data.get(view.kind.byline)) if view.kind.byline else ""
