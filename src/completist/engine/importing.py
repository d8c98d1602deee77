"""Importing: from the rows of a file to items, a chunk at a time, each chunk one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from completist.domain.fields import Data, Layer, Origin, Value, is_empty
from completist.domain.merging import effective_values
from completist.domain.scoring import completeness_at_first
from completist.engine.recording import DAMAGED, Cause, Newcomer, Patch, record, record_new
from completist.engine.voices import DECLARED, Voices
from completist.sdk.registry import KindPlugin
from completist.sdk.source import Entry, Skipped, Source, Warn
from completist.store import events, fields, imports, items
from completist.store.database import Connection, Database, hold
from completist.store.encoding import to_json

#: Entries per transaction.
CHUNK = 1000

T = TypeVar("T")

#: A person reads no more warnings than this; the rest are counted.
WARNINGS = 1000


@dataclass(slots=True)
class ImportReport:
    """What became of a file, row by row."""

    kind: str
    source: str
    format: str
    rows: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    warnings: list[Warn] = field(default_factory=list)
    more_warnings: int = 0  #: beyond the first `WARNINGS`
    resumed_at: int = 0  #: entries that an interrupted import had committed before
    import_id: int | None = None
    items: int = 0  #: in the library afterwards, of this kind
    stopped: bool = False  #: asked to, before the end; the next call goes on from there

    def warn(self, warnings: Sequence[Warn]) -> None:
        """Take up what is odd about a row."""
        room = WARNINGS - len(self.warnings)
        self.warnings.extend(warnings[:room])
        self.more_warnings += max(0, len(warnings) - room)

    def packed(self) -> dict[str, Any]:
        """As it stands with a checkpoint."""
        return {
            "rows": self.rows,
            "added": self.added,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "skipped": [[s.row, s.reason] for s in self.skipped],
            "warnings": [[w.row, w.field, w.reason] for w in self.warnings],
            "more_warnings": self.more_warnings,
        }

    def restore(self, kept: dict[str, Any]) -> None:
        """Take up the counts of an interrupted import."""
        for name in ("rows", "added", "updated", "unchanged", "more_warnings"):
            setattr(self, name, kept.get(name, 0))
        self.skipped = [Skipped(row, reason) for row, reason in kept.get("skipped", [])]
        self.warnings = [Warn(row, name, reason) for row, name, reason in kept.get("warnings", [])]


@dataclass(frozen=True, slots=True)
class _Filed:
    """An entry with the digest of what a person would notice in it."""

    entry: Entry
    digest: str


def import_file(
    database: Database,
    library_id: int,
    plugin: KindPlugin,
    source: Source,
    path: Path,
    *,
    clock: Callable[[], int],
    voices: Voices = DECLARED,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    stop: Callable[[], bool] = lambda: False,
    dry_run: bool = False,
) -> ImportReport:
    """Bring a file's entries into a library. The same file again adds and changes nothing.

    The whole file is checked before the first row is written, so a damaged one leaves the library untouched.
    Interrupted at any moment, or asked to ``stop`` between two chunks, the next call with the same file goes on
    behind the last committed chunk.

    Raises:
        BadInput: The file cannot be trusted; the message names the line.
    """
    total = source.check(path)
    report = ImportReport(plugin.kind.name, source.name, source.format)
    run = _Import(database, library_id, plugin, source, report, clock, voices)
    if dry_run:
        run.rehearse(path)
        return report
    run.begin(path)
    progress(report.resumed_at, total)
    rows = source.read(path)
    run.pass_over(islice(rows, report.resumed_at))
    for chunk in chunks(rows, CHUNK):
        run.write(chunk)
        progress(run.entries, total)
        if stop() and run.entries < total:
            report.stopped = True
            return report
    run.finish()
    return report


class _Import:
    def __init__(
        self,
        database: Database,
        library_id: int,
        plugin: KindPlugin,
        source: Source,
        report: ImportReport,
        clock: Callable[[], int],
        voices: Voices,
    ) -> None:
        self.database = database
        self.library_id = library_id
        self.plugin = plugin
        self.source = source
        self.report = report
        self.clock = clock
        self.voices = voices
        self.entries = 0
        self.seen: set[int] = set()
        self.noticed = [f.name for f in plugin.kind.fields if f.noticed]

    def begin(self, path: Path) -> None:
        """Start, or take up an import of the same content that was interrupted."""
        with self.database.write() as connection:
            kept = imports.begin_import(
                connection,
                self.library_id,
                self.source.format,
                file_name(path),
                content_digest(path),
                self.report.packed(),
                self.clock(),
            )
        self.report.import_id = kept.id
        self.report.restore(kept.report)
        self.report.resumed_at = self.entries = kept.entries

    def write(self, chunk: Sequence[Entry | Skipped]) -> None:
        """One chunk, one transaction, with the checkpoint in it."""
        now = self.clock()
        entries = self._sift(chunk)
        with self.database.write() as connection:
            hold(connection, "import", self.library_id)
            self._sort(connection, entries, now)
            self.entries += len(chunk)
            imports.checkpoint_import(connection, self._import_id, self.entries, self.report.packed())

    def pass_over(self, rows: Iterable[Entry | Skipped]) -> None:
        """Take note of the ids in rows that an interrupted import has committed."""
        self.seen.update(hash(row.key) for row in rows if isinstance(row, Entry))

    def rehearse(self, path: Path) -> None:
        """Count what an import would do, by doing it and rolling all of it back."""
        now = self.clock()
        with self.database.rehearsal() as connection:
            hold(connection, "import", self.library_id)
            begun = imports.begin_import(
                connection, self.library_id, self.source.format, "rehearsal", "", self.report.packed(), now
            )
            self.report.import_id = begun.id
            for chunk in chunks(self.source.read(path), CHUNK):
                self._sort(connection, self._sift(chunk), now)
        self.report.import_id = None

    def finish(self) -> None:
        """Close the import."""
        now = self.clock()
        report = self.report
        with self.database.write() as connection:
            imports.finish_import(connection, self._import_id, report.packed(), now)
            report.items = items.count_items(connection, self.library_id).get(self.plugin.kind.name, 0)
            if report.added or report.updated:
                counts = {"added": report.added, "updated": report.updated, "unchanged": report.unchanged}
                events.append_event(
                    connection, self.library_id, "import.finished", f"import:{self._import_id}", counts, now
                )

    @property
    def _import_id(self) -> int:
        if self.report.import_id is None:
            raise RuntimeError("the import has not begun")
        return self.report.import_id

    def _sift(self, chunk: Sequence[Entry | Skipped]) -> list[_Filed]:
        """The entries of a chunk, with what is odd about them noted."""
        report = self.report
        filed: list[_Filed] = []
        for row in chunk:
            report.rows += 1
            if isinstance(row, Skipped):
                report.skipped.append(row)
                continue
            report.warn(row.warnings)
            mark = hash(row.key)
            if mark in self.seen:
                report.skipped.append(Skipped(row.row, "the same id stands in an earlier row"))
                continue
            self.seen.add(mark)
            filed.append(_Filed(row, _row_digest(row, self.noticed)))
        return filed

    def _sort(self, connection: Connection, filed: Sequence[_Filed], now: int) -> None:
        """Tell new entries from changed and unchanged ones, and write the first two."""
        known = items.known_keys(connection, self.library_id, self.source.name, [f.entry.key for f in filed])
        changed = [(known[f.entry.key].item_id, f) for f in filed if _differs(f, known)]
        new = [f for f in filed if f.entry.key not in known]
        joined = self._join(connection, new)
        self.report.unchanged += len(filed) - len(new) - len(changed)
        fresh = [f for f in new if f.entry.key not in joined]
        joining = [(joined[f.entry.key], f) for f in new if f.entry.key in joined]
        items.hold_items(connection, [i for i, _ in (*changed, *joining)])
        self.report.added += len(fresh)
        self._add(connection, fresh, now)
        self._update(connection, changed, now, fresh_key=False)
        self._update(connection, joining, now, fresh_key=True)

    def _join(self, connection: Connection, new: Sequence[_Filed]) -> dict[str, int]:
        """Which new entries are items that other sources brought in: the same identifier, and in agreement.

        An item takes at most one key of each source: two rows of one file stay two items.
        """
        kind = self.plugin.kind
        if not new or not items.has_other_sources(connection, self.library_id, self.source.name, kind.name):
            return {}
        joined: dict[str, int] = {}
        for scheme in kind.keys:
            asked = {
                f.entry.key: _texts(f.entry.values.get(scheme)) for f in new if f.entry.key not in joined
            }
            wanted = sorted({text for texts in asked.values() for text in texts})
            found = items.find_by_identifier(connection, self.library_id, kind.name, scheme, wanted)
            candidates = sorted({item_id for ids in found.values() for item_id in ids} - set(joined.values()))
            taken = items.with_source(connection, self.source.name, candidates)
            views = self._views(connection, [c for c in candidates if c not in taken])
            for f in new:
                for item_id in (i for text in asked.get(f.entry.key, ()) for i in found.get(text, ())):
                    free = item_id in views and item_id not in joined.values()
                    if free and self._same(f.entry, scheme, views[item_id]):
                        joined[f.entry.key] = item_id
                        break
        return joined

    def _views(self, connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, Value]]:
        said, trust = fields.read_values(connection, ids), self.voices.of(self.plugin)
        return {i: effective_values(self.plugin.kind, values, trust) for i, values in said.items()}

    def _same(self, entry: Entry, scheme: str, standing: Mapping[str, Value]) -> bool:
        """Whether an entry is the item with these values; an identifier that a provider guessed proves nothing."""
        if scheme not in standing or standing[scheme].origin is Origin.PROVIDER:
            return False
        return self.plugin.agree(entry.values, {name: value.data for name, value in standing.items()})

    def _add(self, connection: Connection, fresh: Sequence[_Filed], now: int) -> None:
        kind = self.plugin.kind
        scores = [completeness_at_first(kind, f.entry.values) for f in fresh]
        ids = items.create_items(connection, self.library_id, kind.name, len(fresh), now, scores)
        newcomers = [Newcomer(i, f.entry.values, f.entry.doubtful) for i, f in zip(ids, fresh, strict=True)]
        record_new(connection, self.library_id, self.plugin, newcomers, self._cause("create"), now)
        keys = [(f.entry.key, i, f.digest) for i, f in zip(ids, fresh, strict=True)]
        items.remember_keys(connection, self.library_id, self.source.name, keys)

    def _update(
        self, connection: Connection, changed: Sequence[tuple[int, _Filed]], now: int, *, fresh_key: bool
    ) -> None:
        if not changed:
            return
        patches = [Patch(i, self._values(f.entry, now), self._cleared(f.entry)) for i, f in changed]
        cause = self._cause("import")
        recorded = record(connection, self.library_id, self.plugin, patches, cause, now, voices=self.voices)
        noticed = {i for i, names in recorded.touched.items() if any(name in self.noticed for name in names)}
        moved = sum(1 for item_id, _ in changed if fresh_key or item_id in noticed)
        self.report.updated += moved
        self.report.unchanged += len(changed) - moved
        keys = [(f.entry.key, i, f.digest) for i, f in changed]
        items.remember_keys(connection, self.library_id, self.source.name, keys)

    def _cause(self, action: str) -> Cause:
        return Cause(action, Origin.IMPORT, self.source.name, import_id=self._import_id)

    def _values(self, entry: Entry, now: int) -> tuple[Value, ...]:
        return tuple(
            Value(
                name,
                data,
                Origin.IMPORT,
                self.source.name,
                DAMAGED if name in entry.doubtful else 1.0,
                at=now,
            )
            for name, data in entry.values.items()
            if not is_empty(data)
        )

    def _cleared(self, entry: Entry) -> tuple[Layer, ...]:
        """What the owner has emptied since: only their own fields; a librarian's blank takes nothing away."""
        return tuple(
            (name, Origin.IMPORT, self.source.name)
            for name, data in entry.values.items()
            if is_empty(data)
            and (declared := self.plugin.kind.by_name.get(name)) is not None
            and declared.personal
        )


def _differs(filed: _Filed, known: dict[str, items.Known]) -> bool:
    stands = known.get(filed.entry.key)
    return stands is not None and stands.digest != filed.digest


def _texts(data: Data) -> list[str]:
    return [one for one in data if isinstance(one, str)] if isinstance(data, list) else []


def _row_digest(entry: Entry, noticed: Sequence[str]) -> str:
    told = [entry.values.get(name, {}) for name in noticed]  # a column that is not there differs from a blank
    return blake2b(to_json(told).encode(), digest_size=8).hexdigest()


def file_name(path: Path) -> str:
    """A file's name as it can be kept: bytes that are no text stand as question marks."""
    return path.name.encode("utf-8", "replace").decode()


def content_digest(path: Path) -> str:
    """What tells a file's content from any other."""
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def chunks(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Rows in lists of at most ``size``."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk
