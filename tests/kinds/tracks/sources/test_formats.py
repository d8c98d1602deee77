"""Formats of which no real file is at hand, by files laid out as their programs lay them out."""

from __future__ import annotations

from pathlib import Path

import pytest

from completist.engine.recognising import recognise
from completist.sdk.source import Entry, Skipped

SOUNDIIZ = """title,artist,album,isrc,addedDate,duration,url
Leaving Home,The Testers,Roads,US-RC1-76-07839,2024-03-01T10:00:00Z,187,https://open.spotify.com/track/0123456789abcdefghijkl
Harbour Lights,"Ruth Castellan, The Testers",Tides,,,,
,,,,,,
"""
LEAN = """artist;title;album;isrc;platform;url
The Testers;Leaving Home;Roads;usrc17607839;deezer;https://www.deezer.com/track/1
Ruth Castellan;Harbour Lights;Tides;USRC1760783O;tidal;https://tidal.com/track/2
"""
_NET = (
    "Spotify ID", "Artist IDs", "Track Name", "Album Name", "Artist Name(s)", "Release Date", "Duration (ms)",
    "Popularity", "Added By", "Added At", "Genres", "Danceability", "Energy", "Key", "Loudness", "Mode", "Speechiness",
    "Acousticness",
    "Instrumentalness", "Liveness", "Valence", "Tempo", "Time Signature",
)  # fmt: skip
_FELT = (
    "folk,slow waltz",
    "0.31",
    "0.22",
    "9",
    "-12.5",
    "0",
    "0.03",
    "0.91",
    "0",
    "0.1",
    "0.2",
    "71.96",
    "3",
)
_ROWS = (
    _NET,
    (
        "0123456789abcdefghijkl", "a,b", "Leaving Home", "Roads", "The Testers,Ruth Castellan", "1967-06-01", "187000",
        "41", "", "2024-03-01T10:00:00Z", *_FELT,
    ),
    ("", "", "Nowhere To Be Found", "Demos", "The Testers", "", "120000", *[""] * 16),
)  # fmt: skip
NET = "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in _ROWS)


def entries(path: Path) -> list[Entry]:
    return [each for each in recognise(path)[1].read(path) if isinstance(each, Entry)]


@pytest.fixture
def written(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    name, text = request.param
    path = tmp_path / str(name)
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("written", [("soundiiz.csv", SOUNDIIZ)], indirect=True, ids=["soundiiz"])
def test_soundiiz(written: Path) -> None:
    plugin, source = recognise(written)
    assert (plugin.kind.name, source.format) == ("track", "soundiiz-csv")
    first, second = entries(written)
    assert first.key == "isrc:USRC17607839"
    assert {
        name: first.values[name]
        for name in ("title", "artists", "album", "duration", "date_added", "spotify")
    } == {
        "title": "Leaving Home",
        "artists": ["The Testers"],
        "album": "Roads",
        "duration": 187_000,
        "date_added": "2024-03-01",
        "spotify": ["0123456789abcdefghijkl"],
    }
    assert second.values["artists"] == ["Ruth Castellan", "The Testers"]
    assert second.key.startswith("title:")
    assert [(warn.field, warn.reason) for warn in second.warnings] == [
        ("isrc", "no ISRC: it is looked up, or can be typed")
    ]
    skipped = [each for each in source.read(written) if isinstance(each, Skipped)]
    assert [each.row for each in skipped] in ([4], [])  # an empty row may be left out by the reader of tables


@pytest.mark.parametrize("written", [("lean.csv", LEAN)], indirect=True, ids=["lean"])
def test_a_lean_list(written: Path) -> None:
    assert recognise(written)[1].format == "soundiiz-csv"
    first, second = entries(written)
    assert (first.values["isrc"], first.values["artists"]) == (["USRC17607839"], ["The Testers"])
    assert first.values.get("spotify") is None
    assert second.values["isrc"] is None
    assert any("USRC17607830 may be meant" in warn.reason for warn in second.warnings)


@pytest.mark.parametrize("written", [("net.csv", NET)], indirect=True, ids=["exportify-net"])
def test_exportify_with_audio_features(written: Path) -> None:
    assert recognise(written)[1].format == "exportify-net-csv"
    first, second = entries(written)
    assert first.key == "spotify:0123456789abcdefghijkl"
    assert "isrc" not in first.values
    told = {
        n: first.values[n]
        for n in ("title", "artists", "released", "duration", "genres", "bpm", "valence", "energy")
    }
    assert told == {
        "title": "Leaving Home",
        "artists": ["The Testers", "Ruth Castellan"],
        "released": "1967-06-01",
        "duration": 187_000,
        "genres": ["folk", "slow waltz"],
        "bpm": 71.96,
        "valence": 0.2,
        "energy": 0.22,
    }
    assert second.key.startswith("title:")  # a file of one's own: it has no id at Spotify
