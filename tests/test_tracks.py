"""Tracks and albums from being added to being found, with every provider behind the simulator."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.support.songs import Bag, rows, states

from completist.app import App, Wish, providers
from completist.domain.fields import Data
from completist.net.client import Client
from completist.net.door import Door
from completist.net.permits import SharedPermits
from completist.sdk.vectors import Narrow
from completist.settings import Settings
from completist.simulator import Fault, Faults, Simulator
from completist.simulator.provider import KEY
from completist.simulator.world.music import LONG, LONG_ALBUM, standard
from completist.store.database import Database

MUSIC = standard()


class Hurry:
    """A clock that runs on by as much as anybody wants to wait."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def now(self) -> int:
        return int((time.time() + self.ahead) * 1000)

    def seconds(self) -> float:
        return time.time() + self.ahead

    async def sleep(self, seconds: float) -> None:
        self.ahead += seconds
        await asyncio.sleep(0)


@pytest.fixture
def hurry() -> Hurry:
    return Hurry()


@pytest.fixture
def simulator(hurry: Hurry) -> Iterator[Simulator]:
    with Simulator(clock=hurry.seconds) as running:
        yield running


@pytest.fixture
def app(tmp_path: Path, simulator: Simulator, hurry: Hurry, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    def door(settings: Settings, database: Database, clock: Callable[[], int]) -> Door:
        permits = SharedPermits(database, clock, hurry.sleep)
        return Door(lambda: Client(permits, clock, at=settings.providers_at, sleep=hurry.sleep))

    monkeypatch.setattr(providers, "door", door)
    monkeypatch.setenv("TIDAL_CLIENT", KEY)
    monkeypatch.setenv("LASTFM_KEY", KEY)
    url = f"sqlite:///{tmp_path / 'library.db'}"
    settings = Settings(tmp_path, url, providers_at=simulator.url, index="exact", contact="t@example.org")
    with App(settings, hurry.now) as app:
        app.semantic.__dict__["embedder"] = Bag()
        yield app


def tracks_of(album: int) -> list[str]:
    return [MUSIC.tracks[number].isrc for number in MUSIC.albums[album].tracks]


def test_a_track_with_nothing_but_an_isrc_is_identified_described_embedded_and_found(app: App) -> None:
    known = next(
        t
        for t in MUSIC.tracks.values()
        if t.known_to and {"deezer", "lrclib", "tidal"} <= t.known_to and t.lyrics
    )
    (added,) = app.adding.add_tracks([{"isrc": [known.isrc]}], app.now()).results
    app.fill(Wish(kind="track"))
    data = app.show(added.item_id or 0).data
    assert (data["title"], data["artists"], data["duration"]) == (
        known.title,
        [*known.artists],
        known.seconds * 1000,
    )
    assert data["genres"]
    assert str(data["lyrics"]).startswith(known.lyrics.splitlines()[0])
    assert known.lyrics.splitlines()[0] in str(data["description"])
    (hit, *_) = app.finding.find(known.lyrics.splitlines()[0], Narrow()).hits
    assert hit.view.id == added.item_id
    assert app.finding.verify(lambda _done, _total: None).in_step


def test_an_album_by_its_number_brings_its_twelve_tracks_as_twelve_runs(app: App) -> None:
    with capture_logs():
        added = app.adding.add_album({"deezer_album": ["3"]}, [], app.now())
    assert (added.created, added.queued) == (True, True)
    assert [state for _, state in states(app, "album-listing")] == ["ready"]
    app.fill(Wish(kind="album"))
    assert len(rows(app, "track-identify")) == 12
    listed = [view.data["isrc"] for relation, view in app.related(added.item_id) if relation == "track"]
    assert listed == [[isrc] for isrc in tracks_of(3)]
    assert app.show(added.item_id).data["track_count"] == 12


def test_an_album_of_which_m_tracks_are_there_makes_n_minus_m_runs(app: App) -> None:
    app.adding.add_tracks([{"isrc": [isrc]} for isrc in tracks_of(3)[:4]], app.now())
    app.adding.add_album({"deezer_album": ["3"]}, [], app.now())
    app.fill(Wish(kind="album"))
    assert len(rows(app, "track-identify")) == 12
    assert app.gaps()[0] == 13  # the album, and each track once


def test_a_listing_of_many_pages_is_read_to_its_end_in_the_order_of_its_numbers(
    app: App, simulator: Simulator
) -> None:
    simulator.switch(Faults((Fault("forbidden"),)), "deezer")  # so that Tidal is asked
    added = app.adding.add_album({"upc": [MUSIC.albums[LONG_ALBUM].upc]}, [], app.now())
    app.fill(Wish(kind="album"))
    views = [view for _, view in app.related(added.item_id)]
    assert [view.data["isrc"] for view in views] == [[isrc] for isrc in tracks_of(LONG_ALBUM)]
    places = [(view.data["volume"], view.data["position"]) for view in views]
    assert (len(places), places) == (LONG, sorted(places))
    calls = [call.operation for call in simulator.calls.all() if call.provider == "tidal"]
    assert calls.count("items") == 3
    assert all(call.size <= 20 for call in simulator.calls.all() if call.provider == "tidal")


def test_an_album_whose_listing_is_not_to_be_had_is_saved_and_told(app: App, simulator: Simulator) -> None:
    simulator.switch(Faults((Fault("unavailable"),)))
    added = app.adding.add_album({"deezer_album": ["3"]}, [], app.now())
    with capture_logs() as logs:
        app.fill(Wish(kind="album"), stop=_after(40))
    assert added.created
    told = [each for each in logs if each["event"] == "album_track_listing_error"]
    assert told
    assert (told[0]["item"], told[0]["result"]) == (added.item_id, "error")
    simulator.switch(Faults())
    app.now = _later(app.now, 7 * 3600)
    app.fill(Wish(kind="album"))
    assert len(app.related(added.item_id)) == 12


def _after(times: int) -> Callable[[], bool]:
    left = iter(range(times))
    return lambda: next(left, None) is None


def _later(now: Callable[[], int], seconds: int) -> Callable[[], int]:
    return lambda: now() + seconds * 1000


def test_a_track_without_isrc_is_identified_by_name_and_duration_alone(app: App) -> None:
    known = next(t for t in MUSIC.tracks.values() if t.known_to and "deezer" in t.known_to)
    named: dict[str, Data] = {"title": known.title, "artists": [*known.artists]}
    sure, unsure = app.adding.add_tracks(
        [{**named, "duration": known.seconds * 1000}, {**named, "duration": known.seconds * 1000 + 60_000}],
        app.now(),
    ).results
    app.fill(Wish(kind="track"))
    assert app.show(sure.item_id or 0).data["isrc"] == [known.isrc]
    assert "isrc" in app.show(unsure.item_id or 0).gaps  # a person decides
    assert [p.item_id for p in app.proposals()] == [unsure.item_id]


def test_with_every_provider_down_tracks_are_saved_described_and_found_and_completed_later(
    app: App, simulator: Simulator
) -> None:
    simulator.switch(Faults((Fault("unavailable"),)))
    known = next(
        t for t in MUSIC.tracks.values() if t.known_to and {"deezer", "lrclib"} <= t.known_to and t.lyrics
    )
    given: dict[str, Data] = {
        "isrc": [known.isrc],
        "title": known.title,
        "artists": [*known.artists],
        "album": "A Simulated Album",
    }
    (added,) = app.adding.add_tracks([given], app.now()).results
    assert added.outcome.value == "scheduled"
    app.fill(Wish(kind="track"), stop=_after(400))
    assert [hit.view.id for hit in app.finding.find(known.title, Narrow()).hits] == [added.item_id]
    simulator.switch(Faults())
    app.now = _later(app.now, 24 * 3600)
    app.fill(Wish(kind="track"))
    assert known.lyrics.splitlines()[0] in str(app.show(added.item_id or 0).data["description"])


def test_what_a_person_typed_about_a_track_stays(app: App) -> None:
    known = next(t for t in MUSIC.tracks.values() if t.known_to and "deezer" in t.known_to)
    (added,) = app.adding.add_tracks([{"isrc": [known.isrc]}], app.now()).results
    item = added.item_id or 0
    app.set(
        item, {"title": "My own name for it", "description": "What I hear in it: harbours, fog and patience."}
    )
    app.fill(Wish(kind="track"))
    data = app.show(item).data
    assert (data["title"], data["description"]) == (
        "My own name for it",
        "What I hear in it: harbours, fog and patience.",
    )
    assert app.finding.find("harbours fog patience", Narrow(), by=["meaning"]).hits[0].view.id == item
