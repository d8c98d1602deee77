"""Exportify: playlists of Spotify as CSV, by either of the programs of that name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from completist.kinds.tracks.sources.cells import (
    date,
    duration,
    joined,
    listed,
    number,
    one,
    picture,
    said,
    spotify,
    whole,
    yes,
)  # fmt: skip
from completist.kinds.tracks.sources.rows import Columns, Draft, Table

_COMMON: Columns = {
    "track name": ("title", said),
    "artist name(s)": ("artists", listed),
    "album name": ("album", said),
    "popularity": ("popularity", number),
    "explicit": ("explicit", yes),
    "added at": ("date_added", date),
}


class Exportify(Table):
    """Exportify (watsonbox): the columns Track URI to Added At. A row's key is the track's id at Spotify."""

    name = "exportify"
    format = "exportify-csv"
    label = "Exportify playlist (CSV)"
    required: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("track uri", "track name", "artist name(s)", "album name"),
    )
    columns: ClassVar[Columns] = {
        **_COMMON,
        "track uri": ("spotify", spotify),
        "album artist name(s)": ("album_artists", listed),
        "album release date": ("released", date),
        "release date": ("released", date),
        "album image url": ("cover", picture),
        "disc number": ("volume", whole),
        "track number": ("position", whole),
        "track duration (ms)": ("duration", duration),
        "duration (ms)": ("duration", duration),
        "genres": ("genres", listed),
        "danceability": ("danceability", number),
        "energy": ("energy", number),
        "loudness": ("loudness", number),
        "speechiness": ("speechiness", number),
        "acousticness": ("acousticness", number),
        "instrumentalness": ("instrumentalness", number),
        "liveness": ("liveness", number),
        "valence": ("valence", number),
        "tempo": ("bpm", number),
    }

    def key(self, draft: Draft, cells: Mapping[str, str]) -> str:
        """Spotify's id; files of one's own have none, and go by what they are called."""
        del cells
        held = draft.values.get("spotify")
        return f"spotify:{held[0]}" if isinstance(held, list) and held else draft.key()


class ExportifyNet(Exportify):
    """Exportify (pavelkomarov): no ISRC, and audio features instead. Tracks are known by Spotify's id."""

    format = "exportify-net-csv"
    label = "Exportify playlist with audio features (CSV)"
    required = (
        ("spotify id", "artist ids", "track name", "artist name(s)", "album name"),
        ("track id", "track name", "artist name(s)", "album name"),
    )
    columns: ClassVar[Columns] = {
        **Exportify.columns,
        "artist name(s)": ("artists", joined),
        "genres": ("genres", joined),
        "spotify id": ("spotify", one),
        "track id": ("spotify", one),
    }
