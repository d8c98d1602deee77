"""What a track and an album are: their fields, which of them are wanted, and what each is true of.

A track is one recording, so no field is true of less than it is: what a name alone leads to has to be certain by other
means before it is taken at all (`matching.judging`).
"""

from __future__ import annotations

from completist.domain.kind import Field, FieldType, Kind

T = FieldType

#: How a recording sounds, each from 0 to 1, as ReccoBeats measures it.
FEATURES = (
    "acousticness",
    "danceability",
    "energy",
    "instrumentalness",
    "liveness",
    "speechiness",
    "valence",
)

TRACK = Kind(
    name="track",
    plural="tracks",
    title="title",
    byline="artists",
    keys=("isrc", "spotify"),
    searched=(
        "album",
        "album_artists",
        "genres",
        "tags",
        "tones",
        "isrc",
        "playlists",
        "notes",
        "description",
        "lyrics",
    ),
    fields=(
        Field("title", T.TEXT, "Title", wanted=True, weight=1, worth=10),
        Field("artists", T.TEXTS, "Artists", wanted=True, weight=1, worth=10),
        Field("album", T.TEXT, "Album", wanted=True, weight=1, worth=5),
        Field("album_artists", T.TEXTS, "Album artists"),
        Field("isrc", T.IDENTIFIER, "ISRC", wanted=True, weight=1, worth=10),
        Field("duration", T.INTEGER, "Duration (ms)", wanted=True, weight=1, worth=5),
        Field("released", T.DATE, "Released", wanted=True, weight=1, worth=5),
        Field("volume", T.INTEGER, "Disc"),
        Field("position", T.INTEGER, "Number on disc"),
        Field("explicit", T.BOOLEAN, "Explicit"),
        Field("genres", T.TEXTS, "Genres", wanted=True, weight=1, worth=10),
        Field("tags", T.TEXTS, "Tags", worth=5),
        Field("bpm", T.NUMBER, "Beats per minute", wanted=True, weight=1, worth=5),
        Field("key", T.TEXT, "Key", wanted=True, worth=5),
        Field("loudness", T.NUMBER, "Loudness (dB)"),
        *(Field(name, T.NUMBER, name.capitalize()) for name in FEATURES),
        Field("tones", T.TEXTS, "Moods"),
        Field("instrumental", T.BOOLEAN, "Instrumental"),
        Field("lyrics", T.LONG_TEXT, "Lyrics", wanted=True, weight=1, worth=10),
        Field("description", T.LONG_TEXT, "Description", wanted=True, weight=1),
        Field("cover", T.IMAGE, "Cover"),
        Field("mbid", T.IDENTIFIER, "MusicBrainz recording"),
        Field("deezer", T.IDENTIFIER, "Deezer"),
        Field("tidal", T.IDENTIFIER, "Tidal"),
        Field("spotify", T.IDENTIFIER, "Spotify"),
        Field("itunes", T.IDENTIFIER, "iTunes"),
        # The owner's own: no provider fills them.
        Field("playlists", T.TEXTS, "Playlists", personal=True),
        Field("rating", T.NUMBER, "My rating", personal=True),
        Field("play_count", T.INTEGER, "Times played", personal=True, noticed=False),
        Field("date_added", T.DATE, "Date added", personal=True),
        Field("date_played", T.DATE, "Last played", personal=True, noticed=False),
        Field("notes", T.LONG_TEXT, "My notes", personal=True),
        Field("popularity", T.NUMBER, "Popularity", personal=True, noticed=False),
    ),
)

ALBUM = Kind(
    name="album",
    plural="albums",
    title="title",
    byline="artists",
    keys=("upc", "tidal_album", "deezer_album"),
    fields=(
        Field("title", T.TEXT, "Title", wanted=True, weight=1),
        Field("artists", T.TEXTS, "Artists", wanted=True, weight=1),
        Field("released", T.DATE, "Released", wanted=True, weight=1),
        Field("track_count", T.INTEGER, "Tracks", wanted=True, weight=1),
        Field("label", T.TEXT, "Label"),
        Field("genres", T.TEXTS, "Genres"),
        Field("cover", T.IMAGE, "Cover"),
        Field("explicit", T.BOOLEAN, "Explicit"),
        Field("upc", T.IDENTIFIER, "UPC / EAN"),
        Field("tidal_album", T.IDENTIFIER, "Tidal"),
        Field("deezer_album", T.IDENTIFIER, "Deezer"),
        Field("rating", T.NUMBER, "My rating", personal=True),
        Field("notes", T.LONG_TEXT, "My notes", personal=True),
        Field("date_added", T.DATE, "Date added", personal=True),
    ),
)

#: Whom to believe first about fields of which some know more than others: who measures, who reads the small print.
TRUSTED: dict[str, tuple[str, ...]] = {
    "genres": ("musicbrainz", "deezer", "tidal"),
    "tags": ("lastfm", "musicbrainz"),
    "released": ("musicbrainz", "deezer", "tidal"),
    **dict.fromkeys(("bpm", "key"), ("tidal", "reccobeats", "deezer")),
    "description": ("llm", "template"),
}
