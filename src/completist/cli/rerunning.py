"""``completist rerun`` and ``freshness``: what is out of date, and doing exactly that again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from completist.cli import job_view, words
from completist.cli.commands import Verb
from completist.cli.conditions import conditions, conditions_of
from completist.cli.failures import OK
from completist.cli.interrupts import Interrupts
from completist.cli.jobs import is_outside, plan, tell_foreseen, tell_made
from completist.cli.numbers import Whole
from completist.cli.paper import Cell, Column, Ink, Tone
from completist.cli.progress import progress
from completist.cli.session import Session
from completist.cli.watching import exit_code, tell_who_works, watch_job
from completist.domain.pipeline import Freshness, StaleCause

if TYPE_CHECKING:
    from completist.app import App, ItemView
    from completist.engine.requesting import JobView
    from completist.engine.rerunning import Fresh, PipelineView
    from completist.store.freshness import Standing

_TONES = {Freshness.MISSING: Tone.GAP, Freshness.FRESH: Tone.FILLED, Freshness.STALE: Tone.UNCERTAIN}
_CAUSES = {StaleCause.CODE: "the pipeline is newer", StaleCause.DATA: "the item changed, or somebody asked"}


@click.command(
    cls=Verb,
    epilog="\b\nExamples:\n"
    "  completist rerun --pipeline book-metadata --dry-run\n"
    "  completist rerun --pipeline book-metadata\n"
    "  completist rerun --pipeline book-metadata --force 12 15",
)
@click.option("--pipeline", required=True, metavar="P", help="The pipeline to run again.")
@click.option("--stale", is_flag=True, help="What is out of date; so it is unless you say --force.")
@click.option("--force", is_flag=True, help="Whatever you select, also what is up to date.")
@click.argument("item_ids", nargs=-1, type=Whole(), metavar="[ITEM_ID...]")
@conditions
@click.option("--dry-run", is_flag=True, help="Count what would be queued, and write nothing.")
@click.option("--detach", is_flag=True, help="Make the job, and leave it to a worker.")
@click.pass_obj
def rerun(session: Session, /, pipeline: str, item_ids: Sequence[int], **asked: Any) -> int:
    """Do again exactly what is out of date, or with --force whatever you select.

    It becomes a job, which is worked off at once, or followed where a completist serve is running.
    """
    which, chosen = _select(session, pipeline, item_ids, asked)
    with session.open() as app:
        if asked["dry_run"]:
            return tell_foreseen(session, pipeline, app.ledger.count_rerun(pipeline, which, chosen))
        view = plan(session, app, app.ledger.rerun(pipeline, which, chosen, chunks=0))
        if not session.json:
            tell_made(session, view, new=True)
        if asked["detach"] or not job_view.is_open(view) or is_outside(app, pipeline):
            return _leave(session, app, view)
        if app.owner() is not None:
            return watch_job(session, app, view.job.id)
        return _work_off(session, app, view)


def _select(
    session: Session, pipeline: str, item_ids: Sequence[int], asked: dict[str, Any]
) -> tuple[str, dict[str, Any] | None]:
    """``stale`` or ``force``, and what is selected."""
    if asked["stale"] and asked["force"]:
        raise click.UsageError("Either --stale or --force.")
    if item_ids and not asked["force"]:
        again = session.command("rerun", "--pipeline", pipeline, "--force", *map(str, item_ids))
        raise click.UsageError(
            f"What is out of date is found by itself; items by id go with --force: {again}"
        )
    held = conditions_of(asked)
    if item_ids and held:
        raise click.UsageError("Name items by id, or choose them by conditions; not both.")
    if item_ids:
        return "force", {"ids": list(dict.fromkeys(item_ids))}
    return "force" if asked["force"] else "stale", {"filter": held} if held else None


def _leave(session: Session, app: App, view: JobView) -> int:
    if session.json:
        session.paper.document({"schema": 1, "job": job_view.document(view)})
    elif job_view.is_open(view):
        tell_who_works(session, app, view)
        session.paper.next((session.command("jobs", "watch", str(view.job.id)), "follow it"))
    return OK


def _work_off(session: Session, app: App, view: JobView) -> int:
    job_id, total = view.job.id, view.job.total
    session.resume = session.command("work")
    with Interrupts(tell=not session.json) as stop, progress(session, f"Job {job_id}") as told:
        app.work_off(job_id, stop=stop, progress=lambda r: told(r.runs, total, f"{r.filled:,} filled"))
    view = app.ledger.job(job_id)
    if session.json:
        session.paper.document({"schema": 1, "job": job_view.document(view)})
    else:
        job_view.tell_end(session, view)
    stop.settle()
    return exit_code(view)


@click.command(
    cls=Verb,
    epilog="\b\nExamples:\n"
    "  completist freshness\n"
    "  completist freshness --pipeline book-metadata --item 12 --item 15",
)
@click.option("--pipeline", metavar="P", help="Only this pipeline.")
@click.option("--item", "item_ids", multiple=True, type=Whole(), metavar="ID", help="List these items.")
@click.pass_obj
def freshness(session: Session, pipeline: str | None, item_ids: Sequence[int]) -> int:
    """How items stand in each pipeline: missing (never done), fresh, or stale, and why."""
    with session.open() as app:
        views = _pipelines(app, pipeline)
        if item_ids:
            return _tell_items(session, app, views, item_ids)
        counted = {each.pipeline.name: app.ledger.fresh(each.pipeline.name) for each in views}
        if session.json:
            listed = [{"pipeline": name, **_summary(found)} for name, found in counted.items()]
            session.paper.document({"schema": 1, "pipelines": listed})
            return OK
        columns = (
            Column("pipeline"),
            Column("missing", right=True),
            Column("fresh", right=True),
            Column("stale", right=True),
            Column("because", grows=True, wraps=True),
        )
        session.paper.table(columns, [_row(name, found) for name, found in counted.items()], indent=0)
        for each in views:
            stale = counted[each.pipeline.name].stale
            if stale:
                again = session.command("rerun", "--pipeline", each.pipeline.name)
                session.paper.next((again, f"do the {stale:,} again"))
    return OK


def _pipelines(app: App, name: str | None) -> list[PipelineView]:
    if name is not None:
        app.ledger.fresh(name)  # an unknown one is told with those that there are
    return [each for each in app.ledger.pipelines() if name in (None, each.pipeline.name)]


def _summary(found: Fresh) -> dict[str, Any]:
    causes = {StaleCause.CODE.value: found.code, StaleCause.DATA.value: found.data}
    return {"missing": found.missing, "fresh": found.fresh, "stale": {"total": found.stale, **causes}}


def _row(name: str, found: Fresh) -> tuple[Cell, ...]:
    causes = ((found.code, StaleCause.CODE), (found.data, StaleCause.DATA))
    counts = (
        (found.missing, Freshness.MISSING),
        (found.fresh, Freshness.FRESH),
        (found.stale, Freshness.STALE),
    )
    because = "; ".join(f"{count:,} {_CAUSES[cause]}" for count, cause in causes if count)
    return (name, *(Ink(f"{n:,}", _TONES[kind]) if n else "0" for n, kind in counts), because)


def _title(view: ItemView) -> str:
    return words.short(words.data(view.data.get(view.kind.title)), 40)


def _tell_items(session: Session, app: App, views: list[PipelineView], item_ids: Sequence[int]) -> int:
    wanted = list(dict.fromkeys(item_ids))
    titles = {item_id: _title(app.show(item_id)) for item_id in wanted}  # an unknown one is told
    found: list[tuple[str, Standing]] = []
    for each in views:
        standings, _ = app.ledger.freshness(each.pipeline.name, ids=wanted)
        found += [(each.pipeline.name, standing) for standing in standings]
    found.sort(key=lambda pair: (wanted.index(pair[1].item_id), pair[0]))
    if session.json:
        listed = [
            {
                "item": standing.item_id,
                "pipeline": name,
                "freshness": standing.freshness.value,
                "cause": standing.cause and standing.cause.value,
                "state": standing.state and standing.state.value,
            }
            for name, standing in found
        ]
        session.paper.document({"schema": 1, "items": listed})
        return OK
    columns = (
        Column("id", right=True),
        Column("title", grows=True),
        Column("pipeline"),
        Column("freshness"),
        Column("run", spare=True),
        Column("because", grows=True, spare=True),
    )
    rows = [
        (
            str(each.item_id),
            titles[each.item_id],
            name,
            Ink(each.freshness.value, _TONES[each.freshness]),
            each.state.value if each.state else "",
            _CAUSES[each.cause] if each.cause else "",
        )
        for name, each in found
    ]
    session.paper.table(columns, rows, indent=0)
    return OK
