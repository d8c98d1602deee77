"""``completist serve``, ``worker`` and ``work``: the processes that work on a library."""

from __future__ import annotations

import sys
import time
from concurrent.futures import Future
from contextlib import closing
from threading import Event, Thread, Timer
from typing import TYPE_CHECKING

import click

from completist.cli import words
from completist.cli.accounts import LOGIN
from completist.cli.commands import Verb
from completist.cli.failures import OK, PARTLY
from completist.cli.fill_view import counted, document
from completist.cli.interrupts import Interrupts, Shutdown
from completist.cli.progress import progress
from completist.cli.session import Session
from completist.domain.errors import ActionRequired

if TYPE_CHECKING:
    from completist.engine.worker import Service

#: Ports that a process without privileges may use, and 0 for any that is free.
PORTS = click.IntRange(0, 65535)


@click.command(
    cls=Verb, epilog="\b\nExamples:\n  completist serve\n  completist serve --host 0.0.0.0 --port 80"
)
@click.option("--host", default="127.0.0.1", show_default=True, metavar="HOST", help="Where to listen.")
@click.option(
    "--port", type=PORTS, default=8337, show_default=True, metavar="PORT", help="0 takes any that is free."
)
@click.option("--no-worker", is_flag=True, help="Serve pages and the API alone, and fill nothing.")
@click.pass_obj
def serve(session: Session, host: str, port: int, no_worker: bool) -> int:
    """Web pages, the HTTP API and a worker in one process, until Ctrl-C or SIGTERM.

    Its address is written to standard output, its log to standard error, one JSON object a line. On this machine
    nobody needs a key or an account; for others see completist accounts.
    """
    from completist.web.server import serve as serve_web

    def announce(url: str) -> None:
        link = LOGIN in url
        if session.json:
            session.paper.document({"schema": 1, "login" if link else "url": url})
        elif link:
            session.paper.say("To let others in, make yourself its owner first, once, at this address:")
        session.paper.line(url)
        sys.stdout.flush()

    with session.open() as app:
        session.log("info", as_json=True)
        return serve_web(app, host, port, worker=not no_worker, announce=announce)


@click.command(cls=Verb)
@click.pass_obj
def worker(session: Session) -> int:
    """Another worker for a library on PostgreSQL, until Ctrl-C or SIGTERM.

    Any number of them may run, on any number of machines. Told to stop, it finishes what it holds or gives it
    back, within ten seconds. Its log goes to standard error, one JSON object a line.
    """
    with session.open() as app:
        if app.database.path is not None:
            raise ActionRequired(
                "A SQLite library has one process, which brings its own worker.",
                hint=session.command("serve")
                + ", or move to PostgreSQL for more workers: "
                + session.command("migrate", "--to", "URL"),
            )
        session.log("info", as_json=True)
        timers: list[Timer] = []
        with closing(app.bell()) as bell:
            service = app.worker(bell)
            with Shutdown(lambda: timers.append(app.hurry(service))) as shutdown:
                _run(service, shutdown.asked)
        for timer in timers:
            timer.cancel()
        if session.json:
            session.paper.document(document(service.report))
        session.paper.line(*counted(service.report))
    return OK


def _run(service: Service, stop: Event) -> None:
    """Run a worker beside the main thread, which is free for signals."""
    over: Future[None] = Future()

    def run() -> None:
        try:
            service.run(stop)
            over.set_result(None)
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
            over.set_exception(error)

    Thread(target=run, name="worker", daemon=True).start()
    over.result()


@click.command(cls=Verb)
@click.pass_obj
def work(session: Session) -> int:
    """Work off once what is due, in all libraries, pipelines and the enrichment queue, and end.

    For machines that are not always on, and for cron. Ctrl-C once stops behind the batch under way; the next work
    or fill goes on from there.
    """
    session.resume = session.command("work")
    with session.open() as app, app.owned("work"):
        if not app.cards.repositories():  # of which cards are made, whoever else can be asked
            app.looked_up_in(app.inquirer())  # without catalogue and providers nothing here could be filled
        with closing(app.bell()) as bell, Interrupts(tell=not session.json) as stop:
            service = app.worker(bell)
            with progress(session, "Working") as told:
                total = app.due_everywhere()
                begun = time.monotonic()
                report = service.drain(stop.asked, lambda r: told(r.runs, total, f"{r.filled:,} filled"))
                report.seconds = round(time.monotonic() - begun, 3)
        if session.json:
            session.paper.document(document(report))
        elif report.runs:
            session.paper.line(*counted(report))
        else:
            session.paper.line("Nothing is due.")
        _tell_left(session, [each.pipeline.name for each in app.ledger.pipelines() if each.paused])
        stop.settle()
    return PARTLY if report.failed else OK


def _tell_left(session: Session, paused: list[str]) -> None:
    if paused:
        verb = "is" if len(paused) == 1 else "are"
        session.paper.say(
            f"{words.listed(paused)} {verb} paused; {session.command('resume')} lets them go on."
        )
