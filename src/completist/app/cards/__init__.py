"""Repositories and flashcards of one library: the verbs that every face calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from completist.app.cards import going_out, working
from completist.app.cards.going_out import Exported, Pushed
from completist.app.cards.selecting import selector_of
from completist.app.cards.working import Worked
from completist.domain.cards import CardState
from completist.domain.errors import BadInput
from completist.domain.pipeline import Pipeline
from completist.engine.cards import reprocessing, reviewing, statuses
from completist.engine.cards.repositories import Shelf, Synced, maker_named
from completist.engine.cards.reprocessing import Selector
from completist.engine.cards.statuses import CommitView, Logged
from completist.engine.enriching import FillReport, Worker
from completist.engine.requesting import JobView
from completist.sdk.registry import KindPlugin
from completist.store.flashcards import cards as stored
from completist.store.flashcards import locks, repositories
from completist.store.flashcards.cards import Card
from completist.store.flashcards.locks import Holder
from completist.store.flashcards.preferences import Preferences, read_preferences, write_preferences
from completist.store.flashcards.repositories import Repository

if TYPE_CHECKING:
    from completist.app.opened import Opened

__all__ = [
    "Card",
    "Cards",
    "CommitView",
    "Exported",
    "Logged",
    "Pushed",
    "Repository",
    "Selector",
    "Synced",
    "Worked",
    "selector_of",
]

#: Where cards go: into a file, or into the running Anki.
TARGETS = ("apkg", "ankiconnect")


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

    def selected(
        self, selector: Selector, *, before: int = 2**53, limit: int = 50
    ) -> tuple[list[CommitView], dict[str, int]]:
        """The latest commits of a selector below an item id, and how many of all of its stand in each status.

        Raises NotFound or BadInput.
        """
        plugin, maker = maker_named()
        with self.opened.database.read() as connection:
            ids = reprocessing.choose(connection, self.shelf, maker.pipeline, selector)
            library_id = self.opened.library_id
            shown = [each for each in reversed(ids) if each < before][:limit]
            found = statuses.views(connection, library_id, plugin, maker.pipeline, shown)
            return found[::-1], statuses.tally(connection, library_id, maker.pipeline, ids) if ids else {}

    # --- jobs ---------------------------------------------------------------------------------------------

    def foresee(self, selector: Selector, *, force: bool = False) -> int:
        """How many commits a job about a selector would process. Writes nothing. Raises NotFound or BadInput."""
        _, maker = maker_named()
        with self.opened.database.read() as connection:
            ids = reprocessing.choose(connection, self.shelf, maker.pipeline, selector)
        return self.opened.ledger.foresee_job(maker.pipeline.name, {"ids": ids}, force=force) if ids else 0

    def reprocess(
        self, selector: Selector, *, force: bool = False, key: str | None = None
    ) -> tuple[JobView, bool, int | None]:
        """Make a job about commits, or find the open one of the same request.

        With it, whether it is new, and which job works on the same repository at present. Raises NotFound, BadInput,
        Conflict, or ActionRequired when it is to force outside of dev mode.
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
        with self.opened.database.read() as connection:
            return statuses.of_job(connection, *self._about, job_id, after=after, limit=limit)

    def job_log(self, job_id: int, *, after: tuple[int, int] = (0, 0), limit: int = 500) -> list[Logged]:
        """What came of each commit of a job in the order in which that was settled, behind a place in it."""
        with self.opened.database.read() as connection:
            return statuses.log_of_job(connection, *self._about, job_id, after=after, limit=limit)

    @property
    def _about(self) -> tuple[int, KindPlugin, Pipeline]:
        """What is asked about cards, whatever it is: this library's, of the kind and pipeline that make them."""
        plugin, maker = maker_named()
        return self.opened.library_id, plugin, maker.pipeline

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
            making = working.making(self.opened, self._shelf(worker.library_id), worker, plugin, maker)
            making.drain(report, items=items, limit=limit, stop=stop, progress=progress)

    def work_off(
        self,
        job_id: int,
        *,
        stop: Callable[[], bool] = lambda: False,
        progress: Callable[[FillReport], None] = lambda _report: None,
    ) -> Worked:
        """Work off a job about commits in this process."""
        return working.work_off(self.opened, self.shelf, job_id, stop, progress)

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

    def waiting(self, repository: str | None = None) -> int:
        """How many cards wait for review, and go nowhere before. Raises NotFound."""
        found = None if repository is None else self.shelf.named(repository).id
        with self.opened.database.read() as connection:
            counts = repositories.count_cards(connection, self.opened.library_id)
        pending = CardState.PENDING.value
        return sum(n for (own, state), n in counts.items() if state == pending and found in (None, own))

    def cards_made(self, job_ids: Sequence[int]) -> dict[int, int]:
        """How many cards each of some jobs made, by job."""
        with self.opened.database.read() as connection:
            return repositories.count_added(connection, job_ids)

    def decide(self, card_ids: Sequence[int], action: str) -> list[Card]:
        """Accept, discard, regenerate, restore, take or keep. Raises NotFound, BadInput or Conflict."""
        _, maker = maker_named()
        opened = self.opened
        return reviewing.decide(opened.database, opened.library_id, maker, card_ids, action, opened.now())

    def pending(self, repository: str | None = None) -> list[int]:
        """The ids of all cards that are suggested, of one repository or of all. Raises NotFound."""
        found: list[int] = []
        after = 0
        while page := self.cards(states=("pending",), repository=repository, after=after, limit=1000):
            found += [card.id for card in page]
            after = page[-1].id
        return found

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
        found = None if repository is None else self.shelf.named(repository).id
        return going_out.export(self.opened, form, found, changed=changed, job=job)

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
        found = None if repository is None else self.shelf.named(repository).id
        return going_out.push(self.opened, found, stop, progress)

    def delivered(self, exported: Exported) -> None:
        """Note that a package is where it belongs."""
        going_out.note_packed(self.opened, exported)


def _least_done(views: Sequence[CommitView]) -> CommitView | None:
    """Of the same commit in several repositories, the one that most has to be done about."""
    order = {statuses.FAILED: 0, statuses.NEEDS_RERUN: 1, statuses.NEW: 2, statuses.PROCESSED: 3}
    return min(views, key=lambda view: order[view.status]) if views else None
