"""Libraries: the scope of ownership."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select, update

from completist.store.database import hold
from completist.store.schema import libraries

#: The library of someone who has never made another.
DEFAULT = "My library"


def ensure_library(connection: Connection, now: int, name: str = DEFAULT) -> int:
    """The id of the library called ``name``, made if it is not there."""
    hold(connection, "libraries", 0)  # or two that start at once both make it
    found: int | None = connection.execute(
        select(libraries.c.id).where(libraries.c.name == name)
    ).scalar_one_or_none()
    if found is not None:
        return found
    made = connection.execute(insert(libraries).values(name=name, created_at=now).returning(libraries.c.id))
    number: int = made.scalar_one()
    return number


def all_ids(connection: Connection) -> list[int]:
    """Every library, oldest first."""
    return list(connection.execute(select(libraries.c.id).order_by(libraries.c.id)).scalars())


def scored_by(connection: Connection, library_id: int) -> str | None:
    """The rules by which a library's items were scored, by their digest."""
    mine = select(libraries.c.scored_by).where(libraries.c.id == library_id)
    found: str | None = connection.execute(mine).scalar_one_or_none()
    return found


def note_scored_by(connection: Connection, library_id: int, rules: str) -> None:
    """Note by which rules they are scored from now on."""
    connection.execute(update(libraries).where(libraries.c.id == library_id).values(scored_by=rules))
