"""Reprocessing: jobs about commits, by the selectors of the interface, and which job works on a repository."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from completist.domain.errors import ActionRequired, BadInput, NotFound
from completist.domain.pipeline import Freshness, Pipeline
from completist.engine.cards import statuses
from completist.engine.cards.repositories import Shelf
from completist.engine.choosing import MOST_IDS, Selection
from completist.sdk import registry
from completist.store import jobs
from completist.store.database import Connection
from completist.store.flashcards import locks, repositories
from completist.store.flashcards.preferences import read_preferences


@dataclass(frozen=True, slots=True)
class Selector:
    """Which commits: by sha, by a range of one repository (the first and the last belong to it), by days, by paths.

    All that is given has to hold. ``paths`` are globs over the files in which blocks were found.
    """

    commit_ids: Sequence[str] = ()
    first: str = ""
    last: str = ""
    since: date | None = None
    until: date | None = None
    paths: Sequence[str] = field(default_factory=tuple)
    repository: str = ""
    status: str = ""


def choose(connection: Connection, shelf: Shelf, pipeline: Pipeline, selector: Selector) -> list[int]:
    """The items of a selector, oldest first.

    Raises:
        NotFound: There is no such commit or repository.
        BadInput: A sha means several commits, a range goes over two repositories, or it selects nothing or too much.
    """
    library_id = shelf.library_id
    found: set[int] | None = None
    if selector.commit_ids:
        named = statuses.required(connection, library_id, selector.commit_ids)
        found = {item_id for ids in named.values() for item_id in ids}
    chosen = [shelf.named(selector.repository)] if selector.repository else shelf.all()
    if not selector.commit_ids or selector.first or selector.last or selector.since or selector.until:
        first, last = _ends(connection, library_id, selector)
        inside: set[int] = set()
        for repository in chosen:
            inside.update(
                repositories.commits_of(
                    connection,
                    library_id,
                    repository.id,
                    since=selector.since.isoformat() if selector.since else "",
                    until=selector.until.isoformat() if selector.until else "",
                    after=first - 1,
                    last=last,
                )
            )
        found = inside if found is None else found & inside
    elif selector.repository and found is not None:
        found &= set(repositories.commits_of(connection, library_id, chosen[0].id))
    ids = sorted(found or ())
    if selector.paths:
        ids = sorted(repositories.touching(connection, ids, selector.paths))
    if selector.status:
        ids = _standing(connection, shelf, pipeline, ids, selector.status)
    if len(ids) > MOST_IDS:
        ids = ids[:MOST_IDS]
    return ids


def _ends(connection: Connection, library_id: int, selector: Selector) -> tuple[int, int]:
    first, last = 1, 2**53
    if selector.first:
        first = min(statuses.required(connection, library_id, [selector.first])[selector.first])
    if selector.last:
        last = max(statuses.required(connection, library_id, [selector.last])[selector.last])
    if first > last:
        raise BadInput("The range ends before it begins.", hint="Give the older commit first.")
    return first, last


def _standing(
    connection: Connection, shelf: Shelf, pipeline: Pipeline, ids: Sequence[int], status: str
) -> list[int]:
    from completist.store.freshness import read_freshness  # noqa: PLC0415 - beside its one use

    if status not in statuses.STATUSES:
        raise BadInput(f"There is no status {status!r}.", hint=f"Statuses: {', '.join(statuses.STATUSES)}.")
    standings = read_freshness(connection, shelf.library_id, pipeline, items=ids)
    return [each.item_id for each in standings if statuses.status_of(each) == status]


def check_redoing(
    connection: Connection, library_id: int, pipeline: str, selection: Selection, *, force: bool
) -> None:
    """Making cards again of what is up to date belongs to dev mode; other pipelines have none.

    What is done again because it is old is up to date as well: commits do not grow old.

    Raises:
        ActionRequired: The pipeline makes cards, and dev mode is off.
    """
    old = selection.when.older_than is not None and selection.freshness is not Freshness.STALE
    if not force and not old:
        return
    made = {maker.pipeline.name for plugin in registry.plugins().values() for maker in plugin.makers}
    if pipeline not in made or read_preferences(connection, library_id).dev_mode:
        return
    raise ActionRequired(
        "Commits that are up to date are processed again in dev mode alone.",
        hint="Turn it on: completist cards settings --dev-mode on, or on the page of commits.",
        code="dev_mode_off",
    )


def active(connection: Connection, library_id: int, pipeline: Pipeline, job_id: int, now: int) -> int | None:
    """The job that works on a repository of job ``job_id`` at this moment, or has it before; None when none does."""
    mine = _repositories_of(connection, job_id)
    held = locks.holders(connection, now)
    for repository_id in sorted(mine):
        holder = held.get(repository_id)
        if holder is not None and holder.job_id not in (None, job_id):
            return holder.job_id
    for state in ("planning", "running"):
        for job in reversed(jobs.page_jobs(connection, library_id, state=state, before=job_id, limit=50)):
            if job.pipeline == pipeline.name and mine & _repositories_of(connection, job.id):
                return job.id
    return None


def _repositories_of(connection: Connection, job_id: int) -> set[int]:
    from completist.store import fields  # noqa: PLC0415 - beside its one use

    items = [row[1] for row in jobs.runs_with_state(connection, job_id, limit=200)]
    said = fields.read_values(connection, items)
    return {
        value.data
        for values in said.values()
        for value in values
        if value.field == "repository_id" and isinstance(value.data, int)
    }


def nothing() -> NotFound:
    """What is told when a selector selects no commit."""
    return NotFound(
        "No commit is selected.",
        hint="completist repo add FOLDER registers a repository; completist commits lists what it has.",
    )
