"""Collections of tracks that were made before: a point for each ISRC, named by a hash of it, with an interpretation.

The payload holds `isrc`, `title`, `artist`, `album`, `lyrics`, `interpretation` and the features of a recording as
ReccoBeats measures them; the vector is one of the interpretation, all zeros where there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from uuid import UUID

from completist.domain.fields import Data, is_empty
from completist.kinds.tracks.isrc import isrc
from completist.kinds.tracks.kind import FEATURES
from completist.kinds.tracks.providers.offering import musical_key, tempo
from completist.sdk.jsondata import text
from completist.sdk.vectors import Forerunner

VECTOR = "interpretation_embedding"

#: The namespace of DNS names, here as text before what is hashed.
_NAMESPACE = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"


def seed_point_id(number: str) -> str:
    """The id of the point of an ISRC: the first half of a SHA-256 in the form of a UUID, without a version in it."""
    return str(UUID(sha256(f"{_NAMESPACE}{number}".encode()).hexdigest()[:32]))


def read(point: str, payload: Mapping[str, Data]) -> Mapping[str, Data] | None:
    """A track's values out of a point; None when its id is not that of the ISRC in it."""
    number = isrc(text(payload.get("isrc")))
    if number is None or seed_point_id(number) != point:
        return None
    artist, mode = text(payload.get("artist")).strip(), payload.get("mode")
    said: dict[str, Data] = {
        "isrc": [number],
        "title": text(payload.get("title")).strip(),
        "artists": [artist] if artist else [],
        "album": text(payload.get("album")).strip(),
        "lyrics": text(payload.get("lyrics")).strip(),
        "description": text(payload.get("interpretation")).strip(),
        "bpm": tempo(payload.get("tempo")),
        "key": musical_key(payload.get("key"), minor=None if mode not in (0, 1) else mode == 0),
        "loudness": _measured(payload.get("loudness"), -100.0, 10.0),
        **{name: _measured(payload.get(name), 0.0, 1.0) for name in FEATURES},
    }
    return {name: data for name, data in said.items() if not is_empty(data)}


def _measured(data: Data, least: float, most: float) -> float | None:
    if isinstance(data, bool) or not isinstance(data, int | float) or not least <= data <= most:
        return None
    return float(data)


FORERUNNER = Forerunner(VECTOR, read)
