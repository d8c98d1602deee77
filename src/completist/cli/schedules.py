"""``completist schedules``: jobs that come round by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from completist.cli import words
from completist.cli.commands import VerbGroup
from completist.cli.conditions import conditions, conditions_of
from completist.cli.failures import OK
from completist.cli.job_view import selected
from completist.cli.jobs import select
from completist.cli.paper import Column
from completist.cli.session import Session
from completist.engine.chores import CHORES

if TYPE_CHECKING:
    from completist.store.schedules import Schedule


@click.group(cls=VerbGroup, invoke_without_command=True)
@click.pass_context
def schedules(ctx: click.Context) -> int | None:
    """Jobs that come round by themselves, while completist serve or worker is running."""
    code: int | None = ctx.invoke(list_) if ctx.invoked_subcommand is None else None
    return code


@schedules.command(name="list")
@click.pass_obj
def list_(session: Session) -> int:
    """Every schedule, and when it comes round next."""
    with session.open() as app:
        found = app.ledger.schedules()
    if session.json:
        session.paper.document({"schema": 1, "schedules": [_document(each) for each in found]})
        return OK
    if not found:
        session.paper.line("There are no schedules.")
        return OK
    columns = (
        Column("name", grows=True),
        Column("cron"),
        Column("zone", spare=True),
        Column("pipeline"),
        Column("about", grows=True, spare=True),
        Column("next"),
    )
    rows = [
        (
            each.name,
            each.cron,
            each.zone,
            each.pipeline or each.chore,
            _about(each),
            words.moment(each.next_at),
        )
        for each in found
    ]
    session.paper.table(columns, rows, indent=0)
    return OK


@schedules.command(
    epilog="\b\nExamples:\n"
    '  completist schedules add nightly --cron "0 3 * * *" --pipeline book-metadata\n'
    '  completist schedules add covers --cron "0 4 * * 0" --pipeline book-metadata --field cover --zone Europe/Oslo\n'
    '  completist schedules add poor --cron "0 5 * * *" --pipeline book-metadata --score-below 60 --older-than 90d\n'
    "  completist schedules add sync --chore sync-openlibrary"
)
@click.argument("name")
@click.option(
    "--cron", metavar="CRON", help="When: minute hour day month weekday. A chore has a time of its own."
)
@click.option("--pipeline", metavar="P", help="The pipeline to run.")
@click.option(
    "--chore",
    type=click.Choice(CHORES),
    help="A chore instead: follow Open Library's changes (daily at 3), load newer dumps (monthly on the 2nd at 4).",
)
@click.option(
    "--zone", default="UTC", show_default=True, metavar="Z", help="The time zone, such as Europe/Oslo."
)
@click.option("--stale", is_flag=True, help="Only items whose result is out of date.")
@click.option("--force", is_flag=True, help="Also do again what is done.")
@conditions
@click.pass_obj
def add(
    session: Session,
    /,
    name: str,
    cron: str | None,
    pipeline: str | None,
    chore: str | None,
    zone: str,
    **asked: Any,
) -> int:
    """Make a job come round by itself, in place of a schedule of the same name."""
    if (pipeline is None) == (chore is None):
        raise click.UsageError("A schedule is of a pipeline or of a chore: --pipeline or --chore.")
    if chore is not None and any(asked.values()):
        raise click.UsageError("A chore is done whole: it takes no conditions, --stale or --force.")
    if pipeline is not None and cron is None:
        raise click.UsageError("A schedule of a pipeline needs --cron.")
    chosen = select((), conditions_of(asked), stale=asked["stale"])
    with session.open() as app:
        if chore is not None:
            made = app.ledger.schedule_chore(name, chore, cron or "", zone=zone)
        else:
            made = app.ledger.schedule(
                name, cron or "", pipeline or "", chosen, zone=zone, force=asked["force"]
            )
    if session.json:
        session.paper.document({"schema": 1, "schedule": _document(made)})
        return OK
    told = made.chore or f"{pipeline}, {_about(made)}"
    session.paper.line(f"{name}: {told}; next on {words.moment(made.next_at)}.")
    session.paper.say("It comes round while completist serve or worker is running.")
    return OK


@schedules.command()
@click.argument("name")
@click.pass_obj
def remove(session: Session, name: str) -> int:
    """Remove a schedule; the jobs that it has made stay."""
    with session.open() as app:
        app.ledger.unschedule(name)
    if session.json:
        session.paper.document({"schema": 1, "removed": name})
    session.paper.line(f"{name} is removed.")
    return OK


def _document(schedule: Schedule) -> dict[str, Any]:
    return {
        "name": schedule.name,
        "cron": schedule.cron,
        "zone": schedule.zone,
        "next_at": schedule.next_at,
        "pipeline": schedule.pipeline,
        "selection": dict(schedule.selection),
        **schedule.options,
    }


def _about(schedule: Schedule) -> str:
    if schedule.chore:
        return CHORES[schedule.chore].does if schedule.chore in CHORES else ""
    return selected(schedule.selection) + (" again" if schedule.options.get("force") else "")
