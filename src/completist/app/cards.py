"""Repositories and flashcards of one library: the verbs that every face calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from completist.domain.errors import ActionRequired, BadInput, Retryable
from completist.engine.cards import delivering, reprocessing, reviewing, statuses
from completist.engine.cards.delivering import ANKI, APKG, Parcel
from completist.engine.cards.making import Made, Making
from completist.engine.cards.models import Model
from completist.engine.cards.repositories import Shelf, Synced, maker_named
from completist.engine.cards.reprocessing import Selector
from completist.engine.cards.statuses import CommitView
from completist.engine.claimers import this_process
from completist.engine.enriching import FillReport, Worker
from completist.engine.requesting import JobView
from completist.net.neighbour import Neighbour
from completist.sdk.cards import CardMaker
from completist.sdk.catalogue import NoCatalogue
from completist.sdk.registry import KindPlugin
from completist.sinks.anki_connect import AnkiConnect, Given, Told, push
from completist.sinks.apkg import write_package
from completist.sinks.tables import write_csv, write_markdown
from completist.store import jobs as stored_jobs
from completist.store.flashcards import cards as stored
from completist.store.flashcards import locks, repositories
from completist.store.flashcards.cards import Card
from completist.store.flashcards.locks import Holder
from completist.store.flashcards.preferences import Preferences, read_preferences, write_preferences
from completist.store.flashcards.repositories import Repository

if TYPE_CHECKING:
    from completist.app.opened import Opened

__all__ = ["Card", "Cards", "CommitView", "Exported", "Repository", "Selector", "Synced"]

#: Where cards go: into a file, or into the running Anki.
TARGETS = ("apkg", "ankiconnect")

#: What `export` writes.
FORMATS = ("apkg", "csv", "markdown", "json")


@dataclass(frozen=True, slots=True)
class Exported:
    """Cards as a file: its body, what it holds, and how many of them are new or are gone."""

    body: bytes
    parcels: Sequence[Parcel]

    @property
    def new(self) -> int:
        """Cards that the sink was never given."""
        return sum(1 for each in self.parcels if each.is_new)

    @property
    def retired(self) -> int:
        """Cards whose source is gone, or that a person threw away."""
        return sum(1 for each in self.parcels if each.finished.retired)


@dataclass(frozen=True, slots=True)
class Pushed:
    """What pushing came to: what became of each card, or a package instead, and why."""

    told: Sequence[Told]
    fallback: Exported | None = None
    code: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Worked:
    """What working off commits came to: in runs, and in cards."""

    report: FillReport
    made: Made


class Cards:
    """What there is to do with repositories and cards of one library."""

    def __init__(self, opened: Opened) -> None:
        self.opened = opened

    # --- repositories -------------------------------------------------------------------------------------

    @property
    def shelf(self) -> Shelf:
        """The repositories of this library."""
        return self._shelf(self.opened.library_id)

    def _shelf(self, library_id: int) -> Shelf:
        opened = self.opened
        settings = opened.settings
        return Shelf(
            opened.database,
            library_id,
            settings.data,
            opened.now,
            settings.repositories,
            settings.remote_repositories and not settings.offline,
            opened.voices,
        )

    def repositories(self) -> list[tuple[Repository, Mapping[str, int], Holder | None]]:
        """Every repository, how many cards it has in each state, and who works on it."""
        shelf = self.shelf
        with self.opened.database.read() as connection:
            counts = repositories.count_cards(connection, shelf.library_id)
            held = locks.holders(connection, self.opened.now())
        return [
            (each, {state: n for (own, state), n in counts.items() if own == each.id}, held.get(each.id))
            for each in shelf.all()
        ]

    # --- commits ------------------------------------------------------------------------------------------

    def commits(
        self,
        *,
        repository: str | None = None,
        status: str | None = None,
        before: int = 2**53,
        limit: int = 50,
    ) -> list[CommitView]:
        """The latest commits below an item id. Raises NotFound or BadInput."""
        if status is not None and status not in statuses.STATUSES:
            raise BadInput(
                f"There is no status {status!r}.", hint=f"Statuses: {', '.join(statuses.STATUSES)}."
            )
        plugin, maker = maker_named()
        found = None if repository is None else self.shelf.named(repository)
        with self.opened.database.read() as connection:
            return statuses.page(
                connection,
                self.opened.library_id,
                plugin,
                maker.pipeline,
                repository_id=None if found is None else found.id,
                status=status,
                before=before,
                limit=limit,
            )

    def tally(self, repository: str | None = None) -> dict[str, int]:
        """How many commits stand in each status, of one repository or of all. Raises NotFound."""
        _, maker = maker_named()
        found = None if repository is None else self.shelf.named(repository)
        with self.opened.database.read() as connection:
            library_id = self.opened.library_id
            mine = None if found is None else repositories.commits_of(connection, library_id, found.id)
            return statuses.tally(connection, library_id, maker.pipeline, mine)

    def statuses(self, shas: Sequence[str]) -> dict[str, CommitView | None]:
        """How commits stand, by sha as it was given; None for one that is not here. Raises BadInput."""
        plugin, maker = maker_named()
        with self.opened.database.read() as connection:
            library_id = self.opened.library_id
            items = statuses.by_sha(connection, library_id, shas)
            every = sorted({item for ids in items.values() for item in ids})
            held = {
                v.item_id: v for v in statuses.views(connection, library_id, plugin, maker.pipeline, every)
            }
        return {sha: _least_done([held[i] for i in ids if i in held]) for sha, ids in items.items()}

    # --- jobs ---------------------------------------------------------------------------------------------

    def reprocess(
        self, selector: Selector, *, force: bool = False, key: str | None = None
    ) -> tuple[JobView, bool, int | None]:
        """Make a job about commits, or find the open one of the same request.

        With it, whether it is new, and which job works on the same repository at present. Raises NotFound, BadInput
        or Conflict.
        """
        _, maker = maker_named()
        with self.opened.database.read() as connection:
            ids = reprocessing.choose(connection, self.shelf, maker.pipeline, selector)
        if not ids:
            raise reprocessing.nothing()
        view, new = self.opened.ledger.create_job(maker.pipeline.name, {"ids": ids}, force=force, key=key)
        return view, new, self.active(view.job.id)

    def active(self, job_id: int) -> int | None:
        """The job that works on a repository of this one at present, or has it before."""
        _, maker = maker_named()
        with self.opened.database.read() as connection:
            return reprocessing.active(
                connection, self.opened.library_id, maker.pipeline, job_id, self.opened.now()
            )

    def job_commits(self, job_id: int, *, after: int = 0, limit: int = 500) -> list[tuple[CommitView, str]]:
        """The commits of a job behind an item, with the state of each."""
        plugin, maker = maker_named()
        with self.opened.database.read() as connection:
            return statuses.of_job(
                connection,
                self.opened.library_id,
                plugin,
                maker.pipeline,
                job_id,
                after=after,
                limit=limit,
            )

    def is_about_cards(self, view: JobView) -> bool:
        """Whether a job makes cards."""
        return view.job.pipeline == maker_named()[1].pipeline.name

    # --- making -------------------------------------------------------------------------------------------

    def makes(
        self,
        worker: Worker,
        plugin: KindPlugin,
        report: FillReport,
        *,
        items: Sequence[int] | None,
        limit: int | None,
        stop: Callable[[], bool],
        progress: Callable[[FillReport], None],
    ) -> None:
        """Work off what is due in the pipelines of a kind's makers."""
        for maker in plugin.makers:
            making = self._making(worker, plugin, maker)
            making.drain(report, items=items, limit=limit, stop=stop, progress=progress)

    def _making(self, worker: Worker, plugin: KindPlugin, maker: CardMaker) -> Making:
        return Making(worker, self._shelf(worker.library_id), plugin, maker, self._model())

    def _model(self) -> Model | None:
        """The model that drafts, too, where the operator named one. Raises BadInput."""
        settings = self.opened.settings
        if not (settings.model and settings.model_at) or (
            settings.offline and not _is_here(settings.model_at)
        ):
            return None
        if not settings.model_tokens.isdecimal():
            raise BadInput(f"model_tokens takes a whole number, not {settings.model_tokens!r}.")
        address = f"{settings.model_at.rstrip('/')}/chat/completions"
        post = Neighbour(address, "The model", settings.model_key)
        budget = int(settings.model_tokens)
        return Model(post, settings.model, self.opened.database, self.opened.now, budget)

    def work_off(
        self,
        job_id: int,
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[FillReport], None] = lambda _report: None,
    ) -> Worked:
        """Work off a job about commits in this process."""
        plugin, maker = maker_named()
        opened = self.opened
        worker = Worker(
            opened.database,
            opened.library_id,
            NoCatalogue(),
            opened.now,
            uuid4,
            this_process(),
            voices=opened.voices,
        )
        making = self._making(worker, plugin, maker)
        report = FillReport()
        after = 0
        while not stop():
            with opened.database.read() as connection:
                page = stored_jobs.items_in(connection, job_id, ["ready", "waiting"], after=after, limit=1000)
            if not page:
                break
            making.drain(report, items=page, job_id=job_id, stop=stop, progress=progress)
            after = page[-1]
        opened.ledger.finish_jobs()
        return Worked(report, making.made)

    # --- review -------------------------------------------------------------------------------------------

    def cards(
        self,
        *,
        states: Sequence[str] = (),
        repository: str | None = None,
        commit: str | None = None,
        after: int = 0,
        limit: int = 100,
    ) -> list[Card]:
        """The next cards behind an id. Raises NotFound or BadInput."""
        found = None if repository is None else self.shelf.named(repository)
        with self.opened.database.read() as connection:
            library_id = self.opened.library_id
            items = None
            if commit is not None:
                items = statuses.required(connection, library_id, [commit])[commit]
            return stored.page_cards(
                connection,
                library_id,
                states=states,
                repository_id=None if found is None else found.id,
                item_ids=items,
                after=after,
                limit=limit,
            )

    def count(self) -> dict[str, int]:
        """How many cards stand in each state."""
        with self.opened.database.read() as connection:
            return stored.count_states(connection, self.opened.library_id)

    def decide(self, card_ids: Sequence[int], action: str) -> list[Card]:
        """Accept, discard, regenerate, restore, take or keep. Raises NotFound, BadInput or Conflict."""
        _, maker = maker_named()
        opened = self.opened
        return reviewing.decide(opened.database, opened.library_id, maker, card_ids, action, opened.now())

    def edit(self, card_id: int, typed: Mapping[str, str]) -> Card:
        """Put a person's words in the place of parts of a card. Raises NotFound or BadInput."""
        _, maker = maker_named()
        opened = self.opened
        return reviewing.edit(opened.database, opened.library_id, maker, card_id, typed, opened.now())

    # --- preferences --------------------------------------------------------------------------------------

    @property
    def preferences(self) -> Preferences:
        """How this library's owner wants cards."""
        with self.opened.database.read() as connection:
            return read_preferences(connection, self.opened.library_id)

    def prefer(self, *, dev_mode: bool | None = None, sync_target: str | None = None) -> Preferences:
        """Change some of that. Raises BadInput."""
        if sync_target not in (None, *TARGETS):
            raise BadInput(f"There is no target {sync_target!r}.", hint=f"Targets: {', '.join(TARGETS)}.")
        with self.opened.database.write() as connection:
            kept = read_preferences(connection, self.opened.library_id)
            chosen = Preferences(
                kept.dev_mode if dev_mode is None else dev_mode, sync_target or kept.sync_target
            )
            write_preferences(connection, self.opened.library_id, chosen)
            return chosen

    # --- out ----------------------------------------------------------------------------------------------

    def export(
        self,
        form: str = "apkg",
        *,
        repository: str | None = None,
        changed: bool = False,
        job: int | None = None,
    ) -> Exported:
        """The wanted cards as a file; with ``changed``, those that are new or other than in the last package.

        With ``job``, only cards of its commits.

        Nothing is noted: call `delivered` once the file is where it belongs. Raises NotFound or BadInput.
        """
        if form not in FORMATS:
            raise BadInput(f"There is no format {form!r}.", hint=f"Formats: {', '.join(FORMATS)}.")
        found = None if repository is None else self.shelf.named(repository)
        with self.opened.database.read() as connection:
            chosen = delivering.parcels(
                connection,
                self.opened.library_id,
                APKG,
                repository_id=None if found is None else found.id,
                changed=changed,
            )
            if job is not None:
                mine = {row[1] for row in stored_jobs.runs_with_state(connection, job, limit=10_000)}
                chosen = [each for each in chosen if each.card.item_id in mine]
        return Exported(_written(form, chosen), chosen)

    def push(
        self,
        *,
        repository: str | None = None,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> Pushed:
        """Bring the wanted cards into the running Anki; where it cannot be reached, pack what is new or changed.

        Raises NotFound, or BadInput for an address that is none.
        """
        found = None if repository is None else self.shelf.named(repository)
        opened = self.opened
        with opened.database.read() as connection:
            chosen = delivering.parcels(
                connection, opened.library_id, ANKI, repository_id=None if found is None else found.id
            )
        by_uid = {each.card.uid: each for each in chosen}

        def note(told: Sequence[Told]) -> None:
            states = {by_uid[each.uid].card.id: _state(each, by_uid[each.uid]) for each in told}
            given = [by_uid[each.uid] for each in told]
            bases = {by_uid[each.uid].card.id: each.base for each in told}
            with opened.database.write() as connection:
                delivering.note_delivered(connection, ANKI, given, opened.now(), states, bases)

        anki = AnkiConnect(Neighbour(opened.settings.anki_connect), opened.settings.anki_key)
        offered = [Given(each.finished, each.base, pushed=each.before is not None) for each in chosen]
        try:
            told = push(anki, offered, delivering.digest, note, stop=stop, progress=progress)
        except (Retryable, ActionRequired) as error:
            exported = self.export("apkg", repository=repository, changed=True)
            return Pushed((), exported, error.code, f"{error.message} {error.hint}".strip())
        return Pushed(told)

    def delivered(self, exported: Exported) -> None:
        """Note that a package is where it belongs."""
        with self.opened.database.write() as connection:
            delivering.note_delivered(connection, APKG, exported.parcels, self.opened.now())


def _is_here(address: str) -> bool:
    """Whether an address is one of this machine: such may be called offline."""
    return address.startswith(("http://127.0.0.1", "http://localhost", "http://[::1]"))


def _state(told: Told, parcel: Parcel) -> str:
    if told.outcome in ("deleted_there", "kept_yours"):
        return told.outcome
    return "retired" if parcel.finished.retired else "delivered"


def _written(form: str, chosen: Sequence[Parcel]) -> bytes:
    every = [each.finished for each in chosen]
    live = [each for each in every if not each.retired]
    if form == "apkg":
        return write_package(every)
    if form == "csv":
        return write_csv(live).encode()
    if form == "markdown":
        return write_markdown(live).encode()
    return b""  # the face writes JSON from the cards themselves


def _least_done(views: Sequence[CommitView]) -> CommitView | None:
    """Of the same commit in several repositories, the one that most has to be done about."""
    order = {statuses.FAILED: 0, statuses.NEEDS_RERUN: 1, statuses.NEW: 2, statuses.PROCESSED: 3}
    return min(views, key=lambda view: order[view.status]) if views else None


def selector_of(said: Mapping[str, Any]) -> Selector:
    """A selector as it was sent: commit_ids, range {first, last}, date_range {since, until}, paths, repository.

    Raises:
        BadInput: A date is none.
    """
    span = said.get("range") or {}
    days = said.get("date_range") or {}
    return Selector(
        tuple(said.get("commit_ids") or ()),
        str(span.get("first") or ""),
        str(span.get("last") or ""),
        _day(days.get("since")),
        _day(days.get("until")),
        tuple(said.get("paths") or ()),
        str(said.get("repository") or ""),
        str(said.get("status") or ""),
    )


def _day(said: object) -> date | None:
    if not said:
        return None
    try:
        return date.fromisoformat(str(said))
    except ValueError:
        raise BadInput(f"{said!r} is no day.", hint="A day is written 2026-11-26.") from None
