"""``completist fill``: closes the gaps that can be closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from completist.cli import words
from completist.cli.commands import Verb
from completist.cli.conditions import conditions, conditions_of
from completist.cli.failures import OK, PARTLY
from completist.cli.fill_view import COUNTS, document, tell_fill
from completist.cli.interrupts import Interrupts
from completist.cli.numbers import Whole
from completist.cli.paper import Column
from completist.cli.progress import progress
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.app import App, Wish


@click.command(
    cls=Verb,
    epilog="\b\nExamples:\n"
    "  completist fill\n"
    "  completist fill --field cover --limit 100\n"
    "  completist fill 12 15 --again\n"
    "  completist fill --score-below 60 --older-than 90d",
)
@click.argument("item_ids", nargs=-1, type=Whole(), metavar="[ITEM_ID...]")
@click.option("--kind", metavar="KIND", help="Only items of one kind, such as book.")
@conditions
@click.option("--limit", type=Whole(), metavar="N", help="At most so many look-ups.")
@click.option("--offline", is_flag=True, help="From the catalogue on this machine alone; no network call.")
@click.option("--again", is_flag=True, help="Also ask again about what nobody knew.")
@click.option("--dry-run", is_flag=True, help="Count what would be looked up, and write nothing.")
@click.pass_obj
def fill(session: Session, /, item_ids: Sequence[int], offline: bool, dry_run: bool, **chosen: Any) -> int:
    """Close the gaps that can be closed.

    What is certain is written, what is not goes to review, and what you typed stays. Ctrl-C once stops behind
    the batch under way; the next fill goes on from there.
    """
    session.resume = session.command("fill", *_same(item_ids, chosen["kind"], offline=offline))
    from completist.app import When, Wish

    when = When.read(conditions_of(chosen))
    wish = Wish(chosen["kind"], list(item_ids) or None, when, chosen["limit"], chosen["again"])
    with session.open() as app:
        if dry_run:
            return _rehearse(session, app, wish, offline=offline)
        if (owner := app.owner()) is not None:
            from completist.cli.handing import hand_over

            return hand_over(session, app, wish, owner)
        before, had = app.gaps()[1], app.status().items
        with Interrupts(tell=not session.json) as stop, progress(session, "Filling") as told:
            total = sum(app.due(wish, offline=offline).values())
            report = app.fill(
                wish,
                offline=offline,
                stop=stop,
                progress=lambda r: told(r.runs, max(total, r.runs), f"{r.filled:,} filled"),
            )
        if session.json:
            session.paper.document(document(report))
        else:
            tell_fill(session, app, report, before, had, wish.kind)
        stop.settle()
    return PARTLY if report.failed else OK


def _same(item_ids: Sequence[int], kind: str | None, *, offline: bool) -> list[str]:
    """What an interrupted fill is to be given again: what it is about, and that nobody may be asked."""
    return [*map(str, item_ids), *(("--kind", kind) if kind else ()), *(("--offline",) if offline else ())]


def _rehearse(session: Session, app: App, wish: Wish, *, offline: bool) -> int:
    due = app.due(wish, offline=offline)
    total = sum(due.values())
    if session.json:
        zeros = dict.fromkeys(COUNTS, 0)
        session.paper.document({"schema": 1, **zeros, "runs": total, "dry_run": True, "pipelines": due})
        return OK
    session.paper.line(f"{words.counted(total, 'look-up')} would be made; nothing was written.")
    session.paper.table((Column(right=True), Column()), [(f"{n:,}", name) for name, n in due.items() if n])
    return OK
