"""Refreshing: fetching newer dumps, and finding what they mean for what libraries hold."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from completist.catalog import comparing, generations
from completist.catalog.comparing import Pinned
from completist.catalog.generations import Source
from completist.catalog.options import Options
from completist.domain.errors import ActionRequired, BadInput, CompletistError, NotFound, Retryable
from completist.domain.fields import Origin
from completist.domain.pipeline import RERUN_PRIORITY, Pipeline
from completist.net.downloading import Downloads, Fetched, Site, sum_of
from completist.sdk import registry
from completist.sdk.provider import Refused
from completist.store import events, fields, items, libraries, matches, runs
from completist.store.bell import ring
from completist.store.database import Connection, Database

#: Where Open Library publishes its dumps each month: https://openlibrary.org/developers/dumps
SOURCE = "https://openlibrary.org/data/"
NEEDED = tuple(f"ol_dump_{kind}_latest.txt.gz" for kind in ("authors", "works", "editions"))
WELCOME = tuple(f"ol_dump_{kind}_latest.txt.gz" for kind in ("redirects", "deletes"))

#: Where those addresses lead to: https://archive.org/developers/items.html
OFFICIAL = Site(
    frozenset({"openlibrary.org", "archive.org", "www.archive.org"}), (".us.archive.org", ".ca.archive.org")
)

#: The event that says up to which generation a library was compared.
COMPARED = "catalogue.compared"

#: Items looked at in one transaction.
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Effect:
    """What a new generation means for one library, in items."""

    resting: int = 0  #: that rest on records of the catalogue
    changed: int = 0  #: that are due again, because those records say something else now
    unknown: int = 0  #: that are due again, because nobody knew them and somebody may by now


# --- fetching --------------------------------------------------------------------------------------------------


def fetch(
    folder: Path,
    source: str,
    live: Mapping[str, int],
    *,
    sums: Mapping[str, str] | None = None,
    told: Callable[[str, int, int], None] = lambda _name, _done, _total: None,
) -> list[Path]:
    """The dump files at ``source`` (a folder of the usual names, or one file), fetched into ``folder``.

    None when there is nothing newer than what was fetched before and stands among the files that the ``live``
    catalogue was made of (sizes by name). ``sums`` are SHA-256 by name. Interrupted, the next call goes on.

    Raises:
        NotFound: A file is not there.
        BadInput: A file is not the one of its sum, or the address cannot be one.
        Retryable: The server does not answer.
    """
    names = _names(source)
    if not urlsplit(source).hostname:
        raise BadInput(f"{source} is no address to fetch from.", hint=SOURCE)
    return asyncio.run(_fetch(folder, names, live, sums or {}, told, site_of(source)))


def site_of(source: str) -> Site:
    """Where files may come from: Open Library and the archive, or the one host that the operator named."""
    host = urlsplit(source).hostname or ""
    return OFFICIAL if host in OFFICIAL.hosts else Site(frozenset({host}), local=frozenset({host}))


def _names(source: str) -> dict[str, str]:
    """Addresses by the names of their files."""
    name = urlsplit(source).path.rpartition("/")[2]
    if name.endswith((".gz", ".txt")):
        return {name: source}
    base = source if source.endswith("/") else f"{source}/"
    return {name: urljoin(base, name) for name in (*NEEDED, *WELCOME)}


async def _fetch(
    folder: Path,
    names: Mapping[str, str],
    live: Mapping[str, int],
    sums: Mapping[str, str],
    told: Callable[[str, int, int], None],
    site: Site,
) -> list[Path]:
    found: dict[str, Fetched] = {}
    async with Downloads(site) as downloads:

        async def get(name: str, *, again: bool = False) -> None:
            found[name] = await downloads.fetch(
                names[name],
                folder / name,
                sha256=sums.get(name, ""),
                again=again,
                told=lambda done, total: told(name, done, total),
            )

        for name in names:
            try:
                await get(name)
            except NotFound:
                if name not in WELCOME:
                    raise
            except Refused as refused:
                raise _unfetched(name, refused) from None
        if not any(each.fresh or live.get(name) != each.bytes for name, each in found.items()):
            return []
        for name, each in list(found.items()):
            if not each.path.exists():
                try:
                    await get(name, again=True)
                except Refused as refused:
                    raise _unfetched(name, refused) from None
    return [each.path for each in found.values()]


def _unfetched(name: str, refused: Refused) -> CompletistError:
    message = f"{name} could not be fetched ({refused.code})."
    if refused.retryable:
        hint = "Try again later: what has arrived is kept, and the same command goes on."
        return Retryable(message, after=refused.after or 0.0, hint=hint)
    return CompletistError(message, hint="Name another place with --from, or files of your own.")


def compare_sums(files: Sequence[Path], sums: Mapping[str, str]) -> None:
    """Make sure that local files are those of their sums; names without one are not looked at.

    Raises:
        BadInput: One is not.
    """
    for path in files:
        wanted = sums.get(path.name)
        if wanted is not None and sum_of(path) != wanted.lower():
            raise BadInput(f"{path.name} is not the file whose SHA-256 was given.")


def read_sums(path: Path) -> dict[str, str]:
    """SHA-256 by name of file, from a list as ``sha256sum`` writes it.

    Raises:
        BadInput: It is no such list.
    """
    try:
        lines = [line.split(maxsplit=1) for line in path.read_text("utf-8").splitlines() if line.strip()]
        sums = {name.removeprefix("*").rpartition("/")[2].strip(): digest for digest, name in lines}
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} is no list of sums.", hint="Write it with sha256sum.") from error
    if any(len(digest) != 64 for digest in sums.values()):  # noqa: PLR2004 - hex digits of a SHA-256
        raise BadInput(f"{path} is no list of SHA-256 sums.", hint="Write it with sha256sum.")
    return sums


# --- marking ---------------------------------------------------------------------------------------------------


def mark(
    database: Database,
    library_id: int,
    root: Path,
    clock: Callable[[], int],
    stop: Callable[[], bool] = lambda: False,
) -> Effect | None:
    """Make due again what rests on records that the generation in use tells differently; None when that was done.

    The generation compared with is that up to which this library was compared before. If it is not kept any more,
    all that rests on the catalogue is due again. What nobody knew is asked again in any case. Interrupted, or asked to
    ``stop``, the next call begins again and comes to the same.

    Raises:
        ActionRequired: No catalogue is loaded.
    """
    current, *older = comparing.kept(root)
    generation = generations.about(current).generation
    with database.read() as connection:
        last = events.latest_of(connection, library_id, COMPARED)
    known = None if last is None else last.data["generation"]
    if known == generation:
        return None
    before = next((each for each in older if known in (None, generations.about(each).generation)), None)
    effect = Effect()
    if before is not None or known is not None:
        done = _Marking(database, library_id, current, before, clock, stop).mark()
        if done is None:
            return None
        effect = done
    with database.write() as connection:
        _note(connection, library_id, generation, effect, database.moment(connection, clock))
    return effect


@dataclass(slots=True)
class _Marking:
    """One library being compared."""

    database: Database
    library_id: int
    current: Path
    before: Path | None
    clock: Callable[[], int]
    stop: Callable[[], bool]

    def mark(self) -> Effect | None:
        """All pipelines that look things up in the catalogue; None when stopped on the way."""
        resting = changed = unknown = 0
        now = Pinned(self.current)
        old = None if self.before is None else Pinned(self.before)
        with closing(now), closing(old or now):
            for plugin in registry.plugins().values():
                for finder in plugin.finders:
                    after = 0
                    while page := self._page(finder.pipeline, after):
                        if self.stop():
                            return None
                        differing = self._changed(page, old, now)
                        stale = [item for item, records in page.items() if not records.isdisjoint(differing)]
                        counts = self._doubt(finder.pipeline, stale, [*page.keys() - set(stale)])
                        resting += sum(1 for records in page.values() if records)
                        changed, unknown = changed + counts[0], unknown + counts[1]
                        after = max(page)
        return Effect(resting, changed, unknown)

    def _page(self, pipeline: Pipeline, after: int) -> dict[int, set[str]]:
        """The next items of a pipeline's kind, each with the records that its results rest on."""
        with self.database.read() as connection:
            page = items.page_items(connection, self.library_id, kind=pipeline.kind, after=after, limit=CHUNK)
            return _resting(connection, pipeline, [item_id for item_id, _ in page])

    @staticmethod
    def _changed(page: Mapping[int, set[str]], old: Pinned | None, now: Pinned) -> set[str]:
        records: set[str] = set().union(*page.values())
        return records if old is None else comparing.changed(old, now, records)

    def _doubt(self, pipeline: Pipeline, stale: Sequence[int], others: Sequence[int]) -> tuple[int, int]:
        with self.database.write() as connection:
            now = self.database.moment(connection, self.clock)
            counts = [
                runs.doubt(
                    connection,
                    pipeline.name,
                    pipeline.version,
                    chosen,
                    now,
                    priority=RERUN_PRIORITY,
                    unknown_only=unknown_only,
                )
                for chosen, unknown_only in ((stale, False), (others, True))
            ]
            if any(counts):
                ring(connection)
        return counts[0], counts[1]


def _resting(connection: Connection, pipeline: Pipeline, ids: Sequence[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {item_id: set() for item_id in ids}
    for item_id, by_pipeline in matches.read_matches(connection, ids).items():
        match = by_pipeline.get(pipeline.name)
        if match is not None and match.record:
            found[item_id].add(match.record)
    own = f"{pipeline.name}@"
    for item_id, said in fields.read_values(connection, ids, origin=Origin.PROVIDER).items():
        found[item_id].update(v.record for v in said if v.record and (v.version or "").startswith(own))
    return found


def note(database: Database, root: Path, clock: Callable[[], int]) -> None:
    """Remember for each library that was never compared that it rests on the generation in use, before it goes."""
    try:
        generation = generations.about(generations.current(root)).generation
    except ActionRequired:
        return
    with database.write() as connection:
        for library_id in libraries.all_ids(connection):
            if events.latest_of(connection, library_id, COMPARED) is None:
                _note(connection, library_id, generation, Effect(), database.moment(connection, clock))


def _note(connection: Connection, library_id: int, generation: str, effect: Effect, now: int) -> None:
    data = {"generation": generation, **asdict(effect)}
    events.append_event(connection, library_id, COMPARED, f"generation:{generation}", data, now)


def live_sizes(root: Path) -> dict[str, int]:
    """The files that the catalogue in use was made of: sizes by name; nothing when none is loaded."""
    return {source.name: source.bytes for source in _live_sources(root)}


def live_options(root: Path) -> Options:
    """The part of the dump that is loaded: all of it when nothing is."""
    try:
        return generations.about(generations.current(root)).options
    except ActionRequired:
        return Options()


def is_live(files: Sequence[Path], root: Path) -> bool:
    """Whether the catalogue in use was made of exactly these files."""
    live = {source.name: source for source in _live_sources(root)}
    try:
        sizes = {path.name: path.stat().st_size for path in files}
    except OSError:
        return False  # the loader says what is wrong with it
    if sizes != {name: source.bytes for name, source in live.items()}:
        return False
    return all(sum_of(path) == live[path.name].sha256 for path in files)


def _live_sources(root: Path) -> tuple[Source, ...]:
    try:
        return generations.about(generations.current(root)).sources
    except ActionRequired:
        return ()
