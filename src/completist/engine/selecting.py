"""Selecting: which items a person means, by kind, by id, by what they lack."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from completist.domain.errors import NotFound
from completist.engine.viewing import ItemView, each_item
from completist.sdk import registry
from completist.store import items
from completist.store.database import Database


def select(
    database: Database, library_id: int, kind: str | None, ids: Sequence[int] | None, missing: str | None
) -> list[int] | None:
    """The ids that are meant, in order; None when all are.

    Raises:
        NotFound: There is no such kind, item or wanted field.
    """
    check_wanted(kind, missing)
    if ids is not None:
        with database.read() as connection:
            known = items.kinds_of(connection, library_id, list(ids))
        for item_id in ids:
            if item_id not in known:
                raise no_item(item_id)
    if missing is None:
        return None if ids is None else list(dict.fromkeys(ids))
    lack = [view.id for view in lacking(database, library_id, kind, missing)]
    return lack if ids is None else [i for i in lack if i in set(ids)]


def lacking(
    database: Database, library_id: int, kind: str | None, missing: str, after: int = 0
) -> Iterator[ItemView]:
    """The items behind id ``after`` that have the gap ``missing``, in order of id."""
    views = each_item(database, library_id, kind=kind, missing=missing, after=after)
    return (view for view in views if missing in view.gaps)


def check_wanted(kind: str | None, missing: str | None) -> None:
    """Make sure that a kind is installed, and that it (or any kind) wants a field.

    Raises:
        NotFound: It is not, or does not.
    """
    kinds = [registry.plugin(kind)] if kind else list(registry.plugins().values())
    wanted = {field.name: None for plugin in kinds for field in plugin.kind.wanted}
    if missing is not None and missing not in wanted:
        raise NotFound(
            f"{missing!r} is not a field that counts as a gap.", hint=f"Those are: {', '.join(wanted)}."
        )


def no_item(item_id: int) -> NotFound:
    """The error for an id that is not in the library."""
    return NotFound(
        f"There is no item {item_id} in this library.",
        hint="completist gaps --field FIELD lists items with their ids.",
    )
