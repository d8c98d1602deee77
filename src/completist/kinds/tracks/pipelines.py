"""The stages that a track passes, each a pipeline of its own, and the listing of albums.

    identify -> facts -> lyrics -> describe -> embed -> index

Each stage has a version of its own, and carries those of the stages before it: a new version of one makes it and all
behind it due again, and nothing before it.
"""

from __future__ import annotations

from completist.domain.pipeline import DAY, Pipeline
from completist.kinds.tracks.kind import ALBUM, FEATURES, TRACK

_KNOWN_BY = ("title", "artists", "album", "isrc", "duration")
_IDS = ("mbid", "deezer", "tidal", "spotify")
_FACTS = (
    "genres", "tags", "bpm", "key", "loudness", *FEATURES, "tones", "instrumental", "released", "explicit",
)  # fmt: skip

#: Which recording it is.
IDENTIFY = Pipeline(
    name="track-identify",
    kind=TRACK.name,
    version="1",
    inputs=(*_KNOWN_BY, "spotify"),
    fills=(*_KNOWN_BY, "mbid", "deezer", "tidal", "album_artists", "cover", "volume", "position"),
    priority=3,
)
#: What is known of how it sounds and where it belongs.
FACTS = Pipeline(
    name="track-facts", kind=TRACK.name, version="1", inputs=(*_KNOWN_BY, *_IDS), fills=_FACTS, priority=4
).behind(IDENTIFY)
#: What is sung. Many get lyrics years later, so they are asked for again.
LYRICS = Pipeline(
    name="track-lyrics",
    kind=TRACK.name,
    version="1",
    inputs=_KNOWN_BY,
    fills=("lyrics", "instrumental"),
    priority=4,
    ask_again=30 * DAY,
).behind(FACTS)
#: All of it in a few sentences.
DESCRIBE = Pipeline(
    name="track-describe",
    kind=TRACK.name,
    version="1",
    inputs=("title", "artists", "album", *_FACTS, "lyrics"),
    fills=("description",),
    priority=6,
).behind(LYRICS)
#: The description as a vector.
EMBED = Pipeline(
    name="track-embed",
    kind=TRACK.name,
    version="1",
    inputs=("title", "artists", "description"),
    fills=(),
    priority=7,
).behind(DESCRIBE)
#: The vector in the index.
INDEX = Pipeline(
    name="track-index",
    kind=TRACK.name,
    version="1",
    inputs=(*EMBED.inputs, "isrc", "released", "bpm", "key"),
    fills=(),
    priority=8,
).behind(EMBED)

STAGES = (IDENTIFY, FACTS, LYRICS, DESCRIBE, EMBED, INDEX)

#: Which tracks are on an album, in their order.
LISTING = Pipeline(
    name="album-listing",
    kind=ALBUM.name,
    version="1",
    inputs=("title", "artists", "upc", "tidal_album", "deezer_album"),
    fills=("title", "artists", "released", "track_count", "label", "genres", "cover", "explicit", "upc"),
    priority=2,
    alarm="album_track_listing_error",
)
