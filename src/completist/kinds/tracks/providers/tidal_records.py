"""Tracks and albums of Tidal as candidates."""

from __future__ import annotations

from collections.abc import Mapping

from completist.domain.fields import Data
from completist.domain.matching import Candidate
from completist.kinds.tracks.isrc import isrc
from completist.kinds.tracks.providers.offering import milliseconds, names, offer, tempo
from completist.kinds.tracks.providers.tidal_session import named
from completist.sdk.dates import edtf_date
from completist.sdk.jsondata import record, records, text, texts, trimmed
from completist.sdk.provider import Record
from completist.sdk.texts import tidy

FILLS = frozenset({
    "title", "artists", "album", "isrc", "duration", "tidal", "genres", "bpm", "key", "tones", "explicit", "released",
})  # fmt: skip
_ATTRIBUTES = frozenset(
    {"title", "version", "isrc", "duration", "explicit", "key", "keyScale", "bpm", "toneTags"}
)
_UNKNOWN = "UNKNOWN"
_ACCIDENTALS = {"CSharp": "C#", "FSharp": "F#"}
_MODES = {"MAJOR": " major", "MINOR": " minor"}
#: Tags of Tidal's own that say nothing of how a track feels.
_NO_MOODS = frozenset({"UNKNOWN", "NONE"})


def track_record(track: Record, beside: Mapping[tuple[str, str], Record]) -> Record:
    """What is kept of a track, with the names of what stands beside it."""
    album = next(iter(named(track, "albums", beside)), {})
    return {
        "id": text(track.get("id")),
        "attributes": trimmed(record(track.get("attributes")), _ATTRIBUTES),
        "artists": [_said(each, "name") for each in named(track, "artists", beside)],
        "genres": [_said(each, "genreName") for each in named(track, "genres", beside)],
        "album": _said(album, "title"),
        "released": _said(album, "releaseDate"),
    }


def candidate(kept: Record, fills: frozenset[str], led_by: str = "") -> Candidate | None:
    """The track in what was kept; None when it is none."""
    number = text(kept.get("id"))
    return offer("tidal", number, track_fields(kept), fills, led_by)


def track_fields(kept: Record) -> dict[str, Data]:
    """A track in the fields of the kind; empty ones too."""
    said = record(kept.get("attributes"))
    title, version = tidy(text(said.get("title"))), tidy(text(said.get("version")))
    number = text(kept.get("id"))
    return {
        "title": f"{title} ({version})"
        if title and version and version.casefold() not in title.casefold()
        else title,
        "artists": names(texts(kept.get("artists"))),
        "album": tidy(text(kept.get("album"))),
        "isrc": [found] if (found := isrc(text(said.get("isrc")))) else [],
        "duration": milliseconds(text(said.get("duration"))),
        "tidal": [number] if number else [],
        "genres": names(texts(kept.get("genres"))),
        "bpm": tempo(said.get("bpm")),
        "key": _key(said),
        "tones": names(
            [
                tone.replace("_", " ").casefold()
                for tone in texts(said.get("toneTags"))
                if tone not in _NO_MOODS
            ]
        ),
        "explicit": flag if isinstance(flag := said.get("explicit"), bool) else None,
        "released": edtf_date(text(kept.get("released"))),
    }


def _key(said: Record) -> str | None:
    note, scale = text(said.get("key")), text(said.get("keyScale"))
    if not note or note == _UNKNOWN:
        return None
    mode = _MODES.get(scale, "" if scale in ("", _UNKNOWN) else f" {scale.replace('_', ' ').casefold()}")
    return f"{_ACCIDENTALS.get(note, note)}{mode}"


def _said(entity: Record, name: str) -> str:
    return text(record(entity.get("attributes")).get(name))


def album_artists(album: Record, beside: Mapping[tuple[str, str], Record]) -> list[Data]:
    """Who an album is by."""
    return names([_said(each, "name") for each in named(album, "artists", beside)])


def placed(items: Record) -> list[tuple[int, int, str]]:
    """(volume, number, id) of the tracks on one page of an album's listing."""
    found = []
    for each in records(items.get("data")):
        meta = record(each.get("meta"))
        volume, number = meta.get("volumeNumber"), meta.get("trackNumber")
        if text(each.get("type")) == "tracks" and isinstance(volume, int) and isinstance(number, int):
            found.append((volume, number, text(each.get("id"))))
    return found
