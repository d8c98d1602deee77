"""An open library: its settings, its database and catalogue, and the processes that work on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property, partial
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Self
from uuid import uuid4

from completist.app import providers
from completist.app.access import Access
from completist.app.adding import Adding
from completist.app.browsing import Counts
from completist.app.cards import Cards
from completist.app.chores import Upkeeping
from completist.app.covers import Covers, gallery
from completist.app.enrichment import Enriching
from completist.app.figures import Observing
from completist.app.finding import Finding
from completist.app.intake import Intake
from completist.app.ledger import Ledger
from completist.app.semantic import Semantic
from completist.app.sources import Sources
from completist.app.upkeep import Upkeep
from completist.catalog.opening import open_from
from completist.catalog.overlaid import Filed
from completist.domain.errors import ActionRequired, BadInput
from completist.engine.chores import Chores
from completist.engine.claimers import this_process
from completist.engine.errands import Errands
from completist.engine.inquiry.hearing import Respondent
from completist.engine.inquiry.inquiring import Inquirer
from completist.engine.voices import Voices
from completist.engine.worker import Service, hurry
from completist.net.door import Door
from completist.sdk import registry
from completist.sdk.catalogue import Catalogue, NoCatalogue
from completist.settings import Settings, keep_database
from completist.store import copying, items, libraries, moving
from completist.store.bell import Bell, open_bell
from completist.store.database import Database, connect, ping
from completist.store.migrating import migrate
from completist.store.moving import Moved
from completist.store.owning import Owner, own, owner_of

#: Seconds that errands have to come to an end when the library is closed.
ENDING = 3.0


def clock() -> int:
    """Milliseconds since the epoch, UTC: the one place that reads the time."""
    return time.time_ns() // 1_000_000


class Opened:
    """One person's library, open, with what belongs to its database as a whole. Use as a context manager."""

    def __init__(
        self, settings: Settings, now: Callable[[], int] = clock, library_id: int | None = None
    ) -> None:
        self.settings = settings
        self.now = now
        if library_id is not None:
            self.__dict__["library_id"] = library_id
        self.root: Opened = self  #: whom all that are scoped from it share their database with
        self.backup: Path | None = None  #: the copy made before the tables were upgraded

    def __enter__(self) -> Self:
        """Open."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close what was opened."""
        if (running := self.__dict__.get("running")) is not None:
            running.end(ENDING)
        if (enriching := self.__dict__.get("enriching")) is not None:
            enriching.close()
        if (semantic := self.__dict__.get("semantic")) is not None:
            semantic.close()
        if (door := self.__dict__.get("door")) is not None:
            door.close()
        if "database" in self.__dict__:
            self.database.close()

    @cached_property
    def database(self) -> Database:
        """The library's database, made and brought up to date at first use.

        Raises:
            ActionRequired: It cannot be opened, or a newer Completist wrote it.
        """
        try:
            self.settings.data.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ActionRequired(
                f"The data folder cannot be made: {error}.", hint="Choose another with --data."
            ) from error
        database = connect(self.settings.database)
        ping(database)
        database.keeps_time = database.dialect == "postgresql" and self.now is clock
        self.backup = migrate(database, self.settings.backups, self.now())
        return database

    def scoped(self, library_id: int) -> Self:
        """The same for another library of the same database, of which it does not dispose."""
        other = type(self)(self.settings, self.now, library_id)
        other.root = self.root
        other.__dict__["database"] = self.database
        other.__dict__["counted"] = self.counted
        other.__dict__["intake"] = self.intake
        other.__dict__["running"] = self.running
        other.__dict__["chores"] = self.chores
        other.__dict__["semantic"] = self.semantic
        other.__dict__["door"] = self.door  # one of its own would be closed by nobody
        for shared in ("catalogue", "respondents", "voices"):
            if shared in self.__dict__:
                other.__dict__[shared] = self.__dict__[shared]
        return other

    @property
    def ledger(self) -> Ledger:
        """Jobs, pipelines and claims of this library."""
        return Ledger(self.database, self.library_id, self.now, uuid4, self.voices)

    @property
    def access(self) -> Access:
        """Accounts, keys and logins of the whole database."""
        return Access(self.database, self.now)

    @property
    def upkeep(self) -> Upkeep:
        """Keeping the catalogue up to date, for all libraries of the database."""
        return Upkeep(self.settings, lambda: self.database, self.now)

    def move_to(
        self,
        url: str,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
        *,
        keep_setting: bool = False,
    ) -> Moved:
        """Move everything to an empty PostgreSQL database, and use that one from now on unless told otherwise.

        The SQLite file stays as it is. Raises BadInput, ActionRequired, Busy, or CompletistError when what arrived
        is not what was sent.
        """
        target = connect(url)
        try:
            ping(target)
            if self.database.path is None:
                raise BadInput("This library is on PostgreSQL already.")
            with own(self.database.path, "migrate"):
                migrate(target, self.settings.backups, self.now())
                settle = None if keep_setting else partial(keep_database, self.settings.data, url)
                return moving.move(self.database, target, progress, settle)
        finally:
            target.close()

    def copy_to(self, path: Path) -> None:
        """Write a copy of a SQLite library, as it is at one moment. Raises BadInput on PostgreSQL."""
        if self.database.path is None:
            raise BadInput("This library is on PostgreSQL: pg_dump makes a copy of it.")
        copying.copy_to(self.database.path, path)

    def owner(self) -> Owner | None:
        """The process that works on this SQLite library for long, if one does; always None on PostgreSQL."""
        return None if self.database.path is None else owner_of(self.database.path)

    def owned(self, what: str, url: str | None = None) -> AbstractContextManager[None]:
        """Be that process for as long as the context lasts. Raises Busy when another one is."""
        return nullcontext() if self.database.path is None else own(self.database.path, what, url)

    @property
    def observing(self) -> Observing:
        """A look at the whole database in numbers, for metrics and for a doctor."""
        return Observing(self.database, self.now)

    def worker(self, bell: Bell) -> Service:
        """A worker for all libraries of the database."""
        inquirer = self.inquirer(unasked=True)
        return Service(
            self.database,
            lambda: self.looked_up_in(inquirer),
            self.now,
            uuid4,
            this_process(),
            bell,
            inquirer=inquirer,
            voices=self.voices,
            enrichment=self.enriching.queue(),
            chores=self.chores,
            makes=self.cards.makes,
            own=self.semantic.finders,
        )

    @property
    def sources(self) -> Sources:
        """The live providers: how they stand, and changing that."""
        return Sources(self)

    @cached_property
    def semantic(self) -> Semantic:
        """What search by meaning takes: the model and the indexes. One for all libraries of the database."""
        return Semantic(self.settings, self.database, lambda: self.door, lambda: self.voices, self.now)

    @property
    def adding(self) -> Adding:
        """Tracks and albums that come in one by one."""
        return Adding(self.database, self.library_id, self.semantic, self.settings)

    @property
    def finding(self) -> Finding:
        """Search in this library."""
        return Finding(self.database, self.library_id, self.voices, self.semantic, self.settings)

    @property
    def upkeeping(self) -> Upkeeping:
        """What keeps the database's knowledge of the outside up to date."""
        return Upkeeping(self)

    @cached_property
    def chores(self) -> Chores:
        """What schedules may start, and people at once. One for all libraries of the database."""
        return self.upkeeping.chores()

    @cached_property
    def counted(self) -> dict[int, Counts]:
        """Counts by library, kept for all that are scoped from this one."""
        return {}

    @cached_property
    def intake(self) -> Intake:
        """Files handed in through the browser."""
        return Intake(self.settings.data / "uploads")

    @cached_property
    def running(self) -> Errands:
        """What people asked for on pages and do not wait for. One for all libraries of the database."""
        return Errands(self.now)

    @cached_property
    def enriching(self) -> Enriching:
        """What programs outside tell and ask for, in whatever library."""
        return Enriching(self)

    @property
    def cards(self) -> Cards:
        """Repositories, and the flashcards made of them."""
        return Cards(self)

    @cached_property
    def voices(self) -> Voices:
        """Whom to believe about each field.

        Raises:
            BadInput: The settings name a field or a provider that there is not.
        """
        return providers.voices(self.settings)

    @cached_property
    def respondents(self) -> Mapping[str, Sequence[Respondent]]:
        """The live providers of each pipeline."""
        return providers.respondents(self.settings)

    def rearrange(self, settings: Settings) -> None:
        """Go by other settings of the sources from now on, here and in whatever was scoped from here before."""
        root = self.root
        root.settings = self.settings = settings
        held = root.respondents  # by reference: a worker under way asks by the new ones, too
        if isinstance(held, dict):
            held.clear()
            held.update(providers.respondents(settings))
        root.__dict__["voices"] = self.__dict__["voices"] = providers.voices(settings)

    @cached_property
    def door(self) -> Door | None:
        """The way to them; None for a library that stays offline."""
        return providers.door(self.settings, self.database, self.now)

    def inquirer(
        self,
        *,
        offline: bool = False,
        urgent: bool = False,
        within: float | None = None,
        unasked: bool = False,
    ) -> Inquirer:
        """Who asks live providers, and knows what they said before. ``urgent`` is what a person waits for.

        ``within`` are the seconds that one call may take. ``unasked`` says that nobody asked for covers: they are
        looked for as long as the settings do not say otherwise.
        """
        door = None if offline else self.door
        asked = self.respondents
        if unasked and not self.settings.cover_backfill:
            asked = providers.without_pictures(asked)
        at = gallery(self, door, urgent=urgent, within=within)
        return Inquirer(self.database, asked, self.now, door, urgent, gallery=at, within=within)

    @property
    def covers(self) -> Covers:
        """The covers of this library: shown, picked, looked for, looked after."""
        return Covers(self)

    def looked_up_in(self, inquirer: Inquirer) -> Catalogue:
        """The catalogue; without one, nothing, as long as live providers can be asked instead.

        Raises:
            ActionRequired: Neither is there.
        """
        try:
            return self.catalogue
        except ActionRequired:
            if any(map(inquirer.asks, self.respondents)) or self._works_without():
                return NoCatalogue()
            raise

    def known_catalogue(self) -> Catalogue:
        """The catalogue; nothing, where none is loaded."""
        try:
            return self.catalogue
        except ActionRequired:
            return NoCatalogue()

    def _works_without(self) -> bool:
        """Whether any library of the database holds something that is not looked up in a catalogue."""
        with self.database.read() as connection:
            every = [items.count_items(connection, each) for each in libraries.all_ids(connection)]
        known = registry.plugins()
        return any(kind in known and not known[kind].catalogued for held in every for kind in held)

    def hurry(self, worker: Service) -> Timer:
        """Give a worker that was told to stop a few seconds; then what it holds goes back, and the process ends."""
        return hurry(worker)

    def bell(self) -> Bell:
        """What wakes a worker of this database."""
        return open_bell(self.database)

    @cached_property
    def library_id(self) -> int:
        """The library in use, made at first use."""
        with self.database.write() as connection:
            return libraries.ensure_library(connection, self.now(), self.settings.library)

    @cached_property
    def catalogue(self) -> Filed:
        """The offline catalogue.

        Raises:
            ActionRequired: None is loaded.
        """
        return open_from(self.settings.generations, self.settings.catalogue_url)
