"""Tracks of Deezer as candidates."""

from __future__ import annotations

from completist.domain.fields import Data
from completist.domain.matching import Candidate
from completist.kinds.tracks.isrc import isrc
from completist.kinds.tracks.providers.offering import names, number, offer, tempo
from completist.sdk.dates import edtf_date
from completist.sdk.jsondata import record, records, text, whole
from completist.sdk.provider import Record
from completist.sdk.texts import tidy

KEPT = frozenset({
    "id", "title", "title_short", "title_version", "isrc", "duration", "track_position", "disk_number", "release_date",
    "bpm", "gain", "explicit_lyrics", "contributors", "artist", "album", "genres", "label", "record_type", "upc",
    "cover_xl", "nb_tracks",
})  # fmt: skip
FILLS = frozenset({
    "title", "artists", "album", "album_artists", "isrc", "duration", "deezer", "cover", "volume", "position",
    "released", "bpm", "genres", "explicit",
})  # fmt: skip
_LONGEST = 24 * 3600  #: seconds
_NONE = "0000-00-00"


def candidate(kept: Record, fills: frozenset[str], led_by: str = "") -> Candidate | None:
    """The track in what was kept; None when it is none."""
    album = {**record(kept.get("album")), **record(kept.get("of"))}
    seconds = whole(kept.get("duration"), _LONGEST)
    cover = text(album.get("cover_xl"))
    fields: dict[str, Data] = {
        "title": tidy(text(kept.get("title"))),
        "artists": _artists(kept),
        "album": tidy(text(album.get("title"))),
        "album_artists": names([text(record(album.get("artist")).get("name"))]),
        "isrc": [found] if (found := isrc(text(kept.get("isrc")))) else [],
        "duration": seconds and seconds * 1000,
        "deezer": [text(kept.get("id"))] if text(kept.get("id")) else [],
        "cover": cover if cover.startswith("https://") else None,
        "volume": whole(kept.get("disk_number"), 999),
        "position": whole(kept.get("track_position"), 9999),
        "released": _date(kept) or _date(album),
        "bpm": tempo(kept.get("bpm")),
        "genres": genres(album),
        "explicit": said if isinstance(said := kept.get("explicit_lyrics"), bool) else None,
    }
    return offer("deezer", text(kept.get("id")), fields, fills, led_by)


def genres(album: Record) -> list[Data]:
    """The genres of an album."""
    return names([text(each.get("name")) for each in records(record(album.get("genres")).get("data"))])


def gain(kept: Record) -> float | None:
    """The gain in dB, by which a player evens out loudness."""
    return number(kept.get("gain"), -100, 100)


def _artists(kept: Record) -> list[Data]:
    given = [text(each.get("name")) for each in records(kept.get("contributors"))]
    return names(given or [text(record(kept.get("artist")).get("name"))])


def _date(kept: Record) -> str | None:
    said = text(kept.get("release_date"))
    return edtf_date(said) if said and said != _NONE else None
