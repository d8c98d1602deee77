"""Tracks and albums over HTTP: REST and GraphQL, adding and searching."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.support.sites import Site
from tests.support.songs import isrc

TRACKS, ALBUMS, SEARCH, GRAPHQL = "/api/v1/tracks", "/api/v1/albums", "/api/v1/search", "/graphql"


@pytest.fixture
def member(site: Site) -> TestClient:
    site.account("anna")
    return site.client(site.key("anna", "member"))


def song(n: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"isrc": isrc(n), "title": f"Song number {n}", "artists": ["The Testers"], **more}


def graphql(client: TestClient, query: str, **variables: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    answer = client.post(GRAPHQL, json={"query": query, "variables": variables})
    assert answer.status_code == 200
    return dict(answer.json())


def test_a_track_is_added_once(member: TestClient) -> None:
    first, second = member.post(TRACKS, json=song(1)), member.post(TRACKS, json={"isrc": isrc(1).lower()})
    assert (first.status_code, second.status_code) == (201, 200)
    told = first.json()
    assert (told["total_tracks"], told["scheduled_count"], told["skipped_count"]) == (1, 1, 0)
    (result,) = told["results"]
    assert (result["isrc"], result["result"], result["created"]) == (isrc(1), "scheduled", True)
    (again,) = second.json()["results"]
    assert (again["id"], again["result"], again["created"]) == (result["id"], "already_queued", False)
    assert told["duration_ms"] >= 0


def test_several_tracks_are_added_at_once(member: TestClient) -> None:
    told = member.post(
        TRACKS, json={"tracks": [song(1), song(1), {"title": "Unnumbered"}, song(2, isrc="USTEST1")]}
    )
    results = [each["result"] for each in told.json()["results"]]
    assert results == ["scheduled", "already_queued", "missing_isrc", "invalid_isrc"]
    assert told.json()["skipped_count"] == 3


def test_an_album_is_added_with_its_tracks(member: TestClient) -> None:
    sent = {"title": "Tests", "artists": ["The Testers"], "tracks": [song(n) for n in range(12)]}
    told = member.post(ALBUMS, json=sent)
    assert told.status_code == 201
    assert (told.json()["scheduled_count"], told.json()["listing"]) == (12, "given")


def test_an_album_is_added_by_its_number_once(member: TestClient) -> None:
    first, second = (member.post(ALBUMS, json={"tidal_id": "36737274"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert (first.json()["listing"], second.json()["id"]) == ("queued", first.json()["id"])
    assert member.post(ALBUMS, json={"title": "Nothing but a name"}).status_code == 422


def test_graphql_adds_a_track_to_the_library(member: TestClient) -> None:
    query = "mutation($t: TrackInput!) { addTrackToLibrary(input: $t) { id isrc result created error } }"
    given = {"isrc": isrc(1), "title": "Song number 1", "artistName": "The Testers", "albumTitle": "Tests"}
    told = graphql(member, query, t=given)["data"]["addTrackToLibrary"]
    assert (told["isrc"], told["result"], told["created"]) == (isrc(1), "scheduled", True)
    assert graphql(member, query, t=given)["data"]["addTrackToLibrary"]["result"] == "already_queued"


def test_graphql_adds_an_album_to_the_library(member: TestClient) -> None:
    query = """mutation($a: AlbumInput!) { addAlbumToLibrary(input: $a) {
        id listing totalTracks scheduledCount skippedCount results { result } } }"""
    tracks = [{"isrc": isrc(n), "title": f"Song number {n}"} for n in range(12)]
    told = graphql(member, query, a={"title": "Tests", "tracks": tracks})["data"]["addAlbumToLibrary"]
    assert (told["totalTracks"], told["scheduledCount"], told["skippedCount"]) == (12, 12, 0)
    assert {each["result"] for each in told["results"]} == {"scheduled"}


def test_graphql_says_what_is_wrong(member: TestClient) -> None:
    assert graphql(member, "{ nothing }")["errors"]
    assert graphql(member, 'mutation { addAlbumToLibrary(input: {title: "x"}) { id } }')["errors"]
    assert member.post(GRAPHQL, json={"query": ""}).status_code in (400, 422)


def test_tracks_are_found_by_words_and_narrowed(member: TestClient) -> None:
    songs = [
        song(1, title="Leaving Home", released="1967"),
        song(2, title="Coming Home", released="1999-05-01", artists=["Ruth Castellan"]),
        song(3, title="Übermorgen", album="Café del Mar"),
    ]
    member.post(TRACKS, json={"tracks": songs})

    def titles(**params: Any) -> list[str]:  # noqa: ANN401 - JSON
        answer = member.get(SEARCH, params=params)
        assert answer.status_code == 200, answer.text
        return [hit["values"]["title"] for hit in answer.json()["hits"]]

    assert titles(q="home") == ["Leaving Home", "Coming Home"]
    assert titles(q="leaving home") == ["Leaving Home", "Coming Home"]
    assert titles(q="home", year_from=1990) == ["Coming Home"]
    assert titles(q="home", artist="ruth castellan") == ["Coming Home"]
    assert titles(q="castell") == ["Coming Home"]
    assert titles(q="cafe") == ["Übermorgen"]
    assert titles(q="nothing of the sort") == []
    assert "off" in member.get(SEARCH, params={"q": "home"}).json()["note"]


def test_what_is_no_search_is_refused(member: TestClient) -> None:
    assert member.get(SEARCH).status_code == 422
    assert member.get(SEARCH, params={"like": 99}).status_code in (404, 409, 422, 424)


def test_nobody_adds_to_or_searches_the_library_of_another(site: Site, member: TestClient) -> None:
    member.post(TRACKS, json=song(1))
    site.account("bert")
    other = site.client(site.key("bert", "member"))
    assert other.get(SEARCH, params={"q": "song"}).json()["hits"] == []
    assert other.post(TRACKS, json=song(1)).json()["results"][0]["created"]
    assert site.client(None).post(TRACKS, json=song(1)).status_code == 401
