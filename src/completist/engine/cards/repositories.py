"""Repositories: registering them, and bringing the library's commits up to date with them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

from completist.domain.cards import CardState
from completist.domain.errors import BadInput, CompletistError, NotFound
from completist.engine import importing
from completist.engine.voices import DECLARED, Voices
from completist.sdk import registry
from completist.sdk.cards import CardMaker, Rules
from completist.sdk.registry import KindPlugin
from completist.store import items
from completist.store.database import Database
from completist.store.flashcards import repositories
from completist.store.flashcards.repositories import Repository

#: States of cards that a person wants.
WANTED = (CardState.ACCEPTED.value, CardState.EDITED.value)

#: The folder of the quarantines in the data folder.
QUARANTINE = "repositories"


@dataclass(frozen=True, slots=True)
class Synced:
    """What bringing one repository up to date came to. ``trouble`` is a code when it could not be read."""

    repository: Repository
    new: int = 0
    commits: int = 0  #: in the library, of all repositories
    trouble: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """What is kept of one repository, and goes with it."""

    commits: int
    cards: int
    wanted: int  #: of the cards, those that were accepted or edited


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where repositories of one library are kept, and what may be read."""

    database: Database
    library_id: int
    folder: Path  #: the data folder
    clock: Callable[[], int]
    roots: tuple[Path, ...] = ()
    remote: bool = False
    voices: Voices = DECLARED

    def place(self, repository_id: int) -> Path:
        """The quarantine of a repository."""
        return self.folder / QUARANTINE / f"{repository_id}.git"

    def rules(self, repository: Repository) -> Rules:
        """What of it is read."""
        since = repository.rules.get("since")
        return Rules(
            self.roots,
            self.remote,
            None if not since else date.fromisoformat(since),
            tuple(repository.rules.get("paths", ())),
        )

    def all(self) -> list[Repository]:
        """Every registered repository, by name."""
        with self.database.read() as connection:
            return repositories.read_repositories(connection, self.library_id)

    def named(self, name: str) -> Repository:
        """A repository by its name, its number or where it is. Raises NotFound."""
        found = [r for r in self.all() if name in (r.name, str(r.id), r.source) or _is_at(r.source, name)]
        if not found:
            raise NotFound(f"There is no repository {name!r}.", hint="completist repo list")
        return found[0]

    def around(self, most: int = 30) -> list[str]:
        """Folders right below the allowed ones that look like repositories, and are not registered yet."""
        held = {each.source for each in self.all()}
        near = [path for root in self.roots for path in (root, *_folders(root))]
        found = {str(path) for path in near if _looks_like_one(path) and str(path.resolve()) not in held}
        return sorted(found)[:most]

    def add(
        self,
        source: str,
        *,
        name: str = "",
        deck: str = "",
        since: date | None = None,
        paths: Sequence[str] = (),
    ) -> Synced:
        """Register a repository and read its commits.

        Raises:
            BadInput: It may not be read, is none, is registered already, or the name is taken.
            Retryable: It cannot be reached.
        """
        held = self.all()
        where = source if "://" in source or "@" in source else str(Path(source).expanduser().resolve())
        called = name or where.rstrip("/").rpartition("/")[2].removesuffix(".git") or "repository"
        if any(each.source == where for each in held):
            raise BadInput("That repository is registered already.", hint="completist repo sync")
        if any(each.name == called for each in held):
            raise BadInput(f"There is a repository {called!r} already.", hint="Give this one another --name.")
        rules: dict[str, Any] = {"since": since.isoformat() if since else None, "paths": list(paths)}
        with self.database.write() as connection:
            made = repositories.add_repository(
                connection, self.library_id, called, where, deck or called, rules, self.clock()
            )
        try:
            return self.sync(self.named(str(made)))
        except CompletistError:
            self._forget(made)
            raise

    def holding(self, repository: Repository) -> Holding:
        """What `remove` forgets."""
        with self.database.read() as connection:
            commits = repositories.commits_of(connection, self.library_id, repository.id)
            counts = repositories.count_cards(connection, self.library_id)
        mine = {state: count for (own, state), count in counts.items() if own == repository.id}
        return Holding(len(commits), sum(mine.values()), sum(mine.get(state, 0) for state in WANTED))

    def remove(self, repository: Repository) -> int:
        """Forget a repository, its commits and its cards; how many commits. What is in Anki stays there."""
        return self._forget(repository.id)

    def _forget(self, repository_id: int) -> int:
        with self.database.write() as connection:
            mine = repositories.commits_of(connection, self.library_id, repository_id)
            repositories.drop_repository(connection, repository_id)
            items.delete_items(connection, mine)
        shutil.rmtree(self.place(repository_id), ignore_errors=True)
        return len(mine)

    def sync(
        self,
        repository: Repository,
        *,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Synced:
        """Fetch what is new in a repository, and make items of its commits.

        Raises:
            BadInput: It may not be read any more, or is damaged.
            Retryable: It cannot be reached.
        """
        plugin, maker = maker_of(repository)
        place, rules = self.place(repository.id), self.rules(repository)
        try:
            taken = maker.take_in(repository.source, place, rules)
        except CompletistError as error:
            with self.database.write() as connection:
                repositories.note_trouble(connection, repository.id, error.code)
            raise
        source = plugin.sources[0]
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            log = Path(folder) / "commits"
            about = (repository.id, repository.name)
            written = maker.write_log(place, log, about, rules, repository.head)
            report = None
            if written:
                report = importing.import_file(
                    self.database,
                    self.library_id,
                    plugin,
                    source,
                    log,
                    clock=self.clock,
                    voices=self.voices,
                    progress=progress,
                    stop=stop,
                )
        with self.database.write() as connection:
            if report is None or not report.stopped:
                repositories.note_synced(connection, repository.id, taken.root, taken.head, self.clock())
            total = repositories.count_commits(connection, self.library_id)
        now = replace(repository, root=taken.root, head=taken.head, trouble=None, synced_at=self.clock())
        return Synced(now, 0 if report is None else report.added, total)


def maker_of(repository: Repository) -> tuple[KindPlugin, CardMaker]:
    """Who makes cards of a repository. Raises NotFound when no installed kind does."""
    del repository  # all are git's so far
    return maker_named()


def maker_named() -> tuple[KindPlugin, CardMaker]:
    """The kind that makes cards, and its maker. Raises NotFound."""
    for plugin in registry.plugins().values():
        for maker in plugin.makers:
            return plugin, maker
    raise NotFound("No installed kind makes cards.")


def _folders(root: Path) -> list[Path]:
    """What lies right below a folder; the inside of a repository is none of its own."""
    try:
        return [path for path in islice(root.iterdir(), 500) if path.name != ".git" and path.is_dir()]
    except OSError:
        return []


def _looks_like_one(path: Path) -> bool:
    try:
        return (path / ".git").exists() or ((path / "HEAD").is_file() and (path / "objects").is_dir())
    except OSError:
        return False


def _is_at(source: str, name: str) -> bool:
    return (
        "://" not in source and name not in ("", ".") and "/" in name and Path(name).resolve() == Path(source)
    )
