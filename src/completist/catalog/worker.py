"""Worker processes: each reads tasks from its standard input and writes answers to its standard output.

A worker ends when its input ends, so none outlives a builder that was killed.
"""

from __future__ import annotations

import fcntl
import gc
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Final, Self, TypeAlias, TypeVar

import msgspec

from completist.catalog import documents
from completist.catalog.digest import ALL, Digester
from completist.catalog.digested import Digest
from completist.catalog.documents import Batch, Unfinished
from completist.catalog.options import Options
from completist.catalog.packing import Packer
from completist.catalog.referred import Referred
from completist.domain.errors import CompletistError

PIPE: Final = 2**20  #: bytes that a pipe holds: one block, so that neither end waits for the other
COMMAND: Final = f"from {__name__} import main; main()"
_LENGTH: Final = struct.Struct("<Q")
Strays: TypeAlias = dict[int, bytes]
Task: TypeAlias = "BlockTask | BucketTask | StrayTask"
T = TypeVar("T", Digest, Batch, Strays)


class BlockTask(msgspec.Struct, tag="block", array_like=True):
    """Digest a block and pack the values of tables that have a dictionary; answered with a `Digest`."""

    block: bytes
    buckets: int
    dictionaries: dict[str, str]  #: by table: path
    options: Options = ALL
    turn: str | None = None  #: of a partial load: the table whose records are taken
    wanted: str | None = None  #: path of `Referred`: which of them


class BucketTask(msgspec.Struct, tag="bucket", array_like=True):
    """Make search documents of the facts of one bucket; answered with a `Batch`."""

    directory: str
    bucket: int
    buckets: int


class StrayTask(msgspec.Struct, tag="stray", array_like=True):
    """Find the facts in one bucket that belong to others by now; answered with packed facts by bucket."""

    directory: str
    bucket: int
    buckets: int


_task = msgspec.msgpack.Decoder(BlockTask | BucketTask | StrayTask)
_encode = msgspec.msgpack.Encoder().encode
_digest = msgspec.msgpack.Decoder(Digest)
_batch = msgspec.msgpack.Decoder(Batch)
_strays = msgspec.msgpack.Decoder(Strays)


class Worker:
    """Does what tasks say; keeps what they share open in between."""

    def __init__(self) -> None:
        self._packers: dict[str, Packer] = {}
        self._mapped: dict[str, Referred] = {}
        self._unfinished: Unfinished | None = None

    def perform(self, task: Task) -> Digest | Batch | Strays:
        """Do what a task says."""
        if isinstance(task, BlockTask):
            return self._digest(task)
        directory = Path(task.directory)
        if self._unfinished is None:
            self._unfinished = Unfinished(directory, task.buckets)
        made = documents.batch if isinstance(task, BucketTask) else documents.strays
        return made(directory, task.bucket, self._unfinished)

    def _digest(self, task: BlockTask) -> Digest:
        wanted = self._referred(task.wanted) if task.wanted is not None else None
        found = Digester(task.buckets, task.options, task.turn, wanted).digest(task.block)
        for table in found.rows.keys() & task.dictionaries.keys():
            pack = self._packer(task.dictionaries[table]).pack
            rows = found.rows[table]
            found.rows[table] = [(number, revision, pack(value)) for number, revision, value in rows]
        return found

    def _referred(self, path: str) -> Referred:
        if path not in self._mapped:
            self._mapped[path] = Referred(Path(path))
        return self._mapped[path]

    def _packer(self, dictionary: str) -> Packer:
        if dictionary not in self._packers:
            self._packers[dictionary] = Packer(Path(dictionary).read_bytes())
        return self._packers[dictionary]

    def close(self) -> None:
        """Close what was kept open."""
        for each in self._mapped.values():
            each.close()
        if self._unfinished is not None:
            self._unfinished.close()


class Crew:
    """Worker processes that answer tasks; with none, the calling process does the work itself."""

    def __init__(self, processes: int) -> None:
        self.size = max(1, processes)
        self._threads = ThreadPoolExecutor(processes) if processes else None
        self._own = Worker()
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        self._all = [_start() for _ in range(processes)]
        for each in self._all:
            self._idle.put(each)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._own.close()
        if error is not None:
            for each in self._all:
                each.kill()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)
        for each in self._all:
            with each:  # closes its pipes and waits
                pass

    def digest(self, task: BlockTask) -> Future[Digest]:
        """The digest of a block, some time later."""
        return self._submit(task, _digest.decode)

    def strays(self, task: StrayTask) -> Future[Strays]:
        """The facts of a bucket that belong to others."""
        return self._submit(task, _strays.decode)

    def batch(self, task: BucketTask) -> Future[Batch]:
        """The search documents of a bucket, some time later."""
        return self._submit(task, _batch.decode)

    def _submit(self, task: Task, decode: Callable[[bytes], T]) -> Future[T]:
        if self._threads is None:
            done: Future[T] = Future()
            done.set_result(decode(_encode(self._own.perform(task))))
            return done
        return self._threads.submit(self._ask, _encode(task), decode)

    def _ask(self, message: bytes, decode: Callable[[bytes], T]) -> T:
        worker = self._idle.get()
        assert worker.stdin is not None  # noqa: S101  opened as pipes in _start
        assert worker.stdout is not None  # noqa: S101  likewise
        try:
            _send(worker.stdin, message)
            answer = _receive(worker.stdout)
        except BrokenPipeError:
            answer = None
        self._idle.put(worker)
        if answer is None:
            raise CompletistError("A worker process ended before its work was done.", hint="Load again.")
        return decode(answer)


def _start() -> subprocess.Popen[bytes]:
    path = os.pathsep.join(each or str(Path.cwd()) for each in sys.path)
    command = [sys.executable, "-P", "-c", COMMAND]
    pipe = subprocess.PIPE
    worker = subprocess.Popen(command, stdin=pipe, stdout=pipe, env={**os.environ, "PYTHONPATH": path})
    for end in (worker.stdin, worker.stdout):
        with suppress(OSError, AttributeError):  # only faster, and not allowed everywhere
            fcntl.fcntl(end or -1, fcntl.F_SETPIPE_SZ, PIPE)
    return worker


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


def main() -> None:
    """Serve until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the builder's to handle
    gc.freeze()
    gc.disable()  # the work makes no cycles, and a million small objects would be looked through again and again
    source, answers, worker = sys.stdin.buffer, sys.stdout.buffer, Worker()
    while (message := _receive(source)) is not None:
        _send(answers, _encode(worker.perform(_task.decode(message))))
