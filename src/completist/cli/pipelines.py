"""``completist pipelines``, ``pause``, ``resume`` and ``populate``: what there is to run, and whether it runs."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from completist.cli import words
from completist.cli.commands import Verb, VerbGroup
from completist.cli.failures import OK
from completist.cli.interrupts import Interrupts
from completist.cli.paper import Cell, Column, Ink, Tone
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.app import App
    from completist.engine.rerunning import PipelineView

_NAME = click.argument("pipeline", required=False, metavar="[PIPELINE]")


@click.group(cls=VerbGroup, invoke_without_command=True)
@click.pass_context
def pipelines(ctx: click.Context) -> int | None:
    """Which fields are filled for which kind of item, by whom, and what waits there."""
    code: int | None = ctx.invoke(list_) if ctx.invoked_subcommand is None else None
    return code


@pipelines.command(name="list")
@click.pass_obj
def list_(session: Session) -> int:
    """Every pipeline, with its queue (so it is without a verb, too)."""
    with session.open() as app:
        views = app.ledger.pipelines()
    if session.json:
        session.paper.document({"schema": 1, "pipelines": [_document(each) for each in views]})
        return OK
    columns = (
        Column("pipeline"),
        Column("for"),
        Column("version", right=True, spare=True),
        Column("filled by", spare=True),
        Column("ready", right=True),
        Column("waiting", right=True),
        Column("claimed", right=True),
        Column(),
    )
    session.paper.table(columns, [_row(each) for each in views], indent=0)
    return OK


def _document(view: PipelineView) -> dict[str, Any]:
    declared = view.pipeline
    return {
        "name": declared.name,
        "kind": declared.kind,
        "version": declared.version,
        "outside": view.outside,
        "paused": view.paused,
        "ready": view.ready,
        "waiting": view.waiting,
        "claimed": view.claimed,
        "inputs": list(declared.inputs),
        "fills": list(declared.fills),
        "priority": declared.priority,
        "goal": declared.goal,
    }


def _row(view: PipelineView) -> tuple[Cell, ...]:
    return (
        view.pipeline.name,
        view.pipeline.kind,
        view.pipeline.version,
        "workers outside" if view.outside else "Completist",
        f"{view.ready:,}",
        f"{view.waiting:,}",
        Ink(f"{view.claimed:,}", Tone.RUNNING) if view.claimed else "0",
        Ink("paused", Tone.GAP) if view.paused else "",
    )


@click.command(
    cls=Verb,
    epilog="\b\nExamples:\n  completist pause book-metadata\n  completist pause            everything",
)
@_NAME
@click.pass_obj
def pause(session: Session, pipeline: str | None) -> int:
    """Hand out nothing of a pipeline, or without a name of any, until you resume it.

    What a worker holds is finished. It stays paused whatever is started again.
    """
    with session.open() as app:
        new = app.ledger.pause(pipeline)
        _answer(session, app, changed=new)
        again = session.command("resume", *([pipeline] if pipeline else []))
        before = "" if new else " already"
        session.paper.line(f"{pipeline or 'Everything'} is paused{before}; {again} lets it go on.")
    return OK


@click.command(
    cls=Verb,
    epilog="\b\nExamples:\n  completist resume book-metadata\n  completist resume           everything",
)
@_NAME
@click.pass_obj
def resume(session: Session, pipeline: str | None) -> int:
    """Hand out runs again: of a pipeline, or without a name of everything that is paused."""
    with session.open() as app:
        changed = app.ledger.resume(pipeline)
        left = [each.pipeline.name for each in app.ledger.pipelines() if each.paused]
        if pipeline is None:
            for name in left:  # paused by name
                changed = app.ledger.resume(name) or changed
            left = []
        _answer(session, app, changed=changed)
        if pipeline in left:
            told = f"{pipeline} is paused with everything else; {session.command('resume')} lets all go on."
        elif changed:
            told = f"{pipeline or 'Everything'} goes on."
        else:
            told = f"{pipeline} was not paused." if pipeline else "Nothing was paused."
        session.paper.line(told)
    return OK


def _answer(session: Session, app: App, *, changed: bool) -> None:
    if session.json:
        paused = [each.pipeline.name for each in app.ledger.pipelines() if each.paused]
        session.paper.document({"schema": 1, "changed": changed, "paused": paused})


@click.command(cls=Verb, epilog="\b\nExample:\n  completist populate hardcover")
@click.argument("pipeline", metavar="PIPELINE")
@click.pass_obj
def populate(session: Session, pipeline: str) -> int:
    """Queue every item that a pipeline has to see and has not. Again, it queues nothing."""
    session.resume = session.command("populate", pipeline)
    with session.open() as app, Interrupts(tell=not session.json) as stop:
        made = app.ledger.populate(pipeline, stop)
        total = made.created + made.present
        if session.json:
            session.paper.document({"schema": 1, "pipeline": pipeline, **asdict(made), "total": total})
        else:
            created = words.counted(made.created, "run")
            session.paper.line(
                f"{pipeline}: {created} created, {made.present:,} there before, {total:,} in all."
            )
        stop.settle()
    return OK
