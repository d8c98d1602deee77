"""Pauses: pipelines of which nothing is handed out until somebody resumes them."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from completist.store.bulk import statement
from completist.store.ledger import pauses

#: Stands for all pipelines of a library.
EVERYTHING = ""


def pause(connection: Connection, library_id: int, pipeline: str, now: int) -> bool:
    """Pause a pipeline, or `EVERYTHING`; False when it was paused before."""
    made = statement(
        "INSERT INTO pauses (library_id, pipeline, at) VALUES (:library, :pipeline, :now) ON CONFLICT DO NOTHING"
    )
    bound = {"library": library_id, "pipeline": pipeline, "now": now}
    return connection.execute(made, bound).rowcount > 0


def resume(connection: Connection, library_id: int, pipeline: str) -> bool:
    """Resume a pipeline, or `EVERYTHING`; False when it was not paused by that name."""
    gone = delete(pauses).where(pauses.c.library_id == library_id, pauses.c.pipeline == pipeline)
    return connection.execute(gone).rowcount > 0


def paused(connection: Connection, library_id: int) -> frozenset[str]:
    """What is paused by name; `EVERYTHING` among it when all is."""
    named = select(pauses.c.pipeline).where(pauses.c.library_id == library_id)
    return frozenset(connection.execute(named).scalars())
