"""How tracks stand in the space of meanings: by their descriptions, narrowed by artist, year, tempo and key."""

from __future__ import annotations

from collections.abc import Mapping

from completist.domain.fields import Data
from completist.kinds.tracks.describing import text_of, thinness
from completist.kinds.tracks.forerunner import FORERUNNER
from completist.kinds.tracks.isrc import isrc
from completist.kinds.tracks.matching.names import people
from completist.kinds.tracks.pipelines import EMBED, INDEX
from completist.sdk.jsondata import text, texts
from completist.sdk.vectors import Space


def payload(values: Mapping[str, Data]) -> Mapping[str, Data]:
    """By what hits are narrowed: artists folded, the year, beats per minute, the key in lower case."""
    released, bpm = text(values.get("released")), values.get("bpm")
    said: dict[str, Data] = {
        "artists": [*sorted(people(texts(values.get("artists"))))],
        "year": int(released[:4]) if released[:4].isdecimal() else None,
        "bpm": float(bpm) if isinstance(bpm, int | float) and not isinstance(bpm, bool) else None,
        "key": text(values.get("key")).casefold() or None,
    }
    return {name: data for name, data in said.items() if data not in (None, [])}


SPACE = Space(
    name="text",
    text=text_of,
    thinness=thinness,
    payload=payload,
    embed=EMBED.name,
    index=INDEX.name,
    scheme="isrc",
    normal=isrc,
    forerunner=FORERUNNER,
)
