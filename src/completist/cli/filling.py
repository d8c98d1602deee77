"""``completist fill``: closes the gaps that can be closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from completist.cli import words
from completist.cli.commands import Verb
from completist.cli.failures import OK, PARTLY
from completist.cli.gap_table import Gaps, show_progress
from completist.cli.interrupts import Interrupts
from completist.cli.numbers import Whole
from completist.cli.paper import Column, Ink, Tone
from completist.cli.progress import progress
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.app import App, Wish
    from completist.engine.enriching import FillReport

_COUNTS = ("runs", "filled", "empty", "review", "failed", "waiting", "values", "seconds")


@click.command(
    cls=Verb,
    epilog="\b\nExamples:\n"
    "  completist fill\n"
    "  completist fill --field cover --limit 100\n"
    "  completist fill 12 15 --again",
)
@click.argument("item_ids", nargs=-1, type=Whole(), metavar="[ITEM_ID...]")
@click.option("--kind", metavar="KIND", help="Only items of one kind, such as book.")
@click.option("--field", "missing", metavar="FIELD", help="Only items that lack this field.")
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
    del offline  # every source of this version is on this machine
    from completist.app import Wish  # noqa: PLC0415 - loads the library, which help must not

    wish = Wish(ids=list(item_ids) or None, **chosen)
    session.resume = session.command("fill")
    with session.open() as app:
        if dry_run:
            return _rehearse(session, app, wish)
        if (owner := app.owner()) is not None:
            from completist.cli.handing import hand_over  # noqa: PLC0415 - only beside a server

            return hand_over(session, app, wish, owner)
        before, had = app.gaps()[1], app.status().items
        with Interrupts(tell=not session.json) as stop, progress(session, "Filling") as told:
            total = sum(app.due(wish).values())
            report = app.fill(wish, stop=stop, progress=lambda r: told(r.runs, total, f"{r.filled:,} filled"))
        if session.json:
            session.paper.document(document(report))
        else:
            _tell(session, app, report, before, had)
        stop.settle()
    return PARTLY if report.failed else OK


def document(report: FillReport) -> dict[str, Any]:
    """What looking things up came to, as scripts read it."""
    return {"schema": 1, **{name: getattr(report, name) for name in _COUNTS}}


def _rehearse(session: Session, app: App, wish: Wish) -> int:
    due = app.due(wish)
    total = sum(due.values())
    if session.json:
        zeros = dict.fromkeys(_COUNTS, 0)
        session.paper.document({"schema": 1, **zeros, "runs": total, "dry_run": True, "pipelines": due})
        return OK
    session.paper.line(f"{words.counted(total, 'look-up')} would be made; nothing was written.")
    session.paper.table((Column(right=True), Column()), [(f"{n:,}", name) for name, n in due.items() if n])
    return OK


def _tell(session: Session, app: App, report: FillReport, before: Gaps, had: dict[str, int]) -> None:
    paper = session.paper
    if not report.runs:
        _tell_nothing_due(session, app)
        return
    paper.line(*counted(report), f" {words.counted(report.values, 'value')} written.")
    tell_library(session, app, before, had)


def counted(report: FillReport) -> list[str | Ink]:
    """What looking things up came to, as a sentence."""
    parts = [
        Ink(f"{report.filled:,} filled", Tone.FILLED),
        Ink(f"{report.review:,} to review", Tone.UNCERTAIN),
        Ink(f"{report.empty:,} without an answer", Tone.NONE),
    ]
    if report.failed:
        parts.append(Ink(f"{report.failed:,} failed", Tone.FAILED))
    spent = f" in {report.seconds:.1f} s" if report.seconds else ""
    joined: list[str | Ink] = [f"{words.counted(report.runs, 'item')} looked up{spent}: "]
    for part in parts:
        joined += [", " if len(joined) > 1 else "", part]
    return [*joined, "."]


def tell_library(session: Session, app: App, before: Gaps, had: dict[str, int]) -> None:
    """What of the library is filled now, what is uncertain, and what to do next."""
    status = app.status()
    items = {name: (had.get(name, 0), now) for name, now in status.items.items()}
    session.paper.line()
    show_progress(session.paper, app.kinds(), items, before, status.gaps)
    _tell_reasons(session, app)
    _tell_next(session, status.review)


def _tell_nothing_due(session: Session, app: App) -> None:
    status = app.status()
    ours = {each.pipeline.name: each for each in app.ledger.pipelines() if not each.outside}
    if paused := [name for name, each in ours.items() if each.paused]:
        told = f"{words.listed(paused)} {'is' if len(paused) == 1 else 'are'} paused"
        session.paper.line(Ink(told, Tone.GAP), ": nothing of that was looked up.")
        session.paper.next((session.command("resume"), "let it go on"))
        return
    session.paper.line("Nothing is due: everything asked for was looked up before.")
    left = sum(n for (name, state), n in status.runs.items() if name in ours and state in ("empty", "failed"))
    if left:
        again = session.command("fill", "--again")
        session.paper.say(f"{words.counted(left, 'look-up')} had no answer; {again} asks once more.")
    if status.review:
        _tell_next(session, status.review)


def _tell_reasons(session: Session, app: App) -> None:
    """What went to review, and what has no answer, each by its weightiest reason."""
    verdicts = app.verdicts()
    for verdict, heading, tone in (
        ("review", "To review, because", Tone.UNCERTAIN),
        ("none", "Without an answer, because", Tone.NONE),
    ):
        found: dict[str, int] = {}
        for (said, code), n in verdicts.items():
            if said == verdict:
                found[words.reason(code)] = found.get(words.reason(code), 0) + n
        if found:
            session.paper.line()
            session.paper.line(Ink(heading, tone))
            groups = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
            session.paper.table(
                (Column(right=True), Column(grows=True, wraps=True)),
                [(f"{n:,} x", reason) for reason, n in groups],
            )


def _tell_next(session: Session, review: int) -> None:
    steps = []
    if review:
        steps.append((session.command("review"), f"decide what is uncertain ({review:,})"))
    steps.append((session.command("export", "--format", "csv", "--out", "library.csv"), "take it out again"))
    session.paper.next(*steps)
