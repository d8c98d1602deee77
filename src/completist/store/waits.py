"""Waits: what runs of a library wait for, and until when."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, func, select, update

from completist.domain.run import NEVER, RunState
from completist.store.ledger import LATER, runs


@dataclass(frozen=True, slots=True)
class Waiting:
    """Runs that wait for the same reason: how many, and from when to when they are due again."""

    pipeline: str
    code: str  #: the reason, with the provider behind an ``@`` where it is one's
    runs: int
    first: int  #: milliseconds since the epoch
    last: int

    @property
    def reason(self) -> str:
        """The outcome alone."""
        return self.code.partition("@")[0]

    @property
    def provider(self) -> str:
        """Who is waited for; empty when nobody is."""
        return self.code.partition("@")[2]


def waiting(connection: Connection, library_id: int) -> list[Waiting]:
    """What waits, by reason, the most first; what a person holds back does not wait."""
    chosen = (
        select(
            runs.c.pipeline,
            func.coalesce(runs.c.error_code, ""),
            func.count().label("n"),
            func.min(runs.c.run_at),
            func.max(runs.c.run_at),
        )
        .where(LATER, runs.c.library_id == library_id, runs.c.state == RunState.WAITING.value)
        .where(runs.c.run_at < NEVER)
        .group_by(runs.c.pipeline, runs.c.error_code)
        .order_by(func.count().desc(), runs.c.pipeline)
    )
    return [Waiting(*row) for row in connection.execute(chosen)]


def waiting_for(connection: Connection, library_id: int, pipeline: str, code: str) -> set[int]:
    """The items whose run of a pipeline waits for this reason."""
    return set(connection.execute(select(runs.c.item_id).where(*_of(library_id, pipeline, code))).scalars())


def end(connection: Connection, library_id: int, pipeline: str, code: str, now: int) -> None:
    """Let a pipeline's runs that wait for this reason be due now: it is there no longer."""
    connection.execute(
        update(runs).where(*_of(library_id, pipeline, code), runs.c.run_at > now).values(run_at=now)
    )


def _of(library_id: int, pipeline: str, code: str) -> tuple[ColumnElement[bool], ...]:
    return (
        runs.c.library_id == library_id,
        runs.c.pipeline == pipeline,
        runs.c.state == RunState.WAITING.value,
        runs.c.error_code == code,
    )
