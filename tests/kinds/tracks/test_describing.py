"""Descriptions: the same facts, the same text; and what is too thin for a vector."""

from __future__ import annotations

from typing import Any

import pytest

from completist.kinds.tracks.describing import INSUFFICIENT, describe, thinness
from completist.kinds.tracks.listings import m3u, table

FACTS: dict[str, Any] = {
    "title": "Fast Car", "artists": ["Tracy Chapman"], "album": "Tracy Chapman", "released": "1988-04-05",
    "genres": ["Folk"], "tags": ["folk", "melancholy"], "energy": 0.2, "valence": 0.1, "acousticness": 0.9, "bpm": 70.0,
    "key": "A major", "lyrics": "[Verse 1]\nFirst line, not the true one\n\nSecond line\nSecond line\n",
}  # fmt: skip


def test_a_track_is_described_by_what_is_known_of_it() -> None:
    assert describe(FACTS) == (
        "“Fast Car” by Tracy Chapman, from the album “Tracy Chapman”, released 1988. Style: folk, melancholy. "
        "It is calm and quiet, sad and melancholic, acoustic, slow at 70 beats per minute and in A major. "
        "It begins: “First line, not the true one / Second line”."
    )


def test_a_title_alone_is_no_description() -> None:
    assert describe({"title": "Fast Car", "artists": ["Tracy Chapman"]}) == ""
    assert describe({"artists": ["Tracy Chapman"], "album": "Tracy Chapman"}) == ""
    assert describe({"title": "X", "released": "1988"}) == "“X”, released 1988."


@pytest.mark.parametrize(
    "text", ["", "“X”, released 1988.", "la la la la la la la la la la la la la la", "na " * 400]
)
def test_a_text_that_says_too_little_gets_no_vector(text: str) -> None:
    assert thinness(text) == INSUFFICIENT


def test_a_text_that_says_enough_gets_one() -> None:
    assert thinness(describe(FACTS)) == ""


def test_playlists_come_out_for_players_and_for_services() -> None:
    tracks = [
        {**FACTS, "duration": 296_000, "isrc": ["USEE19900000"]},
        {**FACTS, "title": "=cmd()", "spotify": ["2Kerz"]},
    ]
    assert list(m3u(tracks))[:2] == [
        "#EXTM3U\n",
        "#EXTINF:296,Tracy Chapman - Fast Car\nTracy Chapman - Fast Car\n",
    ]
    assert "https://open.spotify.com/track/2Kerz" in list(m3u(tracks))[2]
    rows = list(table(tracks))
    assert rows[1] == "Fast Car,Tracy Chapman,Tracy Chapman,USEE19900000,296000,\r\n"
    assert rows[2].startswith("'=cmd()")
