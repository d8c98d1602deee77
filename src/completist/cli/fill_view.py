"""How a fill is told: as a document, as a sentence, and by what of the library is filled afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from completist.cli import words
from completist.cli.gap_table import Gaps, show_progress
from completist.cli.paper import Column, Ink, Tone
from completist.cli.session import Session

if TYPE_CHECKING:
    from completist.app import App
    from completist.engine.enriching import FillReport

COUNTS = ("runs", "filled", "empty", "review", "failed", "waiting", "values", "seconds")


def document(report: FillReport) -> dict[str, Any]:
    """What looking things up came to, as scripts read it."""
    asked: dict[str, dict[str, int]] = {}
    for (provider, outcome), n in sorted(report.asked.items()):
        asked.setdefault(provider, {})[outcome] = n
    return {"schema": 1, **{name: getattr(report, name) for name in COUNTS}, "asked": asked}


def tell_fill(
    session: Session, app: App, report: FillReport, before: Gaps, had: dict[str, int], kind: str | None
) -> None:
    """What a fill of one kind, or of all, came to, and what to do next."""
    paper = session.paper
    if not report.runs:
        _tell_nothing_due(session, app, kind)
        return
    paper.line(*counted(report), f" {words.counted(report.values, 'value')} written.")
    tell_asked(session, report)
    tell_waits(session, app)
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
    later = report.runs - report.filled - report.review - report.empty - report.failed
    if later > 0:
        parts.append(Ink(f"{later:,} put off", Tone.GAP))
    spent = f" in {report.seconds:.1f} s" if report.seconds else ""
    joined: list[str | Ink] = [f"{words.counted(report.runs, 'item')} looked up{spent}: "]
    for part in parts:
        joined += [", " if len(joined) > 1 else "", part]
    return [*joined, "."]


def tell_asked(session: Session, report: FillReport) -> None:
    """Which live providers were asked, and what they knew."""
    asked: dict[str, list[str]] = {}
    for (provider, outcome), n in sorted(report.asked.items(), key=lambda pair: (pair[0][0], -pair[1])):
        asked.setdefault(provider, []).append(f"{n:,} {words.asked(outcome)}")
    if asked:
        session.paper.line()
        session.paper.table(
            (Column(), Column(grows=True, wraps=True)),
            [(words.source(provider), ", ".join(said)) for provider, said in asked.items()],
        )


def tell_waits(session: Session, app: App) -> None:
    """What waits for a provider, and from when on it can go on."""
    waits: dict[str, tuple[int, int]] = {}  # several pipelines may wait for the same
    for each in app.waits():
        runs, first = waits.get(each.code, (0, each.first))
        waits[each.code] = (runs + each.runs, min(first, each.first))
    if not waits:
        return
    session.paper.line()
    session.paper.line(Ink("Waiting", Tone.GAP))
    session.paper.table(
        (Column(right=True), Column(grows=True, wraps=True), Column()),
        [
            (f"{n:,} x", words.cause(code), f"until {words.moment(first)}")
            for code, (n, first) in waits.items()
        ],
    )
    session.paper.say("completist serve goes on by itself; completist fill does from then on.")


def tell_library(session: Session, app: App, before: Gaps, had: dict[str, int]) -> None:
    """What of the library is filled now, what is uncertain, and what to do next."""
    status = app.status()
    items = {name: (had.get(name, 0), now) for name, now in status.items.items()}
    session.paper.line()
    show_progress(session.paper, app.kinds(), items, before, status.gaps)
    _tell_reasons(session, app)
    _tell_next(session, status.review)


def _tell_nothing_due(session: Session, app: App, kind: str | None) -> None:
    status = app.status()
    if kind is not None and not status.items.get(kind):
        session.paper.line(f"Nothing is due: nothing of kind {kind} is in the library.")
        session.paper.next((session.command("import", "FILE"), "bring a list in"))
        return
    ours = {
        each.pipeline.name: each
        for each in app.ledger.pipelines()
        if not each.outside and kind in (None, each.pipeline.kind)
    }
    if paused := [name for name, each in ours.items() if each.paused]:
        told = f"{words.listed(paused)} {'is' if len(paused) == 1 else 'are'} paused"
        session.paper.line(Ink(told, Tone.GAP), ": nothing of that was looked up.")
        session.paper.next((session.command("resume"), "let it go on"))
        return
    if app.waits():
        session.paper.line("Nothing is due at this moment.")
        tell_waits(session, app)
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
