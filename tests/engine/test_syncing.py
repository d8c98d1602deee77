"""Following Open Library's changes: what is read, what is made due again, and what an interruption leaves.

The tests named after a line of a list are those of the daily synchronisation with Open Library.
"""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest
from sqlalchemy import inspect, select
from tests.support.dumps import author, edition, work, write

from completist.app import App
from completist.app.chores import dump_day
from completist.catalog import generations
from completist.catalog.overlay import Overlay
from completist.domain.errors import ActionRequired, BadInput, Retryable
from completist.domain.run import Outcome, RunState
from completist.engine.syncing import FURTHEST, TRIES, Synced, Syncing
from completist.kinds.books.providers.openlibrary.adapter import OPEN_LIBRARY
from completist.net.door import Door, To
from completist.sdk.feed import Change, Feed, Part
from completist.sdk.provider import Http, Record, Refused
from completist.settings import Settings
from completist.store import answers
from completist.store.database import Database
from completist.store.ledger import runs, sync_metadata

T = TypeVar("T")

TODAY = date(2026, 3, 7)
NOON = int(datetime(2026, 3, 7, 12, tzinfo=UTC).timestamp() * 1000)
EMMA, DRACULA = "9780141439587", "9780141439846"
DUMP = [
    author(1, "Jane Austen", birth_date="1775"),
    author(2, "Bram Stoker", birth_date="1847"),
    work(2, "Emma", authors=[1], first_publish_date="1815"),
    work(3, "Dracula", authors=[2], first_publish_date="1897"),
    edition(2, "Emma", works=[2], authors=[1], isbn_13=[EMMA], publishers=["Penguin"]),
    edition(3, "Dracula", works=[3], authors=[2], isbn_13=[DRACULA], publishers=["Penguin"]),
]


class OpenDoor:
    """A door that leads nowhere: the feed of a test needs no connection."""

    def ask(
        self, asking: Callable[[To], Awaitable[T]], *, urgent: bool = False, within: float | None = None
    ) -> T:
        del urgent, within

        async def run() -> T:
            return await asking(lambda _provider: cast("Http", None))

        return asyncio.run(run())


@dataclass
class Happening:
    """What happens at a provider: by day and kind, numbered as it comes, and the records as they are now."""

    page: int = 3
    deepest: int = 6
    events: list[tuple[date, str, bool, Change]] = field(default_factory=list)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[Part, int]] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    refuse_at: int | None = None  #: the call that is refused, counted from 1
    refusals: int = TRIES  #: calls that are refused from then on
    calls: int = 0

    def happen(self, *records: str, kind: str = "edit-book", day: date = TODAY, bot: bool = False) -> int:
        number = 1000 + len(self.events)
        self.events.append((day, kind, bot, Change(number, records)))
        return number

    def _count(self) -> None:
        self.calls += 1
        if self.refuse_at is not None and 0 <= self.calls - self.refuse_at < self.refusals:
            raise Refused(Outcome.TRANSIENT, code="http_503")

    def feed(self) -> Feed:
        async def changes(_http: Http, part: Part, offset: int) -> Sequence[Change]:
            self._count()
            self.asked.append((part, offset))
            fitting = [
                change
                for day, kind, bot, change in reversed(self.events)
                if (day, kind) == (part.day, part.kind) and part.bots in (None, bot)
            ]
            return fitting[offset : offset + self.page]

        async def documents(_http: Http, keys: Sequence[str]) -> Sequence[bytes]:
            self._count()
            self.fetched += keys
            return [json.dumps(self.documents[key]).encode() for key in keys if key in self.documents]

        return Feed(
            OPEN_LIBRARY.name, "Open Library", OPEN_LIBRARY, ("add-book", "edit-book"),
            frozenset({"olid", "olid_work", "olid_author"}), "OL", self.page, self.deepest, changes, documents,
        )  # fmt: skip


@dataclass
class Home:
    """A filled library of two books over a small catalogue, and what happens outside."""

    database: Database
    folder: Path
    at: int = NOON
    outside: Happening = field(default_factory=Happening)

    def __post_init__(self) -> None:
        self.app = App(Settings(self.folder, "unused", offline=True), now=self.tick)
        self.app.__dict__["database"] = self.database
        self.app.upkeep.refresh([write(self.folder / "ol_dump_2026-03-05.txt", DUMP)])
        path = self.folder / "books.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [
                    ("Title", "Author", "ISBN"),
                    ("Emma", "Jane Austen", EMMA),
                    ("Dracula", "Bram Stoker", DRACULA),
                ]
            )
        self.app.import_file(path)
        self.app.fill(offline=True)

    def tick(self) -> int:
        self.at += 1
        return self.at

    def syncing(self, *, overlay: bool = True, **how: Any) -> Syncing:  # noqa: ANN401 - the parts of a sync
        root = self.app.settings.generations
        return Syncing(
            self.database,
            self.outside.feed(),
            cast("Door", OpenDoor()),
            self.tick,
            self.app.respondents,
            overlay=Overlay(root) if overlay else None,
            **how,
        )

    def sync(self, begin: date | None = None, **how: Any) -> Synced:  # noqa: ANN401 - likewise
        return self.syncing(**how).sync(begin)

    def due(self) -> set[str]:
        """The titles of the books that are due again."""
        ready = select(runs.c.item_id).where(
            runs.c.state == RunState.READY.value, runs.c.pipeline == "book-metadata"
        )
        with self.database.read() as connection:
            ids = set(connection.execute(ready).scalars())
        return {str(view.data["title"]) for view in self.app.items("book") if view.id in ids}

    def kept(self) -> dict[str, str]:
        with self.database.read() as connection:
            return {row.key: row.value for row in connection.execute(select(sync_metadata))}

    def edit(self, key: str, line: str, **said: object) -> None:
        """Let a record be another one at the provider than in the dump."""
        kind, path, *_, text = line.split("\t")
        newer = {"type": {"key": kind}, "key": path, "latest_revision": 9, **said}
        self.outside.documents[key] = json.loads(text) | newer


@pytest.fixture
def home(database: Database, tmp_path: Path) -> Home:
    return Home(database, tmp_path)


@pytest.fixture
def edited(home: Home) -> Home:
    """Emma has another publisher now."""
    home.edit("OL2M", DUMP[4], publishers=["Vintage"])
    home.outside.happen("OL2M")
    return home


# --- the list -------------------------------------------------------------------------------------------------


def test_sync_metadata_table_created_with_initial_values(home: Home) -> None:
    with home.database.read() as connection:
        assert {column["name"] for column in inspect(connection).get_columns("sync_metadata")} == {
            "key", "value", "updated_at",
        }  # fmt: skip
    assert home.kept() == {}
    home.outside.happen("OL77M", kind="add-book")
    home.sync()
    assert home.kept() == {"openlibrary:day": "2026-03-07", "openlibrary:kind:add-book": "1000"}


def test_daily_cron_fetches_changes_since_last_sync(edited: Home) -> None:
    first = edited.sync()
    assert (first.changes, first.touching, first.items) == (1, 1, 1)
    edited.at += 86_400_000
    number = edited.outside.happen("OL3W", day=TODAY + timedelta(days=1))
    second = edited.sync()
    assert (second.since, second.until) == (TODAY, TODAY + timedelta(days=1))
    assert (second.changes, second.touching) == (1, 1)
    assert edited.kept()["openlibrary:kind:edit-book"] == str(number)


def test_new_works_and_editions_queued_for_enrichment(home: Home) -> None:
    home.edit("OL4M", edition(4, "Emma", works=[2], authors=[1], isbn_13=["9780199535521"]))
    home.outside.happen("OL4M", "OL2W", kind="add-book")
    home.sync()
    assert home.due() == {"Emma"}
    assert [view.edition.key for view in home.app.lookup("9780199535521")] == ["OL4M"]


def test_monthly_script_runs_without_errors(home: Home) -> None:
    newer = [
        *DUMP[:4],
        edition(2, "Emma", works=[2], authors=[1], isbn_13=[EMMA], publishers=["Vintage"]),
        DUMP[5],
    ]
    refreshed = home.app.upkeep.refresh([write(home.folder / "ol_dump_2026-04-01.txt", newer)])
    assert refreshed.report is not None
    assert home.due() == {"Emma"}


def test_enriched_data_preserved_during_full_dumps(home: Home) -> None:
    item = next(view for view in home.app.items("book") if view.data["title"] == "Emma")
    home.app.set(item.id, {"description": "Typed by hand."})
    with home.database.write() as connection:
        answers.write_answers(connection, "openlibrary", {f"isbn13:{EMMA}": [{"title": "Emma"}]}, home.at)
    home.app.upkeep.refresh([write(home.folder / "ol_dump_2026-04-01.txt", [*DUMP, work(9, "Another")])])
    home.app.fill(offline=True)
    assert home.app.show(item.id).data["description"] == "Typed by hand."
    with home.database.read() as connection:
        assert answers.read_answers(connection, "openlibrary", [f"isbn13:{EMMA}"])


def test_sync_lag_below_24_hours_for_new_releases(edited: Home) -> None:
    made = edited.app.ledger.schedule_chore("sync", "sync-openlibrary")
    assert made.next_at - edited.at <= 86_400_000
    edited.sync()
    assert edited.app.fill(offline=True).runs == 1
    (emma,) = [view for view in edited.app.items("book") if view.data["title"] == "Emma"]
    assert emma.data["publisher"] == "Vintage"


# --- what is followed ------------------------------------------------------------------------------------------


def test_only_what_a_library_holds_is_fetched_and_due(edited: Home) -> None:
    edited.outside.happen("OL555M")
    edited.outside.happen("OL556W", kind="add-book")
    synced = edited.sync()
    assert edited.outside.fetched == ["OL2M"]
    assert (synced.changes, synced.touching, synced.records, synced.items) == (3, 1, 1, 1)
    assert edited.due() == {"Emma"}


def test_of_a_change_of_hundreds_only_what_is_held_is_fetched(home: Home) -> None:
    home.outside.happen("OL3M", *(f"OL{number}M" for number in range(1000, 1100)))
    home.sync()
    assert home.outside.fetched == ["OL3M"]


def test_without_a_catalogue_the_answers_of_the_provider_are_asked_for_again(edited: Home) -> None:
    with edited.database.write() as connection:
        kept: list[Record] = [{"title": "as it was"}]
        said = {f"isbn13:{EMMA}": kept, f"isbn13:{DRACULA}": kept}
        answers.write_answers(connection, "openlibrary", said, edited.at)
        answers.write_answers(connection, "wikidata", {f"isbn13:{EMMA}": kept}, edited.at)
    synced = edited.sync(overlay=False)
    assert (synced.asked_again, synced.records, edited.outside.fetched) == (1, 0, [])
    assert edited.due() == {"Emma"}
    with edited.database.read() as connection:
        mine = answers.read_answers(connection, "openlibrary", list(said))
        others = answers.read_answers(connection, "wikidata", [f"isbn13:{EMMA}"])
    assert mine[f"isbn13:{EMMA}"].expires_at <= edited.at < mine[f"isbn13:{DRACULA}"].expires_at
    assert others[f"isbn13:{EMMA}"].expires_at > edited.at


def test_pages_are_read_back_to_the_watermark_and_no_further(home: Home) -> None:
    for _ in range(4):
        home.outside.happen("OL2M")
    home.sync()
    home.outside.asked.clear()
    home.outside.happen("OL2M")
    assert home.sync().changes == 1
    assert [(part.kind, offset) for part, offset in home.outside.asked] == [("add-book", 0), ("edit-book", 0)]


def test_a_day_too_full_to_be_paged_through_is_split_by_bots(home: Home) -> None:
    for number in range(16):  # pages of 3 begin at 0, 3 and 6: nine can be reached
        home.outside.happen("OL2M" if number == 0 else f"OL{number + 100}M", bot=number % 2 == 0)
    synced = home.sync()
    assert (synced.changes, synced.missed) == (16, [])
    assert home.due() == {"Emma"}


def test_what_cannot_be_reached_is_told(home: Home) -> None:
    for _ in range(12):
        home.outside.happen("OL2M", bot=True)
    synced = home.sync()
    assert synced.missed == ["2026-03-07 edit-book"]
    assert synced.changes == 9


def test_the_first_time_it_begins_with_the_day_of_the_dump(home: Home) -> None:
    assert dump_day(generations.current(home.app.settings.generations)) == date(2026, 3, 5)
    assert home.sync(date(2026, 3, 5)).since == date(2026, 3, 5)
    assert home.sync(date(2026, 1, 5)).since == TODAY


def test_without_a_day_it_begins_with_yesterday(home: Home) -> None:
    assert home.sync().since == TODAY - timedelta(days=1)


def test_what_lies_too_far_back_is_the_business_of_a_dump(home: Home) -> None:
    with pytest.raises(BadInput, match="62 days") as caught:
        home.sync(TODAY - timedelta(days=FURTHEST + 1))
    assert "catalog refresh" in caught.value.hint


def test_a_sync_can_begin_again_with_a_day(edited: Home) -> None:
    edited.sync()
    following = edited.syncing()
    following.restart(TODAY)
    assert following.sync().changes == 1


# --- interruptions -----------------------------------------------------------------------------------------------


def _world(home: Home) -> None:
    home.edit("OL2M", DUMP[4], publishers=["Vintage"])
    home.edit("OL3M", DUMP[5], publishers=["Vintage"])
    for day in (TODAY - timedelta(days=1), TODAY):
        for number in range(5):
            home.outside.happen("OL2M" if number == 4 else f"OL{number + 100}M", day=day)
        home.outside.happen("OL3M", kind="add-book", day=day)


@pytest.mark.parametrize("call", range(1, 11))
def test_refused_at_any_call_it_goes_on_and_nothing_is_lost_or_done_twice(home: Home, call: int) -> None:
    _world(home)
    home.outside.refuse_at = call
    with pytest.raises(Retryable) as caught:
        home.sync()
    assert "http_503" in caught.value.message
    home.app.fill(offline=True)
    again = home.sync()
    assert again.finished
    home.app.fill(offline=True)
    assert {_publisher(home, "Emma"), _publisher(home, "Dracula")} == {"Vintage"}
    last = home.sync()
    assert (last.changes, last.items) == (0, 0)


def _publisher(home: Home, title: str) -> str:
    (found,) = [view for view in home.app.items("book") if view.data["title"] == title]
    return str(found.data["publisher"])


def test_a_call_that_merely_failed_is_made_again(edited: Home) -> None:
    edited.outside.refuse_at, edited.outside.refusals = 1, TRIES - 1
    assert edited.sync().finished
    assert edited.due() == {"Emma"}


def test_told_to_stop_it_stops_between_two_calls_and_says_so(home: Home) -> None:
    _world(home)
    synced = home.sync(stop=lambda: home.outside.calls >= 2)
    assert not synced.finished
    assert home.outside.calls == 2
    assert home.sync().finished


def test_a_mark_that_another_process_has_moved_on_is_not_moved_back(edited: Home) -> None:
    other = edited.syncing()

    def overtake(_synced: Synced) -> None:
        following.told = lambda _s: None
        edited.outside.happen("OL3M")
        other.sync()
        edited.app.fill(offline=True)

    following = edited.syncing(told=overtake)
    following.sync()
    assert edited.kept()["openlibrary:kind:edit-book"] == "1001"
    assert edited.due() == set()


# --- from the app ------------------------------------------------------------------------------------------------


def test_who_stays_offline_follows_nothing(home: Home) -> None:
    with pytest.raises(ActionRequired, match="offline"):
        home.app.upkeeping.sync()
    assert home.app.upkeeping.last_sync() is None
