"""Upkeep of the catalogue: newer dumps, what they mean for every library, and its form on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from completist import catalog
from completist.catalog import generations
from completist.catalog.overlay import Overlay
from completist.domain.errors import BadInput
from completist.engine import refreshing
from completist.engine.refreshing import SOURCE, Effect
from completist.net.downloading import discard
from completist.settings import Settings
from completist.store import libraries
from completist.store.database import Database

__all__ = ["SOURCE", "Effect", "Refreshed", "Telling", "Upkeep"]

#: The folder of fetched dump files, among the generations.
DUMPS = "dumps"


class Telling(Protocol):
    """Is told what is under way (a name of a file, or what is done), and how far it is."""

    def __call__(self, doing: str, done: int, total: int, note: str = "") -> None:
        """``done`` of ``total`` are done."""
        ...


def _silence(doing: str, done: int, total: int, note: str = "") -> None:
    del doing, done, total, note


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh came to. Without a ``report``, there was nothing newer to load."""

    generation: str
    report: catalog.BuildReport | None = None
    published: bool = False  #: to the database that the catalogue is read from
    caught_up: int = 0  #: entries of the overlay that the new dump has, too
    effects: Mapping[int, Effect] = field(
        default_factory=dict
    )  #: by library; those compared before are absent


class Upkeep:
    """What keeps the catalogue up to date, for all libraries of a database."""

    def __init__(self, settings: Settings, database: Callable[[], Database], now: Callable[[], int]) -> None:
        self._settings = settings
        self._database = database
        self._now = now

    @property
    def _root(self) -> Path:
        return self._settings.generations

    def refresh(
        self,
        files: Sequence[Path] = (),
        *,
        source: str = "",
        sums: Path | None = None,
        keep: bool = False,
        processes: int | None = None,
        told: Telling = _silence,
        stop: Callable[[], bool] = lambda: False,
    ) -> Refreshed:
        """Load what is newer, or these files, and make due again what libraries hold that rests on what changed.

        Newer is looked for at ``source``, which is Open Library unless it is named. Until the new generation is
        complete, the one in use answers; where that holds a part of the dump, so will the new one. Fetched files are
        removed afterwards unless they are to be kept. ``sums`` is a list as ``sha256sum`` writes it. Interrupted at any
        moment, the next call goes on; when nothing is newer, it only finishes what was left over.

        Raises:
            BadInput: A file is damaged, or not the one of its sum.
            NotFound: There is nothing at ``source``.
            Retryable: The server does not answer.
            Busy: Another process is loading.
        """
        known = {} if sums is None else refreshing.read_sums(sums)
        if files:
            refreshing.compare_sums(files, known)
            chosen = list(files)
        else:
            live = refreshing.live_sizes(self._root)
            chosen = refreshing.fetch(self._root / DUMPS, source or SOURCE, live, sums=known, told=told)
        self.note()
        newer = bool(chosen) and not refreshing.is_live(chosen, self._root)
        report = self._load(chosen, processes, told) if newer else None
        if not files and not keep:
            discard(chosen)
        current = generations.current(self._root)
        caught_up = Overlay(self._root).drop_caught_up(current)
        url = self._settings.catalogue_url
        published = bool(url) and self.publish(url, told)
        return Refreshed(
            generations.about(current).generation, report, published, caught_up, self._mark(told, stop)
        )

    def note(self) -> None:
        """Remember on which generation the libraries rest; to be done before another one is loaded."""
        named = self._settings.database
        if not named.startswith("sqlite:///") or Path(named.removeprefix("sqlite:///")).exists():
            refreshing.note(self._database(), self._root, self._now)

    def _load(self, files: Sequence[Path], processes: int | None, told: Telling) -> catalog.BuildReport:
        def tell(done: int, total: int, records: int) -> None:
            told("Loading", done, total, f"{records:,} records")

        options = refreshing.live_options(self._root)
        return catalog.build(self._root, files, processes=processes, progress=tell, options=options)

    def _mark(self, told: Telling, stop: Callable[[], bool]) -> dict[int, Effect]:
        database = self._database()
        with database.read() as connection:
            ids = libraries.all_ids(connection)
        effects: dict[int, Effect] = {}
        for number, library_id in enumerate(ids, start=1):
            if stop():
                break
            effect = refreshing.mark(database, library_id, self._root, self._now, stop)
            told("Comparing", number, len(ids))
            if effect is not None:
                effects[library_id] = effect
        return effects

    def publish(self, url: str = "", told: Telling = _silence) -> bool:
        """Copy the generation in use to a PostgreSQL database, and put it in use there; False when it is already.

        Without a ``url``, to the database that the setting ``catalogue`` names.

        Raises:
            ActionRequired: No catalogue is loaded here.
            BadInput: No database is named, or it cannot be opened.
            Busy: Another process is publishing there.
            CompletistError: It could not be written; what is in use there stays.
        """
        from completist.catalog import postgres  # noqa: PLC0415 - most have no use for its driver

        into = url or self._settings.catalogue_url
        if not into:
            raise BadInput(
                "No database is named.", hint="completist catalog publish postgresql://USER@HOST/NAME"
            )
        directory = generations.current(self._root)
        return postgres.publish(directory, into, lambda done, total: told("Publishing", done, total))
