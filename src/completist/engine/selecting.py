"""Selecting: which items a person means, by kind, by id, by the conditions that hold for them."""

from __future__ import annotations

from collections.abc import Sequence

from completist.domain.errors import NotFound
from completist.domain.pipeline import Pipeline
from completist.engine.conditions import ALWAYS, When, holding
from completist.sdk import registry
from completist.sdk.registry import KindPlugin
from completist.store import items
from completist.store.database import Database


def check(
    database: Database, library_id: int, kind: str | None, ids: Sequence[int] | None, missing: Sequence[str]
) -> None:
    """Make sure that what a person means is there.

    Raises:
        NotFound: There is no such kind, item or wanted field.
    """
    check_wanted(kind, missing)
    with database.read() as connection:
        known = items.kinds_of(connection, library_id, list(ids or ()))
    for item_id in ids or ():
        if item_id not in known:
            raise no_item(item_id)


def select(
    database: Database,
    library_id: int,
    plugin: KindPlugin,
    pipeline: Pipeline,
    ids: Sequence[int] | None,
    when: When,
    now: int,
) -> list[int] | None:
    """The items that are meant in a pipeline: some, those for which conditions hold, or None for all."""
    if when == ALWAYS:
        return None if ids is None else list(dict.fromkeys(ids))
    with database.read() as connection:
        if ids is not None:
            kinds = items.kinds_of(connection, library_id, ids)
            mine = [item_id for item_id in dict.fromkeys(ids) if kinds.get(item_id) == pipeline.kind]
            return holding(connection, plugin, pipeline, mine, when, now)
        found: list[int] = []
        after = 0
        while page := items.page_items(
            connection,
            library_id,
            kind=pipeline.kind,
            missing=when.missing,
            below=when.score_below,
            after=after,
        ):
            after = page[-1][0]
            found += holding(connection, plugin, pipeline, [i for i, _ in page], when, now)
        return found


def check_wanted(kind: str | None, missing: Sequence[str] = ()) -> None:
    """Make sure that a kind is installed, and that it (or any kind) wants these fields.

    Raises:
        NotFound: It is not, or does not.
    """
    kinds = [registry.plugin(kind)] if kind else list(registry.plugins().values())
    wanted = {field.name: None for plugin in kinds for field in plugin.kind.wanted}
    for name in missing:
        if name not in wanted:
            raise NotFound(
                f"{name!r} is not a field that counts as a gap.", hint=f"Those are: {', '.join(wanted)}."
            )


def no_item(item_id: int) -> NotFound:
    """The error for an id that is not in the library."""
    return NotFound(
        f"There is no item {item_id} in this library.",
        hint="completist gaps --field FIELD lists items with their ids.",
    )
