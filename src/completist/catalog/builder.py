"""Building a generation from dump files: one reader, workers on every core, one writer, then the search index.

The same files give the same content: files are taken in order of their names, blocks are cut at fixed sizes and
written in the order read, dictionaries are trained on the first records, works are indexed in order of number.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from completist.catalog import documents, generations, names
from completist.catalog.collecting import uncollected
from completist.catalog.digest import ALL
from completist.catalog.digested import Digest
from completist.catalog.dump import Dump
from completist.catalog.generations import About, Source
from completist.catalog.index import Indexer
from completist.catalog.learning import Learner
from completist.catalog.options import Options, check_room, estimate
from completist.catalog.referred import Referred
from completist.catalog.report import REASONS, BuildReport, Progress
from completist.catalog.tables import Writer
from completist.catalog.worker import BlockTask, BucketTask, Crew, StrayTask
from completist.domain.errors import BadInput, CompletistError

SMALL: Final = 8 * 2**20  #: bytes on disk below which worker processes cost more than they save
BUCKET: Final = 4 * 2**20  #: bytes on disk for each bucket of facts
MAX_BUCKETS: Final = 10_000

TABLES: Final = frozenset({"ed", "wk", "au"})


def build(
    root: Path,
    files: Sequence[Path],
    *,
    processes: int | None = None,
    progress: Progress | None = None,
    options: Options = ALL,
    room: bool = True,
) -> BuildReport:
    """Build a generation under ``root`` from these files alone, and put it in use.

    ``processes`` is the number of worker processes: by default one for each core, none for small files. With ``room``,
    it is first seen whether the disk has room for what the files will come to.

    Raises:
        BadInput: A file cannot be read or is damaged, or there is no record in any. Nothing is published.
        Busy: Another process is building under ``root``.
        CompletistError: The disk is full or too small, the folder cannot be written, or a worker process died.
    """
    begun = time.perf_counter()
    dumps = [Dump(path) for path in sorted(set(files), key=lambda path: (path.name, str(path)))]
    total = sum(dump.size for dump in dumps)
    if room:
        check_room(estimate(root, files))
    try:
        with generations.building(root) as directory:
            loader = _Loader(directory, dumps, total, progress, options)
            with Crew(_processes(processes, total)) as crew, uncollected():
                written = loader.load(crew)
                indexed = loader.index(crew) if options.search else loader.skip_index()
            about = loader.about(written, indexed)
            (directory / "about.json").write_bytes(msgspec.json.format(msgspec.json.encode(about)))
            final = generations.publish(root, directory)
    except (OSError, sqlite3.Error) as error:
        hint = "Make room or choose another folder; the catalogue in use is as it was."
        raise CompletistError(f"The catalogue could not be written: {error}.", hint=hint) from error
    return BuildReport(
        generation=about.generation,
        editions=about.editions,
        works=about.works,
        authors=about.authors,
        redirects=about.redirects,
        deletes=about.deletes,
        rejected=about.rejected,
        seconds=time.perf_counter() - begun,
        bytes=generations.size(final),
        sources=about.sources,
        covers=about.covers,
    )


def _processes(asked: int | None, total: int) -> int:
    if asked is not None:
        return asked
    return 0 if total < SMALL else os.cpu_count() or 1


class Turn(NamedTuple):
    """What of a dump is taken in when it is read once: all, or the records of one table."""

    table: str | None
    wanted: str | None  #: path of `Referred`: which of them


WHOLE: Final = Turn(None, None)


class _Loader:
    """One build under way."""

    def __init__(
        self, directory: Path, dumps: list[Dump], total: int, progress: Progress | None, options: Options
    ) -> None:
        self.options = options
        self.directory = directory
        self.dumps = dumps
        self.total = total
        self.progress = progress
        self.buckets = min(MAX_BUCKETS, 1 + total // BUCKET)
        self.rejected: Counter[str] = Counter()
        self.records = 0
        self.done = 0  #: bytes of the files; what is read again is not counted

    def load(self, crew: Crew) -> dict[str, int]:
        """Read every file into the tables; the number of rows by table."""
        with closing(Writer(self.directory, self.buckets)) as writer:
            learner = Learner(self.directory)
            if self.options.partial:
                self._load_part(crew, writer, learner)
            else:
                for _ in self._read(crew, writer, learner, self._blocks(self.dumps)):
                    pass
            for dump in self.dumps:
                self.rejected["too_long"] += dump.too_long
            if not self.records:
                raise self._nothing()
            for table in TABLES - learner.dictionaries.keys():
                (self.directory / f"{table}.dict").touch()
            written = writer.finish()
            if writer.moved():
                self._rehome(writer, crew)
            return written

    def _load_part(self, crew: Crew, writer: Writer, learner: Learner) -> None:
        """Read editions, then the works that those kept refer to, then the authors of both."""
        files = {table: self.directory / f"referred-{table}" for table in ("wk", "au")}
        with ExitStack() as stack:
            referred = {
                table: stack.enter_context(closing(Referred(path, new=True))) for table, path in files.items()
            }
            places: defaultdict[str, set[Path]] = defaultdict(
                set
            )  # the files in which there are records of a table
            for table in ("ed", "wk", "au"):
                dumps = self.dumps
                if table in files:
                    writer.follow(table, referred[table])
                    dumps = [Dump(dump.path) for dump in self.dumps if dump.path in places[table]]
                for dump in dumps:
                    turn = Turn(table, str(files[table]) if table in files else None)
                    for digest in self._read(crew, writer, learner, self._blocks([dump]), turn):
                        referred["wk"].add(memoryview(digest.works).cast("I"))
                        referred["au"].add(memoryview(digest.authors).cast("I"))
                        for passed in digest.passed:
                            places[passed].add(dump.path)
        for path in files.values():
            path.unlink()

    def _read(
        self, crew: Crew, writer: Writer, learner: Learner, blocks: Iterator[bytes], turn: Turn = WHOLE
    ) -> Iterator[Digest]:
        """Write what each block came to, in order, and hand it on."""
        for digest, ready in self._digested(crew, learner.dictionaries, blocks, turn):
            yield digest
            for packed in learner.packed(digest, ready):
                self._write(writer, packed)
        for packed in learner.rest():
            self._write(writer, packed)

    def _digested(
        self, crew: Crew, dictionaries: dict[str, str], blocks: Iterator[bytes], turn: Turn
    ) -> Iterator[tuple[Digest, Collection[str]]]:
        """What each block came to, in order, with the tables whose values are packed."""
        under_way: deque[tuple[Future[Digest], Collection[str]]] = deque()
        for block in blocks:
            known = dictionaries.copy()
            task = BlockTask(block, self.buckets, known, self.options, turn.table, turn.wanted)
            under_way.append((crew.digest(task), known))
            if len(under_way) > crew.size * 2:
                digest, ready = under_way.popleft()
                yield digest.result(), ready
        for digest, ready in under_way:
            yield digest.result(), ready

    def _rehome(self, writer: Writer, crew: Crew) -> None:
        """Give the facts about redirected works to the works they are now."""
        tasks = (StrayTask(str(self.directory), bucket, self.buckets) for bucket in range(self.buckets))
        for strays in [each.result() for each in map(crew.strays, tasks)]:
            for bucket, facts in strays.items():
                writer.hold(bucket, facts)
        writer.settle()

    def index(self, crew: Crew) -> int:
        """Make the search index; the number of works in it."""
        tasks = (BucketTask(str(self.directory), bucket, self.buckets) for bucket in range(self.buckets))
        with closing(Indexer(self.directory)) as indexer:
            under_way = deque(map(crew.batch, islice(tasks, crew.size + 1)))
            while under_way:
                indexer.add(under_way.popleft().result())
                under_way.extend(map(crew.batch, islice(tasks, 1)))
            count = indexer.finish()
        self._clear()
        return count

    def skip_index(self) -> int:
        """Make an index of nothing, so that readers find what they open."""
        with closing(Indexer(self.directory)) as indexer:
            indexer.finish()
        self._clear()
        return 0

    def _clear(self) -> None:
        """Remove what was only needed in between."""
        for bucket in range(self.buckets):
            documents.spool(self.directory, bucket).unlink(missing_ok=True)
        for left in (names.TEXTS, names.PLACES):
            (self.directory / left).unlink()

    def about(self, written: Mapping[str, int], indexed: int) -> About:
        """What the generation says about itself."""
        sources = tuple(Source(dump.path.name, dump.size, dump.sha256) for dump in self.dumps)
        content = "".join(sorted(source.sha256 for source in sources))
        if self.options != ALL:
            content += repr(self.options)
        return About(
            format=generations.FORMAT,
            generation=hashlib.sha256(f"{generations.FORMAT} {content}".encode()).hexdigest()[:16],
            sources=sources,
            editions=written["ed"],
            works=written["wk"],
            authors=written["au"],
            isbns=written["isbn"],
            documents=indexed,
            redirects=written["redirects"],
            deletes=written["deletes"],
            numbers=written["marks"],
            covers=written["covers"],
            options=self.options,
            rejected={reason: count for reason, count in sorted(self.rejected.items()) if count},
        )

    def _blocks(self, dumps: Sequence[Dump]) -> Iterator[bytes]:
        for dump in dumps:
            done = self.done
            for block in dump.blocks():
                yield block
                self.done = min(done + dump.bytes_read, self.total)
                if self.progress is not None:
                    self.progress(self.done, self.total, self.records)

    def _write(self, writer: Writer, digest: Digest) -> None:
        self.records += writer.write(digest)
        self.rejected.update(digest.rejected)

    def _nothing(self) -> BadInput:
        names = ", ".join(dump.path.name for dump in self.dumps)
        seen = ", ".join(
            f"{count:,} x {REASONS[reason]}" for reason, count in sorted(self.rejected.items()) if count
        )
        return BadInput(
            f"There is no Open Library record in {names}" + (f" ({seen})." if seen else "."),
            hint="Name files of an Open Library dump: https://openlibrary.org/developers/dumps",
        )
