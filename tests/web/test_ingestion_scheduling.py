"""The scheduling of ingestion, story by story: each test bears the name of what was asked for.

What was asked for speaks of an event service, and of a vector index that is asked whether it holds a track. Here the
runs of the ledger are the events, made in the transaction that saves a track, and "is it indexed" is answered by the
library's own vectors. So "the event service is down" means that no run can be made.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs
from tests.support.sites import Site
from tests.support.songs import Bag, app_over, isrc, rows

from completist.app import App, Wish
from completist.kinds.tracks.isrc import isrc as normal

ADD_TRACK = "mutation($t: TrackInput!) { addTrackToLibrary(input: $t) { id isrc result created error } }"
ADD_ALBUM = """mutation($a: AlbumInput!) { addAlbumToLibrary(input: $a) {
    id totalTracks scheduledCount skippedCount durationMs results { isrc result } } }"""
FIRST = "track-identify"


@pytest.fixture
def desk(site: Site) -> Iterator[Site]:
    """A site with a model, for whoever sits at the machine."""
    site.app = app_over(site.database, site.folder, embedder=Bag())
    yield site
    site.app.semantic.close()


@pytest.fixture
def client(desk: Site) -> TestClient:
    return desk.client()


def mutate(client: TestClient, query: str, **variables: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    answer = client.post("/graphql", json={"query": query, "variables": variables})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    assert "errors" not in told, told
    (data,) = told["data"].values()
    return dict(data)


def track(n: int) -> dict[str, str]:
    return {"isrc": isrc(n), "title": f"Song number {n}", "artistName": "The Testers", "albumTitle": "Tests"}


def album(*numbers: int) -> dict[str, Any]:
    tracks = [{"isrc": isrc(n), "title": f"Song number {n}", "artistName": "The Testers"} for n in numbers]
    return {"title": "Tests", "artistName": "The Testers", "tracks": tracks}


def tasks(app: App) -> list[int]:
    """The items for which there is a task, once for each task."""
    return [int(run["item_id"]) for run in rows(app, FIRST)]


def index_all(app: App) -> None:
    app.fill(Wish(kind="track"))


# --- user story 1: a track that is added is ingested ----------------------------------------------------


def test_add_a_track_via_graphql_mutation_verify_ingestion_task_with_correct_isrc_title_artist_album(
    desk: Site, client: TestClient
) -> None:
    told = mutate(client, ADD_TRACK, t=track(1))
    assert told["result"] == "scheduled"
    (item,) = tasks(desk.app)
    data = desk.app.show(item).data
    assert (data["isrc"], data["title"], data["artists"], data["album"]) == (
        [isrc(1)],
        "Song number 1",
        ["The Testers"],
        "Tests",
    )


def test_a_track_is_scheduled_within_five_seconds_whatever_is_down(site: Site) -> None:
    site.app = app_over(
        site.database, site.folder, embedder=Bag(), index="http://127.0.0.1:1", llm="http://127.0.0.1:1#x"
    )
    begun = time.perf_counter()
    assert mutate(site.client(), ADD_TRACK, t=track(1))["result"] == "scheduled"
    assert time.perf_counter() - begun < 5
    assert len(tasks(site.app)) == 1


def test_a_missing_or_invalid_isrc_is_logged_as_a_warning_with_its_reason(client: TestClient) -> None:
    with capture_logs() as logs:
        assert mutate(client, ADD_TRACK, t={"title": "Unnumbered"})["result"] == "missing_isrc"
        assert (
            mutate(client, ADD_TRACK, t={"title": "Odd", "isrc": "123456789012"})["result"] == "invalid_isrc"
        )
    told = [
        (each["event"], each["log_level"], each["result"], each["reason"])
        for each in logs
        if "reason" in each
    ]
    assert told == [
        ("ingestion_skipped", "warning", "skipped", "missing_isrc"),
        ("ingestion_skipped", "warning", "skipped", "invalid_isrc"),
    ]


def test_scheduling_is_logged_with_event_isrc_result_and_duration(client: TestClient) -> None:
    with capture_logs() as logs:
        mutate(client, ADD_TRACK, t=track(1))
    (told,) = [each for each in logs if each["event"] == "ingestion_scheduled"]
    assert (told["isrc"], told["result"], told["duration_ms"] >= 0) == (isrc(1), "success", True)


# --- user story 2: an album brings its tracks -----------------------------------------------------------


def test_add_an_album_with_12_tracks_via_graphql_mutation_verify_12_separate_ingestion_tasks(
    desk: Site, client: TestClient
) -> None:
    with capture_logs() as logs:
        told = mutate(client, ADD_ALBUM, a=album(*range(12)))
    assert (told["totalTracks"], told["scheduledCount"], told["skippedCount"]) == (12, 12, 0)
    made = tasks(desk.app)
    assert len(made) == len(set(made)) == 12
    (batch,) = [each for each in logs if each["event"] == "album_ingestion_batch"]
    assert (batch["total_tracks"], batch["scheduled_count"], batch["skipped_count"]) == (12, 12, 0)
    assert batch["duration_ms"] >= 0


def test_an_album_with_n_tracks_of_which_m_are_indexed_schedules_n_minus_m(
    desk: Site, client: TestClient
) -> None:
    mutate(client, ADD_ALBUM, a=album(1, 2, 3, 4, 5))
    index_all(desk.app)
    before = len(tasks(desk.app))
    told = mutate(client, ADD_ALBUM, a=album(*range(1, 13)))
    assert (told["totalTracks"], told["scheduledCount"], told["skippedCount"]) == (12, 7, 5)
    assert len(tasks(desk.app)) - before == 7


def test_whether_tracks_exist_is_asked_for_all_of_an_album_at_once(desk: Site, client: TestClient) -> None:
    """A hundred tracks cost as many statements as ten."""
    mutate(client, ADD_ALBUM, a=album(*range(100)))
    index_all(desk.app)
    asked = []
    for count in (10, 100):
        seen: list[str] = []

        def note(_c: object, _x: object, statement: str, *_rest: object, seen: list[str] = seen) -> None:
            seen.append(statement)

        event.listen(desk.database.engine, "before_cursor_execute", note)
        told = mutate(client, ADD_ALBUM, a=album(*range(count)))
        event.remove(desk.database.engine, "before_cursor_execute", note)
        assert told["skippedCount"] == count
        asked.append(len(seen))
    assert abs(asked[1] - asked[0]) < 3  # not one for each of ninety more


# --- user story 3: never twice --------------------------------------------------------------------------


def test_add_same_track_twice_verify_only_one_ingestion_task_exists(desk: Site, client: TestClient) -> None:
    assert [mutate(client, ADD_TRACK, t=track(1))["result"] for _ in range(2)] == [
        "scheduled",
        "already_queued",
    ]
    assert len(tasks(desk.app)) == 1


def test_add_album_containing_previously_added_track_verify_no_duplicate_task(
    desk: Site, client: TestClient
) -> None:
    mutate(client, ADD_TRACK, t=track(3))
    told = mutate(client, ADD_ALBUM, a=album(1, 2, 3))
    assert [each["result"] for each in told["results"]] == ["scheduled", "scheduled", "already_queued"]
    assert len(tasks(desk.app)) == 3


def test_usrc12345678_in_lower_case_normalizes_to_upper_case(desk: Site, client: TestClient) -> None:
    assert normal("usrc12345678") == "USRC12345678"
    first = mutate(client, ADD_TRACK, t={**track(1), "isrc": "usrc12345678"})
    second = mutate(client, ADD_TRACK, t={**track(1), "isrc": "US-RC1-23-45678"})
    assert (first["isrc"], second["id"], second["created"]) == ("USRC12345678", first["id"], False)
    assert len(tasks(desk.app)) == 1


# --- user story 4: what is indexed is skipped ---------------------------------------------------


def test_a_track_that_exists_in_the_index_is_not_scheduled_and_the_skip_is_logged(
    desk: Site, client: TestClient
) -> None:
    mutate(client, ADD_TRACK, t=track(1))
    index_all(desk.app)
    before = rows(desk.app)
    with capture_logs() as logs:
        assert mutate(client, ADD_TRACK, t=track(1))["result"] == "already_indexed"
    assert rows(desk.app) == before
    told = [(each["isrc"], each["reason"]) for each in logs if each["event"] == "ingestion_skipped"]
    assert told == [(isrc(1), "already_indexed")]


# --- user story 5: what fails takes nothing along -----------------------------------------------


def test_with_the_event_service_unavailable_a_track_is_saved_and_the_error_is_logged(
    desk: Site, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object, **_named: object) -> None:
        raise OperationalError("INSERT", {}, Exception("no"))

    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr("completist.store.runs.enqueue", broken)
        told = mutate(client, ADD_TRACK, t=track(1))
        batch = mutate(client, ADD_ALBUM, a=album(2, 3))
    assert (told["created"], told["result"]) == (True, "error")
    assert (batch["totalTracks"], batch["scheduledCount"], batch["skippedCount"]) == (2, 0, 0)
    assert tasks(desk.app) == []
    assert desk.app.show(told["id"]).data["title"] == "Song number 1"
    errors = [(each["isrc"], each["result"]) for each in logs if each["event"] == "ingestion_error"]
    assert errors == [(isrc(n), "error") for n in (1, 2, 3)]
    index_all(desk.app)
    assert len(tasks(desk.app)) == 3
    assert mutate(client, ADD_TRACK, t=track(1))["result"] == "already_indexed"


def test_with_the_vector_index_unavailable_scheduling_proceeds_and_the_error_is_logged(site: Site) -> None:
    site.app = app_over(site.database, site.folder, embedder=Bag(), index="http://127.0.0.1:1")
    door = _door()
    site.app.semantic.door = lambda: door
    client = site.client()
    assert mutate(client, ADD_TRACK, t=track(1))["result"] == "scheduled"
    with capture_logs() as logs:
        index_all(site.app)
    assert [each["result"] for each in logs if each["event"] == "qdrant_error"]
    assert mutate(client, ADD_TRACK, t=track(2))["result"] == "scheduled"
    found = client.get("/api/v1/search", params={"q": "song"}).json()
    assert {hit["values"]["title"] for hit in found["hits"]} == {"Song number 1", "Song number 2"}
    assert "off" in found["note"]
    door.close()


def test_what_cannot_be_a_track_is_an_error_of_its_own_and_the_others_are_saved(client: TestClient) -> None:
    with capture_logs() as logs:
        answer = client.post(
            "/api/v1/tracks", json={"tracks": [{"artists": ["Nobody"]}, {"title": "One", "isrc": isrc(1)}]}
        )
    assert [each["result"] for each in answer.json()["results"]] == ["error", "scheduled"]
    assert [each["result"] for each in logs if each["event"] == "validation_error"] == ["error"]


def _door() -> Any:  # noqa: ANN401 - of the net layer
    from completist.net.client import Client  # noqa: PLC0415 - only here is anybody called
    from completist.net.door import Door  # noqa: PLC0415 - likewise
    from completist.net.permits import ProcessPermits  # noqa: PLC0415 - likewise

    return Door(lambda: Client(ProcessPermits(lambda: 0), lambda: 0, local=["127.0.0.1"]))
