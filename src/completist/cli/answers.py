"""``completist answers``: what live sources have said, and forgetting what is too old."""

from __future__ import annotations

from dataclasses import asdict

import click

from completist.cli import words
from completist.cli.commands import VerbGroup
from completist.cli.conditions import Duration
from completist.cli.failures import OK
from completist.cli.paper import Column
from completist.cli.session import Session
from completist.domain.durations import read_duration


@click.group(cls=VerbGroup, invoke_without_command=True)
@click.pass_context
def answers(ctx: click.Context) -> int | None:
    """What sources have said, and how long that is believed."""
    code: int | None = ctx.invoke(count) if ctx.invoked_subcommand is None else None
    return code


@answers.command(name="count")
@click.pass_obj
def count(session: Session) -> int:
    """How many answers are kept of each source (so it is without a verb, too)."""
    with session.open() as app:
        found = app.sources.all()
    if session.json:
        session.paper.document({"schema": 1, "answers": {each.name: asdict(each.kept) for each in found}})
        return OK
    columns = (
        Column("source", grows=True),
        Column("answers", right=True),
        Column("known", right=True),
        Column("not known", right=True),
        Column("expired", right=True),
    )
    rows = [
        (
            each.label,
            f"{each.kept.answers:,}",
            f"{each.kept.answers - each.kept.unknown:,}",
            f"{each.kept.unknown:,}",
            f"{each.kept.expired:,}",
        )
        for each in found
    ]
    session.paper.table(columns, rows, indent=0)
    return OK


@answers.command(
    epilog="\b\nExamples:\n  completist answers prune\n  completist answers prune --before 1d --source openlibrary"
)
@click.option(
    "--before",
    type=Duration(),
    default="90d",
    show_default=True,
    metavar="AGE",
    help="Those that expired so long ago.",
)
@click.option("--source", "name", metavar="NAME", help="Of this source alone.")
@click.option("--dry-run", is_flag=True, help="Count them, and forget none.")
@click.pass_obj
def prune(session: Session, before: str, name: str | None, dry_run: bool) -> int:
    """Forget answers that expired a while ago. Values that came of them stay.

    Until then an old answer is better than none: it counts where a source cannot be asked.
    """
    with session.open() as app:
        sources = app.sources
        until = sources.before(read_duration(before))
        removed = sources.expired(until, name) if dry_run else sources.forget_expired(until, name)
    if session.json:
        session.paper.document({"schema": 1, **({"dry_run": True} if dry_run else {}), "removed": removed})
    elif dry_run:
        session.paper.line(f"{words.counted(removed, 'answer')} would be forgotten.")
    else:
        session.paper.line(f"{words.counted(removed, 'answer')} {'is' if removed == 1 else 'are'} forgotten.")
    return OK
