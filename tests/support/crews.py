"""Worker processes that a test starts, kills and waits for: `python -m tests.support.crews`, one order a line of JSON.

Everything is loaded once; each worker is a fork, so that a storm of them costs no start of the interpreter. What they
look up is `told`: a rule by name, so that a test knows what has to stand in the library afterwards.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from threading import Event
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, event
from tests.support import wines
from tests.support.cellars import EmptyCatalogue
from tests.support.wines import WINES, Record, WineFinder

from completist.app.library import clock
from completist.domain.fields import Data
from completist.engine import batches, duties, enriching, worker
from completist.engine.claimers import this_process
from completist.engine.worker import Service
from completist.sdk import registry
from completist.sdk.catalogue import Catalogue
from completist.sdk.finder import Finding, Subject
from completist.store import claims
from completist.store.bell import open_bell
from completist.store.database import connect

ROOT = Path(__file__).parents[2]


def told(number: int) -> list[Record]:
    """What the world knows of "Wine <number>": of each ten one nothing, of another two records, of the rest one."""
    fields: dict[str, Data] = {"region": f"Region {number}", "vintage": 1900 + number % 100}
    match number % 10:
        case 0:
            return []
        case 1:
            return [Record(f"W{number}{end}", fields, sure=False) for end in "ab"]
        case _:
            return [Record(f"W{number}", fields)]


class ToldFinder(WineFinder):
    """Looks up by `told`, and notes in a file whom it was asked about."""

    notes: Path | None = None
    pace: float = 0.0  #: seconds that a batch takes

    def find(self, subjects: Sequence[Subject], catalogue: Catalogue) -> list[Finding]:
        """One finding for each subject."""
        for subject in subjects:
            name = str(subject.values["name"])
            wines.KNOWN[name.casefold()] = told(int(name.rpartition(" ")[2]))
        if self.notes is not None:
            with self.notes.open("a") as file:
                file.write("".join(f"{subject.item_id}\n" for subject in subjects))
        if self.pace:
            Event().wait(self.pace)  # a look-up that takes its time
        found = super().find(subjects, catalogue)
        wines.KNOWN.clear()
        return found


# --- the test's side -------------------------------------------------------------------------------------------


@dataclass
class Crew:
    """Workers of one library. ``common`` is what all of them are told."""

    process: subprocess.Popen[str]
    common: Mapping[str, Any]

    def start(self, **job: Any) -> int:  # noqa: ANN401 - JSON
        """Start a worker; its process id."""
        pid: int = self._order("start", {**self.common, **job})
        return pid

    def kill(self, pid: int) -> None:
        """Kill a worker."""
        os.kill(pid, signal.SIGKILL)
        self.wait(pid)

    def stop(self, pid: int) -> int:
        """Ask a worker to end; how it did."""
        os.kill(pid, signal.SIGTERM)
        return self.wait(pid)

    def wait(self, pid: int = -1, seconds: float = 60) -> int:
        """Wait for a worker's end, or any one's; the signal that ended it as a negative number, or its exit code."""
        ended = self._order("wait", [pid, seconds])
        assert ended is not None, "a worker did not end in time"
        status: int = ended
        return status

    def alive(self, pid: int) -> bool:
        """Whether a worker runs."""
        return self._order("wait", [pid, 0]) is None

    def _order(self, order: str, about: object) -> Any:  # noqa: ANN401 - JSON
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([order, about]) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@contextmanager
def crew(database: str, **common: Any) -> Iterator[Crew]:  # noqa: ANN401 - JSON
    """Workers of the library at a URL; those that still run at the end are killed.

    ``keeps_time``, ``lease``, ``beat``, ``batch``, ``again`` (attempts until a run has failed) and ``name`` set what
    they go by, ``skew`` their clocks wrong by so many milliseconds, ``pace`` the seconds a look-up takes, ``notes`` a
    file of what was looked up. ``kill_at`` kills one before so many statements, ``kill_after`` after so many seconds.
    With ``stay`` one goes on until it is stopped.
    """
    command = [sys.executable, "-m", "tests.support.crews"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        yield Crew(process, {"database": database, **common})
        assert process.stdin is not None
        process.stdin.close()


def storm(crew: Crew, chance: Random, hands: int, kills: int) -> int:
    """Keep ``hands`` workers at work and kill them at moments of ``chance``, until nothing is due; how many died.

    After ``kills`` the workers are left in peace.
    """
    died = 0
    for hand in range(hands):
        crew.start(**_fate(chance, hand % 2))
    while (ended := crew.wait()) != 0:
        assert ended in (-signal.SIGKILL, -signal.SIGALRM), ended
        died += 1
        crew.start(**(_fate(chance, died % 2) if died < kills else {}))
    for _ in range(hands - 1):
        died += crew.wait() != 0
    while crew.wait(crew.start()) != 0:
        raise AssertionError("the last worker did not end")
    return died


def _fate(chance: Random, kind: int) -> dict[str, float]:
    return {"kill_at": chance.randrange(1, 300)} if kind else {"kill_after": chance.uniform(0.01, 0.6)}


# --- the workers' side -----------------------------------------------------------------------------------------


def _work(job: Mapping[str, Any]) -> None:
    """The child: work until nothing is due, or until stopped."""
    stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    _arrange(job)
    database = connect(job["database"])
    database.keeps_time = job.get("keeps_time", False)
    bell = open_bell(database)
    name = job.get("name") or this_process()
    service = Service(database, EmptyCatalogue, clock, uuid4, name, bell, Random(1))  # noqa: S311 - jitter
    if job.get("stay"):
        service.run(stop)
    else:
        service.drain(stop)
    if "memory" in job:
        Path(job["memory"]).write_text(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


def _arrange(job: Mapping[str, Any]) -> None:
    finder = ToldFinder()
    finder.notes = Path(job["notes"]) if "notes" in job else None
    finder.pace = job.get("pace", 0.0)
    registry.plugins()["wine"] = replace(WINES, finders=(finder,))
    enriching.LEASE = job.get("lease", enriching.LEASE)
    enriching.BEAT = job.get("beat", enriching.BEAT)
    batches.BATCH = batches.LARGEST = job.get("batch", batches.BATCH)
    if "again" in job:
        vars(claims)["MAX_ATTEMPTS"] = job["again"]
    worker.SLEEP, worker.AWAY, duties.SECOND = 0.2, 0.2, 200
    if "skew" in job:
        right = time.time_ns
        time.time_ns = lambda: right() + job["skew"] * 1_000_000
    if "kill_after" in job:
        signal.setitimer(
            signal.ITIMER_REAL, job["kill_after"]
        )  # the kernel ends the process, as SIGKILL does
    if "kill_at" in job:
        left = [job["kill_at"]]

        def step(*_: object) -> None:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(Engine, "before_cursor_execute", step)
        event.listen(Engine, "commit", step)


def _start(job: Mapping[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what it logs is no answer
        try:
            _work(job)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the child must not run the parent's loop
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
            os._exit(1)
        os._exit(0)
    return child


def _wait(pid: int, seconds: float) -> int | None:
    until = time.monotonic() + seconds
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        left = until - time.monotonic()
        if left <= 0:
            return None
        signal.sigtimedwait({signal.SIGCHLD}, left)


def main() -> None:
    """Follow the orders on standard input; whoever still works at their end is killed."""
    registry.plugins()  # loads the kinds
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    children: set[int] = set()
    for line in sys.stdin:
        order, about = json.loads(line)
        said: int | None
        if order == "start":
            said = _start(about)
            children.add(said)
        else:
            said = _wait(*about)
        print(json.dumps(said), flush=True)  # noqa: T201 - the answer
    for child in children:
        try:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        except (ProcessLookupError, ChildProcessError):
            continue


if __name__ == "__main__":
    main()
