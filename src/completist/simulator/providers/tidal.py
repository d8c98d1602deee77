"""The simulated Tidal (API version 2): JSON:API behind a token, twenty ids in a call, listings in pages.

Facts: https://tidal-music.github.io/tidal-api-reference/; a bucket of ten tokens that gets one a second, of which a
call takes five (as its headers say).
"""

from __future__ import annotations

import re
from base64 import b64encode

from completist.simulator.answers import Answer, Json, Request, answer
from completist.simulator.limits import Limiter, Policy
from completist.simulator.pace import Pace
from completist.simulator.provider import KEY, Asked, Open, Refusal
from completist.simulator.world.music import Album, Music, Track
from completist.simulator.world.view import View

HOST, AUTH = "openapi.tidal.com", "auth.tidal.com"
_PATH = re.compile(r"/v2/(tracks|albums)(?:/(\d+)/relationships/items)?")
_COST, _MOST, _PAGE = 5, 20, 20
_TOKEN = "simulated-token"  # noqa: S105 - it opens nothing but this


class Tidal(Open):
    """Answers for Tidal's API, and for the place where tokens are given."""

    name = "tidal"
    hosts = (HOST, AUTH)
    policies = (Policy("tokens", 10, 10, burst=10, even=True, group="api"),)

    def __init__(self, key: str = KEY) -> None:
        self._clients = [f"Basic {b64encode(each.encode()).decode()}" for each in (f"{key}:", f"{key}:{key}")]

    def read(self, request: Request) -> Asked:
        """Which of its calls, and with how many ids."""
        if request.host == AUTH:
            return Asked("token" if request.path == "/v1/oauth2/token" else "", group="auth")
        found = _PATH.fullmatch(request.path)
        operation = "" if not found else "items" if found[2] else found[1]
        ids = [
            each
            for name, text in request.params.items()
            if name.startswith("filter[")
            for each in text.split(",")
        ]
        return Asked(
            operation, len(ids) or 1, _COST, "api", said=ids, keyed="authorization" in request.headers
        )

    def admit(self, request: Request, asked: Asked) -> Answer | None:
        """A token by the client's id and secret; calls with a token."""
        given = request.headers.get("authorization", "")
        if asked.operation == "token":
            right = given in self._clients and b"client_credentials" in request.content
            return (
                None if right else answer(401, {"status": 401, "error": "invalid_client", "sub_status": 6001})
            )
        return None if given == f"Bearer {_TOKEN}" else _errors(401, "UNAUTHORIZED")

    def reply(self, request: Request, asked: Asked, view: View) -> Answer:
        """A token, tracks, albums, or a page of a listing."""
        music = view.music
        match asked.operation:
            case "token":
                return answer(
                    200, {"access_token": _TOKEN, "token_type": "Bearer", "expires_in": 86_400, "scope": ""}
                )
            case "tracks" | "albums" if len(asked.said) > _MOST:
                return _errors(400, "INVALID_REQUEST")
            case "tracks":
                return _tracks(music, self._found(request, music))
            case "albums":
                by_code, ids = (
                    request.params.get("filter[barcodeId]", ""),
                    request.params.get("filter[id]", ""),
                )
                albums = [
                    a
                    for a in music.albums.values()
                    if a.upc in by_code.split(",") or str(a.number) in ids.split(",")
                ]
                return _albums(albums)
            case "items":
                return self._items(request, music)
            case _:
                return _errors(404, "NOT_FOUND")

    def refuse(self, why: Refusal) -> Answer:
        """A refusal in its words."""
        match why.kind:
            case "rate_limited" | "quota_exhausted":
                return _errors(429, "TOO_MANY_REQUESTS", {"Retry-After": str(max(1, why.after))})
            case "http_200_error" | "graphql_error" | "graphql_timeout":
                return _errors(200, "INTERNAL_SERVER_ERROR")
            case "invalid_token" | "key_revoked":
                return _errors(401, "UNAUTHORIZED")
            case "request_timeout":
                return _errors(408, "REQUEST_TIMEOUT")
            case "server_error":
                return _errors(500, "INTERNAL_SERVER_ERROR")
            case "unavailable":
                return _errors(503, "SERVICE_UNAVAILABLE")
            case _:
                return _errors(403, "FORBIDDEN")

    def announce(self, limiter: Limiter, pace: Pace, over: Policy | None) -> dict[str, str]:
        """How many tokens are left, as it says on every reply."""
        del over
        policy = limiter.policies[0]
        return {
            "x-ratelimit-remaining": str(max(0, limiter.left(policy, pace.now()))),
            "x-ratelimit-burst-capacity": "10",
            "x-ratelimit-replenish-rate": "1",
            "x-ratelimit-requested-tokens": str(_COST),
        }

    def _found(self, request: Request, music: Music) -> list[Track]:
        numbers = [each for each in request.params.get("filter[isrc]", "").split(",") if each]
        ids = [int(each) for each in request.params.get("filter[id]", "").split(",") if each.isdecimal()]
        by_id = [track for number in ids if (track := music.tracks.get(number))]
        return [track for isrc in numbers for track in music.known(self.name, isrc)] + by_id

    def _items(self, request: Request, music: Music) -> Answer:
        found = _PATH.fullmatch(request.path)
        album = music.albums.get(int(found[2])) if found else None
        if album is None:
            return _errors(404, "NOT_FOUND")
        if not request.params.get("countryCode"):
            return _errors(400, "INVALID_REQUEST")
        start = request.number("page[cursor]", 0)
        mine = [music.tracks[number] for number in album.tracks]
        # Within a page the order is not that of the album: only trackNumber says it.
        part = sorted(mine[start : start + _PAGE], key=lambda track: track.isrc[::-1])
        data = [
            {
                "id": str(t.number),
                "type": "tracks",
                "meta": {"trackNumber": t.position, "volumeNumber": t.volume},
            }
            for t in part
        ]
        links: Json = {"self": f"/albums/{album.number}/relationships/items?countryCode=US"}
        if start + _PAGE < len(mine):
            links["next"] = (
                f"/albums/{album.number}/relationships/items?countryCode=US&page%5Bcursor%5D={start + _PAGE}"
            )
            links["meta"] = {"nextCursor": str(start + _PAGE)}
        return answer(200, {"data": data, "links": links})


def _tracks(music: Music, tracks: list[Track]) -> Answer:
    albums = {track.album: music.albums[track.album] for track in tracks}
    artists = {name for track in tracks for name in track.artists}
    genres = {track.genre for track in tracks if track.genre}
    included = [
        *(_album(each) for each in albums.values()),
        *(
            {"id": _id(name), "type": "artists", "attributes": {"name": name, "popularity": 0.5}}
            for name in sorted(artists)
        ),
        *({"id": _id(name), "type": "genres", "attributes": {"genreName": name}} for name in sorted(genres)),
    ]
    return answer(
        200,
        {
            "data": [_track(music, each) for each in tracks],
            "included": included,
            "links": {"self": "/tracks"},
        },
    )


def _albums(albums: list[Album]) -> Answer:
    names = sorted({each.artist for each in albums})
    included = [{"id": _id(name), "type": "artists", "attributes": {"name": name}} for name in names]
    return answer(
        200, {"data": [_album(each) for each in albums], "included": included, "links": {"self": "/albums"}}
    )


def _track(music: Music, track: Track) -> Json:
    genres = [{"id": _id(track.genre), "type": "genres"}] if track.genre else []
    return {
        "id": str(track.number), "type": "tracks",
        "attributes": {
            "title": track.title, "version": track.version or None, "isrc": track.isrc, "duration": _iso(track.seconds),
            "explicit": False, "key": music.key_of(track), "keyScale": "MINOR" if track.minor else "MAJOR",
            "bpm": track.bpm, "toneTags": [*track.tones], "popularity": 0.5, "mediaTags": ["LOSSLESS"],
        },
        "relationships": {
            "albums": {"data": [{"id": str(track.album), "type": "albums"}]},
            "artists": {"data": [{"id": _id(name), "type": "artists"} for name in track.artists]},
            "genres": {"data": genres},
        },
    }  # fmt: skip


def _album(album: Album) -> Json:
    return {
        "id": str(album.number), "type": "albums",
        "attributes": {
            "title": album.title, "barcodeId": album.upc, "releaseDate": album.released, "explicit": False,
            "numberOfItems": len(album.tracks), "numberOfVolumes": 1, "type": "ALBUM", "duration": "PT40M",
            "mediaTags": ["LOSSLESS"], "popularity": 0.5,
        },
        "relationships": {"artists": {"data": [{"id": _id(album.artist), "type": "artists"}]}},
    }  # fmt: skip


def _id(name: str) -> str:
    return str(sum(ord(char) * (n + 1) for n, char in enumerate(name)))


def _iso(seconds: int) -> str:
    return f"PT{seconds // 60}M{seconds % 60}S"


def _errors(status: int, code: str, headers: dict[str, str] | None = None) -> Answer:
    return answer(
        status, {"errors": [{"id": "1", "status": str(status), "code": code, "detail": code}]}, headers
    )
