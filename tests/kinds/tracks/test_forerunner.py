"""Points that another program has made: recognised by the id that it gives an ISRC, and by nothing else."""

from __future__ import annotations

from completist.domain.fields import Data
from completist.kinds.tracks.forerunner import read, seed_point_id

NUMBER = "USRC17607839"
POINT: dict[str, Data] = {
    "isrc": NUMBER.lower(),
    "title": "Leaving Home",
    "artist": "The Testers",
    "album": "Roads",
    "lyrics": None,
    "interpretation": " A slow waltz about leaving home. ",
    "key": 9,
    "mode": 0,
    "tempo": 71.96,
    "loudness": -12.5,
    "valence": 0.2,
    "energy": 7,
    "short_description": "A waltz.",
}


def test_the_id_is_half_a_digest_in_the_form_of_a_uuid() -> None:
    """Computed with `printf 6ba7b810-9dad-11d1-80b4-00c04fd430c8USRC17607839 | sha256sum`."""
    assert seed_point_id(NUMBER) == "5fd78b1e-0573-3677-91d0-56197cc6f1f7"


def test_a_point_is_read_as_a_track() -> None:
    assert read(seed_point_id(NUMBER), POINT) == {
        "isrc": [NUMBER],
        "title": "Leaving Home",
        "artists": ["The Testers"],
        "album": "Roads",
        "description": "A slow waltz about leaving home.",
        "bpm": 72.0,
        "key": "A minor",
        "loudness": -12.5,
        "valence": 0.2,
    }


def test_a_point_by_another_name_is_none_of_its() -> None:
    assert read("00000000-0000-0000-0000-000000000001", POINT) is None
    assert read(seed_point_id(NUMBER), {**POINT, "isrc": "USRC17607840"}) is None
    assert read(seed_point_id(NUMBER), {**POINT, "isrc": None}) is None
