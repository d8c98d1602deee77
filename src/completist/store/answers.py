"""Answers: what live providers have said, under what they were asked. They belong to no library: all profit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select, update

from completist.domain.run import Outcome
from completist.sdk.provider import Record
from completist.store.bulk import insert_rows, is_one_of
from completist.store.encoding import from_json, to_json
from completist.store.ledger import answers

#: Milliseconds.
DAY = 86_400_000

#: How long it is believed what a provider said.
LASTS = 90 * DAY

#: How long it is believed that it knows nothing: the first time, the second, from then on.
UNKNOWN_LASTS = (7 * DAY, 30 * DAY, 90 * DAY)

#: Expired answers removed in one transaction.
CHUNK = 1000


@dataclass(frozen=True, slots=True)
class Answer:
    """What one provider said about one question; without records: that it knows nothing."""

    records: tuple[Record, ...] = ()
    fetched_at: int = 0
    expires_at: int = 0
    times: int = 1  #: how often in a row it said that it knows nothing

    @property
    def outcome(self) -> Outcome:
        """Found or not found: nothing else is ever kept."""
        return Outcome.FOUND if self.records else Outcome.NOT_FOUND


def read_answers(connection: Connection, provider: str, queries: Sequence[str]) -> dict[str, Answer]:
    """What is kept of a provider under these queries, expired answers too."""
    if not queries:
        return {}
    columns = (answers.c.query, answers.c.body, answers.c.fetched_at, answers.c.expires_at, answers.c.times)
    chosen = select(*columns).where(
        answers.c.provider == provider, is_one_of(connection, answers.c.query, list(queries))
    )
    return {row[0]: Answer(tuple(from_json(row[1])), *row[2:]) for row in connection.execute(chosen)}


def write_answers(
    connection: Connection,
    provider: str,
    said: Mapping[str, Sequence[Record]],
    now: int,
    quality: Mapping[str, float | None] | None = None,
) -> None:
    """Keep what a provider said under each query, in the place of what it said before."""
    before = read_answers(connection, provider, list(said))
    rows = []
    for query, records in sorted(said.items()):
        old = before.get(query)
        times = old.times + 1 if old is not None and not (records or old.records) else 1
        lasts = LASTS if records else UNKNOWN_LASTS[min(times, len(UNKNOWN_LASTS)) - 1]
        outcome = Outcome.FOUND if records else Outcome.NOT_FOUND
        body, worth = to_json(list(records)), (quality or {}).get(query)
        rows.append((provider, query, outcome.value, body, worth, times, now, now + lasts))
    insert_rows(connection, answers, rows, replace=True)


def answering(connection: Connection) -> frozenset[str]:
    """The providers of which anything is kept."""
    found: set[str] = set()
    last = ""
    while True:  # steps over the index from provider to provider, however many answers each has
        following = select(func.min(answers.c.provider)).where(answers.c.provider > last)
        last = connection.execute(following).scalar() or ""
        if not last:
            return frozenset(found)
        found.add(last)


def count_answers(connection: Connection, now: int) -> dict[str, tuple[int, int, int]]:
    """By provider: how many answers are kept, how many of them say "not known", and how many have expired."""
    rows = connection.execute(
        select(
            answers.c.provider,
            func.count(),
            func.count().filter(answers.c.outcome == Outcome.NOT_FOUND.value),
            func.count().filter(answers.c.expires_at <= now),
        ).group_by(answers.c.provider)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def count_expired(connection: Connection, before: int, provider: str | None = None) -> int:
    """How many answers expired ``before``, of one provider or of all."""
    gone = select(func.count()).select_from(answers).where(answers.c.expires_at <= before)
    if provider is not None:
        gone = gone.where(answers.c.provider == provider)
    found: int = connection.execute(gone).scalar_one()
    return found


def expire_answers(connection: Connection, provider: str, queries: Sequence[str], now: int) -> int:
    """Let what is kept under these queries be asked again, though it was not old enough for that; how many."""
    if not queries:
        return 0
    chosen = update(answers).where(
        answers.c.provider == provider,
        answers.c.expires_at > now,
        is_one_of(connection, answers.c.query, list(queries)),
    )
    return connection.execute(chosen.values(expires_at=now)).rowcount


def prune_answers(connection: Connection, before: int, provider: str | None = None) -> int:
    """Forget a chunk of the answers that expired ``before``; how many. Values that came of them stay.

    Those that expired a moment ago are better than none where a provider is gone: leave them some time.
    """
    gone = select(answers.c.provider, answers.c.query).where(answers.c.expires_at <= before)
    if provider is not None:
        gone = gone.where(answers.c.provider == provider)
    picked = connection.execute(gone.order_by(answers.c.expires_at).limit(CHUNK)).all()
    removed = 0
    for name in sorted({row[0] for row in picked}):
        queries = [row[1] for row in picked if row[0] == name]
        chosen = delete(answers).where(
            answers.c.provider == name,
            answers.c.expires_at <= before,
            is_one_of(connection, answers.c.query, queries),
        )
        removed += connection.execute(chosen).rowcount
    return removed
