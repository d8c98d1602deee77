"""Finding tracks on a page: by words, by meaning, near to one; and what is said when that cannot be."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from tests.support.sites import Site
from tests.support.songs import Bag, app_over, isrc

from completist.app import Wish
from completist.domain.fields import Data

SONGS: tuple[dict[str, Data], ...] = (
    {
        "isrc": [isrc(1)],
        "title": "Leaving Home",
        "artists": ["The Testers"],
        "album": "Roads",
        "released": "1967",
        "bpm": 72.0,
        "key": "A minor",
        "duration": 187_000,
        "description": "A slow waltz about leaving home before the morning comes.",
    },
    {
        "isrc": [isrc(2)],
        "title": "Harbour Lights",
        "artists": ["Ruth Castellan"],
        "album": "Tides & Co.",
        "released": "1999-05-01",
        "bpm": 118.0,
        "description": "A slow waltz about ships that leave the harbour before the morning comes.",
    },
    {
        "isrc": [isrc(3)],
        "title": "<script>alert(1)</script>",
        "artists": ["Ruth Castellan"],
        "album": "Loud",
        "description": "Fast guitars and shouting for people who like their evenings electric.",
    },
)


def stocked(site: Site, embedder: Bag | None) -> TestClient:
    """A site with three tracks, with a model or without."""
    site.app = app_over(site.database, site.folder, embedder=embedder)
    for song in SONGS:
        (added,) = site.app.adding.add_tracks(
            [{k: v for k, v in song.items() if k != "description"}], 0
        ).results
        site.app.set(added.item_id or 0, {"description": song["description"]})
    site.app.fill(Wish(kind="track"))
    return site.client()


@pytest.fixture
def client(lone: Site) -> TestClient:
    return stocked(lone, Bag())


def ids(page: str) -> list[int]:
    return [int(each) for each in re.findall(r'id="hit-(\d+)"', page)]


def test_tracks_are_found_and_it_is_said_why(client: TestClient) -> None:
    page = client.get("/search?q=leaving+home").text
    assert ids(page)[0] == 1
    first = page.partition('id="hit-1"')[2].partition("</li>")[0]
    assert "The Testers · Roads · 1967" in first
    assert "72 BPM · A minor · 3:07" in first
    assert "Title: leaving, home" in first
    assert re.search(r"Words <span class=\"n\">1</span>", first)
    assert re.search(r"Meaning <span class=\"n\">\d+</span>", first)
    assert "Search by meaning is off" not in page


def test_hits_are_narrowed_and_fields_that_hold_nothing_leave_the_address(client: TestClient) -> None:
    sent = client.get("/search?q=slow+waltz&artist=&year_from=1990&year_to=&key=")
    assert (sent.status_code, sent.headers["location"]) == (303, "/search?q=slow+waltz&year_from=1990")
    page = client.get(sent.headers["location"]).text
    assert ids(page) == [2]
    assert '<details class="narrow" open>' in page
    nothing = client.get("/search?q=slow+waltz&bpm_from=300").text
    assert "passes these filters" in nothing
    assert 'href="/search?q=slow+waltz"' in nothing
    assert ids(client.get("/search?q=slow+waltz&year_from=many").text)[:2] == [1, 2]


def test_words_or_meaning_rank_alone_where_that_is_wished(client: TestClient) -> None:
    query = "/search?q=slow+waltz"
    both, words, meaning = (client.get(f"{query}{by}").text for by in ("", "&by=words", "&by=meaning"))
    assert sorted(ids(words)) == [1, 2]
    assert len(ids(meaning)) > 2
    assert "Meaning <span" in both
    assert "Meaning <span" not in words
    assert "Words <span" not in meaning
    assert '<option value="words" selected>' in words
    (m3u, _) = re.findall(r'href="(/api/v1/search/playlist\?[^"]+)"', words)
    listed = client.get(m3u.replace("&amp;", "&")).text
    assert listed.count("#EXTINF") == len(ids(words))


def test_what_is_near_to_a_track_is_shown_from_its_own_page(client: TestClient) -> None:
    assert 'href="/search?like=1"' in client.get("/items/1").text
    page = client.get("/search?like=1").text
    assert ids(page)[0] == 2
    assert 1 not in ids(page)
    assert 'Near to <a class="serif" href="/items/1">Leaving Home</a>' in page
    assert client.get("/search?like=99").status_code == 404
    assert client.get("/search?like=x").status_code == 404


def test_hits_go_out_as_a_playlist(client: TestClient) -> None:
    page = client.get("/search?q=slow+waltz&year_from=1990").text
    (m3u, table) = re.findall(r'href="(/api/v1/search/playlist\?[^"]+)"', page)
    told = client.get(m3u.replace("&amp;", "&"))
    assert told.headers["content-type"].startswith("audio/x-mpegurl")
    assert told.headers["content-disposition"] == 'attachment; filename="tracks.m3u"'
    assert told.text.splitlines()[1:] == [
        "#EXTINF:-1,Ruth Castellan - Harbour Lights",
        "Ruth Castellan - Harbour Lights",
    ]
    assert (
        client.get(table.replace("&amp;", "&"))
        .text.splitlines()[1]
        .startswith("Harbour Lights,Ruth Castellan")
    )


def test_what_is_foreign_is_never_markup(client: TestClient) -> None:
    page = client.get("/search", params={"q": "<script>alert(2)</script> guitars"}).text
    assert 3 in ids(page)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_without_a_model_words_find_and_it_is_said_what_to_do(lone: Site) -> None:
    client = stocked(lone, None)
    page = client.get("/search?q=waltz").text
    assert sorted(ids(page)) == [1, 2]
    assert "By words alone for now." in page
    assert "<code>COMPLETIST_EMBEDDER</code>" in page
    near = client.get("/search?like=1").text
    assert ids(near) == []
    assert "Nothing can be said to be near to it yet." in near
    lone.app.semantic.settings = replace(lone.app.settings, embedder="")
    assert "<code>completist index model</code>" in client.get("/search?like=1").text
    begin = client.get("/search").text
    assert "3 tracks are found by words" in begin
    assert "completist index model" in begin


def test_a_track_that_is_not_embedded_has_nothing_near_to_it_yet(lone: Site) -> None:
    client = stocked(lone, Bag())
    added = lone.app.adding.add_tracks([{"title": "Quite New", "artists": ["Somebody"]}], 0)
    item = added.results[0].item_id
    page = client.get(f"/search?like={item}").text
    assert "not embedded yet" in page
    assert f'href="/items/{item}"' in page
    begin = client.get("/search").text
    assert "4 tracks are found by words, 3 by meaning" in begin
    assert "1 track is not embedded yet" in begin


def test_nothing_that_fits_is_said_so(lone: Site) -> None:
    page = stocked(lone, None).get("/search?q=zzzz").text
    assert "No track holds any of these words." in page


def test_a_library_without_tracks_is_told_how_they_come_in(lone: Site) -> None:
    lone.stock(lone.app, 1)
    client = lone.client()
    page = client.get("/search").text
    assert "No tracks yet" in page
    assert 'href="/imports"' in page
    assert 'href="/search"' not in client.get("/").text
    assert "More like this" not in client.get("/items/1").text


def test_the_way_there_stands_on_every_page_of_a_library_with_tracks(client: TestClient) -> None:
    assert client.get("/").text.count('href="/search"') == 2


def test_what_stands_around_the_page_is_kept_true_without_searching_again(lone: Site) -> None:
    from completist.web.pages import views  # noqa: PLC0415 - what the stream asks

    stocked(lone, None)
    found = views.find("/search")
    assert found is not None
    look, _ = found
    embedder = Bag()
    lone.app.semantic.__dict__["embedder"] = embedder
    assert look(None, None).live == ()  # type: ignore[arg-type]  # it looks at nothing
    assert embedder.asked == []
