"""Adding tracks and albums: what becomes of each, and the runs that are made in the same transaction."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from tests.support.songs import NOW, Bag, app_over, isrc, rows, states, track

from completist.app import App, Wish
from completist.app.adding import Outcome
from completist.domain.errors import BadInput
from completist.domain.fields import Data
from completist.sdk import registry
from completist.store.database import Database

FIRST = "track-identify"


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[App]:
    app = app_over(database, tmp_path, embedder=Bag())
    yield app
    app.semantic.close()


def add(app: App, *numbers: int) -> list[str]:
    return [a.outcome.value for a in app.adding.add_tracks([track(n) for n in numbers], NOW).results]


def test_a_track_that_is_added_is_saved_and_scheduled_in_one_transaction(app: App) -> None:
    (added,) = app.adding.add_tracks([track(1)], NOW).results
    assert (added.outcome, added.id, added.created) == (Outcome.SCHEDULED, isrc(1), True)
    assert added.item_id is not None
    assert app.show(added.item_id).data["title"] == "Song number 1"
    assert [(run["item_id"], run["pipeline"], run["state"]) for run in rows(app)] == [
        (added.item_id, FIRST, "ready")
    ]


def test_an_album_of_twelve_tracks_makes_twelve_runs(app: App) -> None:
    added = app.adding.add_album(
        {"title": "Tests", "artists": ["The Testers"]}, [track(n) for n in range(12)], NOW
    )
    assert (added.tracks.total, added.tracks.scheduled, added.tracks.skipped) == (12, 12, 0)
    assert len(rows(app, FIRST)) == 12
    assert [view.data["isrc"] for _, view in app.related(added.item_id)] == [[isrc(n)] for n in range(12)]


def test_of_n_tracks_of_which_m_are_indexed_n_minus_m_are_scheduled(app: App) -> None:
    add(app, 1, 2, 3)
    app.fill(Wish(kind="track"))
    made = len(rows(app, FIRST))
    added = app.adding.add_album({"title": "Tests"}, [track(n) for n in range(1, 13)], NOW)
    assert (added.tracks.total, added.tracks.scheduled, added.tracks.skipped) == (12, 9, 3)
    assert len(rows(app, FIRST)) - made == 9
    assert [a.outcome.value for a in added.tracks.results[:4]] == [*["already_indexed"] * 3, "scheduled"]


def test_the_same_track_twice_is_scheduled_once(app: App) -> None:
    assert add(app, 1) == ["scheduled"]
    assert add(app, 1) == ["already_queued"]
    assert add(app, 2, 2, 1) == ["scheduled", "already_queued", "already_queued"]
    assert len(rows(app, FIRST)) == 2


def test_an_isrc_in_lower_case_is_the_same_isrc(app: App) -> None:
    add(app, 1)
    lower: dict[str, Data] = {**track(1), "isrc": [isrc(1).lower()]}
    (added,) = app.adding.add_tracks([lower], NOW).results
    assert (added.outcome, added.id, added.created) == (Outcome.ALREADY_QUEUED, isrc(1), False)


def test_a_track_without_an_isrc_is_saved_and_shows_a_gap(app: App) -> None:
    (added,) = app.adding.add_tracks([{"title": "Unnumbered", "artists": ["Nobody"]}], NOW).results
    assert (added.outcome.value, added.created) == ("missing_isrc", True)
    assert "isrc" in app.show(added.item_id or 0).gaps


def test_a_track_with_a_wrong_isrc_is_saved_without_it(app: App) -> None:
    (added,) = app.adding.add_tracks([{**track(1), "isrc": ["USTEST000001"]}], NOW).results
    assert (added.outcome.value, added.id, added.created) == ("invalid_isrc", "", True)
    assert "isrc" in app.show(added.item_id or 0).gaps


def test_what_cannot_be_saved_is_an_error_of_its_own(app: App) -> None:
    batch = app.adding.add_tracks([track(1), {"artists": ["Nobody"]}, {**track(2), "duration": -1}], NOW)
    assert [a.outcome.value for a in batch.results] == ["scheduled", "error", "error"]
    assert (batch.total, batch.scheduled, batch.skipped) == (3, 1, 0)
    with pytest.raises(BadInput):
        app.adding.add_tracks([], NOW)


def test_two_recordings_under_one_wrong_isrc_are_two_tracks(app: App) -> None:
    add(app, 1)
    other: dict[str, Data] = {"isrc": [isrc(1)], "title": "Quite another thing", "artists": ["Somebody Else"]}
    assert app.adding.add_tracks([other], NOW).results[0].created


def test_with_the_index_down_a_track_is_scheduled_all_the_same(database: Database, tmp_path: Path) -> None:
    app = app_over(database, tmp_path, embedder=Bag(), index="http://127.0.0.1:1")
    assert add(app, 1) == ["scheduled"]
    assert len(rows(app, FIRST)) == 1


def test_with_scheduling_down_a_track_is_saved_and_scheduled_by_the_next_fill(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object, **_named: object) -> None:
        from sqlalchemy.exc import OperationalError  # noqa: PLC0415 - what a database raises

        raise OperationalError("INSERT", {}, Exception("no"))

    with monkeypatch.context() as patch:
        patch.setattr("completist.store.runs.enqueue", broken)
        (added,) = app.adding.add_tracks([track(1)], NOW).results
    assert (added.created, rows(app)) == (True, [])
    app.fill(Wish(kind="track"))
    assert add(app, 1) == ["already_indexed"]


def test_a_vector_of_another_model_or_version_does_not_count(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(app, 1)
    app.fill(Wish(kind="track"))
    assert add(app, 1) == ["already_indexed"]
    app.semantic.__dict__["embedder"] = Bag("bag:2")
    assert add(app, 1) == ["already_queued"]  # offline, it waits for its facts


def test_a_text_that_is_too_thin_is_never_taken_for_indexed(app: App) -> None:
    thin: dict[str, Data] = {"isrc": [isrc(5)], "title": "X", "artists": ["Y"]}
    app.adding.add_tracks([thin], NOW)
    app.fill(Wish(kind="track"))
    assert app.adding.add_tracks([thin], NOW).results[0].outcome.value == "already_queued"
    assert app.finding.state().without == {"insufficient_text": 1}


def test_the_log_names_events_and_ids_and_no_titles(app: App) -> None:
    with capture_logs() as logs:
        app.adding.add_album({"title": "Tests"}, [track(1), track(1), {"title": "Unnumbered"}], NOW)
    told = [(each["event"], each.get("result"), each.get("reason")) for each in logs]
    assert told == [
        ("ingestion_scheduled", "success", None),
        ("ingestion_skipped", "skipped", "already_queued"),
        ("ingestion_skipped", "skipped", "missing_isrc"),
        ("album_ingestion_batch", "success", None),
    ]
    assert (logs[0]["isrc"], "duration_ms" in logs[0]) == (isrc(1), True)
    batch = logs[-1]
    assert (batch["total_tracks"], batch["scheduled_count"], batch["skipped_count"]) == (3, 1, 2)
    assert "Song" not in str(logs)


def test_the_log_names_titles_where_the_operator_allows_it(database: Database, tmp_path: Path) -> None:
    app = app_over(database, tmp_path, log_titles=True)
    with capture_logs() as logs:
        add(app, 1)
    assert logs[0]["trackTitle"] == "Song number 1"


def test_one_track_is_added_in_under_twenty_milliseconds(app: App) -> None:
    """Of the processor's time, whoever else works here; bench/tracks.py tells the time by the wall."""
    add(app, 0)
    begun = time.process_time()
    for n in range(1, 41):
        add(app, n)
    assert (time.process_time() - begun) / 40 < 0.020


def test_a_stage_s_run_is_made_when_the_stage_before_is_over(app: App) -> None:
    add(app, 1)
    app.fill(Wish(kind="track"))
    stages = [each.name for each in registry.plugin("track").pipelines]
    found = {name: [state for _, state in states(app, name)] for name in stages}
    assert found == {
        FIRST: ["waiting"], "track-facts": ["waiting"], "track-lyrics": ["waiting"], "track-describe": ["filled"],
        "track-embed": ["filled"], "track-index": ["filled"],
    }  # fmt: skip


@pytest.mark.parametrize("bumped", ["track-describe", "track-embed", "track-index"])
def test_a_new_version_of_a_stage_does_it_and_those_behind_it_again(
    app: App, monkeypatch: pytest.MonkeyPatch, bumped: str
) -> None:
    add(app, 1)
    app.fill(Wish(kind="track"))
    before = {run["id"] for run in rows(app)}
    plugin = registry.plugin("track")
    monkeypatch.setitem(registry.plugins(), "track", newer(plugin, bumped))
    app.fill(Wish(kind="track"))
    again = [run["pipeline"] for run in rows(app) if run["id"] not in before]
    names = [each.name for each in plugin.pipelines]
    assert again == names[names.index(bumped) :]
    app.fill(Wish(kind="track"))
    assert len(rows(app)) == len(before) + len(again)


def newer(plugin: registry.KindPlugin, name: str) -> registry.KindPlugin:
    """The plug-in with one stage in a version of its own, and those behind it after that."""
    made = {}
    previous = None
    for each in plugin.pipelines:
        own = each.version.rpartition(".")[2] if each.name != name else "2"
        stage = replace(each, version=own)
        made[each.name] = stage if previous is None else stage.behind(previous)
        previous = made[each.name]
    return replace(
        plugin,
        live=tuple(replace(f, pipeline=made[f.pipeline.name]) for f in plugin.live),  # type: ignore[type-var]
        finders=tuple(replace(f, pipeline=made[f.pipeline.name]) for f in plugin.finders),  # type: ignore[type-var]
        inside=tuple(made[each.name] for each in plugin.inside),
    )
