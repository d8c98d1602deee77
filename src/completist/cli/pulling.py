"""``completist pull``: a worker outside, which fills a pipeline of a server's library with what a provider says."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import Any

import click

from completist.cli import words
from completist.cli.commands import Verb
from completist.cli.failures import OK, PARTLY
from completist.cli.interrupts import Interrupts
from completist.cli.numbers import Whole
from completist.cli.paper import Ink, Tone
from completist.cli.progress import Progress, progress
from completist.cli.session import Session
from completist.engine.pulling.order import Awaited, Order, PullReport, Wait

_COUNTS = (
    "claimed", "found", "not_found", "unanswered", "set_aside", "filled", "empty", "review", "waiting", "failed",
    "resent", "stale", "unfit", "kept", "remaining", "seconds",
)  # fmt: skip
_SPAN = re.compile(r"(\d{1,6})\s*([smh]?)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}
_SHORTEST, _LONGEST = 60, 21_600
_MOST = 100


class Lease(click.ParamType[int]):
    """A span of time in seconds, such as ``30m``, that a claim may last."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The seconds."""
        found = _SPAN.fullmatch(str(value).strip().lower())
        seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
        if not _SHORTEST <= seconds <= _LONGEST:
            self.fail(f"{value!r} is no time from 1m to 6h, such as 30m.", param, ctx)
        return seconds


@click.command(
    cls=Verb,
    epilog="\b\nExamples:\n"
    "  completist pull hardcover --server http://127.0.0.1:8337\n"
    "  completist pull hardcover --server https://books.example.org --follow\n"
    "  completist pull hardcover --server http://127.0.0.1:8337 --limit 100 --isbn-only",
)
@click.argument("pipeline", metavar="PIPELINE")
@click.option("--server", required=True, metavar="URL", help="The Completist server whose library it is.")
@click.option(
    "--state",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where to keep what is found until the server has it.",
)
@click.option("--limit", type=Whole(), metavar="N", help="At most so many items.")
@click.option(
    "--batch", type=click.IntRange(1, _MOST), default=20, metavar="N", help="Items to claim at a time (20)."
)
@click.option("--lease", type=Lease(), default=1800, metavar="TIME", help="How long a claim lasts (30m).")
@click.option("--follow", is_flag=True, help="Wait for more when nothing is due, until you stop it.")
@click.option("--isbn-only", is_flag=True, help="Ask by ISBN alone; leave out what only a search could find.")
@click.option("--endpoint", default="", metavar="URL", help="Another address of the provider.")
@click.pass_obj
def pull(session: Session, /, pipeline: str, state: Path | None, isbn_only: bool, **chosen: Any) -> int:
    """Claim what a server's library lacks, ask a provider for it, and hand in what it says.

    The server decides: what is certain is written, what is not goes to review there. The server's key stands in
    COMPLETIST_KEY (a server on this machine may want none), the provider's in a variable of its own:
    HARDCOVER_TOKEN. Ctrl-C once stops behind the batch under way; the next pull goes on from there.
    """
    with session.open() as app:
        secret = os.environ.get(app.secret_of(pipeline), "").strip()
        key = os.environ.get("COMPLETIST_KEY", "").strip()
        order = Order(pipeline=pipeline, secret=secret, key=key, identified_only=isbn_only, **chosen)
        session.resume = session.command("pull", *_again(order, state))
        if order.follow and not session.quiet:
            session.log("info", as_json=session.json)
        with Interrupts(tell=not session.json) as stop, progress(session, "Pulling") as told:
            told(0, 0, f"asking {order.server}")
            report = app.pull(order, state, stop=stop, progress=lambda r: _say(told, order, r))
        if session.json:
            session.paper.document(_document(order, report))
        else:
            _tell(session, report)
        stop.settle()
    if report.failure is not None:
        raise report.failure
    return PARTLY if report.failed or report.unfit else OK


def _again(order: Order, state: Path | None) -> list[str]:
    """The words of a command that goes on where this one was stopped."""
    again = [order.pipeline, "--server", order.server]
    if state is not None:
        again += ["--state", str(state)]
    if order.endpoint:
        again += ["--endpoint", order.endpoint]
    if order.identified_only:
        again.append("--isbn-only")
    return [*again, "--follow"] if order.follow else again


def _say(told: Progress, order: Order, report: PullReport) -> None:
    """How far it is, and what it waits for."""
    wait = report.wait
    filled = f"{report.filled:,} filled" if report.resolved else ""
    if wait is None or not wait.seconds:
        asked = "" if wait is None else _asked(order, wait)
        note = ", ".join(each for each in (filled, asked) if each)
        told(report.resolved, report.claimed + report.remaining, note)
        return
    again = f"in {math.ceil(wait.seconds)} s"
    if wait.tried:
        told.wait(f"no answer from {order.server} ({wait.code}), next try {again}")
    elif wait.what is Awaited.WORK:
        told.wait(f"nothing is due, asking again {again}")
    else:
        told.wait(f"{words.source(order.pipeline)} wants a rest, going on {again}")


def _asked(order: Order, wait: Wait) -> str:
    if wait.what is Awaited.PROVIDER:
        return f"asking {words.source(order.pipeline)} about {words.counted(wait.items, 'item')}"
    return f"asking {order.server}"


def _document(order: Order, report: PullReport) -> dict[str, Any]:
    counts = {name: getattr(report, name) for name in _COUNTS}
    after = getattr(report.failure, "after", None)
    ended = {"ended": report.ended.value, "retry_after": after}
    return {"schema": 1, "server": order.server, "pipeline": order.pipeline, **counts, **ended}


def _tell(session: Session, report: PullReport) -> None:
    paper = session.paper
    if not report.claimed and not report.resent and report.failure is None:
        paper.line("Nothing is due at the server.")
        return
    parts = [
        Ink(f"{report.filled:,} filled", Tone.FILLED),
        Ink(f"{report.review:,} to review", Tone.UNCERTAIN),
        Ink(f"{report.empty:,} without an answer", Tone.NONE),
    ]
    if report.waiting:
        parts.append(Ink(f"{report.waiting:,} put off", Tone.GAP))
    if report.failed:
        parts.append(Ink(f"{report.failed:,} failed", Tone.FAILED))
    joined: list[str | Ink] = []
    for part in parts:
        joined += [", " if joined else "", part]
    paper.line(
        f"{words.counted(report.resolved, 'item')} looked up in {report.seconds:.1f} s: ", *joined, "."
    )
    for count, one, many in (
        (report.resent, "result found earlier was handed in", "results found earlier were handed in"),
        (report.stale, "result came too late and was dropped", "results came too late and were dropped"),
        (report.unfit, "result could not be used by the server", "results could not be used by the server"),
        (report.kept, "result is kept for the next pull", "results are kept for the next pull"),
        (report.remaining, "item is still due", "items are still due"),
    ):
        if count:
            paper.line(f"{words.counted(count, one, many)}.")
