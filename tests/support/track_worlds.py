"""For each live provider of tracks and albums a small world: one thing that it knows, and one that knows nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from tests.support.scripted import Scripted

from completist.domain.fields import Data
from completist.kinds.tracks.providers.lrclib import SCHEME
from completist.sdk.adapter import SEARCH, Question
from completist.sdk.provider import Record, Reply, Request

NUMBER = "USSM19400915"
BY_ISRC = Question("isrc", NUMBER)
BY_NAME = Question(SEARCH, "Hallelujah", "Jeff Buckley")
LYRICS = Question(SCHEME, "Hallelujah", "Jeff Buckley | 413000")
MBID = "f4c1d2b3-aaaa-4bbb-8ccc-0123456789ab"
BY_MBID = Question("mbid", MBID)
BY_DEEZER = Question("deezer", "3135556")
BY_TIDAL = Question("tidal", "77646169")
BY_UPC = Question("upc", "5099747592829")
_NO_DATA: Record = {"error": {"type": "DataException", "message": "no data", "code": 800}}

TRACK: Record = {
    "id": 3135556, "title": "Hallelujah", "isrc": NUMBER, "duration": 413, "track_position": 6, "disk_number": 1,
    "release_date": "1994-08-23", "bpm": 98.5, "gain": -10.2, "explicit_lyrics": False,
    "contributors": [{"id": 1, "name": "Jeff Buckley"}], "artist": {"id": 1, "name": "Jeff Buckley"},
    "album": {"id": 302127, "title": "Grace", "cover_xl": "https://cdn-images.dzcdn.net/1.jpg"},
}  # fmt: skip
ALBUM: Record = {
    "id": 302127, "title": "Grace", "upc": "5099747592829", "label": "Columbia", "nb_tracks": 1,
    "release_date": "1994-08-23", "genres": {"data": [{"id": 85, "name": "Alternative"}]},
    "artist": {"id": 1, "name": "Jeff Buckley"}, "cover_xl": "https://cdn-images.dzcdn.net/1.jpg",
}  # fmt: skip


def deezer(request: Request) -> Reply:
    path = urlsplit(request.url).path
    if path.endswith("/tracks") or path == "/search":
        return Reply(200, body={"data": [TRACK]})
    return Reply(200, body=ALBUM if path.startswith("/album/") else TRACK)


RECORDING: Record = {
    "id": MBID, "title": "Hallelujah", "length": 413000, "first-release-date": "1994-08-15", "isrcs": [NUMBER],
    "artist-credit": [{"name": "Jeff Buckley", "artist": {"name": "Jeff Buckley"}}],
    "releases": [{"id": "r", "title": "Grace", "status": "Official", "date": "1994-08-15"}],
    "tags": [{"name": "melancholic", "count": 2}, {"name": "bad", "count": -1}],
    "genres": [{"name": "alternative rock", "count": 3}],
}  # fmt: skip


def musicbrainz(request: Request) -> Reply:
    if request.url.endswith(MBID):
        return Reply(200, body=RECORDING)
    return Reply(200, body={"recordings": [RECORDING]})


def musicbrainz_nothing(request: Request) -> Reply:
    if urlsplit(request.url).path.endswith("/recording"):
        return Reply(200, body={"count": 0, "recordings": []})
    return Reply(404, body={"error": "Not Found"})


def _entity(kind: str, number: str, attributes: Record, **related: tuple[str, str]) -> Record:
    relations: Record = {
        name: {"data": [{"type": other, "id": each}]} for name, (other, each) in related.items()
    }
    return {"id": number, "type": kind, "attributes": attributes, "relationships": relations}


TIDAL_TRACK = _entity(
    "tracks",
    "77646169",
    {
        "title": "Hallelujah", "version": None, "isrc": NUMBER, "duration": "PT6M53S", "explicit": False, "key": "C",
        "keyScale": "MAJOR", "bpm": 97.0, "toneTags": ["MELANCHOLIC"],
    },
    albums=("albums", "9"),
    artists=("artists", "8"),
    genres=("genres", "7"),
)  # fmt: skip
TIDAL_ALBUM = _entity(
    "albums",
    "9",
    {
        "title": "Grace",
        "barcodeId": "5099747592829",
        "releaseDate": "1994-08-23",
        "numberOfItems": 1,
        "explicit": False,
    },
    artists=("artists", "8"),
)
_BESIDE: list[Data] = [
    TIDAL_ALBUM,
    _entity("artists", "8", {"name": "Jeff Buckley"}),
    _entity("genres", "7", {"genreName": "Alternative"}),
]


def tidal(request: Request) -> Reply:
    path = urlsplit(request.url).path
    if path.endswith("/token"):
        return Reply(200, body={"access_token": "t", "expires_in": 86_400})
    if path.endswith("/items"):
        place: Record = {"id": "77646169", "type": "tracks", "meta": {"trackNumber": 6, "volumeNumber": 1}}
        return Reply(200, body={"data": [place], "links": {}})
    return Reply(
        200, body={"data": [TIDAL_ALBUM if path.endswith("albums") else TIDAL_TRACK], "included": _BESIDE}
    )


def tidal_nothing(request: Request) -> Reply:
    if urlsplit(request.url).path.endswith("/token"):
        return Reply(200, body={"access_token": "t", "expires_in": 86_400})
    return Reply(200, body={"data": []})


_LYRICS: Record = {
    "id": 7, "trackName": "Hallelujah", "artistName": "Jeff Buckley", "albumName": "Grace", "duration": 413.0,
    "instrumental": False, "plainLyrics": "Words that are not the true ones\n", "syncedLyrics": None,
}  # fmt: skip
_FEATURES: Record = {
    "id": "r1", "isrc": NUMBER, "acousticness": 0.9, "danceability": 0.2, "energy": 0.1, "instrumentalness": 0.0,
    "key": 0, "liveness": 0.1, "loudness": -14.2, "mode": 1, "speechiness": 0.03, "tempo": 97.1, "valence": 0.1,
}  # fmt: skip
_TAGS: Record = {
    "toptags": {
        "tag": [{"count": 100, "name": "melancholy", "url": "u"}, {"count": 2, "name": "odd", "url": "u"}],
        "@attr": {"artist": "Jeff Buckley", "track": "Hallelujah"},
    }
}
_TIDAL_AND_NAME = (BY_ISRC, BY_TIDAL)


def _saying(status: int, body: Data) -> Callable[[], Scripted]:
    return lambda: Scripted(lambda _request: Reply(status, body=body))


#: By provider and pipeline: one who knows, one who does not, and what is asked.
TRACK_WORLDS: Mapping[
    tuple[str, str], tuple[Callable[[], Scripted], Callable[[], Scripted], tuple[Question, ...]]
] = {
    **{
        ("deezer", stage): (lambda: Scripted(deezer), _saying(200, _NO_DATA), (BY_ISRC, BY_DEEZER, BY_NAME))
        for stage in ("track-identify", "track-facts")
    },
    **{
        ("musicbrainz", stage): (
            lambda: Scripted(musicbrainz),
            lambda: Scripted(musicbrainz_nothing),
            (BY_ISRC, BY_MBID, BY_NAME),
        )
        for stage in ("track-identify", "track-facts")
    },
    **{
        ("tidal", stage): (lambda: Scripted(tidal), lambda: Scripted(tidal_nothing), _TIDAL_AND_NAME)
        for stage in ("track-identify", "track-facts")
    },
    ("lrclib", "track-lyrics"): (
        _saying(200, _LYRICS),
        _saying(404, {"statusCode": 404, "name": "TrackNotFound"}),
        (LYRICS,),
    ),
    ("reccobeats", "track-facts"): (
        _saying(200, {"content": [_FEATURES]}),
        _saying(200, {"content": []}),
        (BY_ISRC,),
    ),
    ("lastfm", "track-facts"): (
        _saying(200, _TAGS),
        _saying(200, {"error": 6, "message": "Track not found"}),
        (BY_NAME,),
    ),
    ("deezer", "album-listing"): (
        lambda: Scripted(deezer),
        _saying(200, _NO_DATA),
        (Question("deezer_album", "302127"), BY_UPC),
    ),
    ("tidal", "album-listing"): (
        lambda: Scripted(tidal),
        lambda: Scripted(tidal_nothing),
        (Question("tidal_album", "9"), BY_UPC),
    ),
}
