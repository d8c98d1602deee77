"""Helping: processes that look things up in the catalogue beside the one that claims and settles.

A helper knows no library: it gets subjects, and answers with findings. It ends when its input ends, so none outlives
the process that started it. Whatever it does not answer, since it broke or was killed, is looked up by that process
itself; to be killed loses nothing.
"""

from __future__ import annotations

import copyreg
import gc
import io
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from operator import attrgetter
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Any, Final, Self, TypeAlias

from completist.catalog.collecting import uncollected
from completist.domain.matching import Candidate, Distance, Match
from completist.engine.finding import Found, look_up
from completist.sdk import registry
from completist.sdk.catalogue import Catalogue
from completist.sdk.finder import Finder, Finding, Related, Subject, Vector
from completist.sdk.registry import KindPlugin

#: From how many runs on that are due in a pipeline helpers are worth their start, which takes each half a second.
WORTH = 1000

#: More helpers than these find faster than one process settles.
MOST = 3

COMMAND: Final = f"from {__name__} import main; main()"

#: Opens the catalogue in a helper; goes there as it is.
Opening: TypeAlias = Callable[[], Catalogue]

_LENGTH: Final = struct.Struct("<Q")


def spare_cores() -> int:
    """Cores that this process may use besides the one it runs on, as far as helpers are of use."""
    mine = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(MOST, mine - 1)


class Helpers:
    """Up to ``count`` processes, started when there is enough to do for them. Use it as a context."""

    def __init__(self, opening: Opening, count: int) -> None:
        self.count = max(0, count)
        self._opening = opening
        self._all: list[subprocess.Popen[bytes]] = []
        self._idle: SimpleQueue[subprocess.Popen[bytes] | None] = SimpleQueue()
        self._threads: ThreadPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            for each in self._all:
                each.kill()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for each in self._all:
            with suppress(OSError), each:  # closes its pipes, of which one may be broken, and waits
                pass

    @property
    def processes(self) -> Sequence[int]:
        """The ids of those that were started."""
        return [each.pid for each in self._all]

    def can(self, plugin: KindPlugin, finder: Finder, due: int) -> bool:
        """Whether to let them look up what a finder is asked about ``due`` items: one that they know, too."""
        return self.count > 0 and due >= WORTH and any(finder is each for each in plugin.finders)

    def look_up(self, finder: Finder, subjects: Sequence[Subject]) -> Future[Found]:
        """What a finder comes to about these, some time later. A helper leaves out what broke it, or all if it died."""
        if self._threads is None:
            self._threads = ThreadPoolExecutor(self.count, thread_name_prefix="helper")
            for _ in range(self.count):
                self._idle.put(self._start())
        pipeline = finder.pipeline
        return self._threads.submit(self._ask, _packed((pipeline.kind, pipeline.name, list(subjects))))

    def _start(self) -> subprocess.Popen[bytes]:
        path = os.pathsep.join(each or str(Path.cwd()) for each in sys.path)
        helper = subprocess.Popen(
            [sys.executable, "-P", "-c", COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            process_group=0,  # Ctrl-C is for the process that settles
        )
        self._all.append(helper)
        assert helper.stdin is not None  # noqa: S101 - opened as a pipe
        with suppress(OSError):  # whoever gives it something to do notices
            _send(helper.stdin, _packed(self._opening))
        return helper

    def _ask(self, message: bytes) -> Found:
        helper = self._idle.get()
        answer = None
        if helper is not None:
            assert helper.stdin is not None  # noqa: S101 - opened as pipes
            assert helper.stdout is not None  # noqa: S101 - likewise
            try:
                _send(helper.stdin, message)
                answer = _receive(helper.stdout)
            except OSError:
                answer = None
        self._idle.put(None if answer is None else helper)
        if answer is None:
            return Found()
        with uncollected():
            findings, spent = _unpacked(answer)
        return Found({each.item_id: each for each in findings}, spent=spent)


# --- what goes to and fro ----------------------------------------------------------------------------------------


def _by_place(*fields: str) -> Callable[[Any], tuple[type, tuple[Any, ...]]]:
    """How to pickle a dataclass by its fields in order: Python's own way with frozen ones takes five times as long."""
    read = attrgetter(*fields)
    return lambda each: (type(each), read(each))


_DISPATCH = copyreg.dispatch_table | {
    each: _by_place(*each.__dataclass_fields__) for each in (Subject, Finding, Match, Candidate, Related, Vector)
}  # fmt: skip
_DISPATCH[Distance] = lambda each: (Distance, (each.penalties,))


def _packed(message: object) -> bytes:
    file = io.BytesIO()
    pickler = pickle.Pickler(file, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = _DISPATCH
    pickler.dump(message)
    return file.getvalue()


def _unpacked(message: bytes) -> Any:  # noqa: ANN401 - whatever was packed
    return pickle.loads(message)  # noqa: S301 - over a pipe between a process and one that it started


def _send(into: IO[bytes], message: bytes) -> None:
    into.write(_LENGTH.pack(len(message)))
    into.write(message)
    into.flush()


def _receive(source: IO[bytes]) -> bytes | None:
    head = source.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    message = source.read(length)
    return message if len(message) == length else None


# --- the helper's side -------------------------------------------------------------------------------------------


def main() -> None:
    """Look things up until the input ends."""
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a plug-in prints is no answer
    first = _receive(source)
    if first is None:
        return
    catalogue: Catalogue = _unpacked(first)()
    finders = {
        (plugin.kind.name, each.pipeline.name): each
        for plugin in registry.plugins().values()
        for each in plugin.finders
    }
    gc.freeze()  # what is loaded stays: a collection need not look through it
    while (message := _receive(source)) is not None:
        with uncollected():
            kind, pipeline, subjects = _unpacked(message)
            found = look_up(finders[kind, pipeline], subjects, catalogue)
            answer = _packed((list(found.findings.values()), found.spent))
        _send(answers, answer)
