"""``completist review``: a person decides what the matcher would not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from completist.cli import words
from completist.cli.commands import Verb
from completist.cli.failures import OK, PARTLY
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.app import App
    from completist.cli.decisions import Tally


@click.command(
    cls=Verb,
    epilog="\b\nExamples:\n"
    "  completist review\n"
    "  completist review --auto-accept 0.95 --dry-run\n"
    "  completist review --json > proposals.json\n"
    "  completist review --apply decisions.jsonl\n\n"
    "\b\nA decision is one JSON object a line (or an array of them):\n"
    '  {"proposal": 1, "decision": "accept", "record": "OL45804W"}\n'
    '  {"proposal": 2, "decision": "reject"}',
)
@click.option("--list", "listing", is_flag=True, help="List what waits, and decide nothing.")
@click.option(
    "--apply", "decided", metavar="FILE", help="Decisions from a JSON file; - reads standard input."
)
@click.option(
    "--auto-accept",
    "at_least",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="N",
    help="Accept each proposal whose best candidate is so sure, from 0 to 1.",
)
@click.option("--dry-run", is_flag=True, help="With --apply or --auto-accept: count, and write nothing.")
@click.pass_obj
def review(
    session: Session,
    listing: bool,
    decided: str | None,
    at_least: float | None,
    dry_run: bool,
) -> int:
    """Decide what was uncertain: yours beside the candidates, with the reasons; one key each.

    Every decision is written at once and can be undone. What you reject is never offered again; what you
    typed stays whatever you accept.
    """
    if decided is not None and at_least is not None:
        raise click.UsageError("Use either --apply or --auto-accept.")
    session.resume = session.command("review")
    with session.open() as app:
        if decided is not None or at_least is not None:
            return _decide(session, app, decided, at_least, dry_run=dry_run)
        if session.json or listing:
            from completist.cli.review_list import list_proposals, write_proposals

            (write_proposals if session.json else list_proposals)(session, app)
            return OK
        return _sit_down(session, app)


def _decide(session: Session, app: App, decided: str | None, at_least: float | None, *, dry_run: bool) -> int:
    from completist.cli.decisions import apply_all, auto_accept, read_decisions
    from completist.cli.editing import rehearsed

    decisions = read_decisions(decided) if decided is not None else []
    with rehearsed(app, dry_run=dry_run):
        tally = auto_accept(app, at_least) if at_least is not None else apply_all(app, decisions)
    if dry_run:
        tally.waiting = app.waiting()
    if session.json:
        session.paper.document(tally.document() | ({"dry_run": True} if dry_run else {}))
    else:
        _tell(session, tally, dry_run=dry_run)
    return PARTLY if tally.failed else OK


def _tell(session: Session, tally: Tally, *, dry_run: bool) -> None:
    would = " would be" if dry_run else ""
    parts = [f"{tally.accepted:,}{would} accepted", f"{tally.rejected:,}{would} rejected"]
    if tally.skipped:
        parts.append(f"{tally.skipped:,} skipped")
    values = words.counted(tally.values, "value")
    session.paper.line(f"{', '.join(parts)}; {values}{would} written. {tally.waiting:,} waiting.")
    for row, reason in tally.failed:
        session.paper.say(f"decision {row}: {reason}")


def _sit_down(session: Session, app: App) -> int:
    """Decide at the terminal, where there is one."""
    waiting = app.waiting()
    if not waiting:
        session.paper.line("Nothing waits for you.")
        return OK
    if not (sys.stdin.isatty() and session.paper.terminal):
        error = click.UsageError(
            f"{words.counted(waiting, 'proposal')} waiting, and this is no terminal to decide at. "
            "Use --list or --json to see them, --apply or --auto-accept to decide."
        )
        error.ctx = click.get_current_context()
        raise error
    from completist.cli.review_desk import Desk

    return Desk(session, app).sit(waiting)
