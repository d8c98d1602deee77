"""Measuring one contender: in bulk, in one and in two worker processes, and how soon an idle worker starts."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.engine.contenders import Contender
from bench.engine.servers import Place

ROOT = Path(__file__).parents[2]

#: Single jobs into an idle worker; the first few only warm up.
SINGLE, WARM = 50, 5

#: How long a worker is given to come to rest before single jobs come, in seconds.
REST = 2.0


class Failed(Exception):
    """An engine did not do the job; nothing it measured counts."""


@dataclass(slots=True)
class Figures:
    """What was measured; rates in jobs per second, processor time in seconds per job, one entry a round."""

    jobs: int
    bulk: list[float] = field(default_factory=list)
    drained: dict[int, list[float]] = field(default_factory=dict)  #: by number of processes
    #: of the worker and of the server, the latter None when it cannot be read
    spent: list[tuple[float, float | None]] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)  #: in seconds, sorted by nothing
    failed: str = ""


def measure(python: str, contender: Contender, place: Place, figures: Figures) -> None:
    """One round.

    Raises:
        Failed: Jobs were left over or a process broke off.
    """
    for processes in (1, 2):
        with place.fresh() as url:
            script = _Script(python, contender, url)
            script.ask("setup", figures.jobs)
            figures.bulk.append(figures.jobs / script.ask("enqueue", figures.jobs)["seconds"])
            place.tidy(url)
            _drain(script, place, processes, figures)
            if left := script.ask("left")["left"]:
                raise Failed(f"{left} of {figures.jobs} jobs were left over")
    with place.fresh() as url:
        script = _Script(python, contender, url)
        script.ask("setup", SINGLE + WARM)
        figures.delays.extend(_delays(script))


def _drain(script: _Script, place: Place, processes: int, figures: Figures) -> None:
    with script.workers(figures.jobs, processes) as workers:
        before = place.processor()
        for worker in workers:
            worker.go()
        done = [worker.result() for worker in workers]
        after = place.processor()
    worked = [each for each in done if each["jobs"]]
    count = sum(each["jobs"] for each in worked)
    if count < figures.jobs:
        raise Failed(f"{count} of {figures.jobs} jobs were done in time")
    seconds = max(each["last"] for each in worked) - min(each["first"] for each in worked)
    figures.drained.setdefault(processes, []).append(figures.jobs / seconds)
    if processes == 1:
        client = sum(each["processor"] for each in worked) / figures.jobs
        server = None if before is None or after is None else (after - before) / figures.jobs
        figures.spent.append((client, server))


def _delays(script: _Script) -> list[float]:
    """From the call that hands a job over to its start, in seconds."""
    with script.workers(SINGLE + WARM, 1) as (worker,):
        worker.go()
        time.sleep(REST)
        sent = script.ask("trickle", SINGLE + WARM)["sent"]
        starts = sorted(worker.result()["starts"])
    if len(starts) < len(sent):
        raise Failed(f"{len(starts)} of {len(sent)} single jobs were started")
    return [start - call for call, start in zip(sent, starts, strict=False)][WARM:]


class _Script:
    """An entrant's script, bound to a URL."""

    def __init__(self, python: str, contender: Contender, url: str) -> None:
        self._command = [python, "-m", contender.module]
        self._options = contender.options()
        self._url = url

    def ask(self, command: str, jobs: int = 0) -> dict[str, Any]:
        """Run one command to its end."""
        line = self._line(command, jobs)
        done = subprocess.run(line, cwd=ROOT, check=False, capture_output=True, text=True)
        if done.returncode:
            raise Failed(_reason(done.stderr))
        answer: dict[str, Any] = json.loads(done.stdout or "{}")
        return answer

    @contextmanager
    def workers(self, jobs: int, processes: int) -> Iterator[list[_Worker]]:
        """Worker processes that have loaded everything and wait; none of them outlives the block."""
        workers: list[_Worker] = []
        with tempfile.TemporaryDirectory() as folder:
            line = [*self._line("drain", jobs), f"--board={folder}/board"]
            try:
                workers.extend(_Worker([*line, f"--seat={seat}"]) for seat in range(processes))
                for worker in workers:
                    worker.await_ready()
                yield workers
            finally:
                for worker in workers:
                    worker.end()

    def _line(self, command: str, jobs: int) -> list[str]:
        return [*self._command, command, self._url, str(jobs), *self._options]


class _Worker:
    """A worker process. What it says beside its figures is kept for when it breaks off."""

    def __init__(self, line: list[str]) -> None:
        self._said = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed in `end`
        self._process = subprocess.Popen(
            line,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
        )

    def await_ready(self) -> None:
        """Return when it has loaded everything."""
        self._read()

    def go(self) -> None:
        """Let it work."""
        assert self._process.stdin
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def result(self) -> dict[str, Any]:
        """Its figures, once it has stopped."""
        answer = self._read()
        self._process.wait()
        return answer

    def end(self) -> None:
        """Make sure that it is gone."""
        self._process.kill()
        self._process.communicate()
        self._said.close()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._said.seek(0)
            raise Failed(_reason(self._said.read()))
        answer: dict[str, Any] = json.loads(line)
        return answer


def _reason(said: str) -> str:
    lines = said.strip().splitlines()
    return lines[-1].strip() if lines else "it ended without a word"
