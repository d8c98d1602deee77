"""Syncing: what has changed at a provider is followed day by day, and what libraries hold of it is made due again.

Each kind of change has a watermark: the number up to which it was followed. Pages are read from the newest back to it,
and what they say is worked off from the oldest on; the watermark moves in the transaction in which that is written. So
whatever is interrupted goes on where it was, and nothing is lost or done twice.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog

from completist.catalog.overlay import Overlay, line_of
from completist.domain.errors import BadInput, CompletistError, Retryable
from completist.domain.pipeline import RERUN_PRIORITY, Pipeline
from completist.domain.run import Outcome
from completist.engine import asking
from completist.engine.inquiry.hearing import Respondent
from completist.net.door import Door, To
from completist.sdk import registry
from completist.sdk.feed import Change, Feed, Part
from completist.sdk.provider import UNSENT, Refused
from completist.store import answers, runs, syncs
from completist.store.bell import ring
from completist.store.database import Connection, Database
from completist.store.items import chunked

T = TypeVar("T")

#: Records that are fetched, and items that are made due, in one go.
CHUNK = 100

#: A change of more records than this is one of a program: only those that libraries hold are fetched.
TOGETHER = 20

#: A first sync begins no further back, in days: a newer dump is the better way.
FURTHEST = 62

#: How often a call is made that fails.
TRIES = 3

_DAY = "day"
_KIND = "kind:"

_log = structlog.get_logger()


@dataclass(slots=True)
class Synced:
    """What a sync came to."""

    since: date
    until: date
    calls: int = 0
    changes: int = 0  #: that were told
    touching: int = 0  #: of these, that touched something a library holds
    records: int = 0  #: taken into the overlay
    items: int = 0  #: made due again
    asked_again: int = 0  #: answers that are not believed any more
    missed: list[str] = field(default_factory=list)  #: parts of which the oldest changes cannot be reached
    finished: bool = False


class _Stopped(Exception):
    """Somebody wants it to end."""


@dataclass(slots=True)
class Syncing:
    """One feed, followed for all libraries of a database.

    Without an ``overlay`` there is no catalogue to keep up: then only what providers said is asked for again.
    """

    database: Database
    feed: Feed
    door: Door
    clock: Callable[[], int]
    respondents: Mapping[str, Sequence[Respondent]] = field(default_factory=dict)
    overlay: Overlay | None = None
    stop: Callable[[], bool] = lambda: False
    told: Callable[[Synced], None] = lambda _synced: None
    _owned: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def sync(self, begin: date | None = None) -> Synced:
        """Follow all changes since the last time; the first time since ``begin``, or yesterday.

        Raises:
            Retryable: The provider did not answer. What was done by then stays done, and the next call goes on.
            BadInput: It would begin too far back.
        """
        with self.database.read() as connection:
            today = _day_of(self.database.moment(connection, self.clock))
            kept = syncs.read_sync(connection, self._prefix)
            self._owned = syncs.resting_on(connection, self.feed.schemes, self.feed.beginning)
        first = date.fromisoformat(kept[_DAY]) if _DAY in kept else begin or today - timedelta(days=1)
        if (today - first).days > FURTHEST:
            raise BadInput(
                f"The last sync was on {first}, and changes are followed for {FURTHEST} days at most.",
                hint="completist catalog refresh, then completist sync --since DAY",
            )
        synced = Synced(first, today)
        try:
            for day in _days(first, today):
                for kind in self.feed.kinds:
                    self._follow(Part(day, kind), synced)
                self._advance(_DAY, day.isoformat())
        except _Stopped:
            return synced
        except Refused as refused:
            raise _unheard(self.feed, refused) from None
        synced.finished = True
        return synced

    def restart(self, since: date) -> None:
        """Forget how far changes were followed: the next sync begins with a day."""
        marks = {_DAY: since.isoformat(), **{_KIND + kind: "0" for kind in self.feed.kinds}}
        with self.database.write() as connection:
            now = self.database.moment(connection, self.clock)
            syncs.write_sync(connection, self._prefix, marks, now)

    # --- read -----------------------------------------------------------------------------------------------

    def _follow(self, part: Part, synced: Synced) -> None:
        """One kind of change of one day, from the watermark on."""
        mark = self._watermark(part.kind)
        found: dict[int, Change] = {}
        if not self._pages(part, mark, found, synced):
            for bots in (False, True):
                halved = Part(part.day, part.kind, bots)
                if not self._pages(halved, mark, found, synced):
                    name = f"{part.day} {part.kind}"
                    synced.missed.append(name)
                    _log.warning("changes_missed", feed=self.feed.name, part=name)
        synced.changes += len(found)
        touching = [found[number] for number in sorted(found) if self._held(found[number].records)]
        synced.touching += len(touching)
        for chunk in _portions(touching, self._wanted):
            self._halt()
            self._take_in(part.kind, chunk, synced)
            self.told(synced)
        if found:
            self._advance(_KIND + part.kind, str(max(found)))

    def _page(self, part: Part, offset: int, to: To) -> Awaitable[Sequence[Change]]:
        return self.feed.changes(to(self.feed.provider), part, offset)

    def _pages(self, part: Part, mark: int, found: dict[int, Change], synced: Synced) -> bool:
        """Read pages back to the watermark; False when the last that there is does not reach it."""
        for offset in range(0, self.feed.deepest + 1, self.feed.page):
            self._halt()
            page = self._ask(partial(self._page, part, offset))
            synced.calls += 1
            self.told(synced)
            found |= {change.number: change for change in page if change.number > mark}
            if len(page) < self.feed.page or any(change.number <= mark for change in page):
                return True
        return False

    def _ask(self, asking: Callable[[To], Awaitable[T]]) -> T:
        """Make a call; one that merely failed is made again, for the next turn may be a day away."""
        for _ in range(TRIES - 1):
            try:
                return self.door.ask(asking)
            except Refused as refused:
                if refused.outcome is not Outcome.TRANSIENT or refused.code in UNSENT:
                    raise
        return self.door.ask(asking)

    # --- write ----------------------------------------------------------------------------------------------

    def _take_in(self, kind: str, changes: Sequence[Change], synced: Synced) -> None:
        """Some changes: the records as they are now, the items that rest on them, and the watermark."""
        if self.overlay is not None:
            wanted = list(dict.fromkeys(key for change in changes for key in self._wanted(change)))
            documents = self._ask(lambda to: self.feed.documents(to(self.feed.provider), wanted))
            synced.calls += 1
            synced.records += self.overlay.put(_lines(documents))
        items = sorted({item for change in changes for item in self._held(change.records)})
        with self.database.write() as connection:
            now = self.database.moment(connection, self.clock)
            if _number(syncs.read_sync(connection, self._prefix), kind) >= changes[-1].number:
                return  # another process was faster
            for part in chunked(items):
                synced.asked_again += self._expire(connection, part, now)
                synced.items += _doubt(connection, part, now)
            marked = {_KIND + kind: str(changes[-1].number)}
            syncs.write_sync(connection, self._prefix, marked, now)
            ring(connection)

    def _expire(self, connection: Connection, ids: Sequence[int], now: int) -> int:
        """Let what the provider said about items be asked again."""
        name, asked = self.feed.provider.name, 0
        for pipeline in _pipelines():
            mine = [r for r in self.respondents.get(pipeline.name, ()) if r.provider.name == name]
            if not mine:
                continue
            subjects = asking.ask(connection, pipeline, ids).subjects.values()
            keys = {
                question.key
                for respondent in mine
                for subject in subjects
                for questions in respondent.adapter.rounds(subject)
                for question in questions
            }
            asked += answers.expire_answers(connection, name, sorted(keys), now)
        return asked

    def _held(self, records: Iterable[str]) -> set[int]:
        """The items that rest on any of these."""
        return {item for record in records for item in self._owned.get(record, ())}

    def _wanted(self, change: Change) -> Sequence[str]:
        """What of a change is fetched: what is held, and what belongs to it."""
        if len(change.records) <= TOGETHER:
            return change.records
        return [record for record in change.records if record in self._owned]

    # --- remember -------------------------------------------------------------------------------------------

    @property
    def _prefix(self) -> str:
        return f"{self.feed.name}:"

    def _watermark(self, kind: str) -> int:
        with self.database.read() as connection:
            return _number(syncs.read_sync(connection, self._prefix), kind)

    def _advance(self, key: str, value: str) -> None:
        """Move a mark on; where another process has moved it further, it stays."""
        with self.database.write() as connection:
            before = syncs.read_sync(connection, self._prefix).get(key, "")
            if (len(before), before) < (len(value), value):
                now = self.database.moment(connection, self.clock)
                syncs.write_sync(connection, self._prefix, {key: value}, now)

    def _halt(self) -> None:
        if self.stop():
            raise _Stopped


def last_day(database: Database, feed: Feed) -> date | None:
    """Up to which day a feed was followed; None when it never was."""
    with database.read() as connection:
        kept = syncs.read_sync(connection, f"{feed.name}:")
    return date.fromisoformat(kept[_DAY]) if _DAY in kept else None


def _doubt(connection: Connection, ids: Sequence[int], now: int) -> int:
    return sum(
        runs.doubt(connection, pipeline.name, pipeline.version, ids, now, priority=RERUN_PRIORITY)
        for pipeline in _pipelines()
    )


def _pipelines() -> list[Pipeline]:
    return [finder.pipeline for plugin in registry.plugins().values() for finder in plugin.finders]


def _number(kept: Mapping[str, str], kind: str) -> int:
    return int(kept.get(_KIND + kind, "0"))


def _portions(
    changes: Sequence[Change], wanted: Callable[[Change], Sequence[str]]
) -> Iterator[Sequence[Change]]:
    """Changes in order, with about `CHUNK` records at a time."""
    portion: list[Change] = []
    size = 0
    for change in changes:
        if portion and size + len(wanted(change)) > CHUNK:
            yield portion
            portion, size = [], 0
        portion.append(change)
        size += len(wanted(change))
    if portion:
        yield portion


def _lines(documents: Iterable[bytes]) -> Iterator[bytes]:
    for document in documents:
        try:
            yield line_of(document)
        except ValueError:
            _log.warning("record_not_understood")


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day += timedelta(days=1)


def _day_of(moment: int) -> date:
    return datetime.fromtimestamp(moment / 1000, UTC).date()


def _unheard(feed: Feed, refused: Refused) -> CompletistError:
    message = f"{feed.label} was not heard to the end ({refused.code}); what it said by then is done."
    if refused.retryable:
        return Retryable(
            message, after=refused.after or 0.0, hint="The same command later goes on from there."
        )
    return CompletistError(message, hint=f"completist sources test {feed.provider.name}")
