"""Scores: how complete items are. Written by `engine.recording` with the values, or by `engine.appraising` later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, literal, not_, select, tuple_, update

from completist.store.bulk import is_among, statement
from completist.store.encoding import to_json
from completist.store.items import PAGE
from completist.store.ledger import runs
from completist.store.schema import items

_CHANGED = "updated_at = :now, revision = revision + 1, completeness = said.score"
_SCORED = "completeness = said.score"
_SCORE = {
    "sqlite": "UPDATE items SET {changes} FROM "
    "(SELECT CAST(key AS INTEGER) AS id, value AS score FROM json_each(:scores)) AS said WHERE items.id = said.id",
    "postgresql": "UPDATE items SET {changes} FROM "
    "unnest(CAST(:ids AS BIGINT[]), CAST(:scores AS INTEGER[])) AS said (id, score) WHERE items.id = said.id",
}


def score(connection: Connection, scores: Mapping[int, int], now: int | None = None) -> None:
    """Note how complete items are; with ``now``, that they have changed, too."""
    if not scores:
        return
    bound: dict[str, Any] = {"now": now}
    if connection.dialect.name == "postgresql":
        bound |= {"ids": list(scores), "scores": list(scores.values())}
    else:
        bound["scores"] = to_json({str(item_id): score for item_id, score in scores.items()})
    changes = _SCORED if now is None else _CHANGED
    connection.execute(statement(_SCORE[connection.dialect.name].format(changes=changes)), bound)


def unscored(
    connection: Connection, library_id: int, kinds: Sequence[str], *, after: int = 0, limit: int
) -> list[int]:
    """The next ``limit`` items of these kinds behind id ``after`` of which it is not known how complete they are."""
    mine = select(items.c.id).where(
        items.c.library_id == library_id,
        items.c.completeness.is_(None),
        items.c.id > after,
        items.c.kind.in_(kinds),
    )
    return list(connection.execute(mine.order_by(items.c.id).limit(limit)).scalars())


def is_any_unscored(connection: Connection, library_id: int, kinds: Sequence[str]) -> bool:
    """Whether there is any of these kinds of which that is not known: a look into an index, however many there are."""
    return any(
        connection.execute(
            select(items.c.id)
            .where(items.c.library_id == library_id, items.c.kind == kind, items.c.completeness.is_(None))
            .limit(1)
        ).first()
        for kind in kinds
    )


def forget_scores(connection: Connection, library_id: int) -> None:
    """Let nothing be known of how complete the items of a library are."""
    scored = update(items).where(items.c.library_id == library_id, items.c.completeness.is_not(None))
    connection.execute(scored.values(completeness=None))


def count_scores(connection: Connection, library_id: int) -> dict[str, dict[int | None, int]]:
    """By kind, how many items are how complete; None stands for those of which it is not known yet."""
    rows = connection.execute(
        select(items.c.kind, items.c.completeness, func.count())
        .where(items.c.library_id == library_id)
        .group_by(items.c.kind, items.c.completeness)
    )
    found: dict[str, dict[int | None, int]] = {}
    for kind, score, count in rows:
        found.setdefault(kind, {})[score] = count
    return found


def page_by_score(
    connection: Connection,
    library_id: int,
    kinds: Sequence[str],
    *,
    below: int | None = None,
    after: tuple[int, int] = (-1, 0),
    limit: int = PAGE,
) -> list[tuple[int, str, int]]:
    """The next items as (id, kind, completeness), the least complete first: behind (completeness, id) ``after``.

    Those of which it is not known how complete they are, are left out.
    """
    found: list[tuple[int, str, int]] = []
    for kind in kinds:  # each in the order of the index, and then one among the others
        place = tuple_(items.c.completeness, items.c.id)
        mine = select(items.c.id, items.c.kind, items.c.completeness).where(
            items.c.library_id == library_id,
            items.c.kind == kind,
            place > tuple_(literal(after[0]), literal(after[1])),
        )
        if below is not None:
            mine = mine.where(items.c.completeness < below)
        ordered = mine.order_by(items.c.completeness, items.c.id).limit(limit)
        found += [(row.id, row.kind, row.completeness) for row in connection.execute(ordered)]
    return sorted(found, key=lambda each: (each[2], each[0]))[:limit]


def read_scores(connection: Connection, ids: Sequence[int]) -> dict[int, int | None]:
    """How complete each of ``ids`` is; None where it is not known yet."""
    mine = select(items.c.id, items.c.completeness).where(is_among(connection, items.c.id, ids))
    return {row[0]: row[1] for row in connection.execute(mine)}


def unasked(connection: Connection, ids: Sequence[int], pipeline: str, since: int) -> set[int]:
    """Which of ``ids`` have had no result in a pipeline, of whatever version, since a moment."""
    asked = select(runs.c.id).where(
        runs.c.item_id == items.c.id, runs.c.pipeline == pipeline, runs.c.done_at >= since
    )
    mine = select(items.c.id).where(is_among(connection, items.c.id, ids), not_(asked.exists()))
    return set(connection.execute(mine).scalars())
