"""Repositories: which are read, how far, and what was read of each commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Integer,
    cast,
    delete,
    func,
    insert,
    select,
    text,
    update,
)

from completist.store.bulk import Fetched, insert_rows, is_among
from completist.store.encoding import from_json, to_json
from completist.store.flashcards.tables import cards, commit_parses, repositories
from completist.store.ledger import job_runs, runs
from completist.store.schema import identifiers, items


@dataclass(frozen=True, slots=True)
class Repository:
    """A repository as it was registered, and how far it was read."""

    id: int
    library_id: int
    name: str
    source: str
    deck: str
    rules: Mapping[str, Any]
    root: str
    head: str
    trouble: str | None
    synced_at: int | None


@dataclass(frozen=True, slots=True)
class Parse:
    """What was read of a commit, and the version of each stage that worked on it last."""

    item_id: int
    repository_id: int
    sha: str
    parser: str
    cards: str
    render: str
    blocks: Sequence[Mapping[str, Any]]
    left_out: str | None
    metrics: Mapping[str, int]


def add_repository(
    connection: Connection,
    library_id: int,
    name: str,
    source: str,
    deck: str,
    rules: Mapping[str, Any],
    now: int,
) -> int:
    """Register one; its id. The name must be free."""
    made = insert(repositories).values(
        library_id=library_id,
        name=name,
        source=source,
        deck=deck,
        rules=to_json(rules),
        root="",
        head="",
        created_at=now,
    )
    found: int = connection.execute(made.returning(repositories.c.id)).scalar_one()
    return found


def read_repositories(connection: Connection, library_id: int) -> list[Repository]:
    """All of a library in order of name."""
    mine = select(repositories).where(repositories.c.library_id == library_id)
    return [_repository(row) for row in connection.execute(mine.order_by(repositories.c.name))]


def note_synced(connection: Connection, repository_id: int, root: str, head: str, now: int) -> None:
    """Note up to which commit a repository was read."""
    connection.execute(
        update(repositories)
        .where(repositories.c.id == repository_id)
        .values(root=root, head=head, synced_at=now, trouble=None)
    )


def note_trouble(connection: Connection, repository_id: int, code: str) -> None:
    """Note why a repository could not be read."""
    connection.execute(update(repositories).where(repositories.c.id == repository_id).values(trouble=code))


def drop_repository(connection: Connection, repository_id: int) -> list[int]:
    """Forget a repository with all of its blocks and cards; the items of its commits, which are the caller's."""
    mine = select(commit_parses.c.item_id).where(commit_parses.c.repository_id == repository_id)
    found = list(connection.execute(mine).scalars())
    connection.execute(delete(commit_parses).where(commit_parses.c.repository_id == repository_id))
    connection.execute(delete(repositories).where(repositories.c.id == repository_id))
    return found


def read_parses(connection: Connection, item_ids: Sequence[int]) -> dict[int, Parse]:
    """What was read of these commits, by item."""
    rows = connection.execute(
        select(commit_parses).where(is_among(connection, commit_parses.c.item_id, item_ids))
    )
    return {row.item_id: _parse(row) for row in rows}


def write_parses(connection: Connection, parses: Sequence[Parse], now: int) -> None:
    """Keep what was read of commits, in the place of what was kept."""
    rows = [
        (
            each.item_id,
            each.repository_id,
            each.sha,
            each.parser,
            each.cards,
            each.render,
            to_json(each.blocks),
            each.left_out,
            to_json(each.metrics),
            now,
        )
        for each in parses
    ]
    insert_rows(connection, commit_parses, rows, replace=True)


def items_by_sha(
    connection: Connection, library_id: int, sha: str, *, limit: int = 5
) -> list[tuple[str, int]]:
    """The (full sha, item) pairs of commits whose sha begins so."""
    rows = connection.execute(
        select(identifiers.c.value, identifiers.c.item_id)
        .where(
            identifiers.c.library_id == library_id,
            identifiers.c.scheme == "git",
            identifiers.c.value >= sha,
            identifiers.c.value < sha + "g",
        )
        .order_by(identifiers.c.item_id)
        .limit(limit)
    )
    return [(row.value, row.item_id) for row in rows]


_IN_RANGE = """
SELECT items.id FROM items
JOIN field_values AS r ON r.item_id = items.id AND r.field = 'repository_id' AND r.origin = 'import'
LEFT JOIN field_values AS c ON c.item_id = items.id AND c.field = 'committed' AND c.origin = 'import'
WHERE items.library_id = :library AND items.kind = 'commit' AND r.data = :repository
    AND (:since = '' OR c.data >= :since) AND (:until = '' OR c.data <= :until)
    AND items.id > :after AND items.id <= :last ORDER BY items.id
"""


def commits_of(
    connection: Connection,
    library_id: int,
    repository_id: int,
    *,
    since: str = "",
    until: str = "",
    after: int = 0,
    last: int = 2**53,
) -> list[int]:
    """The items of a repository's commits of some days, behind one item and up to another."""
    bound = {
        "library": library_id,
        "repository": to_json(repository_id),
        "since": to_json(since) if since else "",
        "until": to_json(until) if until else "",
        "after": after,
        "last": last,
    }
    return list(connection.execute(text(_IN_RANGE), bound).scalars())


def touching(connection: Connection, item_ids: Sequence[int], globs: Sequence[str]) -> set[int]:
    """Those of the commits of which blocks in files that fit any of the globs were read."""
    found = set()
    for item_id, parse in read_parses(connection, item_ids).items():
        paths = {str(block.get("path", "")) for block in parse.blocks}
        if any(_fits(path, glob) for path in paths for glob in globs):
            found.add(item_id)
    return found


def _fits(path: str, glob: str) -> bool:
    from fnmatch import fnmatchcase  # noqa: PLC0415 - rarely asked for

    return fnmatchcase(path, glob)


def count_cards(connection: Connection, library_id: int) -> dict[tuple[int, str], int]:
    """How many cards each repository has in each state."""
    rows = connection.execute(
        select(cards.c.repository_id, cards.c.state, func.count())
        .where(cards.c.library_id == library_id)
        .group_by(cards.c.repository_id, cards.c.state)
    )
    return {(row[0], row[1]): row[2] for row in rows}


def count_commits(connection: Connection, library_id: int) -> int:
    """How many commits a library holds."""
    mine = select(func.count()).where(items.c.library_id == library_id, items.c.kind == "commit")
    found: int = connection.execute(mine).scalar_one()
    return found


def _repository(row: Fetched) -> Repository:
    return Repository(
        row.id,
        row.library_id,
        row.name,
        row.source,
        row.deck,
        from_json(row.rules),
        row.root,
        row.head,
        row.trouble,
        row.synced_at,
    )


def count_added(connection: Connection, job_ids: Sequence[int]) -> dict[int, int]:
    """How many cards the commits of each of some jobs brought, by job."""
    added: ColumnElement[Any]
    if connection.dialect.name == "postgresql":
        added = cast(func.json_extract_path_text(cast(commit_parses.c.metrics, JSON), "added"), Integer)
    else:
        added = func.json_extract(commit_parses.c.metrics, "$.added")
    rows = connection.execute(
        select(job_runs.c.job_id, func.coalesce(func.sum(added), 0))
        .join(runs, runs.c.id == job_runs.c.run_id)
        .join(commit_parses, commit_parses.c.item_id == runs.c.item_id)
        .where(job_runs.c.job_id.in_(job_ids))
        .group_by(job_runs.c.job_id)
    )
    return {row[0]: int(row[1]) for row in rows}


def _parse(row: Fetched) -> Parse:
    return Parse(
        row.item_id,
        row.repository_id,
        row.sha,
        row.parser,
        row.cards,
        row.render,
        from_json(row.blocks),
        row.left_out,
        from_json(row.metrics),
    )
