"""``completist commits``: how commits stand, and making cards of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from completist.cli import job_view, words
from completist.cli.commands import VerbGroup
from completist.cli.failures import OK, PARTLY
from completist.cli.flashcards import told
from completist.cli.interrupts import Interrupts
from completist.cli.numbers import Whole
from completist.cli.paper import Column, Ink, Tone
from completist.cli.progress import progress
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.app import App
    from completist.app.cards import Logged, Worked

STATUSES = ("new", "processed", "needs_rerun", "failed")
_MARKS = {"new": "new", "processed": "processed", "needs_rerun": "needs re-run", "failed": "failed"}


@click.group(cls=VerbGroup, invoke_without_command=True)
@click.pass_context
def commits(ctx: click.Context) -> int | None:
    """Commits of registered repositories: list, status, process."""
    code: int | None = ctx.invoke(list_) if ctx.invoked_subcommand is None else None
    return code


@commits.command(name="list")
@click.option("--repository", metavar="NAME", help="Only of this repository.")
@click.option("--status", type=click.Choice(STATUSES), help="Only commits that stand so.")
@click.option("--limit", type=Whole(), default=20, show_default=True, metavar="N", help="At most so many.")
@click.option("--before", type=Whole(), metavar="ID", help="Only commits older than this item.")
@click.pass_obj
def list_(
    session: Session,
    repository: str | None = None,
    status: str | None = None,
    limit: int = 20,
    before: int | None = None,
) -> int:
    """The latest commits, and how each stands."""
    with session.open() as app:
        found = app.cards.commits(repository=repository, status=status, before=before or 2**53, limit=limit)
    if session.json:
        session.paper.document({"schema": 1, "commits": [told.commit(each) for each in found]})
    elif not found:
        session.paper.line("There are no such commits.")
    else:
        rows = [
            (
                each.sha[:10],
                _MARKS[each.status],
                str((each.metrics or {}).get("added", "")),
                told.REASONS.get(each.left_out or "", ""),
                told.first_line(each.subject, 70),
            )
            for each in found
        ]
        session.paper.table(
            (
                Column("commit"),
                Column("status"),
                Column("cards", right=True),
                Column("left out"),
                Column("subject"),
            ),
            rows,
        )
    return OK


@commits.command()
@click.argument("shas", nargs=-1, required=True, metavar="SHA...")
@click.pass_obj
def status(session: Session, shas: tuple[str, ...]) -> int:
    """How some commits stand."""
    with session.open() as app:
        found = app.cards.statuses(shas)
    if session.json:
        document = {sha: "new" if view is None else view.status for sha, view in found.items()}
        session.paper.document({"schema": 1, "statuses": document})
        return OK
    for sha, view in found.items():
        session.paper.line(f"{sha}  {'new (not here yet)' if view is None else _MARKS[view.status]}")
    return OK


@commits.command(
    epilog="\b\nExamples:\n"
    "  completist commits process\n"
    "  completist commits process 3f2a91c 77b01de --force\n"
    "  completist commits process --repository notes --since 2026-09-01 --path 'topology/*'"
)
@click.argument("shas", nargs=-1, metavar="[SHA...]")
@click.option("--repository", default="", metavar="NAME", help="Only of this repository.")
@click.option("--from", "first", default="", metavar="SHA", help="From this commit on.")
@click.option("--to", "last", default="", metavar="SHA", help="Up to this commit, which belongs to it.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Commits from that day on.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY", help="Commits up to that day.")
@click.option(
    "--path", "paths", multiple=True, metavar="GLOB", help="Commits that wrote something in such files."
)
@click.option("--status", default="", metavar="STATUS", help="Only commits that stand so, such as failed.")
@click.option("--force", is_flag=True, help="Also do again what is done; in dev mode.")
@click.option("--detach", is_flag=True, help="Leave the work to serve or work.")
@click.pass_obj
def process(session: Session, /, shas: tuple[str, ...], **asked: Any) -> int:
    """Make cards of commits: of all that are due, or of those that you name. They wait for review then."""
    from completist.app.cards import Selector

    session.resume = session.command("commits", "process")
    selector = Selector(
        shas,
        asked["first"],
        asked["last"],
        _day(asked["since"]),
        _day(asked["until"]),
        asked["paths"],
        asked["repository"],
        asked["status"],
    )
    with session.open() as app:
        view, new, active = app.cards.reprocess(selector, force=asked["force"])
        if asked["detach"] or app.owner() is not None:
            document = {"schema": 1, "new": new, "active_job": active, "job": job_view.document(view)}
            if session.json:
                session.paper.document(document)
            else:
                session.paper.line(
                    Ink(f"Job {view.job.id}", Tone.STRONG), f": {words.counted(view.job.total, 'commit')}."
                )
                if active is not None:
                    session.paper.line(f"Job {active} works on the same repository first.")
                session.paper.next((session.command("jobs", "watch", str(view.job.id)), "follow it"))
            return OK
        with Interrupts(tell=not session.json) as stop, progress(session, "Reading") as tell:
            worked = app.cards.work_off(
                view.job.id,
                stop=stop,
                progress=lambda r: tell(r.runs, max(view.job.total, r.runs), "commits"),
            )
        view = app.ledger.job(view.job.id)
        log = list(_log(app, view.job.id)) if app.cards.preferences.dev_mode else None
        first = app.cards.active(view.job.id) if view.job.finished_at is None else None
        _tell(session, worked, job_view.document(view), app.cards.count().get("pending", 0), log)
        if first is not None and not session.json:
            session.paper.line(f"Job {first} works on the same repository; job {view.job.id} waits for it.")
        stop.settle()
    return PARTLY if worked.report.failed else OK


def _day(said: datetime | None) -> Any:
    return None if said is None else said.date()


def _log(app: App, job_id: int) -> Iterator[Logged]:
    """What came of each commit of a job, in the order in which that was settled."""
    after = (0, 0)
    while page := app.cards.job_log(job_id, after=after):
        yield from page
        after = page[-1].place


def _line(each: Logged) -> str:
    """A line of the log, as dev mode shows it."""
    counted = " · ".join(f"{count:,} {name}" for name, count in (each.view.metrics or {}).items() if count)
    why = told.REASONS.get(each.view.error or each.view.left_out or "", each.view.error or "")
    parts = (each.state, counted, why, each.view.stages or "")
    return f"{each.view.sha}  {' · '.join(part for part in parts if part)}"


def _tell(
    session: Session, worked: Worked, job: dict[str, Any], pending: int, log: list[Logged] | None
) -> None:
    count, report = worked.made.count, worked.report
    if session.json:
        cards = {
            "added": count.added,
            "changed": count.changed,
            "proposed": count.proposed,
            "retired": count.retired,
            "doubted": count.doubted,
            "doubts": count.reasons,
        }
        session.paper.document(
            {
                "schema": 1,
                "commits": report.runs,
                "failed": report.failed,
                "blocks": worked.made.blocks,
                "cards": cards,
                "job": job,
                **({} if log is None else {"log": [{**told.commit(e.view), "result": e.state} for e in log]}),
            }
        )
        return
    paper = session.paper
    for each in log or ():
        paper.line(Ink(_line(each), Tone.QUIET))
    paper.line(
        Ink(words.counted(report.runs, "commit"), Tone.STRONG),
        f": {words.counted(count.added, 'new card')}, {count.changed:,} changed, {count.retired:,} retired.",
    )
    if count.proposed:
        paper.line(f"{words.counted(count.proposed, 'card')} that you edited has another source text now.")
    if count.doubted:
        paper.line(f"{words.counted(count.doubted, 'draft')} did not pass the gates and is not suggested.")
    if report.failed:
        paper.line(f"{words.counted(report.failed, 'commit')} could not be read.")
    if pending:
        paper.next((session.command("cards", "review"), f"decide about {pending:,} suggestions"))
