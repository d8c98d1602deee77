"""``completist sync``: what has changed at Open Library, followed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING

import click

from completist.cli import words
from completist.cli.commands import Verb
from completist.cli.failures import OK, PARTLY
from completist.cli.interrupts import Interrupts
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.engine.syncing import Synced


@click.command(cls=Verb, epilog="\b\nExamples:\n  completist sync\n  completist sync --since 2026-10-31")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DAY",
    help="Begin again with this day, such as that of the dump that is loaded.",
)
@click.pass_obj
def sync(session: Session, since: datetime | None) -> int:
    """Follow what has changed at Open Library since the last time.

    What your libraries hold of it is fetched, laid over the catalogue, and made due again; everything else is passed
    over. Interrupted at any moment, the same command goes on. completist schedules does it daily.
    """
    session.resume = session.command("sync")
    with session.open() as app, Interrupts(tell=not session.json) as stop:
        day: date | None = None if since is None else since.date()
        synced = app.upkeeping.sync(day, stop=stop.asked.is_set)
        if session.json:
            session.paper.document({"schema": 1, **asdict(synced)})
        _tell(session, synced)
        stop.settle()
    return PARTLY if synced.missed else OK


def _tell(session: Session, synced: Synced) -> None:
    span = str(synced.since) if synced.since == synced.until else f"{synced.since} to {synced.until}"
    told = f"{words.counted(synced.changes, 'change')} ({span}), {synced.touching:,} of what you hold"
    session.paper.line(f"{told}: {words.counted(synced.items, 'item')} due again.")
    if synced.missed:
        session.paper.say(
            f"More happened than can be listed ({words.listed(synced.missed)}): the next dump brings the rest."
        )
    if synced.items:
        session.paper.next((session.command("fill"), "works off what is due"))
