"""Recordings of MusicBrainz as candidates. Source: https://musicbrainz.org/doc/MusicBrainz_API#Lookups."""

from __future__ import annotations

from completist.domain.fields import Data
from completist.domain.matching import Candidate
from completist.kinds.tracks.isrc import isrc
from completist.kinds.tracks.providers.offering import names, offer
from completist.sdk.dates import edtf_date
from completist.sdk.jsondata import record, records, text, texts, trimmed, whole
from completist.sdk.provider import Record
from completist.sdk.texts import tidy

FILLS = frozenset({
    "title", "artists", "album", "isrc", "duration", "mbid", "genres", "tags", "released",
})  # fmt: skip
_KEPT = frozenset({
    "id", "title", "length", "first-release-date", "artist-credit", "isrcs", "tags", "genres", "disambiguation",
    "video",
})  # fmt: skip
_OF_RELEASE = frozenset({"id", "title", "date", "status", "country"})
_RELEASES, _TAGS = 10, 12  #: that are kept
_LONGEST = 24 * 3600 * 1000  #: milliseconds


def recording_record(body: Record) -> Record:
    """What is kept of a recording."""
    kept = trimmed(body, _KEPT)
    kept["artist-credit"] = [_credit(each) for each in records(body.get("artist-credit"))]
    kept["releases"] = [trimmed(each, _OF_RELEASE) for each in records(body.get("releases"))[:_RELEASES]]
    return kept


def _credit(each: Record) -> Data:
    return {"name": text(each.get("name")) or text(record(each.get("artist")).get("name"))}


def title_and_artists(body: Record) -> tuple[str, list[str]]:
    """What a recording is called, and who is credited."""
    return text(body.get("title")), [
        text(record(_credit(each)).get("name")) for each in records(body.get("artist-credit"))
    ]


def candidate(kept: Record, fills: frozenset[str], number: str = "", led_by: str = "") -> Candidate | None:
    """The recording in what was kept; None when it has neither id nor title.

    ``number`` is the ISRC by which it was found. It stands first among those that it bears.
    """
    title, artists = title_and_artists(kept)
    said = [found for each in (number, *texts(kept.get("isrcs"))) if (found := isrc(each))]
    official = [
        each for each in records(kept.get("releases")) if text(each.get("status")) in ("", "Official")
    ]
    fields: dict[str, Data] = {
        "title": tidy(title),
        "artists": names(artists),
        "album": tidy(text(official[0].get("title"))) if len(official) == 1 else None,
        "isrc": [*dict.fromkeys(said)],
        "duration": whole(kept.get("length"), _LONGEST),
        "mbid": [text(kept.get("id"))] if text(kept.get("id")) else [],
        "genres": _counted(kept, "genres"),
        "tags": _counted(kept, "tags"),
        "released": edtf_date(text(kept.get("first-release-date"))) or _first(official),
    }
    return offer("musicbrainz", text(kept.get("id")), fields, fills, led_by)


def _counted(kept: Record, name: str) -> list[Data]:
    """Tags, those first that most people gave; none that more have voted against."""
    voted = [each for each in records(kept.get(name)) if _votes(each) > 0]
    ranked = sorted(voted, key=lambda each: (-_votes(each), text(each.get("name"))))
    return names([text(each.get("name")) for each in ranked])[:_TAGS]


def _votes(tag: Record) -> int:
    count = tag.get("count", 1)
    return count if isinstance(count, int) and not isinstance(count, bool) else 0


def _first(releases: list[Record]) -> str | None:
    dates = [found for each in releases if (found := edtf_date(text(each.get("date"))))]
    return min((date for date in dates if date[:4].isdecimal()), default=None)
