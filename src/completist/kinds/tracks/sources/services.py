"""Lists by services that move playlists from one place to another, and tables like theirs."""

from __future__ import annotations

from typing import ClassVar

from completist.kinds.tracks.sources.cells import (
    date,
    duration,
    listed,
    number,
    one,
    said,
    spotify,
    whole,
    yes,
)  # fmt: skip
from completist.kinds.tracks.sources.rows import Columns, Table


class TuneMyMusic(Table):
    """TuneMyMusic: one row for each place of a track in a playlist."""

    name = "tunemymusic"
    format = "tunemymusic-csv"
    label = "TuneMyMusic playlists (CSV)"
    required = (("track name", "artist name", "playlist name"),)
    playlist = "playlist name"
    columns: ClassVar[Columns] = {
        "track name": ("title", said),
        "artist name": ("artists", listed),
        "album": ("album", said),
        "duration": ("duration", duration),
        "spotify - id": ("spotify", one),
    }


class Soundiiz(Table):
    """Soundiiz, and lean lists like its own: title, artist, album, and mostly an ISRC."""

    name = "soundiiz"
    format = "soundiiz-csv"
    label = "Soundiiz or a lean list of tracks (CSV)"
    required = (("title", "artist", "album", "isrc"), ("title", "artist", "album", "platform", "url"))
    columns: ClassVar[Columns] = {
        "title": ("title", said),
        "artist": ("artists", listed),
        "album": ("album", said),
        "duration": ("duration", duration),
        "addeddate": ("date_added", date),
        "url": ("spotify", lambda cell: spotify(cell) or []),
    }


_SONG = ("track", "track name", "song", "song name", "song title")
_BY = ("artist", "artists", "artist name", "artist name(s)")
#: What other tables with an ISRC call their columns; of two for one field the earlier counts.
_LOOSE: Columns = {
    "track": ("title", said),
    "track name": ("title", said),
    "title": ("title", said),
    "song": ("title", said),
    "name": ("title", said),
    "artists": ("artists", listed),
    "artist name(s)": ("artists", listed),
    "artist": ("artists", one),
    "artist name": ("artists", one),
    "album": ("album", said),
    "album name": ("album", said),
    "release date": ("released", date),
    "released": ("released", date),
    "year": ("released", date),
    "duration": ("duration", duration),
    "duration (ms)": ("duration", duration),
    "duration_ms": ("duration", duration),
    "genre": ("genres", listed),
    "genres": ("genres", listed),
    "bpm": ("bpm", number),
    "tempo": ("bpm", number),
    "key": ("key", said),
    "explicit track": ("explicit", yes),
    "explicit": ("explicit", yes),
    "spotify popularity": ("popularity", number),
    "popularity": ("popularity", number),
    "disc number": ("volume", whole),
    "track number": ("position", whole),
    "added at": ("date_added", date),
    "spotify uri": ("spotify", spotify),
    "spotify url": ("spotify", spotify),
}


class TrackTable(Table):
    """Any table with a title, an artist and an ISRC, such as charts; without one, if it speaks of tracks or songs."""

    name = "track-table"
    format = "tracks-csv"
    label = "table of tracks with ISRCs (CSV)"
    required = (
        *((title, artist, "isrc") for title in (*_SONG, "title", "name") for artist in _BY),
        *((title, artist) for title in _SONG for artist in _BY),
    )
    columns: ClassVar[Columns] = _LOOSE
