"""Statuses: how commits stand, in the words of the interface: new, processed, needs_rerun, failed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from completist.domain.errors import BadInput, NotFound
from completist.domain.merging import effective_values
from completist.domain.pipeline import Freshness, Pipeline
from completist.domain.run import RunState
from completist.sdk.registry import KindPlugin
from completist.store import fields, items, jobs
from completist.store.database import Connection
from completist.store.flashcards import repositories
from completist.store.flashcards.repositories import Parse
from completist.store.freshness import Standing, read_freshness

NEW, PROCESSED, NEEDS_RERUN, FAILED = "new", "processed", "needs_rerun", "failed"
STATUSES = (NEW, PROCESSED, NEEDS_RERUN, FAILED)

#: Commits that are looked at in one go.
PAGE = 500

_SHA = re.compile(r"^[0-9a-f]{7,64}$")


@dataclass(frozen=True, slots=True)
class CommitView:
    """A commit as it stands. ``stages`` are the versions that worked on it last."""

    item_id: int
    sha: str
    subject: str
    committed: str
    repository: str
    status: str
    left_out: str | None = None
    error: str | None = None
    metrics: Mapping[str, int] | None = None
    stages: str | None = None


def status_of(standing: Standing) -> str:
    """A standing in the words of the interface."""
    if standing.state is RunState.FAILED:
        return FAILED
    return {Freshness.MISSING: NEW, Freshness.FRESH: PROCESSED, Freshness.STALE: NEEDS_RERUN}[
        standing.freshness
    ]


def views(
    connection: Connection, library_id: int, plugin: KindPlugin, pipeline: Pipeline, ids: Sequence[int]
) -> list[CommitView]:
    """Commits by item id, in that order."""
    if not ids:
        return []
    standings = {each.item_id: each for each in read_freshness(connection, library_id, pipeline, items=ids)}
    said = fields.read_values(connection, list(standings))
    parses = repositories.read_parses(connection, list(standings))
    found = []
    for item_id in sorted(standings):
        values = effective_values(plugin.kind, said[item_id], plugin.trust)
        data = {name: value.data for name, value in values.items()}
        found.append(_view(item_id, data, standings[item_id], parses.get(item_id)))
    return found


def _view(item_id: int, data: Mapping[str, Any], standing: Standing, parse: Parse | None) -> CommitView:
    shas = data.get("git") or [""]
    return CommitView(
        item_id,
        str(shas[0]),
        str(data.get("subject") or ""),
        str(data.get("committed") or ""),
        str(data.get("repository") or ""),
        status_of(standing),
        None if parse is None else parse.left_out,
        None,
        None if parse is None else parse.metrics,
        None if parse is None else f"{parse.parser}/{parse.cards}/{parse.render}",
    )


def page(
    connection: Connection,
    library_id: int,
    plugin: KindPlugin,
    pipeline: Pipeline,
    *,
    repository_id: int | None,
    status: str | None,
    before: int,
    limit: int,
) -> list[CommitView]:
    """The latest commits below an item id, optionally of one repository and in one status."""
    if repository_id is not None:
        ids = repositories.commits_of(connection, library_id, repository_id, last=before - 1)
    else:
        ids = [
            i
            for i, _ in items.page_items(connection, library_id, kind=plugin.kind.name, after=0, limit=2**31)
        ]
        ids = [i for i in ids if i < before]
    found: list[CommitView] = []
    ids = ids[::-1]
    for begin in range(0, len(ids), PAGE):
        some = views(connection, library_id, plugin, pipeline, ids[begin : begin + PAGE])
        found += [each for each in reversed(some) if status in (None, each.status)]
        if len(found) >= limit:
            break
    return found[:limit]


def tally(
    connection: Connection, library_id: int, pipeline: Pipeline, ids: Sequence[int] | None = None
) -> dict[str, int]:
    """How many commits of a library, or of these, stand in each status."""
    standings = read_freshness(connection, library_id, pipeline, items=ids)
    return dict(Counter(map(status_of, standings)))


def by_sha(connection: Connection, library_id: int, shas: Sequence[str]) -> dict[str, list[int]]:
    """By sha as it was given, 7 to 64 hex digits, the items of the commit that it means; none for one unknown.

    Raises:
        BadInput: One is no sha, or means several commits.
    """
    found: dict[str, list[int]] = {}
    for given in shas:
        sha = given.strip().lower()
        if not _SHA.match(sha):
            raise BadInput(f"{given[:80]!r} is no commit.", hint="A commit is named by 7 to 64 hex digits.")
        pairs = repositories.items_by_sha(connection, library_id, sha)
        if len({full for full, _ in pairs}) > 1:
            raise BadInput(f"{given!r} means several commits.", hint="Give more digits.")
        found[given] = [item_id for _, item_id in pairs]
    return found


def required(connection: Connection, library_id: int, shas: Sequence[str]) -> dict[str, list[int]]:
    """The same for commits that have to be there. Raises NotFound or BadInput."""
    found = by_sha(connection, library_id, shas)
    missing = [sha for sha, ids in found.items() if not ids]
    if missing:
        raise NotFound(f"There is no commit {missing[0]}.", hint="completist repo sync")
    return found


def of_job(
    connection: Connection,
    library_id: int,
    plugin: KindPlugin,
    pipeline: Pipeline,
    job_id: int,
    *,
    after: int = 0,
    limit: int = PAGE,
) -> list[tuple[CommitView, str]]:
    """The commits of a job with the state of its run for each: queued, running, success, failed, cancelled."""
    rows = jobs.runs_with_state(connection, job_id, after=after, limit=limit)
    held = {
        each.item_id: each for each in views(connection, library_id, plugin, pipeline, [r[1] for r in rows])
    }
    told = []
    for _, item_id, state, error, _ in rows:
        view = held.get(item_id)
        if view is not None:
            told.append((_with_error(view, error), _STATES[state]))
    return told


@dataclass(frozen=True, slots=True)
class Logged:
    """A line of a job's log: what came of a commit. ``place`` is where it stands in the log."""

    place: tuple[int, int]
    view: CommitView
    state: str


def log_of_job(
    connection: Connection,
    library_id: int,
    plugin: KindPlugin,
    pipeline: Pipeline,
    job_id: int,
    *,
    after: tuple[int, int] = (0, 0),
    limit: int = PAGE,
) -> list[Logged]:
    """What came of the commits of a job, in the order in which that was settled, behind a place."""
    rows = jobs.settled_in(connection, job_id, after=after, limit=limit)
    ids = [row[1] for row in rows]
    held = {each.item_id: each for each in views(connection, library_id, plugin, pipeline, ids)}
    return [
        Logged((at, run), _with_error(held[item_id], error), _STATES[state])
        for run, item_id, state, error, at in rows
        if item_id in held
    ]


_STATES = {
    "ready": "queued",
    "waiting": "queued",
    "claimed": "running",
    "filled": "success",
    "empty": "success",
    "review": "success",
    "failed": "failed",
    "cancelled": "cancelled",
}


def _with_error(view: CommitView, error: str | None) -> CommitView:
    return CommitView(
        view.item_id,
        view.sha,
        view.subject,
        view.committed,
        view.repository,
        view.status,
        view.left_out,
        error,
        view.metrics,
        view.stages,
    )
