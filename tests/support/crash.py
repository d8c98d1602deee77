"""Runs a verb in a process of its own and kills it: `python -m tests.support.crash`, one job a line of JSON.

Everything is loaded once; each job is a fork, so that a crash costs no start of the interpreter. The clock stands
still, so that whatever differs afterwards is due to the crash.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from completist.app import App
from completist.app.verbs import filling
from completist.engine import batches, helping, importing
from completist.sdk import registry
from completist.settings import Settings

ROOT = Path(__file__).parents[2]

#: What the clock shows.
NOW = 1_790_000_000_000


def open_app(data: Path, database: str) -> App:
    """An app whose clock stands still."""
    return App(Settings(data, database, offline=True), now=lambda: NOW)


class Crasher:
    """The process that forks and kills."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, verb: str, app: App, **job: Any) -> tuple[int, int]:  # noqa: ANN401 - JSON
        """Run a verb on the library of ``app``; the signal that ended it (0: none), and its database statements.

        ``kill_at`` counts statements: the process dies just before that one. ``kill_after`` counts seconds. ``helpers``
        is how many processes look things up beside it.
        """
        settings = {"data": str(app.settings.data), "database": app.settings.database}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"verb": verb, **settings, **job}) + "\n")
        self._process.stdin.flush()
        ended, steps = json.loads(self._process.stdout.readline())
        return ended, steps


@contextmanager
def crasher() -> Iterator[Crasher]:
    """A process that runs verbs and kills them."""
    command = [sys.executable, "-m", "tests.support.crash"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        yield Crasher(process)


def _work(job: Mapping[str, Any], report: int) -> None:
    """The child: do the job, dying on the way if so ordered."""
    steps = 0

    def step(*_: object) -> None:
        nonlocal steps
        steps += 1
        if steps == job.get("kill_at"):
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", step)
    event.listen(Engine, "commit", step)
    importing.CHUNK = job.get("chunk", importing.CHUNK)
    batches.BATCH = job.get("chunk", batches.BATCH)
    batches.LARGEST = job.get("chunk", batches.LARGEST)  # or the number of statements depends on the time
    helping.WORTH = 1
    vars(filling)["spare_cores"] = lambda: job.get("helpers", 0)
    with open_app(Path(job["data"]), job["database"]) as app:
        if job["verb"] == "import":
            app.import_file(Path(job["file"]), "goodreads-csv")
        else:
            app.fill()
    os.write(report, str(steps).encode())


def _fork(job: Mapping[str, Any]) -> tuple[int, int]:
    while signal.sigtimedwait({signal.SIGCHLD}, 0) is not None:
        pass  # what is left of the child before
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            _work(job, writer)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the child must not run the parent's loop
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
        os._exit(0)
    os.close(writer)
    if "kill_after" in job and signal.sigtimedwait({signal.SIGCHLD}, job["kill_after"]) is None:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    with os.fdopen(reader) as said:
        steps = int(said.read() or 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0:
        return -1, steps
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, steps


def main() -> None:
    """Work off the jobs on standard input."""
    registry.plugins()  # loads the kinds
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    for line in sys.stdin:
        print(json.dumps(_fork(json.loads(line))), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
